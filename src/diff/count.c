#include "count.h"

#include <dbtwin/engine.h>

#include <string.h>

static void add(const struct diff *d, const struct change *c, struct count *ret)
{
    enum severity level = severity_of(d, c);
    ret->n[c->type]++;
    ret->level = level > ret->level ? level : ret->level;
}

void count_kinds(const struct diff *d, struct arena *a, struct vec *ret)
{
    struct count all[K_COUNT] = {0};
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        add(d, c, &all[report_object(c)->kind->id]);
    }
    for (unsigned k = 0; k < K_COUNT; k++) {
        struct buf name = BUF_INIT;
        if (!all[k].n[CHANGE_ADDED] && !all[k].n[CHANGE_REMOVED] && !all[k].n[CHANGE_CHANGED] &&
            !all[k].n[CHANGE_UNKNOWN])
            continue;
        report_kind(&kinds[k], &name);
        all[k].name = arena_strdup(a, name.data);
        VEC_PUSH(ret, struct count, all[k]);
        buf_release(&name);
    }
}

const char *count_schema_of(const struct object *o)
{
    const struct object *top = model_top(o);
    for (; top; top = top->parent)
        if (top->kind->id == K_SCHEMA)
            return top->name;
    return NULL;
}

void count_schemas(const struct diff *d, struct arena *a, struct vec *ret)
{
    struct map index = MAP_INIT; /* name → place + 1 */
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        const char *name = count_schema_of(report_object(c));
        name = name ? name : "(none)";
        uintptr_t at = (uintptr_t)map_get(&index, name, strlen(name));
        if (!at) {
            struct buf seen = BUF_INIT;
            report_visible(name, strlen(name), &seen);
            VEC_PUSH(ret, struct count, ((struct count){.name = arena_strdup(a, seen.data)}));
            at = ret->len;
            map_put(&index, name, strlen(name), (void *)at);
            buf_release(&seen);
        }
        add(d, c, &VEC_AT(ret, struct count, at - 1));
    }
    map_release(&index);
}

static int width_of(const struct vec *rows, const char *title)
{
    size_t width = strlen(title);
    for (size_t i = 0; i < rows->len; i++) {
        size_t n = strlen(VEC_AT(rows, struct count, i).name);
        width = n > width ? n : width;
    }
    return (int)width;
}

static void text_table(const char *title, const struct vec *rows, struct buf *out)
{
    static const char *const heads[] = {"only in TO", "missing in TO", "different", "not compared"};
    static const enum change_type order[] = {CHANGE_REMOVED, CHANGE_ADDED, CHANGE_CHANGED,
                                             CHANGE_UNKNOWN};
    uint64_t sum[ARRAY_LEN(heads)] = {0};
    int width = width_of(rows, title);
    for (size_t i = 0; i < rows->len; i++)
        for (size_t k = 0; k < ARRAY_LEN(sum); k++)
            sum[k] += VEC_AT(rows, struct count, i).n[k];
    buf_addf(out, "\n%-*s", width, title);
    for (size_t k = 0; k < ARRAY_LEN(order); k++)
        if (sum[order[k]])
            buf_addf(out, "  %s", heads[order[k]]);
    buf_adds(out, "  most severe\n");
    for (size_t i = 0; i < rows->len; i++) {
        const struct count *r = &VEC_AT(rows, struct count, i);
        buf_addf(out, "%-*s", width, r->name);
        for (size_t k = 0; k < ARRAY_LEN(order); k++)
            if (sum[order[k]])
                buf_addf(out, "  %*llu", (int)strlen(heads[order[k]]),
                         (unsigned long long)r->n[order[k]]);
        buf_addf(out, "  %s\n", severity_name(r->level));
    }
}

void count_text(const struct diff *d, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct vec by_kind = VEC_INIT(struct count), by_schema = VEC_INIT(struct count);
    count_kinds(d, &a, &by_kind);
    count_schemas(d, &a, &by_schema);
    if (by_kind.len)
        text_table("kind", &by_kind, out);
    if (by_schema.len && engine_of(d->from->flavor)->schemas)
        text_table("schema", &by_schema, out);
    vec_release(&by_kind);
    vec_release(&by_schema);
    arena_release(&a);
}
