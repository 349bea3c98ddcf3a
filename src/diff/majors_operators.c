/*
 * From 14 on an access method says which members of an operator class may come and go without it:
 * those hang on the family (commit 9f96827838). Before, what CREATE OPERATOR CLASS names is the
 * class's. What a family and its classes have in all is the same then.
 */
#include "majors_operators.h"

#include <stdlib.h>
#include <string.h>

static const char as[] = " AS ";

/* "hash FAMILY public.f" of a class's definition, in the arena. */
static const char *family_of_class(const char *definition, struct arena *a)
{
    static const char using[] = " USING ";
    const char *at = definition ? strstr(definition, using) : NULL;
    const char *end = at ? strstr(at, as) : NULL;

    return end ? arena_strndup(a, at + strlen(using), (size_t)(end - at) - strlen(using)) : NULL;
}

/* The same of a family; one whose name needs quotes is not found. */
static const char *family_name(const struct object *family, struct arena *a)
{
    static const char using[] = " using ";
    const char *at = strstr(family->name, using);

    if (!at)
        return NULL;
    return arena_printf(a, "%s FAMILY %s.%.*s", at + strlen(using), family->parent->name,
                        (int)(at - family->name), family->name);
}

/* "OPERATOR 1 …, FUNCTION 1 (a, b) …": each of them. */
static void add_members(const char *text, struct arena *a, struct vec *ret)
{
    while (text && *text) {
        const char *end = text;

        while (*end && !str_starts(end, ", OPERATOR ") && !str_starts(end, ", FUNCTION "))
            end++;
        VEC_PUSH(ret, const char *, arena_strndup(a, text, (size_t)(end - text)));
        text = *end ? end + strlen(", ") : end;
    }
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void members_of(const struct model *m, const char *family, struct arena *a, struct vec *ret)
{
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        if (o->kind->id == K_OPERATOR_FAMILY && str_eq(family_name(o, a), family))
            add_members(model_get(o, P_OPERATOR_FAMILY_DEFINITION), a, ret);
        const char *text =
            o->kind->id == K_OPERATOR_CLASS ? model_get(o, P_OPERATOR_CLASS_DEFINITION) : NULL;
        if (text && str_eq(family_of_class(text, a), family))
            add_members(strstr(strstr(text, " FAMILY "), as) + strlen(as), a, ret);
    }
    if (ret->len)
        qsort(ret->items, ret->len, sizeof(const char *), by_text);
}

static bool same_members(const struct model *older, const struct model *newer, const char *family,
                         struct arena *a)
{
    struct vec x = VEC_INIT(const char *), y = VEC_INIT(const char *);
    members_of(older, family, a, &x);
    members_of(newer, family, a, &y);
    bool ret = x.len && x.len == y.len;
    for (size_t i = 0; ret && i < x.len; i++)
        ret = str_eq(VEC_AT(&x, const char *, i), VEC_AT(&y, const char *, i));
    vec_release(&x);
    vec_release(&y);
    return ret;
}

bool majors_operators_same(const struct model *older, const struct model *newer,
                           const struct object *old, const struct object *new)
{
    struct arena a = ARENA_INIT;
    bool class = old->kind->id == K_OPERATOR_CLASS;
    const char *x = class ? model_get(old, P_OPERATOR_CLASS_DEFINITION) : NULL;
    const char *y = class ? model_get(new, P_OPERATOR_CLASS_DEFINITION) : NULL;
    const char *family = class ? family_of_class(x, &a) : family_name(old, &a);
    bool ret = family != NULL;

    if (ret && class) {
        size_t head = (size_t)(strstr(strstr(x, " FAMILY "), as) - x);
        ret = y && strncmp(x, y, head + strlen(as)) == 0;
    }
    ret = ret && same_members(older, newer, family, &a);
    arena_release(&a);
    return ret;
}
