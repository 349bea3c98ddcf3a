#include "job.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * Where the server is told not to look at rows while they are loaded, because production's hold
 * anyway, masked rows are looked at here: CHECKs on masked columns, and foreign keys that a rule of
 * SQL masks, of which nothing shows that both sides get the same value.
 */

static const struct mask_rule_facts *rule_of(const struct job *j, const struct object *column)
{
    const struct mask_found *f = mask_set_find(j->mask, column);

    return f && !mask_rule_facts(f->rule)->keeps ? mask_rule_facts(f->rule) : NULL;
}

/* Whether the text names a masked column of the table; by_sql: one of a rule of SQL. */
static bool concerns(const struct job *j, const struct object *table, const char *text, bool by_sql)
{
    for (const struct object *o = table->first; text && o; o = o->next) {
        const struct mask_rule_facts *f = o->kind->id == K_COLUMN ? rule_of(j, o) : NULL;

        if (f && (f->sql || !by_sql) && strstr(text, o->name))
            return true;
    }
    return false;
}

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    (void)n;
    (void)values;
    (void)lengths;
    (void)err;
    *(bool *)ctx = true;
    return true;
}

static bool broken(struct job *j, const struct object *o, struct err *err)
{
    err_set(err, ERR_RUNTIME, "masked rows of %s do not hold to %s \"%s\"",
            model_path_text(model_top(o), j->arena), o->kind->name, o->name);
    return err_hint(err,
                    "%s is as it was; the rules of its columns must give values that it allows",
                    j->target_at->label);
}

static bool check_one(struct job *j, const struct object *check, struct err *err)
{
    const char *text = model_get(check, P_CHECK_EXPRESSION);
    struct buf sql = BUF_INIT;
    bool hit = false, ok;

    if (check->parent->kind->id != K_TABLE || !concerns(j, check->parent, text, false))
        return true;
    buf_adds(&sql, "SELECT 1 FROM ");
    engine_quote_table(j->model.flavor, check->parent, &sql);
    buf_addf(&sql, " WHERE NOT (%s) LIMIT 1", text);
    ok = j->target_at->driver->source->rows(j->workers[0].target, sql.data, take_row, &hit, err);
    buf_release(&sql);
    return ok && (!hit || broken(j, check, err));
}

static bool check_key(struct job *j, const struct object *fk, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    const char *value = NULL;

    if (!d->target->orphan || !concerns(j, fk->parent, model_get(fk, P_FOREIGN_KEY_COLUMNS), true))
        return true;
    return d->target->orphan(j->workers[0].target, fk, j->arena, &value, err) &&
           (!value || broken(j, fk, err));
}

bool masking_loaded(struct job *j, struct err *err)
{
    if (!j->mask || engine_of(j->model.flavor)->checks_keys)
        return true;
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];

        if ((o->kind->id == K_CHECK && !check_one(j, o, err)) ||
            (o->kind->id == K_FOREIGN_KEY && !check_key(j, o, err)))
            return err_context(err, "while checking masked rows");
    }
    return true;
}
