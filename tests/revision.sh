#!/usr/bin/env bash
# revision.sh - a program one revision older or newer than the database goes on: the program of the revision before is built
# from the history and works on today's demo, and today's program on a demo that it made. What an older program does is
# shown by that program alone: a list of its statements would not run what it makes of the answers.
# Without the history (an unpacked archive, a shallow clone) nothing is tried, and said so; with FULL_HISTORY set that is a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/demo.sh"
cd "$here/.."
out=build/revision today=$PWD/spotop

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
die() { echo "tests/revision.sh: $*" >&2; [ -z "${demo:-}" ] || kill "$demo" 2>/dev/null || true; exit 1; }
cannot() { echo "tests/revision.sh: nothing was tried: $*" >&2; [ -z "${FULL_HISTORY:-}" ]; exit; }

revision() { git ls-tree --name-only "$1" sql/schema/upgrade/ | sed -nE 's|.*/0*([0-9]+)-.*|\1|p' | sort -n | tail -n 1; }

git rev-parse -q --verify HEAD >/dev/null || cannot "this is no git repository"
ours=$(revision HEAD) before=
for c in $(git rev-list HEAD -- sql/schema/upgrade); do
	theirs=$(revision "$c^" 2>/dev/null) || cannot "the history is cut off before the last step of sql/schema/upgrade"
	[ "${theirs:-0}" -ge "$ours" ] || { before=$(git rev-parse "$c^"); break; }
done
[ -n "$before" ] && [ "$theirs" = $((ours - 1)) ] || cannot "no commit of revision $((ours - 1)) is in the history"

older=$PWD/$out/$before/spotop
if [ ! -x "$older" ]; then
	say "the program of revision $theirs is built from $(git rev-parse --short "$before")"
	rm -rf "$out"
	mkdir -p "$out/$before"
	git archive "$before" | tar -x -C "$out/$before"
	env -u MAKEFLAGS -u MAKELEVEL make -C "$out/$before" -j2 all >"$out/build.log" 2>&1 || { tail -n 5 "$out/build.log" >&2; die "it does not build"; }
fi

# What an operator, a worker and a monitoring system do. An older program has to go on with all of it. Of a newer one, acting, jobs
# and the way of a switch do; a list that reads what only its own schema has may say so ($lacking), in one sentence.
works() {
	local status=0 name
	look
	spotop_ check >"$dir.check" 2>&1 || status=$?
	[ $status -le 2 ] || said_so $status check
	grep -q '^SPOTOP ' "$dir.check" || { cat "$dir.check" >&2; die "check says no status"; }
	spotop_ audit verify >"$dir.audit" 2>&1 || said_so $? audit
	name=$(agent "$((RANDOM % 5 + 1))")
	for line in "freeze $name --for 10m --reason r" "thaw $name --reason r" "cordon $(pool) --for 10m --reason r" \
		"uncordon $(pool) --reason r" "config $name min_savings_percent=17"; do
		# shellcheck disable=SC2086 # the words of a command line
		spotop_ $line --yes >"$dir.verb" 2>&1 || { cat "$dir.verb" >&2; die "spotop $line"; }
	done
	for job in partitions retention hourly pool-stats events-cleanup alerts recount; do
		spotop_ job run $job >"$dir.job" 2>&1 || said_so $? job
	done
	spotop_ worker --once >"$dir.worker" 2>&1 || { cat "$dir.worker" >&2; die "spotop worker --once"; }
	switched
	drawn
}
said_so() { # STATUS WHAT
	[ "$1" = 3 ] && [ -n "$lacking" ] && grep -q "$lacking" "$dir.$2" || { cat "$dir.$2" >&2; die "$2 ended with $1"; }
	echo "said to be of another revision: $2"
}

# Figures that a program reads by itself, and not by a view of the database's own: a line each.
figures() { # PROGRAM
	local p="$1 --defaults-file=$dir/my.cnf"
	$p overview -o json | jq -c '.rows[] | select(.section == "fleet" or .section == "money") | {item, value}'
	$p clients -o json | jq -c '.rows[] | {client, agents, total_instances, running, zombies, cost_usd_per_hour, saved_usd_per_hour, zombie_usd_per_hour}'
	$p pools -o json | jq -c '.rows[] | {pool, instances, spot_usd_per_hour, ondemand_usd_per_hour}'
	$p agents -o json | jq -c '.rows[] | {agent, primary_count, replica_count, zombie_count, cost_usd_per_hour}'
}
# Of the database by itself, in which nothing moves: what the older program says is what the newer one does.
agree() {
	local n
	figures "$older" | sort >"$dir.older"
	figures "$today" | sort >"$dir.newer"
	n=$(comm -12 "$dir.older" "$dir.newer" | wc -l)
	comm -23 "$dir.older" "$dir.newer" >"$dir.differ"
	[ ! -s "$dir.differ" ] || { sort "$dir.differ" "$dir.newer" | head -n 20 >&2; die "the two programs tell other figures"; }
	[ "$n" -ge 60 ] || die "only $n figures were told"
	echo "$n lines of figures agree"
}
# Of the tables themselves: a list may be one that needs the newer schema.
ask() { mariadb --defaults-file="$dir/my.cnf" -NB spot_optimizer -e "$1"; }
agent() { ask "SELECT s.agent FROM v_agent_status s WHERE s.health = 'ok' ORDER BY s.agent LIMIT $(($1 - 1)), 1"; }
pool() { ask "SELECT MIN(id) FROM spot_pools"; }

tries() { # REVISION: the demo is at it, so that the two are what is said
	[ "$(ask "SELECT MAX(version) FROM schema_migrations WHERE version LIKE '7.0.%'")" = "7.0.$1" ] ||
		die "the demo is not at revision $1"
	works
}
at_rest() { # the demo's database without its fleet and worker
	$today local start --dir "$dir" >"$dir.local" 2>&1 || { cat "$dir.local" >&2; die "the database does not start again"; }
	agree
	$today local stop --dir "$dir" >"$dir.local" 2>&1
}
say "revision $theirs on a database of revision $ours"
lacking=
made_by=$today spotop=$older after=at_rest
with_demo tries "$ours"
say "revision $ours on a database of revision $theirs"
lacking="spotop db upgrade"
made_by=$older spotop=$today after=
with_demo tries "$theirs"
say "passed"
