#include "catalog.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

enum {
    MAX_COLUMNS = 128, /* as the loader */
    BATCH = 12,        /* statements in one message … */
    MESSAGES = 16,     /* … or as many as do for so many messages, however many views there are */
    ROWS_AT_ONCE = 512,
    TICK_MS = 200,
    MAX_AHEAD = 64 << 20 /* bytes of rows whose time has not come */
};

enum lane_state {
    LANE_IDLE,    /* no message is under way */
    LANE_BETWEEN, /* the next thing to come is a result */
    LANE_ROWS,    /* a COPY's rows */
    LANE_ENDED    /* all rows came; the COPY's result has not */
};

struct lane {
    struct session *s;
    enum lane_state state;
    struct catalog_statement **batch; /* room for run.batch */
    unsigned n, at;                   /* statements of the message; the one under way */
    size_t ahead;                     /* bytes taken in while the statement had to wait */
    unsigned n_values;
    const char *values[MAX_COLUMNS];
    size_t lengths[MAX_COLUMNS];
};

struct run {
    struct catalog *c;
    struct lane lanes[2];
    unsigned n_lanes;
    unsigned batch;    /* most statements in one message */
    unsigned messages; /* sent so far */
};

/* ---- the list --------------------------------------------------------------------------- */

void catalog_init(struct catalog *c, struct session *s, struct model *m)
{
    *c = (struct catalog){.sessions = {s}, .model = m};
    vec_init(&c->statements, sizeof(struct catalog_statement));
}

void catalog_release(struct catalog *c)
{
    for (size_t i = 0; i < c->statements.len; i++)
        query_done(&VEC_AT(&c->statements, struct catalog_statement, i).load);
    vec_release(&c->statements);
    arena_release(&c->arena);
}

