#include "sniff.h"

#include <dbtwin/base.h>
#include <dbtwin/kinds.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <string.h>
#include <strings.h>

/* Words that stand in schemas of the one and are no words of the other. */
static const char *const postgres_words[] = {
    "bigserial",   "bytea",  "citext",   "extension",   "gin",          "gist",
    "hstore",      "ilike",  "inherits", "jsonb",       "materialized", "nextval",
    "plpgsql",     "policy", "regclass", "search_path", "serial",       "smallserial",
    "timestamptz", "timetz", "tsquery",  "tsvector",    "varying",      NULL};
static const char *const mysql_words[] = {
    "auto_increment", "charset",    "datetime",  "delimiter",  "engine", "fulltext", "longblob",
    "longtext",       "mediumblob", "mediumint", "mediumtext", "rlike",  "tinyblob", "tinyint",
    "tinytext",       "unsigned",   "utf8mb4",   "zerofill",   NULL};
/* Beginnings of words. */
static const char *const mysql_only[] = {"utf8mb4_0900_", "json_table", NULL};
static const char *const mariadb_only[] = {"utf8mb4_uca1400_", "uca1400_", "inet6", "versioning",
                                           NULL};

static bool is_word_of(const char *p, size_t n, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncasecmp(p, *list, n) == 0)
            return true;
    return false;
}

static bool begins_as(const char *p, size_t n, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) <= n && strncasecmp(p, *list, strlen(*list)) == 0)
            return true;
    return false;
}

/* What pg_dump, mysqldump and mariadb-dump write first. */
static void add_header(struct sniff *s, const char *text)
{
    enum { HEAD = 400, SURE = 100 };
    const char *end = text + strnlen(text, HEAD);
    size_t n = (size_t)(end - text);
    if (memmem(text, n, "PostgreSQL database", strlen("PostgreSQL database")))
        s->postgres += SURE;
    bool maria = memmem(text, n, "-MariaDB", strlen("-MariaDB")) ||
                 memmem(text, n, "-- MariaDB dump", strlen("-- MariaDB dump"));
    bool dump = maria || memmem(text, n, "-- MySQL dump", strlen("-- MySQL dump"));
    s->mysql += dump ? SURE : 0;
    s->mariadb_only += maria ? SURE : 0;
    s->mysql_only += dump && !maria ? SURE : 0;
}

static void add_postgres(struct sniff *s, const char *text)
{
    for (const char *p = text, *next; *p; p = next) {
        next = psqltoken_end(p);
        next = next > p ? next : p + 1;
        size_t n = (size_t)(next - p);
        s->postgres += (n == 2 && p[0] == ':' && p[1] == ':') ||
                       (*p == '$' && n > 3 && next[-1] == '$') ||
                       (sqltoken_is_word(*p) && is_word_of(p, n, postgres_words));
    }
}

static void add_mysql(struct sniff *s, const char *text)
{
    const char *end = text + strlen(text);
    for (const char *p = text, *next; p < end; p = next) {
        next = sqltoken_end(p, end);
        next = next > p ? next : p + 1;
        size_t n = (size_t)(next - p);
        bool run =
            n > 3 && p[0] == '/' && p[1] == '*' && (p[2] == '!' || (p[2] == 'M' && p[3] == '!'));
        bool word = sqltoken_is_word(*p);
        s->mysql += *p == '`' || run || (word && is_word_of(p, n, mysql_words));
        s->mariadb_only += (run && p[2] == 'M') || (word && begins_as(p, n, mariadb_only));
        s->mysql_only += (run && n > 5 && strncmp(p, "/*!8", 4) == 0 && p[4] == '0') ||
                         (word && begins_as(p, n, mysql_only));
    }
}

void sniff_add(struct sniff *s, const char *text)
{
    add_header(s, text);
    add_postgres(s, text);
    add_mysql(s, text);
}

unsigned sniff_flavor(const struct sniff *s)
{
    enum { CLEARLY = 4 }; /* times as many */
    unsigned my = s->mysql + s->mysql_only + s->mariadb_only;
    if (s->postgres > CLEARLY * my)
        return ENGINE_PG;
    if (my <= CLEARLY * s->postgres)
        return 0;
    if (s->mysql_only && !s->mariadb_only)
        return ENGINE_MY;
    return s->mariadb_only > s->mysql_only ? ENGINE_MA : ENGINE_MYSQL;
}
