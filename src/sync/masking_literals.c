#include "job.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

/*
 * A rule masks rows, and the schema comes as it is: what a default, a condition, a comment or a
 * label of a masked column says, and whatever else holds an address or a number, is named, for
 * people to judge. The text itself may be somebody's.
 */

enum { NAMED = 10 };

/* A literal of SQL with something in it. */
static bool has_literal(const char *text)
{
    for (const char *p = text; p && (p = strchr(p, '\'')); p++) {
        const char *end = strchr(p + 1, '\'');

        if (!end)
            return false;
        if (end - p > 3)
            return true;
        p = end;
    }
    return false;
}

/* An address, or a number as long as a phone's. */
static bool has_data(const char *text)
{
    size_t digits = 0;

    for (; text && *text; text++) {
        digits = isdigit((unsigned char)*text) ? digits + 1 : *text == ' ' ? digits : 0;
        if (*text == '@' || digits >= 6)
            return true;
    }
    return false;
}

/* Who looks for literals: the rules and the model. */
struct literals {
    const struct mask_set *set;
    const struct model *model;
    const struct mask_config *config;
    struct arena *arena;
    struct buf named, lines; /* for a warning, for the config */
    size_t n;
};

static bool is_masked(const struct literals *l, const struct object *column)
{
    const struct mask_found *f =
        column->kind->id == K_COLUMN ? mask_set_find(l->set, column) : NULL;

    return f && !mask_rule_facts(f->rule)->keeps;
}

static bool mentions_masked(const struct literals *l, const struct object *table, const char *text)
{
    for (const struct object *o = table->first; text && o; o = o->next)
        if (is_masked(l, o) && strstr(text, o->name))
            return true;
    return false;
}

static const struct object *table_around(const struct object *o)
{
    for (o = o->parent; o && o->kind->id != K_TABLE; o = o->parent)
        ;
    return o;
}

/* Bounds of a partition by a masked column. */
static bool is_masked_bound(const struct literals *l, const struct object *o)
{
    return o->kind->id == K_PARTITION && has_literal(model_get(o, P_PARTITION_VALUES)) &&
           mentions_masked(l, o->parent, model_get(o->parent, P_TABLE_PARTITION_KEY));
}

/* A condition or a body of a table's part that compares a masked column with something. */
static const char *condition_of(const struct literals *l, const struct object *o)
{
    const struct object *table = o->kind->id == K_COLUMN ? NULL : table_around(o);

    for (unsigned k = 0; table && k < o->kind->n_props; k++) {
        enum prop_type type = o->kind->props[k].type;
        const char *text = type == T_EXPR || type == T_BODY ? model_get(o, (int)k) : NULL;

        if (has_literal(text) && mentions_masked(l, table, text))
            return o->kind->id == K_CHECK ? "check" : o->kind->props[k].name;
    }
    return NULL;
}

static const char *of_masked_column(const struct literals *l, const struct object *o)
{
    const char *type = model_get(o, P_COLUMN_TYPE);
    struct mask_column c;

    if (has_literal(model_get(o, P_COLUMN_DEFAULT)))
        return "default";
    if (has_data(model_get(o, P_COLUMN_COMMENT)))
        return "comment";
    mask_column_of(l->model, o, l->arena, &c);
    return c.labels || (type && strchr(type, '\'')) ? "labels" : NULL;
}

/* Where somebody's data seems to stand, whatever the object is: a name, a comment, code. */
static const char *personal_text(const struct object *o)
{
    if (classify_inside((struct slice){o->name, strlen(o->name)}))
        return "name";
    for (unsigned k = 0; k < o->kind->n_props; k++) {
        const char *text =
            o->kind->props[k].flags & (F_VOLATILE | F_SECRET) ? NULL : model_get(o, (int)k);

        if (text && classify_inside((struct slice){text, strlen(text)}))
            return o->kind->props[k].name;
    }
    return NULL;
}

/* Which part of the object should be looked at; NULL: none. */
static const char *what_of(const struct literals *l, const struct object *o)
{
    const char *what = is_masked(l, o)         ? of_masked_column(l, o)
                       : is_masked_bound(l, o) ? "values"
                                               : condition_of(l, o);

    return what ? what : o->parent ? personal_text(o) : NULL;
}

/* Somebody has looked at it: literals: names it, or what it is a part of. */
static bool is_decided(const struct literals *l, const char *path)
{
    const struct vec *list = &l->config->literals;

    for (size_t i = 0; i < list->len; i++) {
        const char *pattern = VEC_AT(list, const char *, i);

        if (fnmatch(pattern, path, FNM_NOESCAPE) == 0)
            return true;
    }
    return false;
}

static void find_literals(struct literals *l)
{
    for (uint32_t i = 0; i < l->model->n_objects; i++) {
        const struct object *o = l->model->objects[i];
        const char *what = what_of(l, o), *path = what ? model_path_text(o, l->arena) : NULL;
        struct buf line = BUF_INIT;

        if (!what || is_decided(l, path))
            continue;
        model_line(path, &line);
        if (l->n++ < NAMED) {
            buf_addf(&l->named, "%s%s (%s)", l->n > 1 ? ", " : "", line.data, what);
            buf_addf(&l->lines, "\n    - '");
            for (const char *p = line.data; *p; p++)
                buf_addf(&l->lines, *p == '\'' ? "''" : "%c", *p);
            buf_addf(&l->lines, "'   # %s", what);
        }
        buf_release(&line);
    }
}

static void begin(struct literals *l, const struct mask_config *c, const struct mask_set *s,
                  const struct model *m, struct arena *a)
{
    *l = (struct literals){
        .set = s, .model = m, .config = c, .arena = a, .named = BUF_INIT, .lines = BUF_INIT};
    find_literals(l);
}

static void finish(struct literals *l)
{
    buf_release(&l->named);
    buf_release(&l->lines);
}

void masking_literals(struct job *j)
{
    struct literals l;

    begin(&l, j->opt->mask, j->mask, &j->model, j->arena);
    if (l.n)
        job_event(j, LOG_WARN,
                  "the schema is not masked: %zu definition%s hold%s literals that may be "
                  "somebody's; look at them, and name them under mask: literals: %s%s",
                  l.n, l.n == 1 ? "" : "s", l.n == 1 ? "s" : "", l.named.data,
                  l.n > NAMED ? ", …" : "");
    finish(&l);
}

bool masking_literals_missing(const struct mask_config *c, const struct mask_set *s,
                              const struct model *m, struct arena *a, struct err *err)
{
    struct literals l;
    bool ok = true;

    if (c->require != MASK_REQUIRE_ALL)
        return true;
    begin(&l, c, s, m, a);
    if (l.n) {
        err_set(err, ERR_REFUSED,
                "%zu definition%s of the schema hold%s literals that may be somebody's, and the "
                "schema is not masked",
                l.n, l.n == 1 ? "" : "s", l.n == 1 ? "s" : "");
        ok = err_hint(err,
                      "nothing was moved. Look at each; what is nobody's is named under mask: "
                      "literals: by%s%s",
                      l.lines.data, l.n > NAMED ? "\n    (and more)" : "");
    }
    finish(&l);
    return ok;
}
