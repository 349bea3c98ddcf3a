#include "block.h"

#include <stdlib.h>
#include <string.h>

/* What is left of a change beside what groups say. */
static enum severity level_of(const struct diff *d, const struct groups *g, const struct change *c)
{
    enum severity all = SEVERITY_HARMLESS;
    if (report_is_one_sided(c))
        return severity_of(d, c);
    for (uint64_t left = group_left(g, c); left; left &= left - 1) {
        enum severity s = severity_property(d, c, (unsigned)__builtin_ctzll(left));
        all = s > all ? s : all;
    }
    return all;
}

/* Stable: the changes stand in one array. */
static int by_level(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    return x->changes < y->changes ? -1 : x->changes > y->changes;
}

static void end_block(struct vec *ret, const struct block *b)
{
    if (b->shown)
        VEC_PUSH(ret, struct block, *b);
}

void block_list(const struct diff *d, const struct groups *g, struct vec *ret)
{
    struct buf key = BUF_INIT, last = BUF_INIT;
    struct block b = {0};
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        const struct object *top = model_top(report_object(c));
        bool alone = report_is_one_sided(c) && report_object(c) == top;
        buf_reset(&key);
        report_top_key(c, &key);
        if (alone || b.alone || !b.n || strcmp(key.data, last.data) != 0) {
            end_block(ret, &b);
            b = (struct block){.top = top, .changes = c, .alone = alone};
        }
        b.n++;
        if (!group_is_said(g, c)) {
            enum severity level = level_of(d, g, c);
            b.level = b.shown && b.level > level ? b.level : level;
            b.shown++;
        }
        buf_reset(&last);
        buf_adds(&last, key.data);
    }
    end_block(ret, &b);
    if (ret->len)
        qsort(ret->items, ret->len, sizeof(struct block), by_level);
    buf_release(&key);
    buf_release(&last);
}

bool block_is_short(const struct prop *p, const char *value)
{
    enum { VALUE_MAX = 100 };
    return !value || (p->type != T_BODY && strlen(value) <= VALUE_MAX && !strchr(value, '\n')) ||
           (p->type == T_BODY && strlen(value) <= VALUE_MAX / 2 && !strchr(value, '\n'));
}
