#!/usr/bin/env bash
# debian.sh RELEASE check|deb - the program in a clean root of a Debian release, made with debootstrap.
#   check: from nothing but make: packages, build without a warning, unit tests, and a demo that is verified, viewed,
#          operated and drawn once; with FULL=1 all tests instead.
#   deb:   the package is built, passes lintian, is installed into a root that has nothing else, runs the demo as an
#          ordinary user and is purged without a trace.
# Roots are kept under build/debian (or $SPOTOP_ROOTS) and made anew when the Makefile's list of packages changes.
# The archive is the one that this machine's apt uses. All of it runs in mount and process namespaces of its own:
# however it ends, no mount and no process stays behind.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/demo.sh"
cd "$here/.."
release=$1 task=$2
roots=${SPOTOP_ROOTS:-build/debian}/$release
base=$roots/base build=$roots/build clean=$roots/clean

step() { printf '%s %s: %s\n' "$(date +%T)" "$release" "$*"; }
die() { echo "tests/debian.sh: $release: $*" >&2; exit 1; }
# Nothing was tried; who asked from a CI must not take that for a pass.
cannot() { echo "tests/debian.sh: $release was not tried: $*" >&2; [ -z "${CI:-}" ]; exit; }

# --- roots ---

packages() { sed -n '/^DEPS :=/,/[^\\]$/p' Makefile | sha256sum; }

# The archive's URI, out of the machine's own configuration of apt.
archive() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1
}

# What chroot needs of the machine; gone with the namespace.
furnish() {
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	cp /etc/resolv.conf /etc/hosts "$1/etc/"
	apt-config dump | grep -E '^Acquire::(http|https)' >"$1/etc/apt/apt.conf.d/99machine" || true
}

