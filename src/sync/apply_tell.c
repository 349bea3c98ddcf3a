#include "apply.h"

#include <stdio.h>

void apply_tell(const struct apply *a, enum log_level level, const char *fmt, ...)
{
    const struct sync_options *o = a->opt->run;
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    if (o->event)
        o->event(o->ctx, level, b.data);
    buf_release(&b);
}

const char *apply_tell_step(const struct apply *a, size_t i)
{
    const struct step *s = &VEC_AT(&a->plan->steps, struct step, i);
    struct buf what = BUF_INIT;
    model_line(s->what, &what);
    const char *text = arena_printf(a->arena, "step %zu of %zu (%s %s)", i + 1, a->plan->steps.len,
                                    plan_act_name(s->act), what.data);
    buf_release(&what);
    return text;
}
