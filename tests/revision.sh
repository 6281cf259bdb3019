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

# Acting, jobs and the way of a switch have to go on. A list that reads what a step took away, or what only the newer schema has,
# may say so instead, in one sentence, and so may the job that counts anew: counts cannot be kept in two forms.
# What an operator, a worker and a monitoring system do.
works() {
	local status=0 name
	look
	spotop_ check >"$dir.check" 2>&1 || status=$?
	[ $status -le 2 ] || { [ $status = 3 ] && [ -n "$lacking" ] && grep -q "$lacking" "$dir.check"; } &&
		grep -q '^SPOTOP ' "$dir.check" || { cat "$dir.check" >&2; die "check ended with $status"; }
	spotop_ audit verify >"$dir.audit" 2>&1 || { [ -n "$lacking" ] && grep -q "$lacking" "$dir.audit"; } || { cat "$dir.audit" >&2; die "audit verify"; }
	name=$(agent "$((RANDOM % 5 + 1))")
	for line in "freeze $name --for 10m --reason r" "thaw $name --reason r" "cordon $(pool) --for 10m --reason r" \
		"uncordon $(pool) --reason r" "config $name min_savings_percent=17"; do
		# shellcheck disable=SC2086 # the words of a command line
		spotop_ $line --yes >"$dir.verb" 2>&1 || { cat "$dir.verb" >&2; die "spotop $line"; }
	done
	for job in partitions retention hourly pool-stats events-cleanup alerts recount; do
		spotop_ job run $job >"$dir.job" 2>&1 || {
			[ $job = recount ] && grep -q "$lacking" "$dir.job" || { cat "$dir.job" >&2; die "spotop job run $job"; }
			echo "said to be of another revision: job run recount"
		}
	done
	spotop_ worker --once >"$dir.worker" 2>&1 || { cat "$dir.worker" >&2; die "spotop worker --once"; }
	switched
	drawn
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
say "revision $theirs on a database of revision $ours"
lacking="spotop db upgrade\|use the newer spotop"
made_by=$today spotop=$older
with_demo tries "$ours"
say "revision $ours on a database of revision $theirs"
made_by=$older spotop=$today
with_demo tries "$theirs"
say "passed"
