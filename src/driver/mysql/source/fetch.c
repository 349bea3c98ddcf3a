#include "column.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

#include <string.h>

/*
 * Results are binary: MySQL keeps literals of expressions in their own character sets and garbles
 * what it converts. What else is read here is UTF-8 as it stands.
 */
enum { SHARES = 16, SHARE_MIN = 100, SHARE_MAX = 2000 };

struct my_fetch {
    struct my_read *r;
    const char **names; /* the tables, then the sequences */
    size_t n, n_tables, share;
    double start;
    struct err wrong; /* what the model did not take: no other connection would help */
    bool is_wrong;
};

struct text {
    const char *text, *why; /* both NULL: not shown */
    struct vec columns;     /* struct my_column; empty: the catalog is asked */
};

/* What a share is made of, until it goes into the model. */
struct share {
    struct arena *a;
    const char *const *names;
    size_t n, n_tables;
    struct text *texts;
    MYSQL_RES *tables, *columns, *partitions;
};

/* ---- reading ------------------------------------------------------------------------------- */

static void share_text(void *ctx, size_t i, const char *text, const char *why)
{
    struct share *p = ctx;
    p->texts[i].text = arena_strdup(p->a, text);
    p->texts[i].why = arena_strdup(p->a, why);
}

/* A query of those tables of the share that want it. */
static bool read_wanted(struct my_read *r, struct my_session *s, struct share *p, const char *query,
                        bool (*wanted)(const struct text *t), MYSQL_RES **ret, struct err *err)
{
    const char **names = arena_alloc(p->a, (p->n + 1) * sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < p->n_tables; i++)
        if (wanted(&p->texts[i]))
            names[n++] = p->names[i];
    return !n || my_read_some(r, s, query, names, n, ret, err);
}

static bool is_partitioned(const struct text *t)
{
    return t->text && strstr(t->text, "PARTITION BY");
}

static bool has_no_columns(const struct text *t)
{
    return t->columns.len == 0;
}

static void parse_columns(const struct my_read *r, struct share *p)
{
    for (size_t i = 0; i < p->n_tables; i++) {
        struct text *t = &p->texts[i];
        if (t->text && !my_column_parse(p->a, r->s->flavor, t->text, &t->columns))
            vec_reset(&t->columns);
    }
}

static bool share_read(struct my_read *r, struct my_session *s, struct share *p, struct err *err)
{
    if (!my_show_batch(s, "SHOW CREATE TABLE", 1, p->names, p->n_tables, share_text, p, err))
        return err_context(err, "while reading SHOW CREATE TABLE");
    parse_columns(r, p);
    return my_read_some(r, s, "table", p->names, p->n, &p->tables, err) &&
           read_wanted(r, s, p, "column", has_no_columns, &p->columns, err) &&
           read_wanted(r, s, p, "partition", is_partitioned, &p->partitions, err);
}

/* ---- into the model ------------------------------------------------------------------------ */

static const char *const grant = "SELECT ON %s.*";

/* What no text could be compared with is unproven (plan_prove), and made by nobody. */
static void take_text(struct my_read *r, const char *name, const struct text *t)
{
    struct object *o = my_read_find(r, arena_printf(&r->arena, "t:%s", name));
    const char *why = NULL;
    if (!o || o->kind->id != K_TABLE) /* dropped just now */
        return;
    my_column_take(r, o, &t->columns);
    if (!t->text)
        why = t->why ? t->why : "not shown to this account";
    else if (!my_create_take(r, o, t->text))
        why = "dbtwin does not understand what the server shows";
    if (why) {
        my_show_unknown(r, o, "definition", why, grant);
        model_set(r->m, o, P_TABLE_PROVEN, "no");
    }
}

static bool share_take(struct my_read *r, struct share *p, struct err *err)
{
    if (!my_read_load(r, "table", p->tables, err) ||
        (p->columns && !my_read_load(r, "column", p->columns, err)) ||
        (p->partitions && !my_read_load(r, "partition", p->partitions, err)))
        return false;
    for (size_t i = 0; i < p->n_tables; i++)
        take_text(r, p->names[i], &p->texts[i]);
    return true;
}

