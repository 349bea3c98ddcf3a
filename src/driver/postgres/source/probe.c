#include "../connection/pg.h"

#include <stdio.h>
#include <string.h>

#include "catalog.h"

/*
 * The coverage probe: probe.sql counts the rows of each catalog by its own, simpler conditions.
 * Where the model holds fewer objects than that, what is missing is a gap and the comparison is
 * incomplete: nothing is left out without a word.
 */
static void count_kinds(const struct object *o, size_t *counts)
{
    counts[o->kind->id]++;
    for (const struct object *c = o->first; c; c = c->next)
        count_kinds(c, counts);
}

struct counted {
    const char *catalog, *kinds; /* kinds: comma-separated; empty = none models it */
    uint64_t rows;
};

bool pg_probe_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                  struct err *err)
{
    struct pg_probe *p = ctx;
    struct counted c = {0};

    (void)lengths;
    if (n != 3 || !values[0] || !values[1] || !values[2] || !str_parse_u64(values[2], &c.rows))
        return err_set(err, ERR_RUNTIME, "query probe: an unexpected row");
    c.catalog = arena_strdup(&p->arena, values[0]);
    c.kinds = arena_strdup(&p->arena, values[1]);
    VEC_PUSH(&p->counted, struct counted, c);
    return true;
}

void pg_probe_init(struct pg_probe *p)
{
    vec_init(&p->counted, sizeof(struct counted));
    arena_init(&p->arena);
}

void pg_probe_release(struct pg_probe *p)
{
    vec_release(&p->counted);
    arena_release(&p->arena);
}

static bool count_have(const char *names, const size_t *counts, uint64_t *ret, struct err *err)
{
    uint64_t have = 0;

    for (const char *at = names; *at;) {
        size_t len = strcspn(at, ",");
        char name[64];
        const struct kind *k = NULL;

        if (len < sizeof name) {
            memcpy(name, at, len);
            name[len] = '\0';
            k = kind_find(name);
        }
        if (!k)
            return err_set(err, ERR_RUNTIME, "query probe: there is no kind \"%.*s\"", (int)len,
                           at);
        have += counts[k->id];
        at += len + (at[len] == ',');
    }
    *ret = have;
    return true;
}

bool pg_probe_judge(const struct pg_probe *p, struct model *m, struct err *err)
{
    size_t counts[K_COUNT] = {0};

    if (m->root)
        count_kinds(m->root, counts);
    for (size_t i = 0; i < p->counted.len; i++) {
        const struct counted *c = &VEC_AT(&p->counted, struct counted, i);
        uint64_t have = 0;
        char why[200];

        if (!count_have(c->kinds, counts, &have, err))
            return err_context(err, "while counting what there is (probe)");
        if (c->rows <= have)
            continue;
        snprintf(why, sizeof why,
                 "%llu of %llu rows of this catalog are not modelled by this version",
                 (unsigned long long)(c->rows - have), (unsigned long long)c->rows);
        model_gap(m, c->catalog, NULL, why);
    }
    return true;
}

/* ---- whether anything moved ------------------------------------------------------------- */

/* An internal error's SQLSTATE is what introspect.c reads again for. */
bool pg_probe_moved(struct session *s, struct err *err)
{
    struct arena a = ARENA_INIT;
    const char *what = NULL;
    bool good = pg_value(s, catalog_text("moved"), &a, &what, err) ||
                err_context(err, "while looking for changes meanwhile (moved)");

    if (good && what) {
        good = err_set(err, ERR_RUNTIME, "the schema changed while it was being read: %s", what);
        err_sqlstate(err, "XX000");
    }
    arena_release(&a);
    return good;
}

/* ---- positions of sequences ------------------------------------------------------------- */

enum { SEQUENCES_AT_ONCE = 200 };

/* Of the sequences that this role may read; the others are gaps (gap.sql). On a standby an
 * unlogged one cannot be read by anybody. CASE, because the order of AND is the planner's. */
static const char sequences_sql[] =
    "SELECT 'r' || c.oid::text, format('SELECT %L, last_value, is_called FROM %s', 'r' || "
    "c.oid::text, "
    "c.oid::regclass) FROM pg_class c WHERE c.relkind = 'S' AND c.oid >= 16384 "
    "AND c.relpersistence IN ('p', CASE WHEN NOT pg_is_in_recovery() THEN 'u'::\"char\" END) "
    "AND CASE WHEN c.relkind = 'S' THEN has_schema_privilege(c.relnamespace, 'USAGE') "
    "AND has_sequence_privilege(c.oid, 'SELECT') END";

struct positions {
    struct model *model;
    struct arena arena;
    struct vec selects; /* char * */
};

static bool collect_select(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                           struct err *err)
{
    struct positions *p = ctx;

    (void)n, (void)err;
    if (map_get(&p->model->by_id, values[0], lengths[0]))
        VEC_PUSH(&p->selects, char *, arena_strndup(&p->arena, values[1], lengths[1]));
    return true;
}

static bool set_position(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                         struct err *err)
{
    struct positions *p = ctx;
    struct object *o = map_get(&p->model->by_id, values[0], lengths[0]);

    (void)n, (void)err;
    if (o && o->kind->id == K_SEQUENCE) {
        model_set(p->model, o, P_SEQUENCE_LAST_VALUE, values[1]);
        model_set(p->model, o, P_SEQUENCE_IS_CALLED, values[2][0] == 't' ? "yes" : "no");
    }
    return true;
}

static bool read_positions(struct session *s, struct positions *p, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = true;

    for (size_t i = 0; good && i < p->selects.len; i++) {
        if (sql.len)
            buf_adds(&sql, " UNION ALL ");
        buf_adds(&sql, VEC_AT(&p->selects, char *, i));
        if ((i + 1) % SEQUENCES_AT_ONCE && i + 1 < p->selects.len)
            continue;
        good = pg_rows(s, sql.data, set_position, p, err);
        buf_reset(&sql);
    }
    buf_release(&sql);
    return good;
}

bool pg_probe_positions(struct session *s, struct model *m, struct err *err)
{
    struct positions p = {.model = m, .selects = VEC_INIT(char *)};
    bool good = pg_rows(s, sequences_sql, collect_select, &p, err) && read_positions(s, &p, err);

    vec_release(&p.selects);
    arena_release(&p.arena);
    return good || err_context(err, "while reading the positions of sequences");
}
