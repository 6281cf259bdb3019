# layers.awk - which folder may use which, and no circles: read by `make lint-layers`.
#
# Reads `grep -H '^#include "'` over the sources and `nm -AP -g` over the objects. An include or a use of a name
# that points up is an error; so is a circle of headers, or of files that use each other's functions or data,
# tables of pointers counted. The folders, the lowest first; those on one line do not know each other.
BEGIN {
	order("core/base")
	order("core/db")
	order("core/local")
	order("core/fleet")
	order("core/jobs core/serve core/sim")
	order("tui")
	order("views/model")
	order("views/nav views/lists")
	order("views/table")
	order("views/actions")
	order("views/screens")
	order("views/app")
	order("views/cli")
	order("views")
}

function order(folders,   f, n, i) {
	rank_now++
	n = split(folders, f, " ")
	for (i = 1; i <= n; i++) rank[f[i]] = rank_now
}

function folder(path) {
	sub(/\/[^\/]*$/, "", path)
	return path
}

function check(from, to, how,   a, b) {
	a = folder(from)
	b = folder(to)
	if (!(b in rank)) return
	if (!(a in rank)) complain(from ": its folder has no place in tests/lint/layers.awk")
	else if (a != b && rank[b] >= rank[a]) complain(from " " how " " to ": " a " lies below " b " or beside it")
}

function use(from, to, by) {
	if (!((from, to) in edge)) uses[from] = uses[from] " " to
	edge[from, to] = by
	node[from] = node[to] = 1
}

function complain(text) {
	if (text in said) return
	said[text] = 1
	print text
	bad = 1
}

/#include "/ {
	from = $0
	sub(/:.*/, "", from)
	to = $0
	sub(/^[^"]*"/, "", to)
	sub(/".*/, "", to)
	check(from, to, "includes")
	if (from ~ /\.h$/ && to ~ /\.h$/) use(from, to, "includes it")
	next
}

# build/release/views/app/head.o: head_due T 0000000000000120 00000000000000a1
{
	object = $1
	sub(/:$/, "", object)
	sub(/^build\/[a-z]*\//, "", object)
	sub(/\.o$/, ".c", object)
	if ($3 == "U") wants[object, $2] = 1
	else home[$2] = object
}

END {
	for (pair in wants) {
		split(pair, p, SUBSEP)
		if (!(p[2] in home) || home[p[2]] == p[1]) continue
		to = home[p[2]]
		check(p[1], to, "uses " p[2] " of")
		use(p[1], to, p[2])
	}
	# Whoever uses nobody that is left is in no circle.
	do {
		n_gone = 0
		for (f in node) {
			n = split(uses[f], to_list, " ")
			is_used = 0
			for (i = 1; i <= n; i++) if (to_list[i] in node) is_used = 1
			if (!is_used) {
				delete node[f]
				n_gone++
			}
		}
	} while (n_gone)
	for (f in node) {
		walk(f)
		break
	}
	exit bad
}

# From any file that is left one comes into a circle, always by the first use that is left.
function walk(f,   n, i, list, path, at, text) {
	while (!(f in at)) {
		at[f] = ++n_path
		path[n_path] = f
		n = split(uses[f], list, " ")
		for (i = 1; i <= n && !(list[i] in node); i++) ;
		f = list[i]
	}
	for (i = at[f]; i <= n_path; i++)
		text = text path[i] " (" edge[path[i], i < n_path ? path[i + 1] : f] ") > "
	complain("circle: " text f)
}