into() { # ROOT COMMAND...
	local root=$1
	shift
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm-256color \
		LANG=C.UTF-8 CI=true FULL="${FULL:-}" DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

make_roots() {
	local stamp
	stamp=$(packages)
	if [ "$(cat "$roots/stamp" 2>/dev/null)" != "$stamp" ]; then
		step "a root of its own in $roots"
		rm -rf "$roots"
		mkdir -p "$roots"
		debootstrap --variant=minbase "$release" "$base" "$(archive)" >"$roots/debootstrap.log" 2>&1 ||
			{ tail -n 5 "$roots/debootstrap.log" >&2; die "debootstrap failed, see $roots/debootstrap.log"; }
		cp -a "$base" "$build"
		furnish "$build"
		into "$build" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends make' >"$roots/make.log" 2>&1 ||
			{ tail -n 5 "$roots/make.log" >&2; die "make could not be installed"; }
		echo "$stamp" >"$roots/stamp"
	else
		furnish "$build"
	fi
	rm -rf "$build/src"
	mkdir "$build/src"
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read 2>/dev/null | tar -x -C "$build/src"
}

# --- inside the root ---

left_nothing() { ! grep -qsx mariadbd /proc/[0-9]*/comm || die "the demo left its server running"; }

tested_here() {
	local version
	version=$(spotop_ doctor -o json 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+-MariaDB' | head -n 1)
	echo "MariaDB ${version%-MariaDB}"
}

try_all() { tested_here; verified; look; switched; drawn; }

inside_check() {
	spotop=./spotop
	step "make deps"
	make deps >/tmp/deps.log 2>&1 || { tail -n 20 /tmp/deps.log >&2; die "make deps failed"; }
	step "build"
	make -j"$(nproc)" all >/tmp/build.log 2>&1 || { grep -E 'error|warning' /tmp/build.log >&2; die "it does not build"; }
	! grep -E 'warning:' /tmp/build.log >&2 || die "warnings"
	if [ -n "${FULL:-}" ]; then
		step "all tests"
		make test
		return
	fi
	step "unit tests"
	make unit
	step "a demo"
	with_demo try_all
	left_nothing
}

inside_build_deb() {
	make deps >/tmp/deps.log 2>&1 || { tail -n 20 /tmp/deps.log >&2; die "make deps failed"; }
	make -j"$(nproc)" all >/tmp/build.log 2>&1 || die "it does not build"
	make deb
	command -v lintian >/dev/null ||
		apt-get install -y -q --no-install-recommends lintian >/tmp/lintian.log 2>&1 || { tail -n 5 /tmp/lintian.log >&2; die "no lintian"; }
	lintian --allow-root --fail-on error build/spotop_*.deb
}

# systemd does not run in a root of files; what the package's scripts would ask of it is written down instead.
asked() { # COMMAND...: these, and no more, since the last time
	local said
	said=$(cat /run/asked 2>/dev/null || true)
	[ "$said" = "$(printf '%s\n' "$@")" ] || die "systemd was asked: $said; not: $*"
	rm -f /run/asked
}
units="spotop-worker.service spotop-serve.service"

inside_install() {
	mkdir -p /run/systemd/system
	printf '#!/bin/sh\necho "$*" >>/run/asked\n' >/usr/bin/systemctl
	chmod +x /usr/bin/systemctl
	step "install"
	apt-get update -q >/tmp/apt.log 2>&1 && apt-get install -y -q /spotop.deb >>/tmp/apt.log 2>&1 ||
		{ tail -n 5 /tmp/apt.log >&2; die "the package cannot be installed"; }
	asked daemon-reload
	[ "$(stat -c '%a %U' /etc/spotop/worker.cnf /etc/spotop/serve.cnf /etc/spotop/hook | tr '\n' ' ')" = "600 root 600 root 700 root " ] ||
		die "/etc/spotop is readable for others"
	echo 'user=mine' >>/etc/spotop/worker.cnf
	echo https://chat.example/secret >/etc/spotop/hook/slack
	dpkg -i /spotop.deb >>/tmp/apt.log 2>&1 || die "the package cannot be installed over itself"
	asked daemon-reload "try-restart $units"
	grep -q user=mine /etc/spotop/worker.cnf || die "a new version changed /etc/spotop/worker.cnf"
	useradd -m -s /bin/bash operator_ 2>/dev/null || true
	step "the agents' example as an ordinary user"
	su operator_ -c /usr/share/doc/spotop/agents/one-switch.sh >/tmp/example 2>&1 && grep -q web-17 /tmp/example || { cat /tmp/example >&2; die "the agents' example"; }
	step "the demo as an ordinary user"
	su operator_ -c 'exec bash /debian.sh '"$release"' inside_demo'
	dpkg -L spotop >/tmp/files
	step "purge"
	apt-get purge -y -q spotop >>/tmp/apt.log 2>&1 || { tail -n 5 /tmp/apt.log >&2; die "the package cannot be removed"; }
	asked "--no-reload disable --now $units" daemon-reload daemon-reload
	[ ! -e /etc/spotop ] || die "left behind: $(find /etc/spotop)"
	local left
	left=$(while read -r f; do [ -d "$f" ] || [ ! -e "$f" ] || echo "$f"; done </tmp/files)
	[ -z "$left" ] || die "left behind: $left"
	[ ! -e /usr/bin/spotop ] || die "the program is still there"
}

inside_demo() { cd; spotop=spotop; with_demo try_all; left_nothing; }

# --- outside ---

# In braces: read whole before it runs, so that the file may change meanwhile.
{
case $task in inside_*) "$task"; exit ;; check | deb) ;; *) die "check or deb, not '$task'" ;; esac

if [ -z "${SPOTOP_NAMESPACE:-}" ]; then
	[ "$(id -u)" = 0 ] || cannot "a root of its own needs root"
	command -v debootstrap >/dev/null || { [ -n "${CI:-}" ] && apt-get install -y -q debootstrap; } || cannot "debootstrap is missing: apt-get install debootstrap"
	[ -n "$(archive)" ] || cannot "apt names no archive of Debian here"
	unshare --mount --pid --fork true 2>/dev/null || cannot "no mount and process namespaces here"
	SPOTOP_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child -- bash "$0" "$@"
fi
trap 'exit 130' INT TERM HUP

make_roots
if [ "$task" = check ]; then
	into "$build" bash /src/tests/debian.sh "$release" inside_check
else
	step "the package"
	into "$build" bash /src/tests/debian.sh "$release" inside_build_deb
	rm -rf "$clean"
	cp -a "$base" "$clean"
	furnish "$clean"
	cp "$build"/src/build/spotop_*.deb "$clean/spotop.deb"
	cp tests/debian.sh tests/demo.sh "$clean/"
	into "$clean" bash /debian.sh "$release" inside_install
fi
step "passed"
exit 0
}
