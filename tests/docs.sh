#!/usr/bin/env bash
# docs.sh SPOTOP - the documents speak of what is there: relative links lead to files, paths in backticks exist, every
# `make TARGET`, `T=SUITE` and `spotop COMMAND` is one; core/README.md follows functions that there are; the
# diffs of views/README.md fit the files; the
# README has 150 lines at most; each table of the schema says what departs from the report; the runbook has a section for each
# kind of alert, in their order.
set -euo pipefail
spotop=$(realpath "$1")
cd "$(dirname "$0")/.."
bad=0
say() { echo "$*" >&2; bad=1; }
targets=" $(sed -n 's/^\.PHONY://p' Makefile | tr '\n' ' ') "
commands=" $("$spotop" --help | sed -nE 's/^  ([a-z-]+) .*/\1/p' | tr '\n' ' ') "
for doc in $(find . -name '*.md' -not -path './build/*' | sort); do
	dir=$(dirname "$doc")
	while read -r link; do
		[[ "$link" =~ ^[a-z]+: ]] || [ -e "$dir/${link%%#*}" ] || [[ "$link" == \#* ]] || say "$doc: no file $link"
	done < <(grep -oE '\]\([^) ]+\)' "$doc" | sed 's/^](//; s/)$//')
	# what is in backticks, on one line each, and the lines of code blocks without their comments
	code=$(awk '/^```/ { block = !block; next } block { sub(/#.*/, ""); print; next }
		{ n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i] }' "$doc")
	while read -r path; do
		compgen -G "$path" >/dev/null || say "$doc: no file $path"
	done < <(grep -oE '^(core|tui|views|sql|tests)/[A-Za-z0-9_./*-]+$' <<<"$code")
	while read -r _ target; do
		[[ "$targets" == *" $target "* ]] || say "$doc: make has no target $target"
	done < <(grep -oE '(^|[ |;])make +[a-z][a-z0-9-]*' <<<"$code" | sed 's/^[ |;]*//')
	[ "$doc" = ./views/README.md ] || # its examples are of what could be added
	while read -r command; do
		[[ "$commands" == *" $command "* ]] || say "$doc: spotop has no command $command"
	done < <(grep -oE '^spotop +[a-z][a-z-]*' <<<"$code" | sed 's/^spotop *//')
	while read -r folder suites; do
		for s in $suites; do
			[ -e "tests/$folder/${s%%:*}.c" ] || say "$doc: tests/$folder has no suite $s"
			[[ "$s" != *:* ]] || grep -q "START_TEST(${s#*:})" "tests/$folder/${s%%:*}.c" || say "$doc: no test $s"
		done
	done < <(grep -oE 'make +(unit|fuzz|it|e2e) .*T=("[^"]*"|[A-Za-z0-9_:]+)' <<<"$code" | sed -E 's/make +([a-z0-9]+).* ?T=(.*)/\1 \2/; s/"//g')
done
kinds=$("$spotop" check --help | sed -nE 's/^  ([a-z_]+) +(critical|error|warning)  .*/\1 \2/p')
sections=$(awk '/^## / { kind = $2 } /^- \*\*Severity\*\*: / { sub(/\.$/, "", $3); print kind, $3 }' views/runbook.md)
[ -n "$kinds" ] && diff <(echo "$kinds") <(echo "$sections") >&2 ||
	say "views/runbook.md: its sections are not the kinds of spotop check --help in their order, with their severities"
[ "$(grep -c '^## ' views/runbook.md)" = "$(wc -l <<<"$kinds")" ] || say "views/runbook.md: a section is of no kind of alert"
awk -f tests/lint/paths.awk core/README.md >&2 || bad=1
awk -f tests/lint/diffs.awk views/README.md >&2 || bad=1
[ "$(wc -l <README.md)" -le 150 ] || say "README.md: over 150 lines"
awk 'FNR == 1 { told = 0 } /^-- Report:/ { told = 1 } /^CREATE TABLE/ { if (!told) { print FILENAME ": " $6 ": no line -- Report: says what departs from the report"; bad = 1 } told = 0 } END { exit bad }' \
	sql/schema/1*.sql >&2 || bad=1
exit $bad
