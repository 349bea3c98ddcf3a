#include "read.h"

#include <string.h>
#include <strings.h>

/* ---- expressions --------------------------------------------------------------------------- */

struct names {
    struct my_read *r;
    struct object *from;
};

static void depend_on(void *ctx, const char *name, bool routine)
{
    struct names *n = ctx;
    char prefix[] = {'t', 's', 'f'};
    for (size_t i = 0; i < ARRAY_LEN(prefix); i++) {
        if ((prefix[i] == 'f') != routine)
            continue;
        char *id = arena_printf(&n->r->arena, "%c:%s", prefix[i], name);
        struct object *to = my_read_find(n->r, id);
        if (to && to != n->from)
            model_depend(n->r->m, n->from, to);
    }
}

/* The expression as it is written in DDL, the database's own name taken off. */
static void fix_text(struct my_read *r, struct object *o, unsigned slot, struct object *owner)
{
    const char *text = model_get(o, (int)slot);
    if (!text)
        return;
    struct buf plain = BUF_INIT, out = BUF_INIT;
    struct names n = {r, owner};
    bool escaped =
        r->s->flavor == ENGINE_MY && o->kind->id != K_VIEW && !my_read_is_exact(r, o, slot);
    if (escaped)
        my_text_unescape(&plain, text);
    else
        buf_adds(&plain, text);
    my_text_strip(&out, plain.data, r->s->database, r->s->lower_case != 0, depend_on, &n);
    if (!str_eq(out.data, text))
        model_set(r->m, o, slot, out.data);
    buf_release(&plain);
    buf_release(&out);
}

/* Whether a default stands without parentheses in both flavors. */
static bool is_plain(const char *text)
{
    const char *end = text + strlen(text), *q = my_text_token(text, end);
    if (strchr("'\"(-+.0123456789", *text) || !strncasecmp(text, "current_timestamp", 17))
        return true;
    return q < end && *q == '\''; /* b'101', x'00', _utf8mb4'…' */
}

static bool fix_column(struct my_read *r, struct object *o, struct err *err)
{
    const char *text = model_get(o, P_COLUMN_DEFAULT);
    const char *now = "current_timestamp";

    (void)err;
    if (text && str_eq(text, now))
        model_set(r->m, o, P_COLUMN_DEFAULT, "current_timestamp()");
    else if (text && (r->s->flavor == ENGINE_MA || *text == '('))
        fix_text(r, o, P_COLUMN_DEFAULT, o->parent);
    text = model_get(o, P_COLUMN_DEFAULT);
    if (text && *text && !is_plain(text))
        model_set(r->m, o, P_COLUMN_DEFAULT, arena_printf(&r->arena, "(%s)", text));
    text = model_get(o, P_COLUMN_ON_UPDATE);
    if (text && str_eq(text, now))
        model_set(r->m, o, P_COLUMN_ON_UPDATE, "current_timestamp()");
    fix_text(r, o, P_COLUMN_EXPRESSION, o->parent);
    return true;
}

/* What SHOW CREATE TABLE showed, for the guard. */
static bool fix_table(struct my_read *r, struct object *o, struct err *err)
{
    const char *text = map_get(&r->shown, &(const void *){o}, sizeof(void *));
    (void)err;
    if (text)
        model_set(r->m, o, P_TABLE_DEFINITION, text);
    return true;
}

static bool fix_check(struct my_read *r, struct object *o, struct err *err)
{
    (void)err;
    fix_text(r, o, P_CHECK_EXPRESSION, o->parent);
    return true;
}

static bool fix_part(struct my_read *r, struct object *o, struct err *err)
{
    const char *text = model_get(o, P_INDEX_PART_EXPRESSION);
    (void)err;
    if (text && *text == '(')
        fix_text(r, o, P_INDEX_PART_EXPRESSION, o->parent->parent);
    return true;
}

static bool fix_view(struct my_read *r, struct object *o, struct err *err)
{
    (void)err;
    fix_text(r, o, P_VIEW_QUERY, o);
    return true;
}

/* A foreign key's table must be there first: within the database its name stands alone. */
static bool fix_foreign_key(struct my_read *r, struct object *o, struct err *err)
{
    const char *text = model_get(o, P_FOREIGN_KEY_REFERENCES);
    (void)err;
    if (!text || my_text_token(text, text + strlen(text))[0] == '.')
        return true;
    struct buf id = BUF_INIT;
    buf_adds(&id, "t:");
    for (const char *p = text + 1; *p && p[1]; p++) {
        buf_addch(&id, *p);
        if (*p == '`')
            p++;
    }
    struct object *to = my_read_find(r, id.data);
    if (to && to != o->parent)
        model_depend(r->m, o, to);
    buf_release(&id);
    return true;
}

bool my_references(struct my_read *r, struct err *err)
{
    static const struct {
        enum kind_id kind;
        my_read_fn *fn;
    } fixups[] = {
        {K_TABLE, fix_table},     {K_COLUMN, fix_column}, {K_CHECK, fix_check},
        {K_INDEX_PART, fix_part}, {K_VIEW, fix_view},     {K_FOREIGN_KEY, fix_foreign_key},
    };
    for (size_t i = 0; i < ARRAY_LEN(fixups); i++) {
        if (!my_read_each(r, fixups[i].kind, fixups[i].fn, err))
            return false;
    }
    return true;
}
