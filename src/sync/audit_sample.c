#include "audit.h"

#include <dbtwin/log.h>
#include <dbtwin/sync.h>

#include <string.h>

/* What is looked for: values of masked columns that few rows have. */

enum { SHARED = 3 }; /* what more sampled fields hold is nobody's in particular */

static bool take_part(void *ctx, struct slice part)
{
    struct audit *u = ctx;

    /* What its rule leaves as it is may be anywhere. */
    if (!needles_within(u->masked, part))
        needles_add(&u->needles, part, u->of, u->key);
    return true;
}

/* Dates, numbers with a fraction and labels: too many rows have the same. */
static bool has_rare(const struct mask_column *c)
{
    return !(c->type & (MASK_T_DATE | MASK_T_TIMESTAMP | MASK_T_BOOL | MASK_T_FLOAT |
                        MASK_T_DECIMAL | MASK_T_ENUM));
}

static bool is_document(const struct mask_column *c)
{
    return c->array || c->type & (MASK_T_JSON | MASK_T_HSTORE | MASK_T_XML | MASK_T_COMPOSITE |
                                  MASK_T_RANGE | MASK_T_OTHER);
}

/* As the rule masks it; nothing, if that takes more than the value. */
static void mask_alone(struct audit *u, const struct mask_found *f, struct slice v, struct buf *out)
{
    const struct mask_rule_facts *facts = mask_rule_facts(f->rule);
    struct mask_input in = {.value = v};
    struct err err = ERR_INIT;
    bool null = false;

    if (facts->same_as || facts->sql || !mask_value(u->worker, f->rule, &in, out, &null, &err) ||
        null)
        buf_reset(out);
}

/* The key that a row of the source has in the copy; 0: not known. */
static uint64_t key_there(struct audit *u, const char *const *values, const size_t *lengths)
{
    struct buf all = BUF_INIT;
    uint64_t h = 0;
    uint32_t k;

    for (k = 0; k < u->keys.n_key; k++) {
        const struct object *column = u->keys.columns[k].column;
        const struct mask_found *f = mask_set_find(u->set, column);
        uint32_t i = 0;
        size_t before = all.len + 1;

        while (i < u->n && u->columns[i] != column)
            i++;
        if (i == u->n || !values[i])
            break;
        buf_addch(&all, '\0');
        if (!audit_changes(f)) {
            buf_add(&all, values[i], lengths[i]);
        } else {
            struct buf made = BUF_INIT;

            mask_alone(u, f, (struct slice){values[i], lengths[i]}, &made);
            buf_add(&all, made.data, made.len);
            buf_release(&made);
            if (all.len == before)
                break;
        }
    }
    if (k && k == u->keys.n_key)
        h = audit_key(u, &all);
    buf_release(&all);
    return h;
}

/* The column whose rule is of that transformer and whose value is there; u->n: none. */
static uint32_t masked_by(const struct audit *u, const char *transformer, const char *const *values)
{
    uint32_t i = 0;

    for (; i < u->n; i++) {
        const struct mask_found *f = mask_set_find(u->set, u->columns[i]);

        if (f && values[i] && str_eq(mask_rule_facts(f->rule)->transformer->name, transformer))
            break;
    }
    return i;
}

/* First and last name in two columns may stand together elsewhere. */
static void take_whole_name(struct audit *u, const char *const *values, const size_t *lengths)
{
    uint32_t first = masked_by(u, "first", values), last = masked_by(u, "last", values);
    const uint32_t orders[2][2] = {{first, last}, {last, first}};

    if (first == u->n || last == u->n || !lengths[first] || !lengths[last])
        return;
    for (int i = 0; i < 2; i++) {
        struct buf b = BUF_INIT;

        buf_add(&b, values[orders[i][0]], lengths[orders[i][0]]);
        buf_adds(&b, i ? ", " : " ");
        buf_add(&b, values[orders[i][1]], lengths[orders[i][1]]);
        needles_add(&u->needles, buf_slice(&b), mask_set_find(u->set, u->columns[last]), u->key);
        buf_release(&b);
    }
}

static bool take_sample(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                        struct err *err)
{
    struct audit *u = ctx;
    struct buf made = BUF_INIT;

    (void)err;
    u->key = key_there(u, values, lengths);
    for (uint32_t i = 0; i < n && i < u->n; i++) {
        struct slice v = {values[i], lengths[i]};

        u->of = mask_set_find(u->set, u->columns[i]);
        if (!v.data || !audit_changes(u->of) || mask_rule_facts(u->of->rule)->when ||
            !has_rare(&u->facts[i]))
            continue;
        buf_reset(&made);
        mask_alone(u, u->of, v, &made);
        u->masked = audit_text(buf_slice(&made), &u->facts[i], &u->scratch);
        needles_parts(audit_text(v, &u->facts[i], &u->scratch), is_document(&u->facts[i]),
                      take_part, u);
    }
    buf_release(&made);
    if (n >= u->n)
        take_whole_name(u, values, lengths);
    arena_reset(&u->scratch);
    return true;
}

static bool sample_table(struct audit *u, const struct object *table, struct err *err)
{
    const struct source_ops *d = u->at[1]->driver->source;
    struct err why = ERR_INIT;

    u->table = table;
    u->columns = model_parts(table, K_COLUMN, u->arena, &u->n);
    u->facts = arena_calloc(u->arena, (u->n + 1) * sizeof *u->facts);
    for (uint32_t i = 0; i < u->n; i++)
        mask_column_of(&u->model[1], u->columns[i], u->arena, &u->facts[i]);
    if (d->project(u->s[1], table, true, u->arena, &u->keys, &why) &&
        d->sample(u->s[1], table, u->o->sample, take_sample, u, &why))
        return true;
    if (audit_is_lost(&why)) {
        *err = why;
        return false;
    }
    audit_unread(u, model_path_text(table, u->arena),
                 arena_printf(u->arena, "no sample of the source: %s", audit_why(&why, u->arena)));
    return true;
}

bool audit_sample(struct audit *u, struct err *err)
{
    const struct model *m = &u->model[1];

    for (size_t i = 0; i < mask_set_count(u->set); i++) {
        const struct mask_found *f = mask_set_at(u->set, i);
        const char *path = model_path_text(f->column, u->arena);

        if (audit_changes(f) && mask_rule_facts(f->rule)->when)
            audit_unread(u, path, "some rows keep their value (when:), so none is looked for");
        else if (audit_changes(f))
            map_put(&u->rules, path, strlen(path), (void *)(uintptr_t)f);
    }
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];

        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (o->kind->id == K_TABLE && table_holds_rows(m, o) && mask_set_changes(u->set, o) &&
            !sample_table(u, o, err))
            return false;
    }
    needles_end(&u->needles, SHARED);
    return true;
}
