#include "script.h"

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>

#include <string.h>
#include <strings.h>

void script_begin(struct script *s, const char *text, unsigned flavor, bool own,
                  struct script_skipped *skipped)
{
    *s = (struct script){.p = text,
                         .flavor = flavor,
                         .client = script_client_of(flavor),
                         .line = 1,
                         .delimiter = ";",
                         .own = own,
                         .skipped = skipped,
                         .made = BUF_INIT};
}

void script_end(struct script *s)
{
    buf_release(&s->made);
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

/* goose's and sql-migrate's "-- +goose StatementBegin": what is between the two is one statement.
 */
static bool is_mark(const char *p, const char *name)
{
    if (!str_starts(p, "-- +"))
        return false;
    p += strlen("-- +");
    size_t n = strcspn(p, " \r\n");
    if (!(n == 5 && strncasecmp(p, "goose", n) == 0) &&
        !(n == 7 && strncasecmp(p, "migrate", n) == 0))
        return false;
    p += n + (p[n] == ' ');
    return strcspn(p, " \r\n") == strlen(name) && strncasecmp(p, name, strlen(name)) == 0;
}

/* What the mysql client takes itself. */
static bool set_delimiter(struct script *s)
{
    if (!s->client->delimiter || !psqltoken_is(s->p, strcspn(s->p, " \t\r\n"), "delimiter"))
        return false;
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

static bool is_end(const struct script *s, const char *p)
{
    return !s->block && strncmp(p, s->delimiter, strlen(s->delimiter)) == 0;
}

static void skip_between(struct script *s)
{
    for (;;) {
        move(s, s->p + strspn(s->p, " \t\r\n\f\v"));
        if (is_mark(s->p, "StatementBegin") || is_mark(s->p, "StatementEnd"))
            s->block = is_mark(s->p, "StatementBegin");
        if (*s->p && is_comment(s))
            move(s, engine_token_end(s->flavor, s->p));
        else if (*s->p && is_end(s, s->p))
            move(s, s->p + strlen(s->delimiter));
        else if (!set_delimiter(s))
            return;
    }
}

/* ---- statements ------------------------------------------------------------------------------ */

static int refuse(const struct script *s, const char *end, const char *why, struct err *err)
{
    struct buf b = BUF_INIT;
    const char *line = s->p;
    size_t n = strcspn(line, "\n");
    n = n > (size_t)(end - line) ? (size_t)(end - line) : n;
    buf_add(&b, line, n > 60 ? str_utf8_floor(line, 60) : n);
    err_set(err, ERR_USAGE, "line %u: \"%s\" %s", s->line, b.data, why);
    buf_release(&b);
    return -1;
}

/* To the line that ends them. */
static bool skip_rows(struct script *s, struct err *err)
{
    unsigned first = s->line;
    skip_line(s);
    for (move(s, s->p + (*s->p == '\n')); *s->p; move(s, s->p + (*s->p == '\n'))) {
        size_t n = strcspn(s->p, "\r\n");
        bool last = n == 2 && strncmp(s->p, "\\.", 2) == 0;
        skip_line(s);
        if (last) {
            s->skipped->tables++;
            return true;
        }
        s->skipped->rows++;
    }
    return err_set(err, ERR_USAGE, "line %u: the rows of COPY do not end: there is no line \\.",
                   first);
}

/* The end of the statement that begins here. */
static const char *find_end(struct script *s)
{
    struct psqltoken_nest nest = {0};
    const char *p = s->p;
    bool nests = s->client->nests;
    while (*p && !(is_end(s, p) && !(nests && psqltoken_within(&nest)))) {
        if (s->block && is_mark(p, "StatementEnd"))
            break;
        const char *end = engine_token_end(s->flavor, p);
        if (nests)
            psqltoken_nest(&nest, p, (size_t)(end - p));
        p = end;
    }
    return p;
}

/* Without the blanks and semicolons of a block's last line. */
static size_t length(const struct script *s, const char *end)
{
    size_t n = (size_t)(end - s->p);
    while (s->block && n && strchr(" \t\r\n;", s->p[n - 1]))
        n--;
    return n;
}

/* Whether the statement that ends there, or the command, was skipped; 1, 0, or -1. */
static int take(struct script *s, const char *end, struct slice *ret, unsigned *ret_line,
                struct err *err)
{
    const char *why = NULL;
    enum script_fate fate = SCRIPT_REFUSED;
    if (*s->p != '\\')
        fate = script_judge(s, end, &why);
    else if (s->client->command)
        fate = s->client->command(s, &why);
    else
        why = SCRIPT_CLIENTS;
    if (fate == SCRIPT_REFUSED)
        return refuse(s, end, why, err);
    *ret = fate == SCRIPT_INSTEAD ? buf_slice(&s->made) : (struct slice){s->p, length(s, end)};
    *ret_line = s->line;
    s->skipped->rights += fate == SCRIPT_RIGHTS;
    s->skipped->database += fate == SCRIPT_DATABASE;
    move(s, end);
    if (fate == SCRIPT_ROWS && !skip_rows(s, err))
        return -1;
    return fate == SCRIPT_RUN || fate == SCRIPT_INSTEAD;
}

int script_next(struct script *s, struct slice *ret, unsigned *ret_line, struct err *err)
{
    for (;;) {
        skip_between(s);
        if (!*s->p)
            return 0;
        const char *end = *s->p == '\\' ? s->p + strcspn(s->p, "\n") : find_end(s);
        int got = take(s, end, ret, ret_line, err);
        if (got)
            return got;
    }
}
