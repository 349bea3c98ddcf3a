#include "resume.h"

#include <stdio.h>
#include <string.h>

/*
 * Resuming what a failed run left (sync_options.resume). What is noted in the shadow:
 *
 * - "run": JSON; what the run is a copy of, by digests and the snapshot's identity. Written last,
 *   once the empty tables stand: without it there is nothing to resume.
 * - "chunks": JSON; the chunks of tables that have more than one, because another run may divide
 *   them otherwise: {"public.big": [{"condition": …, "range": …, "bytes": …}]}.
 * - "chunk PATH#N" (of an archive "chunk MEMBER"): a chunk that is loaded; "rows bytes digest".
 * - "step DIGEST": a step of the plan that was carried out.
 *
 * Another run resumes it when everything in `run` is the same. Then the rows are those of its
 * own snapshot too. Anything else, and anything that cannot be read, and it starts over.
 */
#define STEP "step "

static bool lasting(const struct job *j, const struct table_state *t)
{
    return !t->kept && j->target_at->driver->resume->lasting(t->table);
}

/* ---- taking over ------------------------------------------------------------------------- */

static void count_loaded(struct job *j, struct table_state *t, const struct resume_loaded *l)
{
    t->rows += l->rows;
    hash_add(&t->sum.sum, l->sum);
    j->rows += l->rows;
    j->resume.rows += l->rows;
    if (j->opt->progress) {
        __atomic_add_fetch(&j->opt->progress->rows, l->rows, __ATOMIC_RELAXED);
        __atomic_add_fetch(&j->opt->progress->bytes, l->bytes, __ATOMIC_RELAXED);
    }
}

static struct table_state *state_of(const struct job *j, const struct object *table)
{
    return map_get(&j->by_table, &table, sizeof(table));
}

/* What is loaded leaves the list of chunks. */
static void skip_loaded(struct job *j)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->n_tables; i++)
        if (!j->tables[i].kept && !job_from_archive(j))
            j->tables[i].chunks_left = 0;
    for (size_t i = 0; i < j->chunks.len; i++) {
        struct chunk c = VEC_AT(&j->chunks, struct chunk, i);
        struct table_state *t = state_of(j, c.projection->table);
        struct resume_loaded l;
        if (lasting(j, t) && resume_chunk_find(j, &c, &l)) {
            count_loaded(j, t, &l);
            continue;
        }
        t->chunks_left++;
        VEC_AT(&j->chunks, struct chunk, kept++) = c;
    }
    j->chunks.len = kept;
    for (size_t i = 0; i < j->n_tables && !job_from_archive(j); i++)
        j->resume.tables += !j->tables[i].kept && !j->tables[i].chunks_left;
    if (j->opt->progress)
        j->opt->progress->tables_done = j->resume.tables;
}

/* Names of notes are looked up, and steps among them that the plan of now does not have are not
 * the work of a run that this one could resume. */
static bool index_notes(struct job *j)
{
    for (size_t i = 0; i < j->resume.notes.len; i++) {
        const struct note *n = &VEC_AT(&j->resume.notes, struct note, i);
        if (resume_noted(j, n->name))
            return false;
        map_put(&j->resume.by_name, n->name, strlen(n->name), (void *)(uintptr_t)n->text);
    }
    return resume_chunk_all_parse(j);
}

static struct json *parse_noted(struct job *j, const char *name)
{
    struct err why = ERR_INIT;
    const char *text = resume_noted(j, name);
    return text ? json_parse((struct slice){text, strlen(text)}, &why) : NULL;
}

/* The run noted nothing that it could be known by. */
static const char *why_unknown(struct job *j)
{
    if (*j->resume.left)
        return arena_printf(j->arena, "its checkpoint cannot be read: %s", j->resume.left);
    return "it left no usable checkpoint: it ran without --resume, or ended before any rows were "
           "loaded or after all were checked";
}

/* A table that somebody dropped since, or NULL. */
static const char *why_gone(struct job *j)
{
    for (size_t i = 0; i < j->n_tables; i++) {
        const struct object *o = j->tables[i].table;
        const char *schema = o->parent->kind->id == K_SCHEMA ? o->parent->name : "";
        if (o->kind->id == K_TABLE && !j->tables[i].kept &&
            !resume_noted(j, arena_printf(j->arena, NOTE_TABLE "%s\n%s", schema, o->name)))
            return arena_printf(j->arena, "table %s is missing in it",
                                model_path_text(o, j->arena));
    }
    return NULL;
}

