#!/usr/bin/env bash
# monitoring.sh - Prometheus' own tool on what views/monitoring brings: the rules are sound, give their alerts on invented
# series, and each expression of the dashboard is one. promtool comes out of Debian's package, unpacked under build and not
# installed, unless the machine has it. The services are read by systemd's own checker where there is one. Icinga and Nagios
# are unpacked beside it for `make it T=plugin`, which runs the plugin under them; where they cannot be had it leaves them out.
set -euo pipefail
cd "$(dirname "$0")/.."
here=views/monitoring out=build/monitoring
mkdir -p "$out"

promtool=$(command -v promtool || true)
if [ -z "$promtool" ]; then
	promtool=$PWD/$out/usr/bin/promtool
	[ -x "$promtool" ] || {
		(cd "$out" && apt-get download -qq prometheus) || { echo "tests/monitoring.sh: no promtool, and apt cannot fetch the package prometheus" >&2; exit 1; }
		dpkg-deb --fsys-tarfile "$out"/prometheus_*.deb | tar -x -C "$out" ./usr/bin/promtool
		rm "$out"/prometheus_*.deb
	}
fi
"$promtool" check rules $here/spotop.rules.yml
"$promtool" test rules $here/spotop.rules.test.yml

# A recording rule for each expression of the dashboard, $job being any.
jq -r '"groups:\n  - name: dashboard\n    rules:", ([.. | .expr? // empty | gsub("\\$job"; ".*")] | to_entries[] |
	"      - {record: \"panel:\(.key)\", expr: \(.value | @json)}")' $here/spotop.dashboard.json >"$out/dashboard.yml"
"$promtool" check rules "$out/dashboard.yml"

if command -v systemd-analyze >/dev/null; then
	for unit in core/*/*.service; do
		sed "s|@PREFIX@/bin/spotop|$(command -v true)|" "$unit" >"$out/$(basename "$unit")"
		said=$(systemd-analyze verify --man=no "$out/$(basename "$unit")" 2>&1) && [ -z "$said" ] || { echo "$unit: $said" >&2; exit 1; }
	done
	echo "units are sound"
fi

# $1: a package; what it needs that the machine has not got comes along.
unpack() {
	local needs
	needs=$(apt-get install -qq --no-install-recommends --dry-run "$1" 2>/dev/null | awk '/^Inst/ { print $2 }' | grep -E "${2:-.}")
	(cd "$out" && apt-get download -qq $needs && for deb in *.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x; done && rm -- *.deb)
}
[ -x "$out/icinga2" ] || command -v icinga2 >/dev/null || {
	if unpack icinga2-bin; then
		libs=$(cd "$out"/usr/lib/*-linux-gnu && pwd)
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/icinga2/sbin/icinga2 "$@"\n' "$libs" "$libs" >"$out/icinga2"
		chmod +x "$out/icinga2"
	else echo "tests/monitoring.sh: apt cannot fetch icinga2-bin; the plugin is not tried with it" >&2; fi
}
[ -x "$out/usr/sbin/nagios4" ] || command -v nagios4 >/dev/null || unpack nagios4-core nagios4 ||
	echo "tests/monitoring.sh: apt cannot fetch nagios4-core; the plugin is not tried with it" >&2
