#include "script.h"

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <string.h>

/* ---- the words of a statement ---------------------------------------------------------------- */

enum { WORDS = 4 };

struct script_words {
    const char *p[WORDS]; /* the first ones; "" where there are no more */
    size_t n[WORDS];
};

/* Of a comment that MySQL and MariaDB carry out, the beginning or the end: what is within is the
 * statement's. 0: it is none. */
static size_t run_mark(const struct script *s, const char *p)
{
    if (!s->client->versioned)
        return 0;
    if (p[0] == '*' && p[1] == '/')
        return 2;
    if (p[0] != '/' || p[1] != '*' || (p[2] != '!' && !(p[2] == 'M' && p[3] == '!')))
        return 0;
    size_t n = p[2] == '!' ? 3 : 4;
    return n + strspn(p + n, "0123456789");
}

static const char *next_token(const struct script *s, const char *p)
{
    size_t n = run_mark(s, p);
    return n ? p + n : engine_token_end(s->flavor, p);
}

static void first_words(const struct script *s, const char *end, struct script_words *ret)
{
    size_t n = 0;
    *ret = (struct script_words){{"", "", "", ""}, {0}};
    for (const char *p = s->p, *next; p < end && n < WORDS; p = next) {
        next = next_token(s, p);
        if (!sqltoken_is_word(*p) || run_mark(s, p))
            continue;
        ret->p[n] = p;
        ret->n[n++] = (size_t)(next - p);
    }
}

static bool is_one_of(const char *p, size_t n, const char *list)
{
    for (const char *word = list; *word; word += strcspn(word, " "), word += *word == ' ') {
        size_t len = strcspn(word, " ");
        char text[24];
        if (len >= sizeof(text))
            continue;
        memcpy(text, word, len);
        text[len] = '\0';
        if (psqltoken_is(p, n, text))
            return true;
    }
    return false;
}

/* The next token that is neither blank nor comment. */
static const char *token_at(const struct script *s, const char *p, const char *end)
{
    while (p < end) {
        bool comment = !run_mark(s, p) &&
                       ((p[0] == '/' && p[1] == '*') || (p[0] == '-' && p[1] == '-') || *p == '#');
        if (!comment && !run_mark(s, p) && !strchr(" \t\r\n\f\v", *p))
            return p;
        p = next_token(s, p);
    }
    return end;
}

/* Two words behind one another anywhere in the statement. */
static bool has_pair(const struct script *s, const char *end, const char *first, const char *second)
{
    bool before = false;
    for (const char *p = token_at(s, s->p, end); p < end;
         p = token_at(s, engine_token_end(s->flavor, p), end)) {
        size_t n = (size_t)(engine_token_end(s->flavor, p) - p);
        if (before && is_one_of(p, n, second))
            return true;
        before = is_one_of(p, n, first);
    }
    return false;
}

/* ---- rules ----------------------------------------------------------------------------------- */

#define SERVER "acts on the whole server"
#define FILES  "reads or writes files of the server's machine"

struct rule {
    unsigned flavors;
    const char *first, *second, *third; /* words of the statement, any of a list; NULL: any */
    enum script_fate fate;
    const char *why; /* of what is refused */
    bool not_own;    /* on a server of our own it is carried out: its account may do no harm */
};

