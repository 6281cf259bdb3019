# diffs.awk - what a diff of views/README.md takes away or stands beside is in the file that it names: read by `make lint-docs`.
# "..." stands for anything; blanks do not count.
/^```diff/ { is_in = 1; next }
/^```/ { is_in = 0; path = "" }
!is_in { next }
/^\+\+\+ / {
	path = $2
	text = ""
	while ((getline l < path) > 0) text = text bare(l) "\n"
	close(path)
	next
}
/^[- ]/ && path {
	n_lines++
	n = split(substr($0, 2), part, /\.\.\./)
	at = text
	for (i = 1; i <= n; i++) {
		k = part[i] ~ /[^ \t]/ ? index(at, bare(part[i])) : 1
		if (!k) {
			print "views/README.md:" FNR ": not in " path ": " part[i]
			bad = 1
			break
		}
		at = substr(at, k)
	}
}
END {
	if (n_lines < 8) print "views/README.md: only " n_lines + 0 " lines of diffs were found"
	exit bad || n_lines < 8
}

function bare(s) {
	gsub(/[ \t]+/, "", s)
	return s
}
