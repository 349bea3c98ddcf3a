/* Notes of chunks: what is loaded, and how a run divided its tables. */
#include "resume.h"

#include <stdio.h>
#include <string.h>

bool resume_chunk_parse(const char *text, struct resume_loaded *ret)
{
    unsigned long long rows, bytes, hi, lo;
    int end = 0;
    if (!text || sscanf(text, "%llu %llu %16llx%16llx%n", &rows, &bytes, &hi, &lo, &end) != 4 ||
        text[end])
        return false;
    *ret = (struct resume_loaded){rows, bytes, {.lo = lo, .hi = hi}};
    return true;
}

bool resume_chunk_all_parse(struct job *j)
{
    struct resume_loaded l;
    for (size_t i = 0; i < j->resume.notes.len; i++) {
        const struct note *n = &VEC_AT(&j->resume.notes, struct note, i);
        if (str_starts(n->name, RESUME_CHUNK) && !resume_chunk_parse(n->text, &l))
            return false;
    }
    return true;
}

const char *resume_chunk_name(struct arena *a, const struct job *j, const struct chunk *c)
{
    if (job_from_archive(j))
        return arena_printf(a, RESUME_CHUNK "%s", c->range);
    return arena_printf(a, RESUME_CHUNK "%s#%u", model_path_text(c->projection->table, a),
                        c->number);
}

bool resume_chunk_find(const struct job *j, const struct chunk *c, struct resume_loaded *ret)
{
    struct arena a = {.block_size = 512};
    const char *text = j->resume.taken ? resume_noted(j, resume_chunk_name(&a, j, c)) : NULL;
    arena_release(&a);
    return text && resume_chunk_parse(text, ret);
}

struct json *resume_chunk_json(const struct job *j)
{
    struct json *all = json_obj();
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < j->resume.plan.len; i++) {
        const struct chunk *c = &VEC_AT(&j->resume.plan, struct chunk, i);
        struct json *o = json_obj();
        const char *path = model_path_text(c->projection->table, &a);
        json_set(o, "number", json_int(c->number));
        json_set(o, "condition", json_str(c->condition));
        json_set(o, "range", json_str(c->range));
        json_set(o, "rows", json_int((int64_t)c->rows));
        json_set(o, "bytes", json_int((int64_t)c->bytes));
        struct json *list = (struct json *)(uintptr_t)json_get(all, path);
        if (list) {
            json_push(list, o);
            continue;
        }
        list = json_arr();
        json_push(list, o);
        json_set(all, path, list);
    }
    arena_release(&a);
    return all;
}

/* A table's chunks as they were noted, in the place of those of now; false: they are not chunks. */
static bool take_chunks(struct job *j, const struct chunk *now, const struct json *list,
                        struct vec *ret)
{
    for (size_t i = 0; i < json_len(list); i++) {
        const struct json *o = json_at(list, i);
        int64_t number, rows, bytes;
        struct chunk c = *now;
        c.condition = arena_strdup(j->arena, json_text(json_get(o, "condition")));
        c.range = arena_strdup(j->arena, json_text(json_get(o, "range")));
        if (!json_number(json_get(o, "number"), &number) || number != (int64_t)i || !c.condition ||
            !json_number(json_get(o, "rows"), &rows) || !json_number(json_get(o, "bytes"), &bytes))
            return false;
        c.number = (uint32_t)i;
        c.only = false;
        c.rows = (uint64_t)rows;
        c.bytes = (uint64_t)bytes;
        VEC_PUSH(ret, struct chunk, c);
    }
    return json_len(list) > 1;
}

/* The job's chunks become those of then: which they are is for the notes to say, where they do. */
bool resume_chunk_take(struct job *j, const struct json *chunks)
{
    struct vec all = VEC_INIT(struct chunk);
    bool good = chunks != NULL;
    for (size_t i = 0; good && i < j->chunks.len; i++) {
        struct chunk *c = &VEC_AT(&j->chunks, struct chunk, i);
        struct resume_loaded l;
        const char *path = model_path_text(c->projection->table, j->arena);
        const struct json *list = json_get(chunks, path);
        const char *whole = arena_printf(j->arena, RESUME_CHUNK "%s#0", path);
        bool alone = !list && !c->only && resume_chunk_parse(resume_noted(j, whole), &l);
        if (!list && !alone)
            VEC_PUSH(&all, struct chunk, *c);
        if (c->number || (!list && !alone))
            continue;
        if (list) {
            good = take_chunks(j, c, list, &all);
            continue;
        }
        struct chunk one = *c; /* it went as a whole */
        one.only = true;
        one.condition = one.range = NULL;
        VEC_PUSH(&all, struct chunk, one);
    }
    if (good) {
        vec_release(&j->chunks);
        j->chunks = all;
    } else {
        vec_release(&all);
    }
    return good;
}