/* NULL: it is taken over. "": there was nothing to take over. */
static const char *judge(struct job *j)
{
    if (!j->resume.left)
        return "";
    if (!index_notes(j))
        return "its checkpoint is damaged";
    if (!resume_noted(j, "run"))
        return why_unknown(j);
    struct json *run = parse_noted(j, "run"), *chunks = parse_noted(j, "chunks");
    const char *why = !run || !chunks ? "its checkpoint is damaged" : resume_run_differs(j, run);
    if (!why)
        why = why_gone(j);
    if (!why && !job_from_archive(j) && !resume_chunk_take(j, chunks))
        why = "its checkpoint is damaged";
    json_free(run);
    json_free(chunks);
    return why;
}

bool resume_look(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (!j->opt->resume)
        return true;
    if (!d->resume)
        return err_set(err, ERR_USAGE, "%s: only copies into live databases can be resumed",
                       j->target_at->label);
    if (job_strategy(j)->one_transaction) {
        job_event(j, LOG_INFO, "--resume: this copy is one transaction, which cannot be resumed");
        return true;
    }
    j->resume.on = true;
    return d->resume->notes(j->target, j->arena, &j->resume.notes, &j->resume.left, err);
}

uint64_t resume_bytes_left(const struct job *j)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < j->resume.notes.len; i++) {
        const struct note *n = &VEC_AT(&j->resume.notes, struct note, i);
        struct resume_loaded l;
        if (str_starts(n->name, RESUME_CHUNK) && resume_chunk_parse(n->text, &l))
            sum += l.bytes;
    }
    return sum;
}

static void tell_taken(struct job *j)
{
    char rows[32];
    str_human_count(j->resume.rows, rows);
    if (job_from_archive(j))
        job_event(j, LOG_INFO, "resumed: %s rows were there already", rows);
    else
        job_event(j, LOG_INFO, "resumed: %llu of %zu tables were there already, %s rows",
                  (unsigned long long)j->resume.tables, j->n_tables, rows);
}

bool resume_decide(struct job *j, struct err *err)
{
    if (!j->resume.on)
        return true;
    resume_run_fix(j);
    const char *why = judge(j);
    if (!j->snapshot.identity && (!why || !resume_noted(j, "run")))
        job_event(j, LOG_INFO, "--resume: if this run fails, it cannot be resumed: %s",
                  resume_run_unknown(j));
    if (why && *why)
        job_event(j, LOG_INFO, "an earlier run left a partial copy; starting over: %s", why);
    for (size_t i = 0; i < j->chunks.len; i++)
        if (!VEC_AT(&j->chunks, struct chunk, i).only)
            VEC_PUSH(&j->resume.plan, struct chunk, VEC_AT(&j->chunks, struct chunk, i));
    if (why)
        return true;
    if (!j->target_at->driver->resume->shadow(j->target, SHADOW_TAKE, err))
        return false;
    j->resume.taken = true;
    skip_loaded(j);
    job_sort_chunks(j);
    tell_taken(j);
    return true;
}

/* ---- while it runs ----------------------------------------------------------------------- */

/* What no crash spares, and what is the target's own, comes again. */
static bool empty_others(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    for (size_t i = 0; i < j->n_tables; i++) {
        const struct table_state *t = &j->tables[i];
        if (!lasting(j, t) && !d->resume->empty(j->workers[0].target, t->table, err)) {
            err_hint(err, "the next run starts over");
            return err_context(err, "while emptying %s", t->table->name);
        }
    }
    return true;
}

static bool write_run(struct job *j, struct err *err)
{
    struct json *run = resume_run_json(j);
    struct buf text = BUF_INIT;
    json_dump(run, 0, &text);
    json_free(run);
    struct note n = {"run", text.data};
    bool good = j->target_at->driver->resume->note(j->workers[0].target, &n, err);
    buf_release(&text);
    return good;
}

bool resume_begin(struct job *j, struct err *err)
{
    if (!j->resume.on || !j->snapshot.identity)
        return true;
    struct json *chunks = resume_chunk_json(j);
    struct buf text = BUF_INIT;
    json_dump(chunks, 0, &text);
    json_free(chunks);
    struct note n = {"chunks", text.data};
    bool good = j->target_at->driver->resume->note(j->workers[0].target, &n, err) &&
                (j->resume.taken ? empty_others(j, err) : write_run(j, err));
    buf_release(&text);
    j->resume.noting = good;
    return good;
}

