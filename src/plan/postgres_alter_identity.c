#include "postgres.h"

#include <string.h>

/* Columns that come to be numbered by an identity or a serial, or no longer are. */

static const char *spare_name(struct plan_builder *b, const struct object *sequence)
{
    enum { ROOM = 55 };

    return arena_printf(b->arena, "%.*s_dbtwin", (int)ROOM, sequence->name);
}

/* From the sequence that the column had, or else so that no number comes twice. */
static void take_position(struct plan_builder *b, const struct object *c,
                          const struct object *sequence, const char *old)
{
    bool down = str_starts(
        model_get(sequence, P_SEQUENCE_INCREMENT) ? model_get(sequence, P_SEQUENCE_INCREMENT) : "",
        "-");
    struct buf name = BUF_INIT;

    postgres_qualified(&name, sequence);
    if (old)
        postgres_step(b, c, NULL,
                      "SELECT pg_catalog.setval(%L, o.last_value, o.is_called) FROM %s o",
                      name.data, old);
    else
        postgres_step(b, c, NULL,
                      "SELECT pg_catalog.setval(%L, m.n) FROM (SELECT pg_catalog.%s(%I) AS n FROM "
                      "%Q) m WHERE m.n IS NOT NULL",
                      name.data, down ? "min" : "max", c->name, c->parent);
    buf_release(&name);
}

static bool is_same_place(const struct object *a, const struct object *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->parent->name, b->parent->name) == 0;
}

static void add_identity(struct plan_builder *b, const struct object *c, const struct object *to)
{
    const struct object *s = postgres_sequence_of(b, c), *old = postgres_sequence_there(b, to);
    struct buf name = BUF_INIT;

    if (old && s && is_same_place(old, s)) {
        postgres_step(b, c, NULL, "ALTER SEQUENCE %Q OWNED BY NONE", old);
        postgres_step(b, c, NULL, "ALTER SEQUENCE %Q RENAME TO %I", old, spare_name(b, old));
        postgres_format(&name, "%I.%I", old->parent->name, spare_name(b, old));
    } else if (old)
        postgres_qualified(&name, old);
    postgres_add_identity(b, c);
    if (s)
        take_position(b, c, s, name.len ? name.data : NULL);
    if (old && s && is_same_place(old, s))
        postgres_step(b, c, NULL, "DROP SEQUENCE %s", name.data);
    buf_release(&name);
}

/* A sequence beside the one that goes with the identity, at its position. */
static void save_sequence(struct plan_builder *b, const struct object *c, const struct object *old,
                          const char *spare)
{
    struct buf name = BUF_INIT;

    postgres_format(&name, "%I.%I", old->parent->name, spare);
    postgres_step(b, c, NULL, "CREATE SEQUENCE %s", name.data);
    postgres_step(b, c, NULL, "SELECT pg_catalog.setval(%L, o.last_value, o.is_called) FROM %Q o",
                  name.data, old);
    buf_release(&name);
}

/* DROP IDENTITY takes the sequence with it, and its position. */
static void drop_identity(struct plan_builder *b, const struct object *c, const struct object *to)
{
    const struct object *s = postgres_sequence_of(b, c), *old = postgres_sequence_there(b, to);
    bool same = old && s && is_same_place(old, s);
    const char *spare = same ? spare_name(b, s) : NULL;
    struct step *step;

    if (!old && b->opt->target_version >= 170000)
        return; /* a partition's, which it had from its parent */
    if (same)
        save_sequence(b, c, old, spare);
    step = postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I DROP IDENTITY", c->parent,
                         c->name);
    if (!same) {
        plan_hazard(b, step, HAZARD_DATA, "the position of its sequence");
        return;
    }
    postgres_step(b, c, NULL, "ALTER SEQUENCE %I.%I RENAME TO %I", s->parent->name, spare, s->name);
    postgres_sequence_options(b, s);
    postgres_sequence_owned_by(b, s);
}

void postgres_change_identity(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    const char *from = model_get(c, P_COLUMN_IDENTITY), *to = model_get(p->to, P_COLUMN_IDENTITY);
    struct plan_pair one = {c, p->to, UINT64_C(1) << P_COLUMN_IDENTITY};

    if (b->opt->target_version >= 170000 && postgres_is_passed_on(b, &one))
        return; /* partitions have their parent's */
    if (from && to)
        postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I SET GENERATED %s", c->parent,
                      c->name, from[0] == 'a' ? "ALWAYS" : "BY DEFAULT");
    else if (from)
        add_identity(b, c, p->to);
    else
        drop_identity(b, c, p->to);
}