const char *catalog_text(const char *name)
{
    for (const struct sql_file *f = sql_postgres; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f->text;
    return "";
}

/*
 * The names of its columns come first: as a line from PostgreSQL 15 on
 * (https://www.postgresql.org/docs/15/sql-copy.html, HEADER), before that as an empty result.
 */
struct catalog_statement *catalog_add(struct catalog *c, const char *name, const char *before,
                                      const char *sql, const char *after)
{
    struct catalog_statement s = {.name = name};
    bool header = c->sessions[0]->version >= 150000;
    struct buf b = BUF_INIT;

    buf_adds(&b, before);
    if (!header)
        buf_addf(&b, "SELECT * FROM (%s\n) q LIMIT 0;", sql);
    buf_addf(&b, "COPY (%s\n) TO STDOUT%s;%s", sql, header ? " (HEADER)" : "", after);
    s.text = arena_strdup(&c->arena, b.data);
    buf_release(&b);
    VEC_PUSH(&c->statements, struct catalog_statement, s);
    return vec_at(&c->statements, c->statements.len - 1);
}

static struct catalog_statement *statement_at(const struct catalog *c, size_t i)
{
    return &VEC_AT(&c->statements, struct catalog_statement, i);
}

/* Whether all objects that its rows may need are in the model. */
static bool may_take(const struct catalog *c, const struct catalog_statement *s)
{
    if (s->fn)
        return true;
    for (size_t i = 0; i < c->statements.len; i++) {
        const struct catalog_statement *other = statement_at(c, i);

        if (other == s && !(s->flags & CATALOG_LAST))
            return true;
        if ((other->flags & CATALOG_LAST) || other->state == CATALOG_DONE || other->fn)
            continue;
        if (!(other->flags & CATALOG_APART) || (s->flags & CATALOG_LAST))
            return false;
    }
    return true;
}

/* ---- what to send ----------------------------------------------------------------------- */

static struct catalog_statement *next_waiting(const struct catalog *c, unsigned with,
                                              unsigned without)
{
    for (size_t i = 0; i < c->statements.len; i++) {
        struct catalog_statement *s = statement_at(c, i);

        if (s->state == CATALOG_WAITING && (s->flags & with) == with && !(s->flags & without))
            return s;
    }
    return NULL;
}

/*
 * The second session begins with what stands apart, the first leaves that to it. One alone takes
 * all in their order: then nothing ever waits for another.
 */
static struct catalog_statement *choose(const struct run *r, const struct lane *l)
{
    bool second = l != &r->lanes[0];
    struct catalog_statement *s = NULL;

    if (r->n_lanes == 1)
        return next_waiting(r->c, 0, 0);
    if (second)
        s = next_waiting(r->c, CATALOG_APART, 0);
    if (!s)
        s = next_waiting(r->c, 0, CATALOG_APART);
    return s ? s : next_waiting(r->c, CATALOG_APART, 0);
}

static bool send_batch(struct run *r, struct lane *l, struct err *err)
{
    struct buf b = BUF_INIT;
    bool good = true;

    l->n = l->at = 0;
    while (l->n < r->batch) {
        struct catalog_statement *s = choose(r, l);

        /* What takes long is sent when a session has nothing else to do. */
        if (!s || (l->n && r->n_lanes > 1 && (s->flags & CATALOG_ALONE)))
            break;
        s->state = CATALOG_SENT;
        l->batch[l->n++] = s;
        buf_adds(&b, s->text);
        if (r->n_lanes > 1 && (s->flags & CATALOG_ALONE))
            break;
    }
    if (l->n) {
        good = PQsendQuery(l->s->conn, b.data) || pg_error(l->s, NULL, err);
        l->state = LANE_BETWEEN;
        r->messages++;
    }
    buf_release(&b);
    return good;
}

/* ---- rows ------------------------------------------------------------------------------- */

static char unescaped(char c)
{
    static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : c;
}

/* From p to the next tab or the end, undoing escapes in place; the end of what was read. */
static char *take_value(char *p, const char *end, size_t *ret_len)
{
    char *start = p, *to;

    while (p < end && *p != '\t' && *p != '\\')
        p++;
    for (to = p; p < end && *p != '\t'; p++) {
        if (*p == '\\' && p + 1 < end)
            *to++ = unescaped(*++p);
        else
            *to++ = *p;
    }
    *ret_len = (size_t)(to - start);
    return p;
}

/* A line of COPY's text format (https://www.postgresql.org/docs/current/sql-copy.html, "Text
 * Format") becomes values; the line is written into. */
static bool split_line(struct lane *l, char *line, size_t len, struct err *err)
{
    char *end = line + len - (len && line[len - 1] == '\n');
    unsigned n = 0;

    for (char *p = line; p <= end; p++) {
        bool null = end - p >= 2 && p[0] == '\\' && p[1] == 'N' && (p + 2 == end || p[2] == '\t');
        char *start = p;

        if (n == MAX_COLUMNS)
            return err_set(err, ERR_RUNTIME, "a row has more than %d columns", MAX_COLUMNS);
        p = take_value(p, end, &l->lengths[n]);
        start[l->lengths[n]] = '\0'; /* over the tab, the newline, or what an escape left */
        l->values[n] = null ? NULL : start;
        l->lengths[n] = null ? 0 : l->lengths[n];
        n++;
    }
    l->n_values = n;
    return true;
}

static bool take_names(struct run *r, struct catalog_statement *s, unsigned n,
                       const char *const *names, struct err *err)
{
    s->named = true;
    s->load = (struct query_load){.model = r->c->model, .name = s->name, .loose = true};
    return s->fn || query_columns(&s->load, n, names, err);
}

static bool take_line(struct run *r, struct lane *l, char *line, size_t len, struct err *err)
{
    struct catalog_statement *s = l->batch[l->at];

    if (!split_line(l, line, len, err))
        return false;
    if (!s->named)
        return take_names(r, s, l->n_values, l->values, err);
    s->rows++;
    return (s->fn ? s->fn : query_row)(s->fn ? s->ctx : &s->load, l->n_values, l->values,
                                       l->lengths, err);
}

/* ---- results ---------------------------------------------------------------------------- */

/* As the functions below: 1 something was taken, 0 the server has to say more (or others have to
 * come first), -1 error. */
static int take_lines(struct run *r, struct lane *l, struct err *err)
{
    for (int i = 0; i < ROWS_AT_ONCE; i++) {
        char *line;
        int n = PQgetCopyData(l->s->conn, &line, 1);
        bool good;

        if (n == 0)
            return i > 0;
        if (n == -1) {
            l->state = LANE_ENDED;
            return 1;
        }
        if (n < 0)
            return pg_error(l->s, NULL, err) ? 1 : -1;
        good = take_line(r, l, line, (size_t)n, err);
        PQfreemem(line);
        if (!good)
            return -1;
    }
    return 1;
}

/* The first session is the one that was asked for, with its options. */
static void tell(const struct run *r, uint64_t parts, uint64_t rows)
{
    struct source_progress *p = r->lanes[0].s->progress;

    if (!p)
        return;
    __atomic_fetch_add(&p->parts_done, parts, __ATOMIC_RELAXED);
    __atomic_fetch_add(&p->rows, rows, __ATOMIC_RELAXED);
}

static void tell_begin(const struct run *r)
{
    struct source_progress *p = r->lanes[0].s->progress;

    if (!p)
        return;
    __atomic_store_n(&p->parts_done, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&p->parts, r->c->statements.len, __ATOMIC_RELAXED);
}

static void statement_done(struct run *r, struct lane *l)
{
    struct catalog_statement *s = l->batch[l->at++];

    tell(r, 1, s->rows);

    query_done(&s->load);
    s->state = CATALOG_DONE;
    s->to = clock_now();
    log_debug("catalog %s: %llu rows in %.0f ms (session %d)", s->name, (unsigned long long)s->rows,
              (s->to - s->from) * 1000, (int)(l - r->lanes) + 1);
}

static bool take_empty(struct run *r, struct lane *l, const PGresult *res, struct err *err)
{
    struct catalog_statement *s = l->batch[l->at];
    int n = PQnfields(res);

    if (n > MAX_COLUMNS)
        return err_set(err, ERR_RUNTIME, "a row has more than %d columns", MAX_COLUMNS);
    for (int i = 0; i < n; i++)
        l->values[i] = PQfname(res, i);
    return take_names(r, s, (unsigned)n, l->values, err);
}

static int take_result(struct run *r, struct lane *l, struct err *err)
{
    PGresult *res;
    bool good = true;

    if (PQisBusy(l->s->conn))
        return 0;
    res = PQgetResult(l->s->conn);
    switch (PQresultStatus(res)) {
    case PGRES_COPY_OUT:
        l->state = LANE_ROWS;
        l->ahead = 0;
        l->batch[l->at]->from = clock_now();
        break;
    case PGRES_TUPLES_OK:
        good = take_empty(r, l, res, err);
        break;
    case PGRES_COMMAND_OK:
        if (l->state == LANE_ENDED)
            statement_done(r, l);
        l->state = LANE_BETWEEN;
        break;
    default:
        good = !res || pg_error(l->s, res, err);
        l->state = res ? l->state : LANE_IDLE;
    }
    PQclear(res);
    return good ? 1 : -1;
}

static bool is_held(const struct run *r, const struct lane *l)
{
    return l->state == LANE_ROWS && !may_take(r->c, l->batch[l->at]);
}

static int work(struct run *r, struct lane *l, struct err *err)
{
    int done = 0;

    if (l->state == LANE_IDLE)
        return send_batch(r, l, err) ? l->n > 0 : -1;
    if (l->state == LANE_ROWS)
        done = is_held(r, l) ? 0 : take_lines(r, l, err);
    else
        done = take_result(r, l, err);
    if (done < 0)
        err_context(err, "while reading the catalog (%s)",
                    l->batch[l->at < l->n ? l->at : l->n - 1]->name);
    return done;
}

/* ---- waiting ---------------------------------------------------------------------------- */

static bool receive(struct lane *l, bool held, struct err *err)
{
    int bytes = 0;

    if (held && ioctl(PQsocket(l->s->conn), FIONREAD, &bytes) == 0 && bytes > 0)
        l->ahead += (size_t)bytes;
    return PQconsumeInput(l->s->conn) || pg_error(l->s, NULL, err);
}

/* Takes in what has come; waits for it when nobody has anything to do. */
static bool listen_all(struct run *r, bool busy, struct err *err)
{
    struct pollfd p[2];
    struct lane *of[2];
    nfds_t n = 0;
    bool quiet;
    double start = busy ? 0 : clock_now();

    for (unsigned i = 0; i < r->n_lanes; i++) {
        struct lane *l = &r->lanes[i];

        if (l->state == LANE_IDLE || (is_held(r, l) && l->ahead > MAX_AHEAD))
            continue;
        p[n] = (struct pollfd){.fd = PQsocket(l->s->conn), .events = POLLIN};
        of[n++] = l;
    }
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", r->lanes[0].s->label);
    /* When a tick went by, all are asked: with TLS there may be more than the socket shows. */
    quiet = poll(p, n, busy ? 0 : TICK_MS) <= 0;
    r->c->waiting += busy ? 0 : clock_now() - start;
    for (nfds_t i = 0; i < n; i++)
        if ((quiet ? !busy : p[i].revents != 0) && !receive(of[i], is_held(r, of[i]), err))
            return false;
    return true;
}

/* ---- all of it -------------------------------------------------------------------------- */

static void give_up(struct run *r)
{
    struct err later = ERR_INIT;

    for (unsigned i = 0; i < r->n_lanes; i++) {
        if (r->lanes[i].state == LANE_IDLE)
            continue;
        pg_cancel(r->lanes[i].s);
        pg_drain(r->lanes[i].s, &later);
    }
}

static void say(const struct run *r, double seconds)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < r->c->statements.len; i++)
        rows += statement_at(r->c, i)->rows;
    log_debug("catalog: %llu rows of %zu statements in %u messages, in %.0f ms on %u session%s, "
              "%.0f ms of it waiting for the server",
              (unsigned long long)rows, r->c->statements.len, r->messages, seconds * 1000,
              r->n_lanes, r->n_lanes == 1 ? "" : "s", r->c->waiting * 1000);
}

