#include "job.h"

#include <ctype.h>
#include <string.h>

/*
 * A rule masks rows, and the schema comes as it is: what a default, a CHECK, a comment or a label
 * of a masked column says is named, for people to judge. The text itself may be somebody's.
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

static bool is_masked(const struct job *j, const struct object *column)
{
    const struct mask_found *f =
        column->kind->id == K_COLUMN ? mask_set_find(j->mask, column) : NULL;

    return f && !mask_rule_facts(f->rule)->keeps;
}

static bool mentions_masked(const struct job *j, const struct object *table, const char *text)
{
    for (const struct object *o = table->first; text && o; o = o->next)
        if (is_masked(j, o) && strstr(text, o->name))
            return true;
    return false;
}

/* Which property of the object holds what should be looked at; NULL: none. */
static const char *what_of(const struct job *j, const struct object *o)
{
    if (o->kind->id == K_CHECK && o->parent->kind->id == K_TABLE) {
        const char *text = model_get(o, P_CHECK_EXPRESSION);

        return has_literal(text) && mentions_masked(j, o->parent, text) ? "check" : NULL;
    }
    if (!is_masked(j, o))
        return NULL;
    if (has_literal(model_get(o, P_COLUMN_DEFAULT)))
        return "default";
    if (has_data(model_get(o, P_COLUMN_COMMENT)))
        return "comment";
    return strchr(model_get(o, P_COLUMN_TYPE) ? model_get(o, P_COLUMN_TYPE) : "", '\'') ? "labels"
                                                                                        : NULL;
}

void masking_literals(struct job *j)
{
    struct buf list = BUF_INIT;
    size_t n = 0;

    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const char *what = what_of(j, j->model.objects[i]);

        if (what && n++ < NAMED)
            buf_addf(&list, "%s%s (%s)", n > 1 ? ", " : "",
                     model_path_text(j->model.objects[i], j->arena), what);
    }
    if (n)
        job_event(j, LOG_WARN,
                  "the schema is not masked: %zu definition%s of masked columns hold%s literals; "
                  "look whether they are somebody's: %s%s",
                  n, n == 1 ? "" : "s", n == 1 ? "s" : "", list.data, n > NAMED ? ", …" : "");
    buf_release(&list);
}
