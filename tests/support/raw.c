/* raw.c - a raw fleet's rows as statements, as lines for people, and made smaller. */
#include "tests/support/raw.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/support/truth.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const raw_statuses[] = { "offline", "online", "error" };
const char *const raw_notices[] = { "none", "rebalance", "termination" };
const char *const raw_modes[] = { "unknown", "ondemand", "spot" };
const char *const raw_states[] = { "launching",   "running_primary", "running_replica", "promoting",
	                           "terminating", "terminated",      "zombie" };
const char *const raw_types[2] = { "r3.large", "c3.xlarge" };
const char *const raw_regions[2] = { "us-east-1", "eu-west-1" };

void raw_client_id(int client, char id[RAW_ID])
{
	snprintf(id, RAW_ID, "00000000-0000-4000-8000-00000000c%03d", client);
}
void raw_agent_id(int agent, char id[RAW_ID])
{
	snprintf(id, RAW_ID, "00000000-0000-4000-8000-00000000a%03d", agent);
}
void raw_agent_name(int agent, char name[RAW_ID]) { snprintf(name, RAW_ID, "agent-%03d", agent); }
void raw_instance_id(int instance, char id[RAW_ID])
{
	if (instance == RAW_ALL)
		snprintf(id, RAW_ID, "i-unheard");
	else
		snprintf(id, RAW_ID, "i-%04d", instance);
}
void raw_zone(int region, int zone, char name[RAW_ID])
{
	snprintf(name, RAW_ID, "%s%c", raw_regions[region], 'a' + zone);
}
void raw_pool_id(const struct raw *f, int pool, char id[RAW_ID])
{
	const struct raw_pool *p = &f->pools[pool];
	snprintf(id, RAW_ID, "%s.%s%c", raw_types[p->type], raw_regions[p->region], 'a' + p->zone);
}

/* --- statements --- */
struct load {
	const struct raw *f;
	int64_t now;
	struct buf sql;
	int n; /* rows of the statement so far */
	bool (*run)(void *ctx, const char *sql);
	void *ctx;
};

static bool one(struct load *l, const char *sql) { return l->run(l->ctx, sql); }
static void begin(struct load *l, const char *head)
{
	buf_cut(&l->sql, 0);
	buf_adds(&l->sql, head);
	l->n = 0;
}
static void row(struct load *l) { buf_adds(&l->sql, l->n++ ? ", (" : " VALUES ("); }
static bool done(struct load *l) { return l->n == 0 || one(l, l->sql.s); }

static void text(struct load *l, const char *s)
{
	if (s)
		buf_addf(&l->sql, "'%s', ", s);
	else
		buf_adds(&l->sql, "NULL, ");
}
static void number(struct load *l, int64_t n, bool is_known)
{
	if (is_known)
		buf_addf(&l->sql, "%" PRId64 ", ", n);
	else
		buf_adds(&l->sql, "NULL, ");
}
static void price(struct load *l, int64_t millionths)
{
	if (millionths != UNKNOWN)
		buf_addf(&l->sql, "%" PRId64 ".%06" PRId64 ", ", millionths / 1000000, millionths % 1000000);
	else
		buf_adds(&l->sql, "NULL, ");
}
static void when(struct load *l, int64_t at)
{
	if (at != NEVER)
		buf_addf(&l->sql, "FROM_UNIXTIME(%" PRId64 "), ", l->now + at);
	else
		buf_adds(&l->sql, "NULL, ");
}
/* The last value of a row. */
static void end(struct load *l)
{
	buf_cut(&l->sql, l->sql.len - 2);
	buf_addc(&l->sql, ')');
}
static void pool(struct load *l, int p)
{
	char id[RAW_ID];
	if (p != NONE) raw_pool_id(l->f, p, id);
	text(l, p == NONE ? NULL : id);
}
static void agent(struct load *l, int a)
{
	char id[RAW_ID];
	raw_agent_id(a, id);
	text(l, a == NONE ? NULL : id);
}
static void client(struct load *l, int c)
{
	char id[RAW_ID];
	raw_client_id(c, id);
	text(l, id);
}
static void zone(struct load *l, int region, int z)
{
	char name[RAW_ID];
	if (z != NONE) raw_zone(region, z, name);
	text(l, z == NONE ? NULL : name);
}