static bool run_all(struct run *r, struct err *err)
{
    for (bool active = true; active;) {
        bool busy = false;

        active = false;
        for (unsigned i = 0; i < r->n_lanes; i++) {
            int done = work(r, &r->lanes[i], err);

            if (done < 0)
                return false;
            busy |= done > 0;
            active |= busy || r->lanes[i].state != LANE_IDLE;
        }
        if (active && !listen_all(r, busy, err))
            return false;
    }
    return true;
}

bool catalog_run(struct catalog *c, struct err *err)
{
    struct run r = {.c = c, .lanes = {{.s = c->sessions[0]}, {.s = c->sessions[1]}}};
    double start = clock_now();
    bool good;

    r.n_lanes = c->sessions[1] ? 2 : 1;
    r.batch = (unsigned)(c->statements.len / MESSAGES + 1);
    if (r.batch < BATCH)
        r.batch = BATCH;
    for (unsigned i = 0; i < r.n_lanes; i++)
        r.lanes[i].batch = arena_alloc(&c->arena, r.batch * sizeof(*r.lanes[i].batch));
    tell_begin(&r);
    good = run_all(&r, err);
    for (size_t i = 0; i < c->statements.len; i++)
        c->gone |= statement_at(c, i)->load.gone;
    if (good)
        say(&r, clock_now() - start);
    else
        give_up(&r);
    return good;
}
