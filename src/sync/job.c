#include "job.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void job_event(struct job *j, enum log_level level, const char *fmt, ...)
{
    if (!j->opt->event)
        return;
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    j->opt->event(j->opt->ctx, level, b.data);
    buf_release(&b);
}

void job_phase(struct job *j, const char *phase)
{
    if (j->opt->progress)
        __atomic_store_n(&j->opt->progress->phase, phase, __ATOMIC_RELEASE);
    job_event(j, LOG_DEBUG, "phase: %s", phase);
}

static int by_bytes(const void *a, const void *b)
{
    const struct chunk *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

void job_sort_chunks(struct job *j)
{
    if (j->chunks.len)
        qsort(j->chunks.items, j->chunks.len, sizeof(struct chunk), by_bytes);
}

/* A label that has an "@" is a part of the URL. */
const char *job_source_name(const struct job *j)
{
    return j->source->address && strchr(j->source->label, '@') ? j->source->address
                                                               : j->source->label;
}

const struct target_strategy *job_strategy(const struct job *j)
{
    static const struct target_strategy usual = {
        .about = "in a shadow database, which then replaces this one"};
    const struct driver *d = j->target_at->driver;
    return d->target->strategy && j->target ? d->target->strategy(j->target) : &usual;
}