#define EACH(row, plural)                          \
	for (int k = 0; k < l->f->n_##plural; k++) \
		if (l->f->plural[k].is_gone) {     \
		} else                             \
			for (const struct raw_##row *x = &l->f->plural[k]; x; x = NULL)

static bool load_places(struct load *l)
{
	begin(l, "INSERT INTO clients (id, name, email, client_token, created_at)");
	EACH(client, clients)
	{
		row(l);
		client(l, k);
		buf_addf(&l->sql, "'client-%d', 'c%d@example.org', SHA2('%d', 256), ", k, k, k);
		when(l, -100000);
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO spot_pools (id, instance_type, region, az, is_active, is_cordoned, "
	         "cordoned_until, "
	         "last_price, last_price_at, boot_p95_seconds, boot_n_30d, boot_sample_count, "
	         "downtime_p95_seconds, downtime_n_30d, created_at)");
	EACH(pool, pools)
	{
		row(l);
		pool(l, k), text(l, raw_types[x->type]), text(l, raw_regions[x->region]);
		zone(l, x->region, x->zone);
		number(l, x->is_active, true), number(l, x->is_cordoned, true), when(l, x->cordoned_until);
		price(l, x->price), when(l, x->price_at);
		number(l, x->boot_p95, x->boot_p95 != UNKNOWN), number(l, x->boot_n, true),
		        number(l, x->boot_n, true);
		number(l, x->downtime_p95, x->downtime_p95 != UNKNOWN), number(l, x->downtime_n, true);
		when(l, -100000);
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO ondemand_prices (instance_type, region, price, recorded_at)");
	EACH(ondemand, ondemands)
	{
		row(l);
		text(l, raw_types[x->type]), text(l, raw_regions[x->region]), price(l, x->price),
		        when(l, x->at);
		end(l);
	}
	return done(l);
}

static bool load_agents(struct load *l)
{
	begin(l, "INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, "
	         "current_pool_id, "
	         "status, enabled, heartbeat_interval_seconds, last_heartbeat_at, created_at, updated_at, "
	         "notice_status, notice_received_at, notice_deadline, notice_instance_id, "
	         "fastest_boot_pool_id, metadata)");
	EACH(agent, agents)
	{
		char name[RAW_ID], notice[RAW_ID];
		raw_agent_name(k, name), raw_instance_id(x->notice_instance, notice);
		row(l);
		agent(l, k), client(l, x->client), text(l, name), text(l, raw_types[x->type]);
		text(l, raw_regions[x->region]), zone(l, x->region, x->zone), pool(l, x->pool);
		text(l, raw_statuses[x->status]), number(l, x->is_enabled, true),
		        number(l, x->interval, true);
		when(l, x->last_heartbeat), when(l, x->created), when(l, x->created);
		text(l, raw_notices[x->notice]), when(l, x->received), when(l, x->deadline);
		text(l, x->notice_instance == NONE ? NULL : notice), pool(l, x->fastest);
		text(l, "{\"login\":\"root\"}");
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO agent_configs (agent_id, blacklist_pools)");
	EACH(agent, agents)
	{
		char id[RAW_ID];
		if (!x->is_blacklisting) continue;
		raw_pool_id(l->f, x->blacklisted, id);
		row(l);
		agent(l, k);
		buf_addf(&l->sql, "'[\"%s\"]', ", id);
		end(l);
	}
	return done(l);
}

static int64_t newest_of(const struct raw_instance *x)
{
	int64_t at = x->created;
	if (x->confirmed != NEVER && x->confirmed > at) at = x->confirmed;
	if (x->leaving != NEVER && x->leaving > at) at = x->leaving;
	return x->ended != NEVER && x->ended > at ? x->ended : at;
}

static bool load_instances(struct load *l)
{
	char id[RAW_ID];
	begin(l, "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
	         "current_pool_id, instance_status, is_primary, is_active, spot_price, ondemand_price, "
	         "launch_requested_at, launch_confirmed_at, termination_requested_at, terminated_at, "
	         "created_at, "
	         "updated_at, launch_role)");
	EACH(instance, instances)
	{
		raw_instance_id(k, id);
		row(l);
		text(l, id), client(l, x->client), agent(l, x->agent), text(l, raw_types[x->type]);
		text(l, raw_regions[x->region]), zone(l, x->region, x->zone), text(l, raw_modes[x->mode]);
		pool(l, x->pool), text(l, raw_states[x->state]), number(l, x->is_primary, true);
		number(l, x->is_active, true), price(l, x->spot), price(l, x->ondemand),
		        when(l, x->requested);
		when(l, x->confirmed), when(l, x->leaving), when(l, x->ended), when(l, x->created);
		when(l, newest_of(x));
		text(l, x->is_primary && !x->is_promoted ? "primary" : "replica");
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO system_events (event_type, severity, message, client_id, agent_id, "
	         "instance_id, created_at)");
	EACH(instance, instances)
	{
		if (!x->is_promoted) continue;
		raw_instance_id(k, id);
		row(l);
		buf_adds(&l->sql, "'instance_promoted', 'info', '', ");
		client(l, x->client), agent(l, x->agent), text(l, id), when(l, x->confirmed);
		end(l);
	}
	return done(l);
}

static bool load_past(struct load *l)
{
	int first = 0;
	while (first < l->f->n_agents && l->f->agents[first].is_gone) first++;
	begin(l, "INSERT INTO switches (client_id, agent_id, new_pool_id, new_instance_type, new_region, "
	         "new_mode, "
	         "switched_at, initiated_at, success, boot_seconds, downtime_seconds)");
	EACH(boot, boots)
	{
		if (first == l->f->n_agents) break;
		const struct raw_pool *p = x->pool == NONE ? NULL : &l->f->pools[x->pool];
		row(l);
		client(l, l->f->agents[first].client), agent(l, first), pool(l, x->pool);
		text(l, raw_types[p ? p->type : x->type]), text(l, raw_regions[p ? p->region : x->region]);
		text(l, p ? "spot" : "ondemand"), when(l, x->at), when(l, x->at - x->waited);
		number(l, x->is_ok, true), number(l, x->boot, x->boot != UNKNOWN),
		        number(l, x->down, x->down != UNKNOWN);
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO commands (client_id, agent_id, command_type, target_mode, created_by, status, "
	         "created_at, expires_at)");
	EACH(command, commands)
	{
		row(l);
		client(l, l->f->agents[x->agent].client), agent(l, x->agent);
		buf_addf(&l->sql, "'switch', 'ondemand', 'ann', '%s', ",
		         x->is_executing ? "executing" : "pending");
		when(l, x->created), when(l, x->expires);
		end(l);
	}
	if (!done(l)) return false;
	begin(l, "INSERT INTO automation_freezes (scope_type, reason, created_by, created_at, expires_at, "
	         "thawed_at)");
	EACH(freeze, freezes)
	{
		row(l);
		buf_adds(&l->sql, "'all', 'storm', 'ann', ");
		when(l, -5000), when(l, x->until), when(l, x->thawed);
		end(l);
	}
	return done(l);
}

static bool load_alerts(struct load *l, const struct truth *t)
{
	begin(l, "INSERT IGNORE INTO alerts (alert_key, kind, severity, client_id, agent_id, instance_id, "
	         "pool_id, message, "
	         "opened_at, last_seen_at, snoozed_until, snoozed_by, snoozed_saw)");
	for (size_t c = 0; t && c < t->n_conditions; c++) {
		const struct truth_condition *w = &t->conditions[c];
		char id[RAW_ID];
		if (w->opened == NEVER) continue;
		row(l);
		text(l, w->key), text(l, w->kind), text(l, w->severity);
		if (w->client == NONE)
			text(l, NULL);
		else
			client(l, w->client);
		agent(l, w->agent), raw_instance_id(w->instance, id),
		        text(l, w->instance == NONE ? NULL : id);
		pool(l, w->pool), text(l, "as it was"), when(l, w->opened), when(l, w->opened);
		when(l, w->until), text(l, w->until == NEVER ? NULL : "ann"),
		        text(l, w->until == NEVER ? NULL : w->saw);
		end(l);
	}
	return done(l);
}

bool raw_load(const struct raw *f, const struct truth *t, int64_t now,
              bool (*run)(void *ctx, const char *sql), void *ctx)
{
	static const char *const clear[] = { "SET time_zone = '+00:00'",       "DELETE FROM alerts",
		                             "DELETE FROM automation_freezes", "DELETE FROM clients",
		                             "DELETE FROM spot_pools",         "DELETE FROM ondemand_prices",
		                             "DELETE FROM job_schedules" };
	struct load l = { .f = f, .now = now, .sql = BUF_EMPTY, .run = run, .ctx = ctx };
	bool ok = true;
	for (size_t i = 0; ok && i < ARRAY_LEN(clear); i++) ok = one(&l, clear[i]);
	buf_addf(&l.sql, "SET timestamp = %" PRId64, now);
	ok = ok && one(&l, l.sql.s) && load_places(&l) && load_agents(&l) && load_instances(&l) &&
	     load_past(&l) && load_alerts(&l, t);
	buf_free(&l.sql);
	return ok;
}

/* --- for people --- */
static void ago(struct buf *b, const char *what, int64_t at)
{
	if (at != NEVER) buf_addf(b, " %s %+" PRId64, what, at);
}

void raw_describe(const struct raw *f, struct buf *out)
{
	struct load v = { .f = f }, *l = &v;
	char id[RAW_ID];
	EACH(pool, pools)
	{
		raw_pool_id(f, k, id);
		buf_addf(out, "  pool %d %s%s%s price %" PRId64, k, id, x->is_active ? "" : " inactive",
		         x->is_cordoned ? " cordoned" : "", x->price);
		ago(out, "at", x->price_at), ago(out, "until", x->cordoned_until);
		buf_addf(out, " p95 %d n %d down %d n %d\n", x->boot_p95, x->boot_n, x->downtime_p95,
		         x->downtime_n);
	}
	EACH(ondemand, ondemands)
	buf_addf(out, "  on demand %s %s %" PRId64 " at %+" PRId64 "\n", raw_types[x->type],
	         raw_regions[x->region], x->price, x->at);
	EACH(agent, agents)
	{
		buf_addf(out, "  agent %d of client %d pool %d %s %s%s interval %d notice %s of %d", k,
		         x->client, x->pool, raw_types[x->type], raw_statuses[x->status],
		         x->is_enabled ? "" : " disabled", x->interval, raw_notices[x->notice],
		         x->notice_instance);
		ago(out, "last heartbeat", x->last_heartbeat), ago(out, "created", x->created),
		        ago(out, "received", x->received);
		ago(out, "deadline", x->deadline);
		buf_addf(out, " region %d zone %d fastest %d blacklist %d\n", x->region, x->zone, x->fastest,
		         x->is_blacklisting ? x->blacklisted : NONE);
	}
	EACH(instance, instances)
	{
		buf_addf(out, "  instance %d of agent %d client %d %s %s pool %d%s%s%s", k, x->agent,
		         x->client, raw_states[x->state], raw_modes[x->mode], x->pool,
		         x->is_primary ? " primary" : "", x->is_active ? "" : " not active",
		         x->is_promoted ? " promoted" : "");
		ago(out, "requested", x->requested), ago(out, "confirmed", x->confirmed),
		        ago(out, "leaving", x->leaving);
		buf_addf(out, " spot %" PRId64 " od %" PRId64 "\n", x->spot, x->ondemand);
	}
	EACH(boot, boots)
	buf_addf(out, "  boot pool %d type %d region %d at %+" PRId64 " %s waited %d boot %d down %d\n",
	         x->pool, x->type, x->region, x->at, x->is_ok ? "ok" : "failed", x->waited, x->boot, x->down);
	EACH(snooze, snoozes)
	{
		buf_addf(out, "  alert of condition %d less %d", x->of, x->less);
		ago(out, "opened", x->opened), ago(out, "snoozed until", x->until);
		buf_addc(out, '\n');
	}
	EACH(command, commands)
	{
		buf_addf(out, "  command of agent %d%s", x->agent, x->is_executing ? " executing" : "");
		ago(out, "created", x->created), ago(out, "expires", x->expires);
		buf_addc(out, '\n');
	}
}

/* --- smaller --- */
static void drop_agent(struct raw *f, int a)
{
	f->agents[a].is_gone = true;
	for (int i = 0; i < f->n_instances; i++)
		if (f->instances[i].agent == a) f->instances[i].is_gone = true;
	for (int i = 0; i < f->n_commands; i++)
		if (f->commands[i].agent == a) f->commands[i].is_gone = true;
}

static void drop_client(struct raw *f, int c)
{
	f->clients[c].is_gone = true;
	for (int a = 0; a < f->n_agents; a++)
		if (f->agents[a].client == c) drop_agent(f, a);
	for (int i = 0; i < f->n_instances; i++)
		if (f->instances[i].client == c) f->instances[i].is_gone = true;
}

static void drop_instance(struct raw *f, int i) { f->instances[i].is_gone = true; }
static void drop_boot(struct raw *f, int i) { f->boots[i].is_gone = true; }
static void drop_snooze(struct raw *f, int i) { f->snoozes[i].is_gone = true; }
static void drop_command(struct raw *f, int i) { f->commands[i].is_gone = true; }
static void drop_freeze(struct raw *f, int i) { f->freezes[i].is_gone = true; }
static void drop_ondemand(struct raw *f, int i) { f->ondemands[i].is_gone = true; }
static void drop_pool(struct raw *f, int p)
{
	f->pools[p].is_gone = true;
	for (int i = 0; i < f->n_boots; i++)
		if (f->boots[i].pool == p) f->boots[i].is_gone = true;
	for (int i = 0; i < f->n_instances; i++)
		if (f->instances[i].pool == p) f->instances[i].pool = NONE;
	for (int i = 0; i < f->n_agents; i++) {
		if (f->agents[i].pool == p) f->agents[i].pool = NONE;
		if (f->agents[i].fastest == p) f->agents[i].fastest = NONE;
		if (f->agents[i].blacklisted == p) f->agents[i].is_blacklisting = false;
	}
}

/* Half of them at once, then a quarter, down to one by one. */
static void shrink_rows(struct raw *f, int n, void (*drop)(struct raw *f, int i),
                        bool (*still)(const struct raw *f, void *ctx), void *ctx)
{
	static struct raw kept;
	for (int by = n > 1 ? n / 2 : 1; n > 0; by /= 2) {
		for (int i = 0; i < n; i += by) {
			kept = *f;
			for (int k = i; k < i + by && k < n; k++) drop(f, k);
			if (memcmp(&kept, f, sizeof kept) != 0 && !still(f, ctx)) *f = kept;
		}
		if (by == 1) return;
	}
}

void raw_shrink(struct raw *f, bool (*still)(const struct raw *f, void *ctx), void *ctx)
{
	shrink_rows(f, f->n_clients, drop_client, still, ctx);
	shrink_rows(f, f->n_agents, drop_agent, still, ctx);
	shrink_rows(f, f->n_instances, drop_instance, still, ctx);
	shrink_rows(f, f->n_boots, drop_boot, still, ctx);
	shrink_rows(f, f->n_pools, drop_pool, still, ctx);
	shrink_rows(f, f->n_ondemands, drop_ondemand, still, ctx);
	shrink_rows(f, f->n_snoozes, drop_snooze, still, ctx);
	shrink_rows(f, f->n_commands, drop_command, still, ctx);
	shrink_rows(f, f->n_freezes, drop_freeze, still, ctx);
}
