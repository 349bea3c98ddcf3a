#include "cli.h"

#include <dbtwin/json.h>

#include <string.h>
#include <unistd.h>

static void on_event(void *ctx, enum log_level level, const char *text)
{
    (void)ctx;
    progress_line(level, text);
}

static void report_table(const struct table_difference *t, struct buf *out)
{
    static const char *const what[] = {"missing on the target", "only on the target", "differs"};
    char a[32], b[32];
    if (t->why) {
        buf_addf(out, "%s: %s\n", t->path, t->why);
        return;
    }
    str_human_count(t->rows_source, a);
    str_human_count(t->rows_target, b);
    buf_addf(out, "%s: %llu row%s (%s on the source, %s on the target)\n", t->path,
             (unsigned long long)t->rows_different,
             t->rows_different == 1 ? " differs" : "s differ", a, b);
    for (uint32_t i = 0; i < t->n_ranges; i++) {
        buf_adds(out, "  range: ");
        model_line(t->ranges[i], out);
        buf_addch(out, '\n');
    }
    for (size_t i = 0; i < t->rows.len; i++) {
        const struct row_difference *r = &VEC_AT(&t->rows, struct row_difference, i);
        buf_adds(out, "  row ");
        model_line(r->key, out); /* of the data: anything */
        buf_addf(out, ": %s\n", what[r->what]);
    }
    if (t->rows_more)
        buf_addf(out, "  … and more; --limit shows more of them\n");
}

static size_t count_tables(const struct verify_result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->differences.len; i++)
        n += !VEC_AT(&r->differences, struct table_difference, i).computed;
    return n;
}

/* What was looked at beside the rows that are stored. */
static void add_computed(const struct verify_result *r, struct buf *out)
{
    if (r->generated)
        buf_addf(out, "Generated columns of %llu table%s were compared too.\n",
                 (unsigned long long)r->generated, r->generated == 1 ? "" : "s");
    if (r->inner)
        buf_addf(out, "Types inside the JSON documents of %llu table%s were compared too.\n",
                 (unsigned long long)r->inner, r->inner == 1 ? "" : "s");
    if (r->views)
        buf_addf(out,
                 "%llu materialized view%s compared too, as of the last refresh on either "
                 "side.\n",
                 (unsigned long long)r->views, r->views == 1 ? " was" : "s were");
}

static void report(const char *from, const char *to, const struct verify_result *r, struct buf *out)
{
    char rows[32];
    str_human_count(r->rows, rows);
    if (r->differences.len == 0 && r->tables == 0)
        buf_adds(out, "Nothing was compared: neither database has tables.\n");
    else if (r->differences.len == 0)
        buf_addf(out, "Equal: %s and %s, %llu tables, %s rows (%.1f s).\n", from, to,
                 (unsigned long long)r->tables, rows, r->seconds);
    else
        buf_addf(out, "Different: %zu of %llu tables (%s rows compared, %.1f s).\n\n",
                 count_tables(r), (unsigned long long)r->tables, rows, r->seconds);
    add_computed(r, out);
    for (size_t i = 0; i < r->differences.len; i++)
        report_table(&VEC_AT(&r->differences, struct table_difference, i), out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static struct json *json_rows(const struct table_difference *t)
{
    static const char *const what[] = {"missing", "extra", "changed"};
    struct json *list = json_arr();
    for (size_t i = 0; i < t->rows.len; i++) {
        const struct row_difference *r = &VEC_AT(&t->rows, struct row_difference, i);
        struct json *v = json_obj();
        json_set(v, "key", json_str(r->key));
        json_set(v, "change", json_str(what[r->what]));
        json_push(list, v);
    }
    return list;
}

static struct json *json_table(const struct table_difference *t)
{
    struct json *v = json_obj(), *ranges = json_arr();
    for (uint32_t i = 0; i < t->n_ranges; i++)
        json_push(ranges, json_str(t->ranges[i]));
    json_set(v, "table", json_str(t->path));
    json_set(v, "why", json_str(t->why));
    json_set(v, "computed", json_bool(t->computed));
    json_set(v, "rows_source", json_int((int64_t)t->rows_source));
    json_set(v, "rows_target", json_int((int64_t)t->rows_target));
    json_set(v, "rows_different", json_int((int64_t)t->rows_different));
    json_set(v, "ranges", ranges);
    json_set(v, "rows", json_rows(t));
    json_set(v, "more_rows", json_bool(t->rows_more));
    return v;
}

static void set_result(struct json *v, const char *from, const char *to,
                       const struct verify_result *r)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < r->differences.len; i++)
        json_push(list, json_table(&VEC_AT(&r->differences, struct table_difference, i)));
    json_set(v, "source", json_str(from));
    json_set(v, "target", json_str(to));
    json_set(v, "verdict",
             json_str(r->differences.len ? "different"
                      : r->tables        ? "equal"
                                         : "nothing"));
    json_set(v, "tables", json_int((int64_t)r->tables));
    json_set(v, "rows", json_int((int64_t)r->rows));
    json_set(v, "generated", json_int((int64_t)r->generated));
    json_set(v, "documents", json_int((int64_t)r->inner));
    json_set(v, "views", json_int((int64_t)r->views));
    json_set(v, "milliseconds", json_int((int64_t)(r->seconds * 1000)));
    json_set(v, "differences", list);
}