bool resume_skips(struct job *j, const struct chunk *c, uint64_t *ret_rows, struct hash128 *ret_sum)
{
    struct resume_loaded l;
    if (!job_from_archive(j) || !resume_chunk_find(j, c, &l))
        return false;
    if (!lasting(j, state_of(j, c->projection->table)))
        return false;
    *ret_rows = l.rows;
    *ret_sum = l.sum;
    __atomic_add_fetch(&j->resume.rows, l.rows, __ATOMIC_RELAXED);
    return true;
}

static bool judge_load(struct load_note *n, uint64_t rows, struct buf *ret_text, struct err *err)
{
    struct resume_note *note = (struct resume_note *)(void *)n;
    if (!note->all_came(note, rows, err))
        return false;
    buf_addf(ret_text, "%llu %llu %016llx%016llx", (unsigned long long)rows,
             (unsigned long long)note->bytes, (unsigned long long)note->sum->sum.hi,
             (unsigned long long)note->sum->sum.lo);
    return true;
}

bool resume_notes_chunk(struct job *j, const struct chunk *c, struct resume_note *n,
                        struct arena *a)
{
    struct table_state *t = state_of(j, c->projection->table);
    if (!j->resume.noting || !t || !lasting(j, t))
        return false;
    n->base.judge = judge_load;
    n->base.name = resume_chunk_name(a, j, c);
    return true;
}

bool resume_exec(struct job *j, struct session *s, const struct step *step, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    char hex[65], name[sizeof(STEP) + sizeof(hex)];
    if (!j->resume.noting || resume_run_is_position(step))
        return d->target->exec(s, step->object, step->sql, err);
    hash_sha256_hex(step->sql, strlen(step->sql), hex);
    snprintf(name, sizeof name, STEP "%s", hex);
    if (j->resume.taken && resume_noted(j, name))
        return true;
    return d->resume->exec_noted(s, step->table, step->sql, name, err);
}

bool resume_forget(struct job *j, struct err *err)
{
    if (!j->resume.on)
        return true;
    j->resume.noting = false;
    return j->target_at->driver->resume->shadow(j->target, SHADOW_FORGET, err);
}

void resume_failed(struct job *j, struct err *err)
{
    struct err why = ERR_INIT;
    if (!j->resume.noting || j->resume.spoiled || err->cls == ERR_CORRUPT ||
        !j->target_at->driver->resume->shadow(j->target, SHADOW_KEEP, &why))
        return;
    char hint[sizeof err->hint];
    snprintf(hint, sizeof hint, "%.*s%s", (int)sizeof(hint) - 120, err->hint,
             err->hint[0] ? "; " : "");
    err_hint(err, "%swhat is loaded is kept: the same command with --resume continues it", hint);
}

/* ---- for others -------------------------------------------------------------------------- */

static void describe(const struct vec *notes, struct arena *a, struct sync_left *ret)
{
    struct err why = ERR_INIT;
    for (size_t i = 0; i < notes->len; i++) {
        const struct note *n = &VEC_AT(notes, struct note, i);
        struct resume_loaded l;
        if (str_starts(n->name, RESUME_CHUNK) && resume_chunk_parse(n->text, &l))
            ret->rows += l.rows;
        if (strcmp(n->name, "run") != 0)
            continue;
        struct json *run = json_parse((struct slice){n->text, strlen(n->text)}, &why);
        int64_t tables = 0;
        json_number(json_get(run, "tables"), &tables);
        ret->there = run != NULL;
        ret->source = arena_strdup(a, json_text(json_get(run, "source")));
        ret->begun_at = arena_strdup(a, json_text(json_get(run, "begun_at")));
        ret->taken_at = arena_strdup(a, json_text(json_get(run, "taken_at")));
        ret->tables = (uint64_t)tables;
        json_free(run);
    }
}

bool sync_left(const struct endpoint *target, struct arena *a, struct sync_left *ret,
               struct err *err)
{
    const struct driver *d = target->driver;
    struct target_options look = {.look = true};
    struct vec notes = VEC_INIT(struct note);
    struct target *t = NULL;
    *ret = (struct sync_left){0};
    if (!d->resume)
        return true;
    const char *left;
    bool ok = d->target->open(target, &look, &t, err) && d->resume->notes(t, a, &notes, &left, err);
    if (t)
        d->target->close(t);
    if (ok)
        describe(&notes, a, ret);
    vec_release(&notes);
    return ok;
}