static bool fetch_share(void *ctx, struct my_session *s, struct arena *a, size_t share,
                        struct err *err)
{
    struct my_fetch *f = ctx;
    struct my_read *r = f->r;
    size_t first = share * f->share, left = f->n - first;
    struct share p = {.a = a, .names = f->names + first, .n = left < f->share ? left : f->share};
    p.n_tables = f->n_tables <= first ? 0 : f->n_tables - first < p.n ? f->n_tables - first : p.n;
    p.texts = arena_calloc(a, (p.n + 1) * sizeof *p.texts);
    for (size_t i = 0; i < p.n; i++)
        vec_init(&p.texts[i].columns, sizeof(struct my_column));
    bool good = share_read(r, s, &p, err);
    if (good) {
        pthread_mutex_lock(&r->lock);
        if (!f->is_wrong)
            f->is_wrong = !share_take(r, &p, &f->wrong);
        pthread_mutex_unlock(&r->lock);
    }
    for (size_t i = 0; i < p.n; i++)
        vec_release(&p.texts[i].columns);
    mysql_free_result(p.tables);
    mysql_free_result(p.columns);
    mysql_free_result(p.partitions);
    return good;
}

/* ---- all of them --------------------------------------------------------------------------- */

struct listing {
    struct arena *a;
    struct vec tables, sequences; /* const char * */
};

static bool list_name(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct listing *l = ctx;
    (void)n, (void)lengths, (void)err;
    if (!str_eq(v[0], MY_MARK_TABLE) && !str_eq(v[0], MY_RUN_TABLE) &&
        !str_eq(v[0], MY_JOURNAL_TABLE) && !str_eq(v[0], MY_PROGRESS_TABLE))
        VEC_PUSH(str_eq(v[1], "SEQUENCE") ? &l->sequences : &l->tables, const char *,
                 arena_strdup(l->a, v[0]));
    return true;
}

static void put_names(struct my_fetch *f, const struct listing *l)
{
    f->n_tables = l->tables.len;
    f->n = l->tables.len + l->sequences.len;
    f->names = arena_alloc(l->a, (f->n + 1) * sizeof *f->names);
    for (size_t i = 0; i < f->n; i++)
        f->names[i] = i < f->n_tables ? VEC_AT(&l->tables, const char *, i)
                                      : VEC_AT(&l->sequences, const char *, i - f->n_tables);
}

/* As large as the server can keep open for all connections: what it must open once more costs it
 * the most. */
static bool size_shares(struct my_fetch *f, struct err *err)
{
    const char *text = NULL;
    uint64_t open = 0;
    if (!my_conn_value(f->r->s, "SELECT @@GLOBAL.table_open_cache", &f->r->arena, &text, err))
        return false;
    if (text && str_parse_u64(text, &open))
        open -= open / 8;
    size_t most = (size_t)open / my_reader_pool_size(f->r->pool);
    most = most > SHARE_MAX ? SHARE_MAX : most < SHARE_MIN ? SHARE_MIN : most;
    f->share = f->n / SHARES > most ? most : f->n / SHARES < SHARE_MIN ? SHARE_MIN : f->n / SHARES;
    return true;
}

bool my_fetch_start(struct my_read *r, struct my_fetch **ret, struct err *err)
{
    struct my_fetch *f = arena_new(&r->arena, struct my_fetch);
    struct listing l = {&r->arena, VEC_INIT(const char *), VEC_INIT(const char *)};
    f->r = r;
    f->start = clock_now();
    bool good = my_conn_rows((struct session *)(void *)r->s,
                             "SHOW FULL TABLES WHERE Table_type IN ('BASE TABLE', "
                             "'SYSTEM VERSIONED', 'SEQUENCE')",
                             list_name, &l, err);
    put_names(f, &l);
    vec_release(&l.tables);
    vec_release(&l.sequences);
    if (!good || !size_shares(f, err))
        return false;
    log_debug("%zu tables listed in %.0f ms", f->n_tables, (clock_now() - f->start) * 1000);
    r->n_tables = f->n;
    my_reader_pool_start(r->pool, (f->n + f->share - 1) / f->share, "binary", fetch_share, f);
    *ret = f;
    return true;
}

bool my_fetch_finish(struct my_read *r, struct my_fetch *f, struct err *err)
{
    bool good = my_reader_pool_finish(r->pool, err);
    if (good && f->is_wrong) {
        *err = f->wrong;
        good = false;
    }
    if (good)
        log_debug("%zu tables read in %.0f ms", f->n_tables, (clock_now() - f->start) * 1000);
    return good;
}
