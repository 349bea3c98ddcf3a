#include "only.h"

#include <dbtwin/select.h>

static bool is_like(const char *pattern, const struct object *o)
{
    struct arena scratch = {.block_size = 1024};
    bool yes = select_means(arena_printf(&scratch, "%s:%s", o->kind->name, pattern), o, &scratch);
    arena_release(&scratch);
    return yes;
}

bool only_wants(struct only *x, const struct model *m, const struct object *o)
{
    bool wanted = !x->patterns || !x->patterns[0];
    if (wanted || (o->kind->id != K_TABLE && o->kind->id != K_MATERIALIZED_VIEW))
        return wanted;
    for (; o; o = o->kind->id == K_TABLE ? model_partition_of(m, o) : NULL)
        for (size_t i = 0; x->patterns[i]; i++)
            if (is_like(x->patterns[i], o)) {
                x->met |= UINT64_C(1) << (i % 64);
                wanted = true;
            }
    return wanted;
}

bool only_check(const struct only *x, struct err *err)
{
    for (size_t i = 0; x->patterns && x->patterns[i]; i++)
        if (!(x->met >> (i % 64) & 1)) {
            err_set(err, ERR_USAGE, "no table matches %s", x->patterns[i]);
            return err_hint(err,
                            "--table takes public.users, or users in any schema; * and ? stand "
                            "for other characters");
        }
    return true;
}
