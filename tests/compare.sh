#!/bin/bash
# compare.sh - the benches of two revisions side by side, on one machine in turn: what became slower by more than a tenth.
# BASE is the revision to compare with, BENCHES which (actions tail), ROUNDS (3) how often each is run; the medians are compared.
# Both run the benches of this tree; where those do not fit the other's code, it runs its own, by the name that it had there. What counts is rates
# (…_per_s) and what is used of time, memory or processor (…_ms, …_us, …_kb, …_percent); the rest of the figures is left out. Exit 1:
# something became slower.
set -euo pipefail

base=$(git rev-parse --verify --quiet "${BASE:?say with which revision: make bench-compare BASE=REV}^{commit}") || {
	echo "bench-compare: '$BASE' is no revision of this repository" >&2
	exit 2
}
benches=${BENCHES:-actions tail}
rounds=${ROUNDS:-3}
tree=build/compare/tree
results=build/compare/results
rm -rf "$results"
mkdir -p "$results"
git worktree prune
[ -d "$tree" ] || git worktree add --force --detach "$tree" "$base" >/dev/null 2>&1
git -C "$tree" checkout --quiet --force --detach "$base"

make_base() { nice make -C "$tree" -j2 spotop "build/release/tests/bench/$1" >"$results/make.log" 2>&1; }
declare -A theirs=()
for b in $benches; do
	theirs[$b]=$b
	cp "tests/bench/$b.c" "$tree/tests/bench/"
	cp tests/support/bench.[ch] tests/support/keeper.[ch] "$tree/tests/support/"
	if ! make_base "$b"; then
		git -C "$tree" checkout --quiet --force "$base"
		git -C "$tree" clean --quiet --force tests
		was=$(git log --follow --format= --name-status "$base..HEAD" -- "tests/bench/$b.c" | awk '/^R/ { old = $2 } END { print old }')
		[ -z "$was" ] || theirs[$b]=$(basename "$was" .c)
		make_base "${theirs[$b]}" || { echo "bench-compare: $BASE has no bench $b that can be built; see $results/make.log" >&2; exit 2; }
		echo "$b: each revision runs its own bench"
	fi
	nice make -j2 spotop "build/release/tests/bench/$b" >"$results/make.log" 2>&1
done

# run TREE WHO BENCH ROUND: its figures, from what it prints or, where that is a table, from its file.
run() {
	local to=$PWD/$results/$3.$2.$4.json name=$3
	[ "$2" != base ] || name=${theirs[$3]}
	(cd "$1" && mkdir -p build && SPOTOP_BIN=$PWD/spotop SPOTOP_BUILD=$PWD/build/release "build/release/tests/bench/$name" >"$to" 2>"$to.err") ||
		{ echo "bench-compare: $name of $2 failed:" >&2; tail -3 "$to.err" >&2; exit 70; }
	jq empty "$to" 2>/dev/null || cp "$1/build/bench-$name.json" "$to"
}
for r in $(seq "$rounds"); do
	for b in $benches; do
		run "$tree" base "$b" "$r"
		run . here "$b" "$r"
	done
done

status=0
for b in $benches; do
	echo "$b: median of $rounds rounds in turn, ${base:0:7} against this tree"
	jq -n -r --slurpfile base <(cat "$results/$b".base.*.json) --slurpfile here <(cat "$results/$b".here.*.json) '
		# An element of a list goes by what it is of, not by its place.
		def named($v): . as $p | reduce range($p | length) as $i ([]; . + [
			($v | getpath($p[:$i + 1])) as $e
			| if ($p[$i] | type) == "number" and ($e | type) == "object"
			  then ($e | to_entries | map(select(.key | IN("agents", "list", "name", "clients")) | "\(.value) \(.key)") | first // ($p[$i] | tostring))
			  else ($p[$i] | tostring) end]) | join(" ");
		def figures: . as $v | [paths(type == "number") | . as $p
			| ([.[] | strings] | last) as $what
			| select($what | test("_per_s$|_ms$|_us$|_kb$|_percent$|^kb_per"))
			| {key: ($p | named($v)), value: ($v | getpath($p)), is_rate: ($what | test("_per_s$"))}];
		def median: sort | .[length / 2 | floor];
		([$here[] | figures[]] | group_by(.key)) as $ours
		| [$base[] | figures[]] as $theirs
		| $ours[] | .[0] as $f | ([.[].value] | median) as $now
		| ([$theirs[] | select(.key == $f.key) | .value]) | select(length > 0) | median as $was
		| select($was != 0 and $now != 0)
		| (if $f.is_rate then $was / $now else $now / $was end) as $cost
		| [$f.key, ($was * 100 | round / 100), ($now * 100 | round / 100), (($cost * 100 | round) / 100),
		   (if $cost > 1.1 then "SLOWER" elif $cost < 0.9 then "faster" else "" end)] | @tsv' >"$results/$b.tsv"
	awk -F '\t' 'BEGIN { printf "  %-46s %12s %12s %8s\n", "", "was", "is", "cost" } { printf "  %-46s %12s %12s %7sx %s\n", $1, $2, $3, $4, $5 }' "$results/$b.tsv"
	grep -q SLOWER "$results/$b.tsv" && status=1
done
exit $status
