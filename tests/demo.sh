# demo.sh - what the shell tests ask of a demo: every view, a switch from its issue to its end, the console drawn once.
# Sourced; the one who does has `die`, and says in $spotop which program asks.

# A demo of $made_by, with a state of its own, for as long as $@ takes; spotop_ is $spotop on it. $after: what is done with its folder before that goes.
with_demo() {
	local n=0 status=0
	dir=$(mktemp -d)/demo
	export XDG_STATE_HOME=${dir%/demo}/state
	: >"$dir.log"
	${made_by:-$spotop} demo --headless --agents 40 --dir "$dir" >"$dir.log" 2>&1 &
	demo=$!
	until grep -q '^ready ' "$dir.log"; do
		kill -0 "$demo" 2>/dev/null && [ $((n++)) -lt 900 ] || { cat "$dir.log" >&2; die "the demo did not get ready"; }
		sleep 0.1
	done
	"$@"
	kill -TERM "$demo"
	wait "$demo" || status=$?
	[ "$status" = 0 ] || { cat "$dir.log" >&2; die "the demo ended with $status"; }
	demo=
	${after:-}
	rm -rf "${dir%/demo}"
}
spotop_() { $spotop --defaults-file="$dir/my.cnf" "$@"; }

verified() { spotop_ db verify >"$dir.verify" || { grep -E ' no  ' "$dir.verify" >&2; die "db verify"; }; }

# Every view that --help names, headless. $lacking: one that is of another revision may say this instead.
look() {
	local view n=0 lacks=
	for view in $(spotop_ --help | sed -n '/^Views/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		case $view in why) spotop_ why "$(agent 1)" -o json ;; *) spotop_ "$view" -o json ;; esac >"$dir.view" 2>&1 || {
			[ -n "${lacking:-}" ] && grep -q "$lacking" "$dir.view" || { cat "$dir.view" >&2; die "spotop $view"; }
			lacks="$lacks $view"
		}
		n=$((n + 1))
	done
	[ -z "$lacks" ] || echo "of these, said to be of another revision:$lacks"
	[ "$n" -ge 20 ] || die "--help names $n views only"
	echo "$n views answered"
}

agent() { spotop_ agents --filter health=ok --columns agent -o csv | tr -d '\r' | sed -n "$(($1 + 1))p"; }

# From its issue to its end. A simulated cloud refuses now and then, so a second and a third agent may try.
switched() {
	local n name
	for n in 1 2 3; do
		name=$(agent "$n")
		[ -n "$name" ] || die "no agent is ok"
		spotop_ switch "$name" --ondemand --override switches_per_week --override min_pool_hours --reason 'does it switch?' --yes --wait=120 >"$dir.switch" 2>&1 && {
			echo "$name switched"
			return
		}
	done
	cat "$dir.switch" >&2
	die "three switches failed"
}

drawn() {
	(sleep 6; printf q) | script -qec "stty rows 40 cols 120; exec $spotop --defaults-file=$dir/my.cnf" "$dir.screen" >/dev/null ||
		die "the console ended with $?"
	local word
	for word in overview DEADLINES HEALTH FLEET agents; do
		grep -q "$word" "$dir.screen" || die "the console drew no $word"
	done
	echo "the console was drawn"
}
