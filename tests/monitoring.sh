#!/usr/bin/env bash
# monitoring.sh - Prometheus' own tool on what views/monitoring brings: the rules are sound, give their alerts on invented
# series, and each expression of the dashboard is one. promtool comes out of Debian's package, unpacked under build and not
# installed, unless the machine has it. The services are read by systemd's own checker where there is one.
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
