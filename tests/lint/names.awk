# names.awk - what things are called in the code: read by `make lint-words`, which hands it the names of all files, then their text.
#
# No file, no identifier of C, SQL or the shell has one of these words in it, between underscores. Comments and texts are not
# names (lint-words has tests/lint/phrases for what is printed), nor are the sentences that tests are called by. What is called so all the same stands below with its reason.
BEGIN {
	SENTENCE = 4
	say["box"] = say["boxes"] = "instance"
	say["beat"] = say["beats"] = say["beaten"] = "heartbeat"
	say["act"] = say["acts"] = "action"
	say["errand"] = say["errands"] = "command"
	may["act"] = "the name by which [keys] of settings files bind the action menu; and $.act, what audit_log keeps of an action"
	may["acts"] = "a key of `spotop report -o json`, which programs read"
}

FILENAME == "-" || FILENAME == "/dev/stdin" {
	name = $0
	sub(/.*\//, "", name)
	check(name, $0)
	next
}
FNR == 1 { comment = 0 }
{
	line = strip($0)
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*/)) {
		check(substr(line, RSTART, RLENGTH), FILENAME ":" FNR)
		line = substr(line, RSTART + RLENGTH)
	}
}
END { exit bad }

# The line without what stands in quotes and comments.
function strip(l,   is_sql) {
	is_sql = FILENAME ~ /\.sql$/
	if (FILENAME ~ /\.sh$/) sub(/(^|[ \t])#.*/, "", l)
	if (comment) {
		if (!match(l, /\*\//)) return ""
		l = substr(l, RSTART + 2)
		comment = 0
	}
	gsub(/\\["\\']/, "", l)
	if (is_sql) gsub(/'[^']*'/, "", l)
	gsub(/"[^"]*"/, "", l)
	gsub(/'.'/, "", l)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", l)
	if (is_sql) sub(/-- .*/, "", l)
	sub(/\/\/ .*/, "", l)
	if (!is_sql && match(l, /\/\*/)) {
		l = substr(l, 1, RSTART - 1)
		comment = 1
	}
	return l
}

function check(name, where,   n, part, i) {
	name = tolower(name)
	if (name in may) return
	n = split(name, part, /[_.-]/)
	if (n > SENTENCE) return
	for (i = 1; i <= n; i++)
		if (part[i] in say) {
			print where ": " name "  (say: " say[part[i]] "; or tests/lint/names.awk says why not)"
			bad = 1
		}
}
