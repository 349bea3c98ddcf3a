#include "preflight.h"

#include <stdarg.h>
#include <string.h>

/* What the checks of a preflight say, and how they look answers up. */

const char *look_source_fact(const struct look *l, const char *name)
{
    return disk_fact(&l->job.source_says, name);
}

const char *look_target_fact(const struct look *l, const char *name)
{
    return disk_fact(&l->job.target_says, name);
}

uint64_t look_number(const char *text)
{
    uint64_t n = 0;
    return text && str_parse_u64(text, &n) ? n : 0;
}

const struct answer *look_next(const struct vec *answers, const char *topic, size_t *i)
{
    while (*i < answers->len) {
        const struct answer *x = &VEC_AT(answers, struct answer, (*i)++);
        if (x->name && str_eq(x->topic, topic))
            return x;
    }
    return NULL;
}

const struct answer *look_find(const struct vec *answers, const char *topic, const char *name)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(answers, topic, &i)))
        if (str_eq(x->name, name))
            return x;
    return NULL;
}

bool look_is_asked(const struct vec *answers, const char *topic)
{
    size_t i = 0;
    return look_next(answers, topic, &i) != NULL;
}

const char *look_from(const struct look *l)
{
    return l->job.source->label;
}

const char *look_to(const struct look *l)
{
    return l->job.target_at->label;
}

void look_say(struct look *l, enum preflight_level level, const char *side, const char *todo,
              const char *fmt, ...)
{
    struct preflight_finding *f = vec_push(&l->ret->findings);
    va_list ap;
    va_start(ap, fmt);
    *f = (struct preflight_finding){.check = l->now->name,
                                    .side = side,
                                    .level = level,
                                    .text = arena_vprintf(l->arena, fmt, ap),
                                    .todo = arena_strdup(l->arena, todo)};
    va_end(ap);
}

const char *look_text(const char *side, const struct err *e)
{
    size_t n = side ? strlen(side) : 0;
    return n && strncmp(e->msg, side, n) == 0 && strncmp(e->msg + n, ": ", 2) == 0 ? e->msg + n + 2
                                                                                   : e->msg;
}

void look_err(struct look *l, const char *side, const struct err *e)
{
    look_say(l, e->cls == ERR_REFUSED ? PREFLIGHT_REFUSED : PREFLIGHT_CANNOT, side,
             e->hint[0] ? e->hint : NULL, "%s", look_text(side, e));
}
