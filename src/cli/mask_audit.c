#include "cli.h"

#include <dbtwin/audit.h>

#include <string.h>

/* mask audit: whether a masked copy holds values of production. */

enum { SAMPLE_ROWS = 200, MOST_ROWS = 1000000, MOST_SECONDS = 600 };

static void add_place(const struct audit_place *p, struct buf *out)
{
    buf_adds(out, "  ");
    model_line(p->path, out);
    if (p->what)
        buf_addf(out, " (%s)", p->what);
    buf_addf(out, ": %llu value%s of ", (unsigned long long)p->values, p->values == 1 ? "" : "s");
    model_line(p->of, out);
    buf_addch(out, '\n');
}

static int say(const struct place *target, const struct place *source, const struct audit_result *r,
               struct err *err)
{
    struct buf out = BUF_INIT;
    char values[32], rows[32];

    str_human_count(r->values, values);
    str_human_count(r->rows, rows);
    if (r->places.len)
        buf_addf(&out, "%s holds values of masked columns of %s, in %zu place%s:\n",
                 target->e.label, source->e.label, r->places.len, r->places.len == 1 ? "" : "s");
    for (size_t i = 0; i < r->places.len; i++)
        add_place(&VEC_AT(&r->places, struct audit_place, i), &out);
    if (!r->places.len && r->values)
        buf_addf(&out, "None found.\n");
    if (!r->values)
        buf_addf(&out,
                 "Nothing was looked for: no masked column of %s has values that only one "
                 "row would have.\n",
                 source->e.label);
    else
        buf_addf(&out, "%s values of %s were looked for in %llu tables (%s rows) of %s.\n", values,
                 source->e.label, (unsigned long long)r->tables, rows, target->e.label);
    for (size_t i = 0; i < r->unread.len; i++) {
        buf_adds(&out, "not compared: ");
        model_line(VEC_AT(&r->unread, const char *, i), &out);
        buf_addch(&out, '\n');
    }
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    return !ok ? -1 : r->places.len ? 1 : r->unread.len || !r->values ? 3 : 0;
}

int mask_audit(struct cli *c, const char *place, struct err *err)
{
    struct audit_options o = {.sample = SAMPLE_ROWS, .rows = MOST_ROWS, .seconds = MOST_SECONDS};
    struct audit_result r;
    struct place target, source;

    if (!c->against) {
        err_set(err, ERR_USAGE, "mask audit needs --against SOURCE, the database that was copied");
        return -1;
    }
    if (!config_mask_rules(c->config)) {
        err_set(err, ERR_USAGE, "the config has no mask:");
        err_hint(err,
                 "audit looks for values of the columns that it masks; "
                 "dbtwin mask suggest %s prints one",
                 c->against);
        return -1;
    }
    if (c->limit >= 0)
        o.rows = (uint64_t)c->limit;
    o.mask = config_masks(c, &c->mask_key, err);
    o.key = c->mask_key;
    if (!o.mask || !options_of_places(c, err) || !place_find(c, place, &target, err) ||
        !place_find(c, c->against, &source, err))
        return -1;
    place_tell_apart(&target, &source);
    if (!sync_audit(&target.e, &source.e, &o, &c->arena, &r, err))
        return -1;
    int code = say(&target, &source, &r, err);
    sync_audit_release(&r);
    return code;
}
