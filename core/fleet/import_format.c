/* import_format.c - what a text is, told from its first bytes. */
#include "core/fleet/import_format.h"
#include "core/base/mem.h"
#include <string.h>

/* Formats with a mark of their own; `at` is where it stands. */
static const struct {
	size_t at, n;
	const char *mark, *name, *remedy;
} marked[] = {
	{ 0, 4, "PAR1", "Apache Parquet", "duckdb -csv -c \"FROM 'FILE'\" | spotop import prices -" },
	{ 0, 3, "ORC", "Apache ORC", "orc-contents FILE | spotop import prices -" },
	{ 0, 4, "Obj\x01", "Apache Avro", "avro cat FILE | spotop import prices -" },
	{ 0, 15, "SQLite format 3", "an SQLite database",
	  "sqlite3 -csv -header FILE 'SELECT * FROM TABLE' | spotop import prices -" },
	{ 0, 4, "\xD0\xCF\x11\xE0", "an old Excel workbook", "libreoffice --convert-to csv FILE" },
	{ 0, 6, "7z\xBC\xAF\x27\x1C", "a 7-Zip archive", "7z x -so FILE | spotop import prices -" },
	{ 0, 4, "Rar!", "a RAR archive", "unrar p -inul FILE | spotop import prices -" },
	{ 0, 5, "%PDF-", "PDF", "pdftotext -layout FILE" },
	{ 257, 5, "ustar", "a tar archive", "tar -xOf FILE | spotop import prices -" },
	{ 0, 2, "\x1f\x8b", "gzip within gzip", "zcat FILE | spotop import prices -" },
	{ 0, 6,
	  "\xFD"
	  "7zXZ",
	  "xz within another packing", "xzcat FILE | spotop import prices -" },
};

static bool is_unread(struct err *e, const char *name, const char *remedy)
{
	return err_set(e, ERR_USAGE, "it is %s, which is not read here; %s", name, remedy);
}

/* "SpotPriceHistory:", "- AvailabilityZone: us-east-1a" */
static bool is_yaml(const char *line, size_t n)
{
	while (n && (line[n - 1] == '\r' || line[n - 1] == ' ')) n--;
	if (n == 3 && memcmp(line, "---", 3) == 0) return true;
	if (n > 2 && line[0] == '-' && line[1] == ' ') line += 2, n -= 2;
	const char *colon = memchr(line, ':', n);
	if (!colon || memchr(line, ',', n) || memchr(line, '\t', n) || memchr(line, ';', n)) return false;
	for (const char *p = line; p < colon; p++)
		if (!((*p | 32) >= 'a' && (*p | 32) <= 'z') && *p != '_') return false;
	return colon + 1 == line + n || colon[1] == ' ';
}

static bool is_drawn(const char *line, size_t n)
{
	size_t i = 0;
	while (i < n && (line[i] == '-' || line[i] == '+' || line[i] == '\r')) i++;
	return n > 10 && i == n;
}

bool format_tell(const char *head, size_t n, enum format *is, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(marked); i++)
		if (n >= marked[i].at + marked[i].n &&
		    memcmp(head + marked[i].at, marked[i].mark, marked[i].n) == 0)
			return is_unread(e, marked[i].name, marked[i].remedy);
	while (n && (*head == ' ' || *head == '\r' || *head == '\n')) head++, n--;
	if (n == 0) return err_set(e, ERR_USAGE, "the file is empty");
	const char *nl = memchr(head, '\n', n);
	size_t line = nl ? (size_t)(nl - head) : n;
	*is = *head == '{' || *head == '[' ? FORMAT_JSON : FORMAT_TABLE;
	if (*is == FORMAT_JSON) return true;
	if (memchr(head, '\0', line)) return is_unread(e, "binary data", "give it as CSV or JSON");
	if (*head == '<') return is_unread(e, "HTML or XML", "save the data itself, as CSV or JSON");
	if (is_drawn(head, line))
		return is_unread(e, "a drawn table (--output table)",
		                 "aws ec2 describe-spot-price-history --output json | spotop import prices "
		                 "-");
	if (is_yaml(head, line)) return is_unread(e, "YAML", "yq -o json . FILE | spotop import prices -");
	if (line > 3 && (memcmp(head, "-- ", 3) == 0 || memcmp(head, "/*", 2) == 0))
		return is_unread(e, "SQL", "mariadb DATABASE < FILE");
	return true;
}
