#include "postgres.h"

/* What rows of any kind call. */

void postgres_alter_comment(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf on = BUF_INIT;
    const char *comment = model_get(p->from, kind_prop(p->from->kind, "comment"));

    postgres_target(&on, p->from);
    if (comment)
        postgres_step(b, p->from, NULL, "COMMENT ON %s IS %L", on.data, comment);
    else
        postgres_step(b, p->from, NULL, "COMMENT ON %s IS NULL", on.data);
    buf_release(&on);
}

void postgres_alter_drop(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf on = BUF_INIT;

    postgres_target(&on, p->to);
    postgres_step(b, p->to, NULL, "DROP %s", on.data);
    buf_release(&on);
}

void postgres_alter_nothing(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    (void)p;
}

void postgres_alter_again(struct plan_builder *b, const struct plan_pair *p)
{
    plan_make(b, p->from);
}
