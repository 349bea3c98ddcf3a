#include <dbtwin/plan.h>

#include <dbtwin/sqltoken.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * Statements for psql and the mysql client, which read more into a text than the server does:
 * psql's :variables, semicolons within bodies, which end a statement for mysql.
 */

/* ---- psql ------------------------------------------------------------------------------------ */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

static const char *end_of_quoted(const char *p, bool escapes)
{
    char quote = *p++;
    for (; *p; p++) {
        if (escapes && *p == '\\' && p[1])
            p++;
        else if (*p == quote && p[1] == quote)
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return p;
}

/* At a '$' that begins no word's rest: the end of $tag$…$tag$, or behind the '$'. */
static const char *end_of_dollars(const char *p)
{
    size_t n = 1;
    while (is_name(p[n]))
        n++;
    if (p[n] != '$' || (p[1] >= '0' && p[1] <= '9'))
        return p + 1;
    n++;
    for (const char *q = p + n; (q = strchr(q, '$')); q++)
        if (strncmp(q, p, n) == 0)
            return q + n;
    return p + strlen(p);
}

static const char *end_of_comment(const char *p)
{
    unsigned deep = 0;
    do { /* comments may be within one another */
        bool open = p[0] == '/' && p[1] == '*', close = p[0] == '*' && p[1] == '/';
        deep += open;
        deep -= close;
        p += open || close ? 2 : 1;
    } while (deep && *p);
    return p;
}

/* The end of what psql passes on as it is, quotes or a word; NULL: one character that may not be.
 */
static const char *end_of_plain(const char *p)
{
    bool number = *p >= '0' && *p <= '9';
    if ((*p == 'E' || *p == 'e') && p[1] == '\'')
        return end_of_quoted(p + 1, true);
    if (*p == '\'' || *p == '"')
        return end_of_quoted(p, false);
    if (*p == '-' && p[1] == '-')
        return p + strcspn(p, "\n");
    if (*p == '/' && p[1] == '*')
        return end_of_comment(p);
    if (*p == '$')
        return end_of_dollars(p);
    if (!is_name(*p))
        return NULL;
    while (is_name(*p) || (*p == '$' && !number))
        p++;
    return p;
}

/* Where a semicolon is part of the statement, for psql as for the server: within brackets, and
 * between BEGIN ATOMIC and its END. */
struct nesting {
    int brackets, blocks;
    bool begin, atomic; /* the last word was BEGIN; there was a BEGIN ATOMIC */
};

static bool is_word(const char *p, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

static void nest(struct nesting *s, const char *p, size_t n)
{
    s->brackets += n == 1 && strchr("([", *p);
    s->brackets -= n == 1 && strchr(")]", *p);
    if (s->begin && is_word(p, n, "atomic")) {
        s->atomic = true;
        s->blocks = 1;
    } else if (s->atomic && is_word(p, n, "case")) {
        s->blocks++;
    } else if (s->atomic && is_word(p, n, "end")) {
        s->blocks--;
    }
    if (!strchr(" \t\n", *p))
        s->begin = is_word(p, n, "begin");
}

static bool refuse(struct err *err, const char *client, const char *what)
{
    err_set(err, ERR_REFUSED, "a statement of the plan holds %s, which %s would carry out", what,
            client);
    return err_hint(err, "no server writes a definition like that: has the model been edited or "
                         "damaged, or does it come from a stranger? --format json shows it");
}

/* A ':' before a name would be a variable of psql's: in a[1:n] a space is none of the server's
 * business. */
static bool add_for_psql(const char *sql, struct buf *out, struct err *err)
{
    struct nesting s = {0};
    for (const char *p = sql, *end; *p; p = end) {
        end = end_of_plain(p);
        if (!end && *p == '\\')
            return refuse(err, "psql", "a backslash outside quotes");
        if (!end && *p == ';' && s.brackets <= 0 && s.blocks <= 0)
            return refuse(err, "psql", "another statement");
        if (!end && p[0] == ':' && (p[1] == ':' || p[1] == '='))
            end = p + 2;
        end = end ? end : p + 1;
        nest(&s, p, (size_t)(end - p));
        buf_add(out, p, (size_t)(end - p));
        if (end == p + 1 && *p == ':' && *end && !strchr(" \t\n", *end))
            buf_addch(out, ' ');
    }
    return true;
}

/* ---- mysql ----------------------------------------------------------------------------------- */

/* Comments reach to the end of the line. */
static bool ends_in_comment(const char *sql)
{
    const char *line = strrchr(sql, '\n');
    line = line ? line : sql;
    return strstr(line, "--") || strchr(line, '#');
}

/* What may hold statements: CREATE DEFINER=… PROCEDURE and the like. */
static bool is_program(const char *sql)
{
    static const char *const words[] = {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"};
    const char *end = sql + strlen(sql);
    for (unsigned i = 0; *sql && i < 24; i++) {
        const char *next = sqltoken_end(sql, end);
        next = next > sql ? next : sql + 1;
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            if (is_word(sql, (size_t)(next - sql), words[k]))
                return true;
        sql = next;
    }
    return false;
}

static bool check_for_mysql(const char *sql, struct err *err)
{
    const char *end = sql + strlen(sql);
    bool program = is_program(sql);
    for (const char *p = sql, *next; p < end; p = next) {
        next = sqltoken_end(p, end);
        next = next > p ? next : p + 1;
        if (*p == '\\' && p[1] != 'N')
            return refuse(err, "mysql", "a backslash outside quotes");
        if (*p == ';' && !program)
            return refuse(err, "mysql", "another statement");
    }
    return true;
}

static bool add_for_mysql(const char *sql, struct buf *out, struct err *err)
{
    const char *before_end = ends_in_comment(sql) ? "\n" : "";
    char delimiter[16] = "$$";
    if (!check_for_mysql(sql, err))
        return false;
    if (!strchr(sql, ';')) {
        buf_addf(out, "%s%s;\n", sql, before_end);
        return true;
    }
    for (unsigned i = 1; strstr(sql, delimiter); i++)
        snprintf(delimiter, sizeof(delimiter), "$%u$", i);
    buf_addf(out, "DELIMITER %s\n%s%s%s\nDELIMITER ;\n", delimiter, sql, before_end, delimiter);
    return true;
}

/* ---- both ------------------------------------------------------------------------------------ */

bool plan_print_statement(const char *sql, unsigned flavor, struct buf *out, struct err *err)
{
    if (flavor != ENGINE_PG)
        return add_for_mysql(sql, out, err);
    if (!add_for_psql(sql, out, err))
        return false;
    buf_addf(out, "%s;\n", ends_in_comment(sql) ? "\n" : "");
    return true;
}

/* Those of dbtwin's own sessions that change what a statement of a plan means. */
void plan_print_settings(unsigned flavor, struct buf *out)
{
    static const char postgres[] = "SET client_encoding = 'UTF8';\n"
                                   "SET standard_conforming_strings = on;\n"
                                   "SELECT pg_catalog.set_config('search_path', '', false);\n"
                                   "SET TimeZone = 'UTC';\n"
                                   "SET DateStyle = 'ISO, YMD';\n"
                                   "SET IntervalStyle = 'postgres';\n"
                                   "SET check_function_bodies = off;\n"
                                   "SET xmloption = 'content';\n"
                                   "SET row_security = off;\n"
                                   "SET default_tablespace = '';\n"
                                   "SET default_table_access_method = heap;\n"
                                   "SET client_min_messages = warning;\n";
    static const char mysql[] = "SET NAMES utf8mb4 COLLATE utf8mb4_bin;\n"
                                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,"
                                "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION';\n"
                                "SET SESSION time_zone = '+00:00';\n"
                                "SET SESSION explicit_defaults_for_timestamp = ON;\n"
                                "SET SESSION default_storage_engine = InnoDB;\n";
    buf_adds(out, flavor == ENGINE_PG ? postgres : mysql);
}
