# embed.awk - turns sql/DIR/FILE.sql into C: one `const struct query sql_DIR_FILE` each.
#   awk -v out=header|source|list -f sql/embed.awk sql/*/*.sql
# header declares them by name, source has their text, list is sql_all: all of them in name order.
# A file starts with a comment block; each parameter is declared there, and only what is declared
# may be used:
#   -- what it shows, in a sentence
#   -- :param name type        type: str int dec bool json
# A used but undeclared :name stops the build. A line of its own
#   -- :include NAME
# stands for the statement of NAME.sql in the same folder, without its header (which may include
# another): what several statements derive in the same way is written once.
function cname(path,  n) { n = path; sub(/^sql\//, "", n); sub(/\.sql$/, "", n); gsub(/[^a-zA-Z0-9]/, "_", n); return "sql_" n }
function qname(path,  n) { n = path; sub(/^sql\//, "", n); sub(/\.sql$/, "", n); return n }
function esc(s) { gsub(/\\/, "\\\\&", s); gsub(/"/, "\\\"", s); gsub(/\t/, "\\t", s); gsub(/\?/, "\\?", s); return s }
function flush_file() {
	if (file == "") return
	all[++nall] = cname(file)
	if (out == "header") print "extern const struct query " cname(file) ";"
	if (out != "source") return
	print "static const struct query_param params_" cname(file) "[] = {"
	for (i = 1; i <= np; i++) printf "\t{ \"%s\", \"%s\" },\n", pname[i], ptype[i]
	print "\t{ 0 }\n};"
	printf "const struct query %s = {\n\t.name = \"%s\",\n\t.text =\n%s\t\"\",\n\t.params = params_%s, .n_params = %d,\n};\n\n", \
		cname(file), qname(file), text, cname(file), np
}
BEGIN {
	if (out == "header") print "/* Made by sql/embed.awk. */\n#ifndef SPOTOP_GEN_SQL_H\n#define SPOTOP_GEN_SQL_H\n#include \"core/db/query.h\"\n"
	else print "/* Made by sql/embed.awk. */\n#include \"sql.h\"\n"
}
function take_line(line,  l, p) {
	if (FILENAME !~ /^sql\/(schema|migrations)\//) {
		l = line; sub(/-- .*$/, "", l); gsub(/'[^']*'/, "", l); gsub(/::/, "", l); gsub(/:=/, "", l)
		while (match(l, /:[a-z_][a-z_0-9]*/)) {
			p = substr(l, RSTART + 1, RLENGTH - 1)
			if (!(p in declared)) { print FILENAME ":" FNR ": :" p " is not declared in the header" > "/dev/stderr"; bad = 1; exit 1 }
			l = substr(l, RSTART + RLENGTH)
		}
	}
	text = text "\t\"" esc(line) "\\n\"\n"
}
function include(name,  path, line, in_head) {
	path = FILENAME; sub(/[^\/]*$/, name ".sql", path); in_head = 1
	if ((getline line < path) <= 0) { print FILENAME ":" FNR ": cannot read " path > "/dev/stderr"; bad = 1; exit 1 }
	do {
		if (line !~ /^--/) in_head = 0
		if (in_head) continue
		if (line ~ /^[ \t]*-- :include [a-z_0-9]+$/) { sub(/^[ \t]*-- :include /, "", line); include(line) }
		else take_line(line)
	} while ((getline line < path) > 0)
	close(path)
}
FNR == 1 { flush_file(); file = FILENAME; text = ""; np = 0; head = 1; split("", declared) }
{ sub(/\r$/, "") }
head && /^-- :param / { np++; pname[np] = $3; ptype[np] = $4; declared[$3] = 1
	if ($4 !~ /^(str|int|dec|bool|json)$/) { print FILENAME ":" FNR ": unknown parameter type '" $4 "'" > "/dev/stderr"; bad = 1; exit 1 } }
head && !/^--/ { head = 0 }
!head && /^[ \t]*-- :include [a-z_0-9]+$/ { include($3); next }
{ take_line($0) }
END {
	if (bad) exit 1
	flush_file()
	if (out == "header") print "\n/* All of them, in name order; the last is NULL. */\nextern const struct query *const sql_all[];\n#endif"
	if (out == "list") { print "const struct query *const sql_all[] = {"; for (i = 1; i <= nall; i++) print "\t&" all[i] ","; print "\tNULL\n};" }
}
