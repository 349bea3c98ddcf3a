/* What a run is a copy of: the note "run", by which another knows whether it may go on from it. */
#include "resume.h"

#include <string.h>

enum { RESUME_FORMAT = 1 };

/* Positions are not of the snapshot: each run reads and sets them. */
bool resume_run_is_position(const struct step *s)
{
    return s->phase == PHASE_FINAL && s->object && s->object->kind->id == K_SEQUENCE &&
           (str_starts(s->sql, "SELECT pg_catalog.setval(") || str_starts(s->sql, "DO SETVAL("));
}

static const char *digest(struct job *j, const struct buf *text)
{
    char hex[65];
    hash_sha256_hex(text->data, text->len, hex);
    return arena_strdup(j->arena, hex);
}

static const char *plan_digest(struct job *j)
{
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (!resume_run_is_position(s))
            buf_addf(&all, "%d %s;\n", (int)s->phase, s->sql);
    }
    const char *hex = digest(j, &all);
    buf_release(&all);
    return hex;
}

/* Which rows are taken, how each column is read, and what is known of them afterwards. */
static const char *rows_digest(struct job *j)
{
    struct buf all = BUF_INIT;
    const char *masked = masking_note(j);
    buf_adds(&all, j->opt->verify == SYNC_VERIFY_FULL ? "full\n" : "\n");
    if (masked) /* rows of two keys must never meet */
        buf_addf(&all, "%s\n", masked);
    for (size_t i = 0; i < j->n_tables; i++) {
        const struct table_state *t = &j->tables[i];
        buf_addf(&all, "%s %s\n", model_path_text(t->table, j->arena), t->kept ? "kept" : "");
        const struct projection *p = j->projections ? &j->projections[i] : NULL;
        for (uint32_t c = 0; p && c < p->n_columns; c++)
            buf_addf(&all, " %s = %s\n", p->columns[c].column ? p->columns[c].column->name : "",
                     p->columns[c].read);
    }
    const char *hex = digest(j, &all);
    buf_release(&all);
    return hex;
}

void resume_run_fix(struct job *j)
{
    j->resume.plan_digest = plan_digest(j);
    j->resume.rows_digest = rows_digest(j);
}

/* Where texts differ, `why` says what that means; in this order. */
struct trait {
    const char *key, *text, *why;
};
enum { N_TRAITS = 5 };

static void list_traits(struct job *j, struct trait ret[N_TRAITS])
{
    const char *id = j->source_facts.database_id;
    struct trait all[N_TRAITS] = {
        {"dbtwin", j->opt->version, "that run was of another version of dbtwin"},
        {"source_id",
         job_from_archive(j) ? "archive"
         : id                ? id
                             : "",
         "the source is another database, or its server was restarted"},
        {"snapshot", j->snapshot.identity ? j->snapshot.identity : "", NULL},
        {"plan", j->resume.plan_digest, "the schema or the options differ"},
        {"rows", j->resume.rows_digest,
         "the options differ (--truncate, --keep-table, --verify), or the rules or the key of "
         "mask:"},
    };
    memcpy(ret, all, sizeof all);
}

const char *resume_run_unknown(const struct job *j)
{
    return j->snapshot.unknown ? j->snapshot.unknown : "its server does not say";
}

static const char *why_changed(struct job *j, const struct json *run)
{
    int64_t was = 0;
    if (!j->snapshot.identity)
        return arena_printf(j->arena, "whether %s has changed since cannot be known: %s",
                            j->source->label, resume_run_unknown(j));
    if (job_from_archive(j))
        return arena_printf(j->arena, "%s is another snapshot", j->source->label);
    json_number(json_get(run, "transactions"), &was);
    if (was > 0 && j->snapshot.transactions > (uint64_t)was)
        return arena_printf(j->arena,
                            "%s has changed since: its server's count of transactions went "
                            "up by %llu",
                            j->source->label,
                            (unsigned long long)(j->snapshot.transactions - (uint64_t)was));
    return arena_printf(j->arena, "%s has changed since", j->source->label);
}

/* NULL: it is the same. */
const char *resume_run_differs(struct job *j, const struct json *run)
{
    struct trait traits[N_TRAITS];
    int64_t format = 0;
    if (!json_number(json_get(run, "resume"), &format) || format != RESUME_FORMAT)
        return "its checkpoint is not in the format of this version of dbtwin";
    list_traits(j, traits);
    for (size_t i = 0; i < N_TRAITS; i++) {
        const char *text = json_text(json_get(run, traits[i].key));
        if (!text)
            return "its checkpoint is incomplete";
        if (strcmp(text, traits[i].text) != 0 || !*text)
            return traits[i].why ? traits[i].why : why_changed(j, run);
    }
    return NULL;
}

struct json *resume_run_json(struct job *j)
{
    struct trait traits[N_TRAITS];
    struct json *run = json_obj();
    list_traits(j, traits);
    json_set(run, "resume", json_int(RESUME_FORMAT));
    for (size_t i = 0; i < N_TRAITS; i++)
        json_set(run, traits[i].key, json_str(traits[i].text));
    json_set(run, "transactions", json_int((int64_t)j->snapshot.transactions));
    json_set(run, "source", json_str(job_source_name(j)));
    json_set(run, "begun_at", json_str(j->started_at));
    json_set(run, "taken_at", json_str(j->snapshot.taken_at));
    json_set(run, "tables", json_int((int64_t)j->n_tables));
    return run;
}
