#!/usr/bin/env bash
# production.sh ROOT [stop] - runs the commands of views/production.md, block by block, as the one each is for, below ROOT.
# What stands for a machine is put in its place: /etc/spotop, /var/lib and the CA's file lie elsewhere, db.example.net is the
# server at 127.0.0.1:$PORT, hooks.slack.com the stand-in at $HOOK, port 8420 is $LISTEN. sudo runs what it is given;
# systemctl starts what the unit's own file says, with its environment and credentials. Prints "ok HEADING" after each block.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")/.." && pwd)
export ROOT=$root HERE=$here PATH=$root/bin:$PATH MYSQL_TCP_PORT=$PORT
unset XDG_STATE_HOME XDG_CONFIG_HOME
[ "${2:-}" != stop ] || exec systemctl stop spotop-serve spotop-worker

mkdir -p "$root"/{bin,etc/spotop/hook,home/root,home/admin,home/alice,run,var/lib}
printf '[client]\nsocket=%s\nuser=root\n' "$SOCKET" >"$root/home/root/.my.cnf"
placed() { # the text on stdin with its places below ROOT
	sed -e "s|/etc/spotop|$root/etc/spotop|g; s|/var/lib|$root/var/lib|g; s|/usr/lib/spotop/|$here/views/monitoring/|g" \
		-e "s|/etc/ssl/certs/db-ca.pem|$CA|g; s|db\.example\.net|127.0.0.1|g; s|127\.0\.0\.1:8420|127.0.0.1:$LISTEN|g" \
		-e "s|https://hooks.slack.com|$HOOK|g; s|sudo /|sudo --secrets /|"
}
for f in "$here"/views/etc/*; do placed <"$f" >"$root/etc/spotop/$(basename "$f")"; done

ln -sf "$SPOTOP_BIN" "$root/bin/spotop"
# The one program that looks for its secrets below /etc by itself is told where they are.
cat >"$root/bin/sudo" <<'END'
#!/bin/bash
[ "$1" = --secrets ] || exec "$@"
exec "$2" --secrets "$ROOT/etc/spotop/hook" "${@:3}"
END
cat >"$root/bin/systemctl" <<'END'
#!/usr/bin/env bash
set -euo pipefail
start() {
	local unit of=$ROOT/run/$1 name path f
	unit=$(sed 's|@PREFIX@/bin/||' "$HERE"/core/*/"$1".service)
	rm -rf "$of.credentials"
	mkdir -p "$of.credentials"
	while IFS=: read -r name path; do
		if [ -d "$ROOT$path" ]; then
			for f in "$ROOT$path"*; do [ ! -e "$f" ] || cp "$f" "$of.credentials/${name}_$(basename "$f")"; done
		else
			cp "$ROOT$path" "$of.credentials/$name"
		fi
	done < <(sed -n 's/^LoadCredential=//p' <<<"$unit")
	export CREDENTIALS_DIRECTORY=$of.credentials
	for name in $(sed -n 's/^Environment=//p' <<<"$unit"); do export "${name/=/=$ROOT}"; done
	SERVE_OPTIONS=$(sed -n 's/^SERVE_OPTIONS=//p' "$ROOT/etc/spotop/serve.options")
	eval "$(sed -n 's/^ExecStart=//p' <<<"$unit" | sed "s|%d|$CREDENTIALS_DIRECTORY|") >>'$of.log' 2>&1 </dev/null &"
	echo $! >"$of.pid"
}
stop() {
	local pid n=0
	pid=$(cat "$ROOT/run/$1.pid" 2>/dev/null) || return 0
	rm "$ROOT/run/$1.pid"
	kill -TERM "$pid" 2>/dev/null || return 0
	while kill -0 "$pid" 2>/dev/null && [ $((n++)) -lt 400 ]; do sleep 0.05; done
}
case "$*" in
"enable --now "*) shift 2; for u; do start "$u"; done ;;
"restart "*) shift; for u; do stop "$u"; start "$u"; done ;;
"stop "*) shift; for u; do stop "$u"; done ;;
*) echo "systemctl $*: not known here" >&2; exit 1 ;;
esac
END
chmod +x "$root/bin/sudo" "$root/bin/systemctl"

# One script of all blocks, so that what a block defines is there for the ones after it.
{
	echo 'set -euo pipefail; heading=; trap '\''[ $? = 0 ] || echo "failed: $heading" >&2'\'' EXIT'
	awk -v root="$root" '/^## / { heading = substr($0, 4) }
		/^```sh / {
			open = 1
			printf "heading=\047%s\047; export HOME=%s/home/%s; cd \"$HOME\"\n", heading, root, $2
			if ($2 == "alice") print "cp ../admin/alice.cnf .my.cnf"
			next
		}
		/^```/ { if (open) print "echo \"ok $heading\""; open = 0; next }
		open' "$here/views/production.md"
} | placed >"$root/run/commands"
exec bash "$root/run/commands"
