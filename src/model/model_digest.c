#include <dbtwin/model.h>

#include <stdio.h>

/* What changes while the schema does not, and what is dbtwin's own, has no part in it. */
static void add_object(const struct object *o, struct buf *b)
{
    buf_addf(b, "%u %s %s", o->parent ? o->parent->id : 0, o->kind->name, o->name);
    buf_addch(b, '\0');
    for (unsigned s = 0; s < o->kind->n_props; s++) {
        const char *text = o->v[s];
        if (o->kind->props[s].flags & (F_VOLATILE | F_INTERNAL))
            continue;
        buf_adds(b, text == model_unknown ? "?" : text ? "=" : "-");
        if (text && text != model_unknown)
            buf_adds(b, text);
        buf_addch(b, '\0');
    }
}

void model_digest(const struct model *m, char ret[33])
{
    struct hash128 sum = {0};
    struct buf b = BUF_INIT;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        buf_reset(&b);
        add_object(m->objects[i], &b);
        hash_add(&sum, hash_bytes128(b.data, b.len));
    }
    buf_release(&b);
    snprintf(ret, 33, "%016llx%016llx", (unsigned long long)sum.hi, (unsigned long long)sum.lo);
}