/* The first that fits. */
static const struct rule rules[] = {
    {ENGINE_PG, "alter", "system", NULL, SCRIPT_REFUSED, SERVER, false},
    {ENGINE_PG, "create alter drop", "tablespace subscription", NULL, SCRIPT_REFUSED, SERVER,
     false},
    {ENGINE_PG, "create alter drop", "user", "mapping", SCRIPT_RUN, NULL, false},
    {ENGINE_PG, "create alter drop", "role user group", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "comment", "on", "role", SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "grant revoke", NULL, NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "reassign drop", "owned", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "alter", "default", "privileges", SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "set reset", "role", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "set reset", "session local", "authorization role", SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "create alter drop", "database", NULL, SCRIPT_DATABASE, NULL, false},
    {ENGINE_PG, "comment", "on", "database", SCRIPT_DATABASE, NULL, false},
    {ENGINE_PG, "security", "label", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_PG, "load", NULL, NULL, SCRIPT_REFUSED, "loads a library of the server's machine",
     false},
    {ENGINE_MYSQL, "grant revoke flush", NULL, NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_MYSQL, "create alter drop rename", "user role", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_MYSQL, "set", "role password default", NULL, SCRIPT_RIGHTS, NULL, false},
    {ENGINE_MYSQL, "set", "global", "gtid_purged", SCRIPT_NOTHING, NULL, false},
    {ENGINE_MYSQL, "set", "session", "sql_log_bin", SCRIPT_NOTHING, NULL, false},
    {ENGINE_MYSQL, "set", "sql_log_bin", NULL, SCRIPT_NOTHING, NULL, false},
    {ENGINE_MYSQL, "set", "global persist persist_only", NULL, SCRIPT_REFUSED, SERVER, false},
    {ENGINE_MYSQL, "drop", "database schema", NULL, SCRIPT_DATABASE, NULL, false},
    {ENGINE_MYSQL, "create alter drop rename", "server tablespace instance resource logfile undo",
     NULL, SCRIPT_REFUSED, SERVER, false},
    {ENGINE_MYSQL, "shutdown install uninstall purge reset change kill restart clone", NULL, NULL,
     SCRIPT_REFUSED, SERVER, false},
    {ENGINE_MYSQL, "load", NULL, NULL, SCRIPT_REFUSED, FILES, false},
    {ENGINE_MYSQL, "prepare execute", NULL, NULL, SCRIPT_REFUSED, "hides what it runs", true},
    {ENGINE_MYSQL, "start", "transaction", NULL, SCRIPT_NOTHING, NULL, false},
    {ENGINE_MYSQL, "commit rollback", NULL, NULL, SCRIPT_NOTHING, NULL, false},
    {ENGINE_MYSQL, "source system tee pager edit connect", NULL, NULL, SCRIPT_REFUSED,
     SCRIPT_CLIENTS, false},
};

static bool fits(const struct script *s, const struct rule *r, const struct script_words *w)
{
    const char *lists[] = {r->first, r->second, r->third};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (lists[i] && !is_one_of(w->p[i], w->n[i], lists[i]))
            return false;
    return (r->flavors & s->flavor) && !(r->not_own && s->own);
}

/* ---- databases ------------------------------------------------------------------------------- */

/* A dump of several databases is not one schema. */
static enum script_fate connect_to(struct script *s, const char *name, size_t n,
                                   const char **ret_why)
{
    char text[sizeof(s->skipped->connected)] = "";
    n = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
    memcpy(text, name, n);
    char *old = s->skipped->connected;
    if (*old && strcmp(old, text) != 0) {
        *ret_why = "leads to a second database, and one side is one database";
        return SCRIPT_REFUSED;
    }
    memcpy(old, text, sizeof(text));
    return SCRIPT_DATABASE;
}

#define PREFIX  "create alter or replace database schema if not exists"
#define OPTIONS "default character charset collate encryption comment"

/* CREATE DATABASE shop CHARACTER SET latin1: the scratch takes on what it says. */
static enum script_fate create_database(struct script *s, const char *end)
{
    bool named = false;
    buf_reset(&s->made);
    buf_adds(&s->made, "ALTER DATABASE");
    size_t empty = s->made.len;
    for (const char *p = token_at(s, s->p, end); p < end;
         p = token_at(s, engine_token_end(s->flavor, p), end)) {
        size_t n = (size_t)(engine_token_end(s->flavor, p) - p);
        bool option = is_one_of(p, n, OPTIONS);
        if (!named) {
            named = !is_one_of(p, n, PREFIX);
            if (!named || !option) /* ALTER DATABASE needs no name */
                continue;
        }
        if (s->made.len == empty && !option)
            break;
        buf_addch(&s->made, ' ');
        buf_add(&s->made, p, n);
    }
    return s->made.len > empty ? SCRIPT_INSTEAD : SCRIPT_DATABASE;
}

static enum script_fate of_database(struct script *s, const char *end, const struct script_words *w,
                                    const char **ret_why)
{
    const char *p = token_at(s, s->p, end);
    if (!is_one_of(w->p[0], w->n[0], "use"))
        return create_database(s, end);
    p = token_at(s, engine_token_end(s->flavor, p), end);
    return connect_to(s, p, (size_t)(engine_token_end(s->flavor, p) - p), ret_why);
}

/* ---- what words do not say
 * ------------------------------------------------------------------------------- */

/* It ends in OWNER TO somebody, and does nothing else. */
static bool gives_away(const struct script *s, const char *end)
{
    const char *last[4] = {"", "", "", ""};
    size_t n[4] = {0};
    for (const char *p = token_at(s, s->p, end); p < end;
         p = token_at(s, engine_token_end(s->flavor, p), end)) {
        memmove(last, last + 1, 3 * sizeof(*last));
        memmove(n, n + 1, 3 * sizeof(*n));
        last[3] = p;
        n[3] = (size_t)(engine_token_end(s->flavor, p) - p);
        if (*p == ',')
            return false;
    }
    return is_one_of(last[1], n[1], "owner") && is_one_of(last[2], n[2], "to");
}

