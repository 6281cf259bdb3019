#!/usr/bin/env bash
# build.sh - what the Makefile promises: a plain make builds ./spotop, a change makes anew what it touches and no
# more, other flags make all of it anew, clang-tidy's complaints are seen, make help tells every target.
# Nothing of the tree is changed: make is asked what it would do (-n) if a file were newer (-W).
set -euo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MAKELEVEL CFLAGS LDFLAGS # we stand under make ourselves
scratch=build/lint
rm -rf "$scratch"
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
bad=0
say() { echo "tests/build.sh: $*" >&2; bad=1; }
would() { make -n "$@" 2>&1; }
compiles() { grep -cE -- ' -c -o ' <<<"$1" || true; }
UNIT=build/release/tests/unit/run

# A plain make.
[[ "$(make -n -B 2>/dev/null | tail -n 1)" == *" -o spotop "* ]] || say "a plain make does not end with ./spotop"

# Built is built.
left=$(would all "$UNIT")
[ "$(compiles "$left")" = 0 ] || say "built, and make would still compile: ${left:0:300}"

# A file touched: what is made of it, and no more.
touched() { # FILE MOST GOAL...: between 1 and MOST compiles
	local file=$1 most=$2 n
	shift 2
	n=$(compiles "$(would -W "$file" "$@")")
	[ "$n" -ge 1 ] && [ "$n" -le "$most" ] || say "$file touched: $n files compiled, not 1 to $most"
}
for folder in sql/*/; do
	set -- "$folder"*.sql
	touched "$1" $([ "$folder" = sql/parts/ ] && echo 20 || echo 1) all # every folder may include a part
done
touched core/base/buf.c 1 all
touched tests/unit/text.c 1 "$UNIT"
touched tests/support/pty.c 1 "$UNIT"
touched tests/support/pty.h 20 "$UNIT"
touched tests/suite_main.c 1 "$UNIT"
all=$(ls core/*/*.c tui/*.c views/*.c views/*/*.c | wc -l)
touched core/base/err.h "$all" all
[ "$(compiles "$(would -W core/base/err.h all)")" -gt $((all / 3)) ] || say "core/base/err.h touched: its users are not compiled"

# Other flags: everything. (A build that is only touched, in a place of its own.)
elsewhere=(B="$scratch/b" BIN="$scratch/b/spotop" all)
for d in core/*/ tui/ views/ views/*/ tests/*/; do mkdir -p "$scratch/b/$d"; done
make -s -t "${elsewhere[@]}" >/dev/null
n=$(compiles "$(would "${elsewhere[@]}")")
[ "$n" = 0 ] || say "the same flags: $n files compiled"
n=$(compiles "$(would SQL="$(ls sql/*/*.sql | grep -v ^sql/parts/ | tail -n +2 | tr '\n' ' ')" "${elsewhere[@]}")")
[ "$n" -ge 2 ] && [ "$n" -lt "$all" ] || say "a statement less: $n files compiled"
make -s -t "${elsewhere[@]}" >/dev/null
n=$(compiles "$(would CFLAGS=-O0 "${elsewhere[@]}")")
[ "$n" -gt "$all" ] || say "other CFLAGS: $n files compiled, not all $all"

# What clang-tidy finds is told, and fails.
echo 'int f(int *p); int f(int *p) { int *q = 0; return p ? 1 : *q; }' >"$scratch/bad.c"
if out=$(make -s lint-tidy TIDY="$scratch/bad.c" 2>&1); then say "lint-tidy passes a null pointer"; fi
grep -q 'Dereference of null' <<<"$out" || say "lint-tidy does not say what it found: $out"

# What is installed names the prefix, keeps what an administrator wrote, and goes again.
put=("DESTDIR=$PWD/$scratch/root" PREFIX=/opt/it)
make -s install "${put[@]}" >/dev/null || say "make install fails"
etc=$scratch/root/etc/spotop
! grep -rlE '@PREFIX@|/usr/(bin|lib)/spotop' "$scratch/root/opt/it/lib" "$scratch/root/opt/it/share/doc/spotop/monitoring" "$etc" >&2 ||
	say "these name another prefix than theirs"
[ "$(stat -c %a "$etc/worker.cnf" "$etc/hook" | tr '\n' ' ')" = "600 700 " ] || say "/etc/spotop is readable for others"
bash -n "$scratch/root/opt/it/share/doc/spotop/agents/one-switch.sh" || say "the agents' example is no shell"
echo 'user=mine' >>"$etc/worker.cnf"
make -s install "${put[@]}" >/dev/null
make -s uninstall "${put[@]}" >/dev/null
left=$(find "$scratch/root" -type f)
[ "$left" = "$etc/worker.cnf" ] && grep -q user=mine "$left" || say "make uninstall left: $left"

# Every target has its line.
help=$(make -s help)
for t in $(sed -n 's/^\.PHONY://p' Makefile); do
	grep -qE "^make $t +[^ ]" <<<"$help" || say "make help does not tell $t: write '## $t: what it does' above it"
done
exit $bad
