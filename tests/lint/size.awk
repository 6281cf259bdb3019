# size.awk - no file and no routine too long to be read at once: read by `make lint-size`.
#
# Reads sources of C and SQL, scripts and documents. A routine of C is what stands between { and } at a line's beginning, one
# of SQL what stands between its CREATE and //. Here alone stand the limits, and what may pass them with the reason.
BEGIN {
	FILE_LINES = 500
	ROUTINE_LINES = 60
	may["sql/queries/verify_structure.sql"] = "made by make manifest"
	may["views/spotop.1"] = "a manual is one page"
	may["migration_compile"] = "a dozen statements grow side by side in one walk over the columns of a rule"
}

FNR == 1 { close_file() }
{
	lines = FNR
	file = FILENAME
}
/^\{/ && FILENAME ~ /\.[ch]$/ { from = FNR + 1 }
/^\}/ && from {
	routine(FILENAME ":" from - 1, FNR - from)
	from = 0
}
/CREATE (OR REPLACE )?(PROCEDURE|FUNCTION|TRIGGER|EVENT) / && FILENAME ~ /\.sql$/ {
	from = FNR
	name = $0
	sub(/.*(PROCEDURE|FUNCTION|TRIGGER|EVENT) /, "", name)
	sub(/[^a-z0-9_].*/, "", name)
}
/\/\/$/ && name {
	routine(name, FNR - from + 1)
	name = from = ""
}
END {
	close_file()
	for (what in may) if (!(what in long)) complain(what ": is not long any more; take it out of tests/lint/size.awk")
	exit bad
}

function close_file() {
	if (lines > FILE_LINES) check(file, file ": " lines " lines; " FILE_LINES " at most, one idea each")
	from = name = ""
}

function routine(name, n) {
	if (n > ROUTINE_LINES) check(name, (name ~ /:/ ? "" : FILENAME ": ") name ": a routine of " n " lines; " ROUTINE_LINES " at most")
}

function check(what, text) {
	long[what] = 1
	if (!(what in may)) complain(text)
}

function complain(text) {
	print text
	bad = 1
}