static enum script_fate judge_postgres(struct script *s, const char *end,
                                       const struct script_words *w, const char **ret_why)
{
    if (is_one_of(w->p[0], w->n[0], "copy")) {
        *ret_why = "reads or writes a file or a program of the server's machine";
        return has_pair(s, end, "from", "stdin") ? SCRIPT_ROWS : SCRIPT_REFUSED;
    }
    if (is_one_of(w->p[0], w->n[0], "alter") && gives_away(s, end))
        return SCRIPT_RIGHTS;
    /* Its owner is the superuser; old dumps say it all the same. */
    if (is_one_of(w->p[0], w->n[0], "comment") && is_one_of(w->p[2], w->n[2], "extension") &&
        is_one_of(w->p[3], w->n[3], "plpgsql"))
        return SCRIPT_NOTHING;
    return SCRIPT_RUN;
}

static enum script_fate judge_mysql(struct script *s, const char *end, const struct script_words *w,
                                    const char **ret_why)
{
    bool database =
        is_one_of(w->p[0], w->n[0], "create alter") &&
        (is_one_of(w->p[1], w->n[1], "database schema") ||
         (is_one_of(w->p[1], w->n[1], "or") && is_one_of(w->p[3], w->n[3], "database schema")));
    if (database || is_one_of(w->p[0], w->n[0], "use"))
        return of_database(s, end, w, ret_why);
    if (is_one_of(w->p[0], w->n[0], "begin") && (!w->n[1] || is_one_of(w->p[1], w->n[1], "work")))
        return SCRIPT_NOTHING;
    if (is_one_of(w->p[0], w->n[0], "set") && has_pair(s, end, "autocommit", "="))
        return SCRIPT_NOTHING;
    *ret_why = FILES;
    if (!(s->own && is_one_of(w->p[0], w->n[0], "create")) &&
        has_pair(s, end, "into", "outfile dumpfile"))
        return SCRIPT_REFUSED;
    *ret_why = "loads a library of the server's machine";
    return has_pair(s, end, "integer int real string decimal", "soname") ? SCRIPT_REFUSED
                                                                         : SCRIPT_RUN;
}

/* ---- psql's commands ------------------------------------------------------------------------- */

static enum script_fate psql_command(struct script *s, const char **ret_why)
{
    const char *p = s->p + 1;
    size_t n = strcspn(p, " \t\r\n");
    *ret_why = SCRIPT_CLIENTS;
    if (is_one_of(p, n, "restrict unrestrict echo qecho warn timing pset set unset"))
        return SCRIPT_NOTHING;
    if (is_one_of(p, n, "c connect")) {
        p += n;
        p += strspn(p, " \t");
        return connect_to(s, p, strcspn(p, "\r\n"), ret_why);
    }
    if (is_one_of(p, n, "encoding")) {
        p += n;
        p += strspn(p, " \t'");
        *ret_why = "is another character set than UTF-8: convert the file (iconv)";
        return is_one_of(p, strcspn(p, " \t\r\n'"), "UTF8 utf-8 SQL_ASCII") ? SCRIPT_NOTHING
                                                                            : SCRIPT_REFUSED;
    }
    if (is_one_of(p, n, "i ir include include_relative"))
        *ret_why = "reads another file: name the folder that holds them all";
    return SCRIPT_REFUSED;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct script_client clients[] = {
    {.flavors = ENGINE_PG, .nests = true, .judge = judge_postgres, .command = psql_command},
    {.flavors = ENGINE_MYSQL,
     .hash = true,
     .versioned = true,
     .delimiter = true,
     .judge = judge_mysql},
};

const struct script_client *script_client_of(unsigned flavor)
{
    return ENGINE_ROW(clients, flavor);
}

enum script_fate script_judge(struct script *s, const char *end, const char **ret_why)
{
    struct script_words w;
    first_words(s, end, &w);
    enum script_fate fate = s->client->judge(s, end, &w, ret_why);
    if (fate != SCRIPT_RUN)
        return fate;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (fits(s, &rules[i], &w)) {
            *ret_why = rules[i].why;
            return rules[i].fate;
        }
    return SCRIPT_RUN;
}
