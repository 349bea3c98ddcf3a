#include "reading.h"
#include "recent.h"
#include "sides.h"

#include <string.h>

typedef bool model_writer(const struct model *m, struct buf *out, struct err *err);

static const struct {
    const char *name;
    model_writer *write; /* NULL: in pieces, by model_write_xml */
    const char *ending;  /* of a file, or NULL */
    bool sql;            /* by inspect_sql */
} formats[] = {{"xml", NULL, ".xml", false},
               {"json", model_to_json, ".json", false},
               {"tree", model_to_tree, NULL, false},
               {"sql", NULL, ".sql", true}};

static bool find_format(const struct cli *c, model_writer **ret, bool *ret_sql, struct err *err)
{
    const char *name = c->format;
    const char *file = c->outputs[0];
    for (size_t i = 0; !name && file && i < ARRAY_LEN(formats); i++)
        if (formats[i].ending && str_ends(file, formats[i].ending))
            name = formats[i].name;
    if (!name)
        name = file ? "xml" : "tree";
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i].name, name) == 0) {
            *ret = formats[i].write;
            *ret_sql = formats[i].sql;
            return true;
        }
    err_set(err, ERR_USAGE, "unknown format: %s", name);
    return err_hint(err, "inspect writes xml, json, tree and sql");
}

static bool write_model(const struct model *m, model_writer *write, const char *path,
                        struct err *err)
{
    struct buf out = BUF_INIT;
    struct output_file o;
    bool good = !write || write(m, &out, err);
    if (good && write)
        good = output_write(path, buf_slice(&out), err);
    else if (good)
        good = output_open(&o, path, err) &&
               output_close(&o, model_write_xml(m, output_add, &o, err), err);
    buf_release(&out);
    return good;
}

/* What could not be read, if anything: said on stderr too, because the file may go unread. What is
 * the server's own counts where it was asked for. */
static bool say_gaps(const struct model *m, bool server)
{
    bool any = false, not_asked = false;
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct vec gaps = VEC_INIT(struct coverage_gap);
    model_fold_gaps(&m->gaps, &a, &gaps);
    for (size_t i = 0; i < gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&gaps, struct coverage_gap, i);
        if (!server && select_is_servers(kind_find(g->kind), m->flavor)) {
            not_asked = true;
            continue;
        }
        any = true;
        buf_reset(&b);
        buf_addf(&b, "not covered: %s%s%s: %s", g->kind, g->path ? " " : "", g->path ? g->path : "",
                 g->why);
        progress_line(LOG_WARN, b.data);
    }
    if (not_asked)
        log_info("what belongs to the server is not covered: the model says why (--scope server)");
    vec_release(&gaps);
    buf_release(&b);
    arena_release(&a);
    return any;
}

static void say_idle(const struct vec *patterns)
{
    for (size_t i = 0; i < patterns->len; i++)
        log_warn("pattern %s matches nothing", VEC_AT(patterns, const char *, i));
}

/* What changes while the schema does not: positions, counters, sizes, and the time. */
static const struct {
    enum kind_id kind;
    int slot;
} stats[] = {
    {K_SEQUENCE, P_SEQUENCE_LAST_VALUE},
    {K_SEQUENCE, P_SEQUENCE_IS_CALLED},
    {K_TABLE, P_TABLE_AUTO_INCREMENT},
    {K_TABLE, P_TABLE_ROWS},
    {K_TABLE, P_TABLE_BYTES},
    {K_MATERIALIZED_VIEW, P_MATERIALIZED_VIEW_BYTES},
    {K_LARGE_OBJECTS, P_LARGE_OBJECTS_COUNT},
    {K_LARGE_OBJECTS, P_LARGE_OBJECTS_BYTES},
};

static void leave_stats(struct model *m)
{
    m->taken_at = NULL;
    for (uint32_t i = 0; i < m->n_objects; i++)
        for (size_t k = 0; k < ARRAY_LEN(stats); k++)
            if (m->objects[i]->kind->id == stats[k].kind)
                m->objects[i]->v[stats[k].slot] = NULL;
}

static int inspect(struct cli *c, struct place *p, model_writer *write, bool sql, struct err *err)
{
    struct model m;
    struct filters t;
    bool missing = false;
    if (!filters_open(&t, c, p->e.label, NULL, err))
        return -1;
    filters_places(&t, c, p, NULL);
    model_init(&m);
    int code = -1;
    struct reading_display display;
    reading_start(&display, c, p, NULL);
    bool ok = place_model(p, &m, err);
    reading_stop(&display);
    if (ok && !c->schemas[0])
        recent_note(c, &m);
    ok = ok && filters_models(&t, c, p, &m, NULL, NULL, err);
    if (ok && !c->stats)
        leave_stats(&m);
    const char *path = c->outputs[0] ? c->outputs[0] : "-";
    if (ok && (sql ? inspect_sql(&m, path, &missing, err) : write_model(&m, write, path, err))) {
        code = say_gaps(&m, t.server) || missing ? 3 : 0;
        say_idle(&t.context.idle);
    }
    model_release(&m);
    filters_close(&t);
    return code;
}

int cmd_inspect(struct cli *c, struct err *err)
{
    model_writer *write = NULL;
    bool sql = false;
    struct sides s;
    int code = -1;
    if (!find_format(c, &write, &sql, err))
        return -1;
    if (c->outputs[0] && c->outputs[1]) {
        err_set(err, ERR_USAGE, "inspect writes one file");
        return -1;
    }
    if (sides_find(&s, c, err))
        code = inspect(c, &s.from, write, sql, err);
    sides_close(&s);
    return code;
}
