# paths.awk - the functions that core/README.md follows stand in the files that it names: read by `make lint-docs`.
#
# A row of a table whose cell is paths in backticks, or prose "`name` (`path`)": each name must be defined in one of those
# files, which in SQL is to be created there. Prints those that are not.
/^\|.*`/ {
	n = split($0, cell, "|")
	for (i = 3; i < n; i++) if (cell[i] ~ /^ *`[a-z]+\/[^` ]*\.(c|h|sql)`/) follow(cell[i - 1], cell[i])
	next
}
{
	line = $0
	while (match(line, /`[a-zA-Z_]+` \(`[a-z]+\/[^`]+\.(c|h|sql)`\)/)) {
		said = substr(line, RSTART, RLENGTH)
		at = index(said, "(")
		follow(substr(said, 1, at - 1), substr(said, at))
		line = substr(line, RSTART + RLENGTH)
	}
}
END {
	if (n_seen < 60) print "core/README.md: only " n_seen + 0 " functions were found in it"
	exit bad || n_seen < 60
}

function follow(names, paths,   a, b, n, m, i, k, ok) {
	n = split(names, a, "`")
	m = split(paths, b, "`")
	for (i = 2; i <= n; i += 2) {
		if (a[i] !~ /^[a-z][a-z_]+$/) continue
		n_seen++
		ok = 0
		for (k = 2; k <= m; k += 2) if (holds(b[k], a[i])) ok = 1
		if (!ok) {
			print "core/README.md: " a[i] " is not in " paths
			bad = 1
		}
	}
}

function holds(path, name,   l, found, made) {
	if (path ~ "/" name "\\.sql$") return 1
	made = path ~ /\.sql$/ ? "(CREATE|CALL|:define).* " name "([^a-z_]|$)" : "^[a-zA-Z][^;]*[ *]" name "(\\(|( |\\[\\])* =)"
	while ((getline l < path) > 0) if (l ~ made) found = 1
	close(path)
	return found
}
