# embed.awk - turns sql/DIR/FILE.sql into C: one `const struct query sql_DIR_FILE` each, two for a file with a past.
#   awk -v out=header|source|list -f sql/embed.awk sql/*/*.sql
# header declares them by name, source has their text, list is sql_all: all of them in name order.
# A file starts with a comment block; each parameter is declared there, and only what is declared may be used:
#   -- what it shows, in a sentence
#   -- :param name type        type: str int dec bool json
#   -- :past                   the file is two statements: FILE tells of now, FILE_at of the time :at. A line that
#                              ends in `-- :now` or `-- :at` belongs to that one alone; the others are in both.
# What several statements say in the same way is written once:
#   -- :include NAME a=EXPR | b=EXPR
# alone on its line stands for the text of NAME.sql, without its header, of the same folder or of sql/parts (which may
# include another), {{a}} in it for EXPR. sql/parts is no folder of statements: it holds these texts, and in lines
#   -- :define name(a, b) TEXT
# short ones, which {{name(x, y)}} stands for anywhere, {{name}} if it takes nothing.
#
# A text type that names no character set is ours, utf8mb4_general_ci: a routine's parameters and variables and the
# columns of a JSON_TABLE would otherwise take the collation of the database they meet, which an administrator may have
# chosen. Likewise ascii without a collation: ascii_general_ci. A type and its character set stand on one line. What is
# cast AS CHAR says the same collation explicitly: on MariaDB 11.8 a bare cast mixes with no ascii column.
function texts(l,  done, type, rest) {
	done = ""
	while (match(l, /([a-z0-9_`]|RETURNS) +((VAR)?CHAR\([0-9]+\)|(TINY|MEDIUM|LONG)?TEXT)|(CHARSET|CHARACTER SET) ascii| AS CHAR(\([0-9]+\))?\)/)) {
		type = substr(l, 1, RSTART + RLENGTH - 1); rest = substr(l, RSTART + RLENGTH)
		if (type ~ / ascii$/) { if (rest !~ /^ COLLATE /) type = type " COLLATE ascii_general_ci" }
		else if (type ~ / AS CHAR[()0-9]*\)$/) sub(/\)$/, " CHARACTER SET utf8mb4) COLLATE utf8mb4_general_ci", type)
		else if (rest !~ /^[A-Za-z0-9_]/ && rest !~ /^ (CHARSET|CHARACTER SET|COLLATE) /) type = type " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
		done = done type; l = rest
	}
	return done l
}
function cname(path,  n) { n = path; sub(/^sql\//, "", n); gsub(/[^a-zA-Z0-9]/, "_", n); return "sql_" n }
function esc(s) { gsub(/\\/, "\\\\&", s); gsub(/"/, "\\\"", s); gsub(/\t/, "\\t", s); gsub(/\?/, "\\?", s); return s }
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
function die(text) { print where text > "/dev/stderr"; bad = 1; exit 1 }

# The arguments of a call, apart at the commas that are in no bracket and no quotes; into arg[1..n].
function arguments(s, arg,  i, c, depth, n, quoted) {
	split("", arg); n = 1; arg[1] = ""; depth = 0; quoted = 0
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "'") quoted = !quoted
		if (!quoted && c == "(") depth++
		if (!quoted && c == ")") depth--
		if (c == "," && !depth && !quoted) arg[++n] = ""
		else arg[n] = arg[n] c
	}
	for (i = 1; i <= n; i++) arg[i] = trim(arg[i])
	return n
}
# What {{CALL}} stands for: a parameter of the include at this depth, or a :define.
function meaning(call, depth,  name, text, arg, formal, n, i) {
	if ((depth, call) in given) return given[depth, call]
	name = call; sub(/\(.*/, "", name)
	if (!(name in define)) die("{{" call "}} is neither defined in sql/parts nor given")
	text = define[name]
	if (call ~ /\(/) { sub(/^[^(]*\(/, "", call); sub(/\)$/, "", call); n = arguments(call, arg) } else n = 0
	if (n != split(formals[name], formal, /, */)) die("{{" name "}} takes (" formals[name] ")")
	for (i = 1; i <= n; i++) text = replace(text, "{{" formal[i] "}}", arg[i])
	return text
}
function replace(s, old, new,  r, i) {
	r = ""
	while ((i = index(s, old))) { r = r substr(s, 1, i - 1) new; s = substr(s, i + length(old)) }
	return r s
}
function expand(line, depth,  close_at, open_at, rounds) {
	while ((close_at = index(line, "}}"))) {
		for (open_at = close_at - 1; open_at > 0 && substr(line, open_at, 2) != "{{"; open_at--);
		if (!open_at) break
		line = substr(line, 1, open_at - 1) meaning(substr(line, open_at + 2, close_at - open_at - 2), depth) substr(line, close_at + 2)
		if (++rounds > 200) die("{{}} without end")
	}
	return line
}
function take_line(line, depth,  l, p) {
	if (line ~ /\{\{/) line = expand(line, depth)
	if (file !~ /^sql\/(schema|migrations)\//) {
		l = line; sub(/-- .*$/, "", l); gsub(/'[^']*'/, "", l); gsub(/::/, "", l); gsub(/:=/, "", l)
		while (match(l, /:[a-z_][a-z_0-9]*/)) {
			p = substr(l, RSTART + 1, RLENGTH - 1)
			if (!(p in declared)) die(":" p " is not declared in the header")
			l = substr(l, RSTART + RLENGTH)
		}
	}
	text = text "\t\"" esc(texts(line)) "\\n\"\n"
}
# A line of a file in one of its two times; "-" when it belongs to the other one.
function in_time(line, past) {
	if (line ~ /[ \t]-- :now$/) { if (past) return "-"; sub(/[ \t]+-- :now$/, "", line) }
	else if (line ~ /[ \t]-- :at$/) { if (!past) return "-"; sub(/[ \t]+-- :at$/, "", line) }
	return line
}
function is_there(path,  line, r) { r = (getline line < path) > 0; close(path); return r }
function has_past(path,  line, r) {
	r = 0
	while ((getline line < path) > 0 && line ~ /^--/) if (line == "-- :past") r = 1
	close(path)
	return r
}
function include(call, depth,  name, path, past, line, in_head, n, i, pair, dir) {
	name = call; sub(/ .*/, "", name); sub(/^[^ ]* */, "", call)
	call = expand(call, depth); depth++
	for (n in given) if (substr(n, 1, length(depth "") + 1) == depth SUBSEP) delete given[n]
	n = split(call, pair, /[ \t]+\|[ \t]+/)
	for (i = 1; i <= n; i++) given[depth, trim(substr(pair[i], 1, index(pair[i], "=") - 1))] = trim(substr(pair[i], index(pair[i], "=") + 1))
	dir = file; sub(/[^\/]*$/, "", dir); path = dir name ".sql"; past = 0
	if (!is_there(path)) path = "sql/parts/" name ".sql"
	if (!is_there(path) && name ~ /_at$/) { past = 1; name = substr(name, 1, length(name) - 3)
		path = dir name ".sql"; if (!is_there(path)) path = "sql/parts/" name ".sql"
		if (!is_there(path) || !has_past(path)) die("no " name "_at to include") }
	if (!is_there(path)) die("no " name " to include")
	take_file(path, depth, past, 0)
}
# All lines of a file; the header only for the statement that is made of it.
function take_file(path, depth, past, is_own,  lines, n, i, line, head) {
	n = 0
	while ((getline line < path) > 0) { sub(/\r$/, "", line); lines[++n] = line }
	close(path)
	head = 1
	for (i = 1; i <= n; i++) {
		where = path ":" i ": "
		if ((line = in_time(lines[i], past)) == "-") continue
		if (line !~ /^--/ || line ~ /^-- :include /) head = 0
		if (head && !is_own) continue
		if (head && line ~ /^-- :past$/) continue
		if (head && line ~ /^-- :param /) param(line)
		if (!head && line ~ /^[ \t]*-- :include [a-z_0-9]+/) { sub(/^[ \t]*-- :include /, "", line); include(line, depth) }
		else take_line(line, depth)
	}
}
function param(line,  w) {
	split(line, w, " ")
	if (w[4] !~ /^(str|int|dec|bool|json)$/) die("unknown parameter type '" w[4] "'")
	if (w[3] in declared) return
	pname[++np] = w[3]; ptype[np] = w[4]; declared[w[3]] = 1
}
function emit(path, past,  name, i) {
	file = path; text = ""; np = 0; split("", declared); split("", given)
	name = path; sub(/\.sql$/, "", name); if (past) { name = name "_at"; param("-- :param at str") }
	if (seen[name]++) die(name " is made twice")
	take_file(path, 0, past, 1)
	all[++nall] = cname(name)
	if (out == "header") print "extern const struct query " cname(name) ";"
	if (out != "source") return
	print "static const struct query_param params_" cname(name) "[] = {"
	for (i = 1; i <= np; i++) printf "\t{ \"%s\", \"%s\" },\n", pname[i], ptype[i]
	print "\t{ 0 }\n};"
	printf "const struct query %s = {\n\t.name = \"%s\",\n\t.text =\n%s\t\"\",\n\t.params = params_%s, .n_params = %d,\n};\n\n", \
		cname(name), substr(name, 5), text, cname(name), np
}
function defines(path,  line, name) {
	where = path ": "
	while ((getline line < path) > 0) if (line ~ /^-- :define /) {
		sub(/^-- :define /, "", line)
		match(line, /^[a-z_0-9]+(\([^)]*\))?/)
		name = substr(line, 1, RLENGTH); line = trim(substr(line, RLENGTH + 1))
		formal_text = ""
		if (name ~ /\(/) { formal_text = name; sub(/^[^(]*\(/, "", formal_text); sub(/\)$/, "", formal_text); sub(/\(.*/, "", name) }
		if (name in define) die(name " is defined twice")
		define[name] = line; formals[name] = formal_text
	}
	close(path)
}
BEGIN {
	if (out == "header") print "/* Made by sql/embed.awk. */\n#ifndef SPOTOP_GEN_SQL_H\n#define SPOTOP_GEN_SQL_H\n#include \"core/db/query.h\"\n"
	else print "/* Made by sql/embed.awk. */\n#include \"sql.h\"\n"
	for (i = 1; i < ARGC; i++) if (ARGV[i] ~ /^sql\/parts\//) defines(ARGV[i])
	for (i = 1; i < ARGC; i++) if (ARGV[i] !~ /^sql\/parts\//) {
		emit(ARGV[i], 0)
		if (has_past(ARGV[i])) emit(ARGV[i], 1)
	}
	if (out == "header") print "\n/* All of them, in name order; the last is NULL. */\nextern const struct query *const sql_all[];\n#endif"
	if (out == "list") { print "const struct query *const sql_all[] = {"; for (i = 1; i <= nall; i++) print "\t&" all[i] ","; print "\tNULL\n};" }
	exit 0
}
END { if (bad) exit 1 }
