#include "script.h"

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <string.h>

/* How a client reads scripts. */
struct script_client {
    unsigned flavors;
    bool hash;             /* # begins a comment */
    bool versioned;        /* what mysqldump puts into comments is carried out */
    bool delimiter;        /* DELIMITER is a command */
    bool nests;            /* a semicolon within brackets or a body of statements ends nothing */
    const char *around[3]; /* commands that a dump writes around a script */
};

static const struct script_client clients[] = {
    {.flavors = ENGINE_PG, .nests = true, .around = {"\\restrict", "\\unrestrict"}},
    {.flavors = ENGINE_MYSQL, .hash = true, .versioned = true, .delimiter = true},
};

void script_begin(struct script *s, const char *text, unsigned flavor)
{
    *s = (struct script){.p = text,
                         .flavor = flavor,
                         .client = ENGINE_ROW(clients, flavor),
                         .line = 1,
                         .delimiter = ";"};
}

static void move(struct script *s, const char *to)
{
    for (; s->p < to; s->p++)
        s->line += *s->p == '\n';
}

/* ---- between statements ---------------------------------------------------------------------- */

static bool is_comment(const struct script *s)
{
    const char *p = s->p;
    if (p[0] == '/' && p[1] == '*')
        return !s->client->versioned || (p[2] != '!' && !(p[2] == 'M' && p[3] == '!'));
    return (p[0] == '-' && p[1] == '-') || (p[0] == '#' && s->client->hash);
}

static void skip_line(struct script *s)
{
    move(s, s->p + strcspn(s->p, "\n"));
}

static bool skip_command(struct script *s)
{
    if (s->client->delimiter && psqltoken_is(s->p, strcspn(s->p, " \t\r\n"), "delimiter")) {
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
    for (const char *const *c = s->client->around; *c; c++)
        if (strncmp(s->p, *c, strlen(*c)) == 0) {
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
            move(s, engine_token_end(s->flavor, s->p));
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
        next = engine_token_end(s->flavor, p);
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

/* What no script of a schema may do, by its first words; the first row that fits counts. */
static const struct {
    unsigned flavors;
    const char *first, *second; /* one of these; NULL: any */
    const char *why;
} refusals[] = {
    {ENGINE_PG, "create alter drop rename",
     "database role user group tablespace subscription system", "acts on the whole server"},
    {ENGINE_PG, "copy", NULL,
     "moves rows, which a schema does not need: dump it with --schema-only"},
    {ENGINE_MYSQL, "create alter drop rename",
     "database schema user role server tablespace instance resource", "acts on the whole server"},
    {ENGINE_MYSQL,
     "use grant revoke shutdown install uninstall purge reset flush change kill prepare execute "
     "load",
     NULL, "leads out of the database, or acts on the whole server"},
    {ENGINE_MYSQL, "set", "global persist", "acts on the whole server"},
};

/* Why, or NULL. */
static const char *beyond(const struct script *s, const struct words *w)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if ((refusals[i].flavors & s->flavor) && is_one_of(w->p[0], w->n[0], refusals[i].first) &&
            (!refusals[i].second || is_one_of(w->p[1], w->n[1], refusals[i].second)))
            return refusals[i].why;
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
    while (*p && !(is_end(s, p) && !(s->client->nests && psqltoken_within(&nest)))) {
        const char *end = engine_token_end(s->flavor, p);
        if (s->client->nests)
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
