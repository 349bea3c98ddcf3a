#include "preflight.h"

#include <string.h>

/* A finding is one line, and lines to paste are several. */
static void say(struct look *l, struct err *e)
{
    struct buf todo = BUF_INIT;

    for (const char *p = e->hint; *p; p++) {
        bool breaks = *p == '\n';

        while (breaks && (p[1] == ' ' || p[1] == '\n'))
            p++;
        if (!breaks)
            buf_addch(&todo, *p);
        else if (p[1])
            buf_adds(&todo, todo.len && todo.data[todo.len - 1] == ':' ? " " : "; ");
    }
    look_say(l, e->cls == ERR_REFUSED ? PREFLIGHT_REFUSED : PREFLIGHT_CANNOT, look_from(l),
             todo.len ? todo.data : NULL, "%s", look_text(look_from(l), e));
    buf_release(&todo);
}

void preflight_mask_check(struct look *l)
{
    struct job *j = &l->job;
    struct err e = ERR_INIT;

    if (j->opt->unmasked)
        look_say(l, PREFLIGHT_WARNING, NULL, NULL, "rows are not masked: %s", j->opt->unmasked);
    else if (err_is_set(&l->mask_err))
        say(l, &l->mask_err);
    else if (j->opt->mask && j->source_facts.masked)
        look_say(l, PREFLIGHT_OK, NULL, NULL, "the rows of %s are masked already (%s)",
                 look_from(l), j->source_facts.masked);
    else if (j->mask && !masking_allowed(j, &e))
        say(l, &e);
    else if (j->mask)
        look_say(l, PREFLIGHT_OK, NULL, NULL, "go: rules %s mask %zu columns and keep %zu, key %s",
                 mask_set_digest(j->mask), mask_set_masked(j->mask),
                 mask_set_count(j->mask) - mask_set_masked(j->mask), j->mask_key_id);
}
