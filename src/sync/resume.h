/*
 * resume.h - the notes of a run that can be resumed: what resume.c says of the run, of its chunks
 * and of its steps. Only resume*.c include this; job.h has what others call.
 */
#ifndef SYNC_RESUME_H
#define SYNC_RESUME_H

#include <dbtwin/json.h>

#include <string.h>

#include "job.h"

#define RESUME_CHUNK "chunk "

/* The text of a note of the earlier run, or NULL. */
static inline const char *resume_noted(const struct job *j, const char *name)
{
    return map_get(&j->resume.by_name, name, strlen(name));
}

/* resume_run.c: this run, to be noted; why a noted one is not the same, or NULL; why it cannot be
 * known whether the source is unchanged. */
/* The digests, before it is decided, and so of the plan as it is then: of several databases that
 * are copied as one, foreign keys between them get the shadows' names later. */
void resume_run_fix(struct job *j);
struct json *resume_run_json(struct job *j);
const char *resume_run_differs(struct job *j, const struct json *run);
const char *resume_run_unknown(const struct job *j);

/* resume_chunk.c: a chunk that is loaded, as its note says. */
struct resume_loaded {
    uint64_t rows, bytes;
    struct hash128 sum;
};
bool resume_chunk_parse(const char *text, struct resume_loaded *ret);
bool resume_chunk_all_parse(struct job *j);
const char *resume_chunk_name(struct arena *a, const struct job *j, const struct chunk *c);
bool resume_chunk_find(const struct job *j, const struct chunk *c, struct resume_loaded *ret);
/* The chunks of tables that have several, to be noted; and the job's chunks become the noted ones:
 * false where those are damaged. */
struct json *resume_chunk_json(const struct job *j);
bool resume_chunk_take(struct job *j, const struct json *chunks);

#endif
