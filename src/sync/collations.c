#include "job.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * MySQL and MariaDB have collations that the other lacks, and so do older and newer servers: a
 * database that needs such a one is refused by its name before anything moves, instead of in the
 * server's words in the middle. What sorts otherwise is nobody's to choose but the user's: `map:
 * collations` in the config.
 */

/* The other server's nearest: the same case and accent rules, by Unicode of another year.
 * https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-sets.html
 * https://mariadb.com/kb/en/supported-character-sets-and-collations/ */
static const char *const nearest[][2] = {
    {"utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci"},
    {"utf8mb4_0900_ai_ci", "utf8mb4_unicode_520_nopad_ci"},
    {"utf8mb4_0900_as_ci", "utf8mb4_uca1400_nopad_as_ci"},
    {"utf8mb4_0900_as_cs", "utf8mb4_uca1400_nopad_as_cs"},
    {"utf8mb4_0900_bin", "utf8mb4_nopad_bin"},
    {"utf8mb4_uca1400_ai_ci", "utf8mb4_0900_ai_ci"},
    {"utf8mb4_uca1400_as_ci", "utf8mb4_0900_as_ci"},
    {"utf8mb4_uca1400_as_cs", "utf8mb4_0900_as_cs"},
    {"utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_0900_ai_ci"},
    {"utf8mb4_uca1400_nopad_as_ci", "utf8mb4_0900_as_ci"},
    {"utf8mb4_uca1400_nopad_as_cs", "utf8mb4_0900_as_cs"},
    {"utf8mb4_nopad_bin", "utf8mb4_0900_bin"},
    {"utf8mb4_unicode_520_nopad_ci", "utf8mb4_0900_ai_ci"},
};

/* utf8 is the old word for utf8mb3. */
static const char *modern(struct arena *a, const char *name)
{
    return str_starts(name, "utf8_") ? arena_printf(a, "utf8mb3_%s", name + strlen("utf8_")) : name;
}

static bool is_there(const struct vec *says, struct arena *a, const char *name)
{
    const char *wanted = modern(a, name);
    for (size_t i = 0; i < says->len; i++) {
        const struct answer *x = &VEC_AT(says, struct answer, i);
        if (x->name && str_eq(x->topic, "collation") && str_eq(modern(a, x->name), wanted))
            return true;
    }
    return false;
}

static const char *what_helps(const struct vec *says, struct arena *a, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(nearest); i++)
        if (str_eq(nearest[i][0], name) && is_there(says, a, nearest[i][1]))
            return arena_printf(a, "map: {collations: {%s: %s}} in the config", name,
                                nearest[i][1]);
    return arena_printf(
        a, "map: {collations: {%s: …}} in the config gives it one that the target has", name);
}

struct finding {
    const char *name, *first;
    unsigned n;
};

static void add(struct job *j, struct vec *found, const char *name, const struct object *o)
{
    for (size_t i = 0; i < found->len; i++) {
        struct finding *f = &VEC_AT(found, struct finding, i);
        if (str_eq(f->name, name)) {
            f->n++;
            return;
        }
    }
    struct buf path = BUF_INIT;
    buf_addf(&path, "%s ", o->kind->name);
    model_path(o, &path);
    VEC_PUSH(found, struct finding,
             ((struct finding){name, arena_strdup(j->arena, o->parent ? path.data : "the database"),
                               1}));
    buf_release(&path);
}

static void look(struct job *j, const struct vec *says, struct vec *found)
{
    static const char *const properties[] = {"body_collation_connection", "collation",
                                             "collation_connection", "database_collation"};
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        for (size_t k = 0; k < ARRAY_LEN(properties); k++) {
            int slot = kind_prop(o->kind, properties[k]);
            const char *name = slot >= 0 ? model_get(o, slot) : NULL;
            if (name && !plan_leaves_out(&j->plan, o) && !is_there(says, j->arena, name))
                add(j, found, name, o);
        }
    }
}

void collations_each(struct job *j, const struct vec *says, collations_fn *fn, void *ctx)
{
    struct vec found = VEC_INIT(struct finding);
    bool asked = false;
    for (size_t i = 0; i < says->len; i++)
        asked |= VEC_AT(says, struct answer, i).name &&
                 str_eq(VEC_AT(says, struct answer, i).topic, "collation");
    if (asked)
        look(j, says, &found);
    for (size_t i = 0; i < found.len; i++) {
        const struct finding *f = &VEC_AT(&found, struct finding, i);
        const char *more = f->n > 1 ? arena_printf(j->arena, " and %u more", f->n - 1) : "";
        fn(ctx,
           arena_printf(j->arena, "has no collation %s, which the source uses (%s%s)", f->name,
                        f->first, more),
           what_helps(says, j->arena, f->name));
    }
    vec_release(&found);
}

struct refusal {
    const struct job *j;
    struct err *err;
    unsigned n;
};

static void refuse(void *ctx, const char *text, const char *todo)
{
    struct refusal *r = ctx;
    if (r->n++)
        return; /* the first is refused; preflight names all */
    err_set(r->err, ERR_REFUSED, "the server of %s %s", r->j->target_at->label, text);
    err_hint(r->err, "%s", todo);
}

bool collations_check(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct refusal r = {j, err, 0};
    struct vec says = VEC_INIT(struct answer);
    if (!engine_of(j->model.flavor)->own_collations || !d->live)
        return true;
    bool ok = d->target->ask(j->target, "collation", j->arena, &says, err);
    if (ok)
        collations_each(j, &says, refuse, &r);
    vec_release(&says);
    return ok && !r.n;
}