static struct json *json_document(void)
{
    struct json *v = json_obj();
    json_set(v, "dbtwin", json_int(1));
    return v;
}

static bool json_print(struct json *document, struct err *err)
{
    struct buf out = BUF_INIT;
    json_dump(document, 2, &out);
    buf_addch(&out, '\n');
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    json_free(document);
    return ok;
}

static bool wants_json(const struct cli *c)
{
    return c->format && strcmp(c->format, "json") == 0;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void release(struct verify_result *r)
{
    for (size_t i = 0; i < r->differences.len; i++)
        vec_release(&VEC_AT(&r->differences, struct table_difference, i).rows);
    vec_release(&r->differences);
}

static bool print_text(const char *from, const char *to, const char *of_set,
                       const struct verify_result *r, struct err *err)
{
    struct buf out = BUF_INIT;
    if (of_set)
        buf_addf(&out, "%s: ", of_set);
    report(from, to, r, &out);
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    return ok;
}

/* Two databases; -1 with err. One of a set bears its name, and goes into `list` where that is
 * JSON; if both are empty they are equal. */
static int verify_one(struct cli *c, const struct endpoint *from, const struct endpoint *to,
                      const char *of_set, struct json *list, struct arena *a, struct err *err)
{
    struct sync_progress progress = {0};
    struct verify_result r;
    struct verify_options o = {.jobs = c->jobs ? (unsigned)c->jobs : 2,
                               .schema_jobs = (unsigned)c->jobs,
                               .limit = c->limit >= 0 ? (uint32_t)c->limit : 10,
                               .event = on_event,
                               .progress = &progress};
    o.tables = c->tables;
    if (from->role != DATABASE_ROLE_STAGING)
        o.map = config_map(c->config);
    if (from->role != DATABASE_ROLE_STAGING && config_mask_rules(c->config)) {
        o.mask = c->mask_key ? config_mask_rules(c->config) : config_masks(c, &c->mask_key, err);
        o.mask_key = c->mask_key;
        if (!o.mask)
            return -1;
    }
    if (from->role != DATABASE_ROLE_STAGING && !rows_options(c, &o.rows, err))
        return -1;
    struct progress *p = progress_start(c, &progress);
    bool ok = sync_verify(from, to, &o, a, &r, err);
    progress_stop(p);
    if (!ok)
        return -1;
    c->compared.known = true;
    c->compared.rows += r.rows;
    c->compared.bytes += r.bytes;
    int code = r.differences.len ? 1 : r.tables == 0 && !of_set ? 3 : 0;
    if (wants_json(c)) {
        struct json *v = list ? json_obj() : json_document();
        if (list)
            json_set(v, "database", json_str(of_set));
        set_result(v, from->label, to->label, &r);
        if (list)
            json_push(list, v);
        else
            ok = json_print(v, err);
    } else if (!c->quiet || code != 0) {
        ok = print_text(from->label, to->label, of_set, &r, err);
    }
    release(&r);
    return ok ? code : -1;
}

static struct json *json_failed(const char *database, const struct err *why)
{
    struct json *v = json_obj();
    json_set(v, "database", json_str(database));
    json_set(v, "verdict", json_str("failed"));
    json_set(v, "why", json_str(why->msg));
    return v;
}

/* One after another, over the connections of one. */
static int verify_set(struct cli *c, const struct place *from, const struct place *to,
                      struct err *err)
{
    struct sync_set set;
    int code = 0;
    if (!set_members(c, from, to, &set, err))
        return -1;
    struct json *list = wants_json(c) ? json_arr() : NULL;
    for (size_t i = 0; i < set.n; i++) {
        const struct sync_member *m = &set.members[i];
        struct arena a = ARENA_INIT;
        struct err why = ERR_INIT;
        int one = verify_one(c, &m->source, &m->target, m->name, list, &a, &why);
        arena_release(&a);
        if (one < 0)
            set_say_failed(m, &why);
        if (one < 0 && list)
            json_push(list, json_failed(m->name, &why));
        if (one < 0 && why.cls == ERR_INTERRUPTED) {
            json_free(list);
            *err = why;
            return -1;
        }
        code = set_worse(code, one < 0 ? err_exit_code(&why) : one);
    }
    if (!list)
        return code;
    struct json *document = json_document();
    json_set(document, "databases", list);
    return json_print(document, err) ? code : -1;
}

int cmd_verify(struct cli *c, struct err *err)
{
    struct place from, to;
    for (size_t i = 0; c->tables[i]; i++) {
        const char *text = arena_printf(&c->arena, "table:%s", c->tables[i]);
        if (!select_means_check(text, &c->arena, err)) {
            err_context(err, "--table %s", c->tables[i]);
            return -1;
        }
    }
    if (c->format && strcmp(c->format, "text") != 0 && !wants_json(c)) {
        err_set(err, ERR_USAGE, "unknown format: %s", c->format);
        err_hint(err, "verify writes text and json");
        return -1;
    }
    if (!options_of_places(c, err) || !place_find(c, c->args[0], &from, err) ||
        !place_find(c, c->args[1], &to, err))
        return -1;
    place_tell_apart(&from, &to);
    return set_wanted(c) ? verify_set(c, &from, &to, err)
                         : verify_one(c, &from.e, &to.e, NULL, NULL, &c->arena, err);
}
