/* Making a job, and releasing it with all that its stages have opened. */
#include "subset.h"

void job_set_options(struct job *j)
{
    const struct sync_options *o = j->opt;
    j->source_options = (struct source_options){.jobs = o->schema_jobs, .identify = o->resume};
    if (o->progress && j->source && !j->source->driver->live)
        j->source_options.progress = &o->progress->file;
    j->target_options = (struct target_options){.jobs = o->schema_jobs,
                                                .sessions = o->jobs,
                                                .resume = o->resume,
                                                .in_place = o->in_place,
                                                .overwrite = o->overwrite,
                                                .compress = o->compress,
                                                .map = o->map,
                                                .no_owners = !o->owners,
                                                .no_grants = !o->grants,
                                                .build_memory = o->build_memory};
    if (o->mask && !o->unmasked) {
        char id[MASK_ID_SIZE];
        mask_key_id(o->mask_key, id);
        j->target_options.masked = arena_printf(j->arena, "key %s", id);
    }
}

struct job *job_new(const struct endpoint *source, const struct endpoint *target,
                    const struct sync_options *opt, struct arena *a)
{
    struct job *j = arena_new(a, struct job);
    *j = (struct job){.source = source, .target_at = target, .opt = opt, .arena = a};
    job_set_options(j);
    pthread_mutex_init(&j->lock, NULL);
    clock_cond_init(&j->changed);
    budget_init(j);
    j->started_at = sync_utc(a);
    model_init(&j->model);
    vec_init(&j->source_says, sizeof(struct answer));
    vec_init(&j->target_says, sizeof(struct answer));
    keep_init(j);
    vec_init(&j->resume.notes, sizeof(struct note));
    vec_init(&j->resume.plan, sizeof(struct chunk));
    vec_init(&j->chunks, sizeof(struct chunk));
    vec_init(&j->units, sizeof(struct unit));
    vec_init(&j->edges, sizeof(struct unit_edge));
    vec_init(&j->order, sizeof(uint32_t));
    vec_init(&j->unfilled, sizeof(const struct step *));
    j->n_workers = opt->jobs ? opt->jobs : 1;
    j->workers = arena_calloc(a, sizeof(*j->workers) * j->n_workers);
    for (unsigned i = 0; i < j->n_workers; i++)
        j->workers[i].job = j;
    return j;
}

void job_release(struct job *j)
{
    budget_release(j);
    work_close_sessions(j);
    if (j->target)
        j->target_at->driver->target->close(j->target);
    for (size_t i = j->next_chunk; i < j->chunks.len; i++)
        chunk_release(&VEC_AT(&j->chunks, struct chunk, i));
    keep_release(j);
    mask_set_release(j->mask);
    subset_release(j->subset);
    plan_release(&j->plan);
    model_release(&j->model);
    vec_release(&j->source_says);
    vec_release(&j->target_says);
    vec_release(&j->chunks);
    vec_release(&j->units);
    vec_release(&j->edges);
    vec_release(&j->order);
    vec_release(&j->unfilled);
    vec_release(&j->resume.notes);
    vec_release(&j->resume.plan);
    map_release(&j->resume.by_name);
    map_release(&j->by_table);
    pthread_cond_destroy(&j->changed);
    pthread_mutex_destroy(&j->lock);
}
