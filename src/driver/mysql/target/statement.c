#include "target.h"

#include <string.h>
#include <strings.h>

#include <dbtwin/sqltoken.h>

/*
 * What the user says by --after. It may be several statements; but it must not leave a transaction
 * open, which would be rolled back without a word, and rows that were to be masked would go live.
 * And it is carried out in the shadow, whose account may well write to the target and the source:
 * a name of another database would change that one at once, and not the copy. The server has no
 * right that could be laid down for the while (SET ROLE leaves what the account has itself), so the
 * text is looked at: what names another database, or could hide such a name, is refused.
 */

/* Words a statement may not begin with, and why. */
static const struct {
    const char *word, *why;
} first_words[] = {
    {"USE", "would go to another database"},
    {"PREPARE", "hides what it runs: write the statement itself"},
    {"EXECUTE", "hides what it runs: write the statement itself"},
    {"ROLLBACK", "rolls back what was changed"},
    {"XA", "begins a transaction that outlives the session"},
};

struct walk {
    const char *p, *end;
    bool begun; /* a statement has: its first word was seen */
};

struct word {
    char text[260]; /* without quotes; a database's name has 64 characters */
    bool bare;      /* not quoted */
};

/* Behind blanks and comments; what stands in a comment that the server carries out is text. */
static void skip(struct walk *w)
{
    while (w->p < w->end) {
        const char *p = w->p;
        bool mark = p[0] == '/' && w->end - p > 2 && p[1] == '*';
        if (mark && (p[2] == '!' || (p[2] == 'M' && w->end - p > 3 && p[3] == '!'))) {
            w->p += p[2] == '!' ? 3 : 4;
            while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
                w->p++;
        } else if (p[0] == '*' && w->end - p > 1 && p[1] == '/') {
            w->p += 2; /* the end of such a one */
        } else if (mark || *p == '#' ||
                   (*p == '-' && w->end - p > 1 && p[1] == '-' &&
                    (w->end - p == 2 || strchr(" \t\r\n\f\v", p[2])))) {
            const char *next = sqltoken_end(p, w->end);
            w->p = next > p + 1 ? next : w->end;
        } else if (strchr(" \t\r\n\f\v", *p)) {
            w->p++;
        } else {
            return;
        }
    }
}

/* A word, or a quoted name; false for everything else, which is gone over. */
static bool next_word(struct walk *w, struct word *ret)
{
    const char *from = w->p, *to = sqltoken_end(from, w->end);
    bool quoted = *from == '`' || *from == '"';
    size_t n = 0;

    w->p = to > from ? to : from + 1;
    if (!quoted && !sqltoken_is_word(*from))
        return false;
    from += quoted;
    to -= quoted && to > from;
    for (; from < to && n + 1 < sizeof(ret->text); from++) {
        ret->text[n++] = *from;
        if (quoted && from + 1 < to && from[0] == from[1] && (*from == '`' || *from == '"'))
            from++;
    }
    ret->text[n] = '\0';
    ret->bare = !quoted;
    return true;
}

static bool refuse(struct session *s, struct err *err, const char *name, const char *why)
{
    err_set(err, ERR_REFUSED, "%s: %s %s", my_session(s)->label, name, why);
    return err_hint(err, "--after runs in the copy before the swap: name tables without a "
                         "database, and leave transactions to dbtwin");
}

static const char *bad_start(const struct word *word)
{
    for (size_t i = 0; word->bare && i < ARRAY_LEN(first_words); i++)
        if (strcasecmp(word->text, first_words[i].word) == 0)
            return first_words[i].why;
    return NULL;
}

static bool is_other(const struct vec *databases, const char *name)
{
    for (size_t i = 0; i < databases->len; i++)
        if (strcasecmp(VEC_AT(databases, const char *, i), name) == 0)
            return true;
    return false;
}

static bool look_at(struct session *s, const char *sql, const struct vec *databases,
                    struct err *err)
{
    struct walk w = {.p = sql, .end = sql + strlen(sql)};
    struct word word;

    for (skip(&w); w.p < w.end; skip(&w)) {
        char c = *w.p;
        if (!next_word(&w, &word)) {
            w.begun = w.begun && c != ';';
            continue;
        }
        const char *why = w.begun ? NULL : bad_start(&word);
        if (why)
            return refuse(s, err, word.text, why);
        w.begun = true;
        skip(&w);
        if (w.p < w.end && *w.p == '.' && is_other(databases, word.text))
            return refuse(s, err, word.text,
                          "is another database, which the statement would read or change");
    }
    return true;
}

/* All that this account sees but the one it is in, and the one that holds no rows. */
static const char others_sql[] =
    "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME <> DATABASE() AND"
    " SCHEMA_NAME <> 'information_schema'";

static bool run_several(struct my_session *s, const char *sql, struct err *err)
{
    struct err later = ERR_INIT;
    bool good = mysql_set_server_option(s->db, MYSQL_OPTION_MULTI_STATEMENTS_ON) == 0 ||
                my_conn_fail(s, err);

    if (!good)
        return false;
    good = my_conn_run(s, sql, err);
    if (mysql_set_server_option(s->db, MYSQL_OPTION_MULTI_STATEMENTS_OFF))
        good = my_conn_fail(s, good ? err : &later) && good;
    return good;
}

bool my_exec_after(struct session *session, const char *sql, struct err *err)
{
    struct my_session *s = my_session(session);
    struct vec databases = VEC_INIT(const char *);
    struct row_texts names = {&s->arena, &databases};
    bool good;

    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_REFUSED, "%s: a source is never written to", s->label);
    good = my_conn_rows(session, others_sql, row_texts_add, &names, err) &&
           look_at(session, sql, &databases, err) && run_several(s, sql, err);
    vec_release(&databases);
    if (!good)
        return false;
    if (s->db->server_status & SERVER_STATUS_IN_TRANS)
        return refuse(session, err, "the statement",
                      "leaves a transaction open, so none of its changes would last");
    if (!(s->db->server_status & SERVER_STATUS_AUTOCOMMIT))
        return refuse(session, err, "the statement",
                      "turns autocommit off, so none of its changes would last");
    return true;
}
