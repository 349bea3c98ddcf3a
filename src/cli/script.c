#include "script.h"

#include <dbtwin/kinds.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <string.h>

void script_begin(struct script *s, const char *text, unsigned flavor)
{
    *s = (struct script){.p = text, .flavor = flavor, .line = 1, .delimiter = ";"};
}

static const char *token_end(const struct script *s, const char *p)
{
    const char *end = s->flavor == ENGINE_PG ? psqltoken_end(p) : sqltoken_end(p, p + strlen(p));
    return end > p ? end : p + 1;
}

static void move(struct script *s, const char *to)
{
    for (; s->p < to; s->p++)
        s->line += *s->p == '\n';
}

/* ---- between statements ---------------------------------------------------------------------- */

/* What mysqldump puts into comments is carried out. */
static bool is_comment(const struct script *s)
{
    const char *p = s->p;
    if (p[0] == '/' && p[1] == '*')
        return s->flavor == ENGINE_PG || (p[2] != '!' && !(p[2] == 'M' && p[3] == '!'));
    return (p[0] == '-' && p[1] == '-') || (p[0] == '#' && s->flavor != ENGINE_PG);
}

static void skip_line(struct script *s)
{
    move(s, s->p + strcspn(s->p, "\n"));
}

/* psql's that pg_dump writes around a script, and what the mysql client takes itself. */
static bool skip_command(struct script *s)
{
    static const char *const commands[] = {"\\restrict", "\\unrestrict"};
    if (s->flavor != ENGINE_PG && psqltoken_is(s->p, strcspn(s->p, " \t\r\n"), "delimiter")) {
        const char *word = s->p + strlen("delimiter");
        word += strspn(word, " \t");
        size_t n = strcspn(word, " \t\r\n");
        if (!n || n >= sizeof(s->delimiter))
            return false;
        memcpy(s->delimiter, word, n);
        s->delimiter[n] = '\0';
        skip_line(s);
        return true;
    }
    for (size_t i = 0; s->flavor == ENGINE_PG && i < ARRAY_LEN(commands); i++)
        if (strncmp(s->p, commands[i], strlen(commands[i])) == 0) {
            skip_line(s);
            return true;
        }
    return false;
}

static bool is_end(const struct script *s, const char *p)
{
    return strncmp(p, s->delimiter, strlen(s->delimiter)) == 0;
}

static void skip_between(struct script *s)
{
    for (;;) {
        move(s, s->p + strspn(s->p, " \t\r\n\f\v"));
        if (is_comment(s))
            move(s, token_end(s, s->p));
        else if (*s->p && is_end(s, s->p))
            move(s, s->p + strlen(s->delimiter));
        else if (!skip_command(s))
            return;
    }
}

/* ---- what must not be in one ----------------------------------------------------------------- */

struct words {
    const char *p[3]; /* the first ones */
    size_t n[3];
};

static void first_words(const struct script *s, const char *end, struct words *ret)
{
    size_t n = 0;
    *ret = (struct words){{"", "", ""}, {0}};
    for (const char *p = s->p, *next; p < end && n < ARRAY_LEN(ret->p); p = next) {
        next = token_end(s, p);
        if (!sqltoken_is_word(*p))
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

/* Why, or NULL. */
static const char *beyond(const struct script *s, const struct words *w)
{
    bool pg = s->flavor == ENGINE_PG;
    const char *server = pg ? "database role user group tablespace subscription system"
                            : "database schema user role server tablespace instance resource";
    if (is_one_of(w->p[0], w->n[0], "create alter drop rename") &&
        is_one_of(w->p[1], w->n[1], server))
        return "acts on the whole server";
    if (!pg && is_one_of(w->p[0], w->n[0],
                         "use grant revoke shutdown install uninstall purge reset flush change "
                         "kill prepare execute load"))
        return "leads out of the database, or acts on the whole server";
    if (!pg && is_one_of(w->p[0], w->n[0], "set") && is_one_of(w->p[1], w->n[1], "global persist"))
        return "acts on the whole server";
    if (pg && is_one_of(w->p[0], w->n[0], "copy"))
        return "moves rows, which a schema does not need: dump it with --schema-only";
    return NULL;
}

static int refuse(const struct script *s, const char *end, const char *why, struct err *err)
{
    struct buf b = BUF_INIT;
    const char *line = s->p;
    size_t n = strcspn(line, "\n");
    n = n > (size_t)(end - line) ? (size_t)(end - line) : n;
    buf_add(&b, line, n > 60 ? 60 : n);
    err_set(err, ERR_USAGE, "line %u: \"%s\" %s", s->line, b.data, why);
    buf_release(&b);
    return -1;
}

/* ---- statements ------------------------------------------------------------------------------ */

int script_next(struct script *s, struct slice *ret, unsigned *ret_line, struct err *err)
{
    struct psqltoken_nest nest = {0};
    struct words words;
    skip_between(s);
    if (!*s->p)
        return 0;
    const char *p = s->p;
    if (*p == '\\')
        return refuse(s, p + strlen(p), "is a command of the client's, which dbtwin has not", err);
    while (*p && !(is_end(s, p) && !(s->flavor == ENGINE_PG && psqltoken_within(&nest)))) {
        const char *end = token_end(s, p);
        if (s->flavor == ENGINE_PG)
            psqltoken_nest(&nest, p, (size_t)(end - p));
        p = end;
    }
    first_words(s, p, &words);
    const char *why = beyond(s, &words);
    if (why)
        return refuse(s, p, why, err);
    *ret = (struct slice){s->p, (size_t)(p - s->p)};
    *ret_line = s->line;
    move(s, p);
    return 1;
}
