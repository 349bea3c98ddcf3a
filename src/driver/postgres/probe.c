#include "pg.h"

#include <stdio.h>
#include <string.h>

#include "../query.h"

/*
 * The coverage probe: probe.sql counts the rows of each catalog by its own, simpler conditions.
 * Where the model holds fewer objects than that, what is missing is a gap and the comparison is
 * incomplete: nothing is left out without a word.
 */
struct probe {
    struct model *model;
    size_t counts[K_COUNT];
};

static void count_kinds(const struct object *o, size_t *counts)
{
    counts[o->kind->id]++;
    for (const struct object *c = o->first; c; c = c->next)
        count_kinds(c, counts);
}

/* Row: catalog, kinds (comma-separated; empty = none models it), number of rows. */
static bool check_class(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                        struct err *err)
{
    struct probe *p = ctx;
    uint64_t rows = 0, have = 0;
    char why[200];

    (void)lengths;
    if (n != 3 || !values[0] || !values[1] || !values[2] || !str_parse_u64(values[2], &rows))
        return err_set(err, ERR_RUNTIME, "query probe: an unexpected row");
    for (const char *at = values[1]; *at;) {
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
        have += p->counts[k->id];
        at += len + (at[len] == ',');
    }
    if (rows <= have)
        return true;
    snprintf(why, sizeof why, "%llu of %llu rows of this catalog are not modelled by this version",
             (unsigned long long)(rows - have), (unsigned long long)rows);
    model_gap(p->model, values[0], NULL, why);
    return true;
}

static const char *probe_text(void)
{
    for (const struct sql_file *f = sql_postgres; f->name; f++)
        if (strcmp(f->name, "probe") == 0)
            return f->text;
    return "";
}

bool pg_probe(struct session *s, struct model *m, struct err *err)
{
    const char *words[] = {s->snapshot ? "data" : NULL, NULL}; /* as in introspect.c */
    struct query_facts f = {.flavor = ENGINE_PG, .version = s->version, .words = words};
    struct probe p = {.model = m};
    struct buf sql = BUF_INIT;
    bool good;

    if (m->root)
        count_kinds(m->root, p.counts);
    good = query_filter(probe_text(), &f, &sql, err);
    pg_narrow_query(s, "probe", &sql);
    good = good && pg_rows(s, sql.data, check_class, &p, err);
    buf_release(&sql);
    return good || err_context(err, "while counting what there is (probe)");
}

/* ---- positions of sequences ------------------------------------------------------------- */

enum { SEQUENCES_AT_ONCE = 200 };

/* Of the sequences that this role may read; the others are gaps (gap.sql). On a standby an
 * unlogged one cannot be read by anybody. CASE, because the order of AND is the planner's. */
static const char sequences_sql[] =
    "SELECT 'r' || c.oid, format('SELECT %L, last_value, is_called FROM %s', 'r' || c.oid, "
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
