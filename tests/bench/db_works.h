/* db_works.h - what the report says is fast, as statements: asked of 6.0 and of 7.0, which must answer alike. */
#ifndef SPOTOP_TESTS_BENCH_DB_WORKS_H
#define SPOTOP_TESTS_BENCH_DB_WORKS_H

/* One row of the report. text6 is asked of both 6.0; the cells of all answers must be equal. */
struct work {
	const char *name, *report;
	const char *text6, *text7;
	double max_probes, min_ratio; /* the goal: in probes, and against database `rival`; 0: none */
	int rival;
	const char *why; /* when it is missed */
};

/* The unhealthy as the report defines them, those silent for longest first. */
#define HEALTH6                                                                                             \
	"(SELECT a.id, a.logical_agent_id, a.status, TIMESTAMPDIFF(SECOND, a.last_heartbeat_at, NOW()) AS " \
	"s, "                                                                                               \
	"COUNT(i.id) AS n, SUM(COALESCE(i.is_primary, 0)) AS p FROM agents a LEFT JOIN instances i ON "     \
	"i.agent_id = a.id AND i.is_active = TRUE GROUP BY a.id, a.logical_agent_id, a.status, "            \
	"a.last_heartbeat_at HAVING s > 90 OR p <> 1) u"
#define SILENT7                                                                                             \
	"SELECT id, TIMESTAMPDIFF(SECOND, last_heartbeat_at, NOW()) AS s FROM agents WHERE enabled = TRUE " \
	"AND silent_at < NOW() AND last_heartbeat_at < NOW() - INTERVAL 90 SECOND"
#define PAGE7                                                                                                \
	"SELECT a.logical_agent_id, h.status, h.seconds_since_heartbeat AS s, h.total_instances AS n, "      \
	"h.primary_count AS p FROM (SELECT id, MAX(s) AS s FROM ((" SILENT7 " ORDER BY silent_at LIMIT 50) " \
	"UNION ALL (SELECT agent_id, 0 FROM spotop_agent_counts WHERE attention = 2 ORDER BY client_id, "    \
	"agent_id "                                                                                          \
	"LIMIT 50)) b GROUP BY id ORDER BY s DESC, id LIMIT 50) u JOIN v_agent_health_summary h ON "         \
	"h.agent_id = u.id JOIN agents a ON a.id = u.id"
#define COUNT7                                                                                             \
	"SELECT COUNT(*) AS n FROM (SELECT id FROM agents WHERE enabled = TRUE AND silent_at < NOW() AND " \
	"last_heartbeat_at < NOW() - INTERVAL 90 SECOND UNION SELECT agent_id FROM spotop_agent_counts "   \
	"WHERE "                                                                                           \
	"attention = 2) u"
#define AGENT "INSERT(INSERT(MD5('a3'), 13, 1, '4'), 17, 1, '8')"
/* An identifier as 6.0 holds it: text with hyphens. */
#define AGENT6 "CAST(CAST(" AGENT " AS UUID) AS CHAR(36)) COLLATE utf8mb4_unicode_ci"
#define POOL_DAY                                                                           \
	"SELECT COUNT(*) AS n, SUM(price) AS p FROM spot_price_snapshots WHERE pool_id = " \
	"'m5.large.us-east-1-7' AND observed_at > NOW() - INTERVAL 1 DAY AND observed_at <= NOW()"
#define HOUR_0 "FROM_UNIXTIME(UNIX_TIMESTAMP() DIV 3600 * 3600) - INTERVAL 1 DAY"

static const struct work works[] = {
	{ "unhealthy agents, first page of 50", "7.5x",
	  "SELECT logical_agent_id, status, s, n, p FROM " HEALTH6
	  " ORDER BY IF(s > 90, s, 0) DESC, CAST(u.id AS UUID) LIMIT 50",
	  PAGE7, 10, 1000, 0, "the 6.0 view grows with the fleet, the page does not: see flatness" },
	{ "unhealthy agents, how many", "7.5x", "SELECT COUNT(*) AS n FROM " HEALTH6, COUNT7, 10, 1000, 0,
	  "the 6.0 view grows with the fleet, the count with what it counts" },
	{ "fleet totals by client", "7.5x",
	  "SELECT client_id, COUNT(*) AS running, SUM(current_mode = 'spot') AS spot FROM instances "
	  "WHERE is_active AND instance_status IN ('running_primary', 'running_replica') GROUP BY client_id",
	  "SELECT client_id, active_running AS running, spot_count AS spot FROM v_client_totals", 10, 0, 0,
	  "a row a client is summed over its pools" },
	{ "pending commands of a hot agent", "10x",
	  "SELECT request_id, command_type, priority FROM commands WHERE agent_id = " AGENT6
	  " AND status = 'pending' ORDER BY priority DESC, created_at, id LIMIT 1",
	  "SELECT request_id, command_type, priority FROM commands WHERE agent_id = " AGENT
	  " AND status = 'pending' ORDER BY priority DESC, created_at, id LIMIT 1",
	  3, 9, 1,
	  "one row is read by its index; the rest is the optimizer, that estimates two ranges of it" },
	{ "instance status by agent", "5x",
	  "SELECT instance_status, COUNT(*) AS n FROM instances WHERE agent_id = " AGENT6
	  " AND is_primary = FALSE GROUP BY instance_status",
	  "SELECT instance_status, COUNT(*) AS n FROM instances WHERE agent_id = " AGENT
	  " AND is_primary = FALSE GROUP BY instance_status",
	  1.5, 0, 1, "ten entries of a covering index: over an indexed 6.0 there is nothing more to win" },
	{ "prices of 24 h, one pool", "8x", POOL_DAY, POOL_DAY, 0, 4, 1,
	  "the rows of one pool lie together, and the rest is the statement itself" },
	{ "prices of 24 h, all pools by hour", "8x",
	  "SELECT pool_id, UNIX_TIMESTAMP(observed_at) DIV 3600 AS h, ROUND(AVG(price), 6) AS p FROM "
	  "spot_price_snapshots WHERE observed_at >= " HOUR_0 " GROUP BY pool_id, h",
	  "SELECT h.pool_id, UNIX_TIMESTAMP(h.hour_at) DIV 3600 AS h, h.price_avg AS p FROM spot_pools p "
	  "STRAIGHT_JOIN pool_price_hourly h ON h.pool_id = p.id AND h.hour_at >= " HOUR_0,
	  0, 500, 1,
	  "the answer has 4,800 rows whatever the scale: only what 6.0 has to read grows with it" },
	{ "ML decisions of an agent, last 50", "9x",
	  "SELECT decided_at, recommended_action FROM ml_decisions WHERE agent_id = " AGENT6
	  " ORDER BY decided_at DESC, id DESC LIMIT 50",
	  "SELECT decided_at, recommended_action FROM ml_decisions WHERE agent_id = " AGENT
	  " ORDER BY decided_at DESC, id DESC LIMIT 50",
	  2, 0, 1, "50 rows are fetched one by one by their key" },
};
#endif
