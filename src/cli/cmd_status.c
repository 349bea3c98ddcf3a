#include "cli.h"

#include <dbtwin/json.h>

#include <string.h>
#include <time.h>

enum { RUNS_SHOWN = 10, SKEW = 300 }; /* seconds that two machines' clocks may be apart */

struct status {
    struct vec runs; /* struct past_run, newest first */
    bool known;      /* there is a run with a time */
    int64_t age;     /* seconds since its rows were read */
    const char *verdict;
    struct sync_left left;
    struct sync_running running;
    const struct past_run *last, *failed; /* the newest that counts; one that failed since */
};

static bool read_runs(const struct endpoint *e, struct arena *a, struct vec *ret, struct err *err)
{
    const struct driver *d = e->driver;
    struct session *s = NULL;
    bool ok =
        d->source->open(e, DRIVER_SOURCE, NULL, &s, err) && d->source->history(s, a, ret, err);
    d->source->close(s);
    return ok;
}

/* Beside the answer: where it cannot be known, that is no fault. */
static void read_present(const struct endpoint *e, struct arena *a, struct status *ret)
{
    struct err why = ERR_INIT;
    if (!sync_running(e, a, &ret->running, &why))
        log_debug("%s: whether a run is under way cannot be seen: %s", e->label, why.msg);
    err_clear(&why);
    if (!sync_left(e, a, &ret->left, &why))
        log_debug("%s: what an earlier run left cannot be read: %s", e->label, why.msg);
}

/* The texts come from the target's own tables: whoever may write there, writes here. */
static void show_lines(struct arena *a, struct status *s)
{
    for (size_t i = 0; i < s->runs.len; i++) {
        struct past_run *r = &VEC_AT(&s->runs, struct past_run, i);
        const char **texts[] = {&r->source, &r->position, &r->version,
                                &r->result, &r->taken_at, &r->finished_at};
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            if (*texts[k])
                *texts[k] = output_line(a, *texts[k]);
    }
    s->left.source = output_line(a, s->left.source);
    s->left.begun_at = output_line(a, s->left.begun_at);
    const char **seen[] = {&s->running.who, &s->running.since, &s->running.phase};
    for (size_t k = 0; k < ARRAY_LEN(seen); k++)
        if (*seen[k])
            *seen[k] = output_line(a, *seen[k]);
}

static bool has_failed(const struct past_run *r)
{
    return r->result && str_starts(r->result, "failed");
}

/* Changed schema, not rows. */
static bool is_apply(const struct past_run *r)
{
    return r->result && (str_starts(r->result, RUN_APPLYING) ||
                         str_starts(r->result, RUN_APPLIED) || str_starts(r->result, RUN_KEPT));
}

/* A copy is as old as its rows, not as the load of them; what failed changed nothing. */
static void judge(const struct cli *c, struct status *s)
{
    struct tm t = {0};
    const struct past_run *r = NULL;
    bool applied = false; /* since then, which makes good what an apply did not reach */
    for (size_t i = 0; !r && i < s->runs.len; i++) {
        const struct past_run *x = &VEC_AT(&s->runs, struct past_run, i);
        applied |= x->result && str_starts(x->result, RUN_APPLIED);
        if (is_apply(x))
            continue;
        if (!has_failed(x))
            r = x;
        else if (!s->failed && !(applied && str_starts(x->result, "failed: apply")))
            s->failed = x;
    }
    s->last = r;
    const char *when = r ? (r->taken_at ? r->taken_at : r->finished_at) : NULL;
    s->known = when && strptime(when, "%Y-%m-%dT%H:%M:%S", &t);
    if (s->known)
        s->age = (int64_t)(time(NULL) - timegm(&t));
    bool future = s->age < -SKEW;
    if (s->age < 0)
        s->age = 0;
    if (!s->known)
        s->verdict = "never";
    else if (future)
        s->verdict = "future";
    else
        s->verdict = c->max_age && s->age > c->max_age ? "old" : "ok";
}

static void add_age(struct buf *b, int64_t s)
{
    if (s >= 2 * 86400)
        buf_addf(b, "%lld days", (long long)(s / 86400));
    else if (s >= 2 * 3600)
        buf_addf(b, "%lld hours", (long long)(s / 3600));
    else if (s >= 120)
        buf_addf(b, "%lld minutes", (long long)(s / 60));
    else
        buf_addf(b, "%lld second%s", (long long)s, s == 1 ? "" : "s");
}

static void add_run(struct buf *b, const struct past_run *r, bool running)
{
    char rows[32], bytes[32];
    if (has_failed(r)) {
        buf_addf(b, "  %s  failed  %s%s\n", r->finished_at ? r->finished_at : "?",
                 r->source ? r->source : "?", r->result + strlen("failed"));
        return;
    }
    if (is_apply(r)) {
        bool ended = str_starts(r->result, RUN_APPLYING) && !running;
        const char *text = str_starts(r->result, RUN_KEPT) ? strstr(r->result, ": CREATE ") : NULL;
        buf_addf(b, "  %s  %s%.*s, from %s\n", r->finished_at ? r->finished_at : "?",
                 ended ? "ended while " : "",
                 (int)(text ? (size_t)(text - r->result) : strlen(r->result)), r->result,
                 r->source ? r->source : "?");
        return;
    }
    str_human_count(r->rows, rows);
    str_human_bytes(r->bytes, bytes);
    buf_addf(b, "  %s  %s  %s: %llu tables, %s rows, %s", r->finished_at ? r->finished_at : "?",
             r->result ? r->result : "?", r->source ? r->source : "?",
             (unsigned long long)r->tables, rows, bytes);
    if (r->position)
        buf_addf(b, ", at %s", r->position);
    buf_addf(b, ", dbtwin %s\n", r->version ? r->version : "?");
}

static void add_present(struct buf *b, const struct status *s)
{
    const struct sync_left *l = &s->left;
    char rows[32];
    if (s->running.there) {
        buf_adds(b, "a run of dbtwin is at work there");
        sync_running_describe(&s->running, b);
        buf_addch(b, '\n');
    }
    if (s->failed)
        buf_addf(b, "the last run failed at %s: %s\n", s->failed->finished_at,
                 s->failed->result + (str_starts(s->failed->result, "failed: ") ? 8 : 0));
    if (!l->there || s->running.there)
        return;
    str_human_count(l->rows, rows);
    buf_addf(b,
             "a copy of %s that began at %s is unfinished, %s rows of %llu tables are "
             "loaded: --resume continues it while the source is unchanged\n",
             l->source ? l->source : "?", l->begun_at ? l->begun_at : "?", rows,
             (unsigned long long)l->tables);
}

static void print_text(const struct cli *c, const char *label, const struct status *s,
                       struct buf *b)
{
    add_present(b, s);
    if (!s->known) {
        buf_addf(b, "%s was never filled by dbtwin\n", label);
        return;
    }
    const struct past_run *r = s->last;
    buf_addf(b, "%s is a copy of %s as of %s, ", label, r->source ? r->source : "?",
             r->taken_at ? r->taken_at : r->finished_at);
    if (strcmp(s->verdict, "future") == 0) {
        buf_adds(b, "which is in the future: a clock is wrong, and its age is not known");
    } else {
        add_age(b, s->age);
        buf_adds(b, " ago");
    }
    if (strcmp(s->verdict, "old") == 0) {
        buf_adds(b, ": older than ");
        add_age(b, c->max_age);
    }
    buf_addch(b, '\n');
    for (size_t i = 0; i < s->runs.len && i < RUNS_SHOWN && !c->quiet; i++)
        add_run(b, &VEC_AT(&s->runs, struct past_run, i), s->running.there);
}

static struct json *to_json(const struct cli *c, const char *label, const struct status *s)
{
    struct json *o = json_obj(), *runs = json_arr();
    json_set(o, "dbtwin", json_int(1));
    json_set(o, "target", json_str(label));
    json_set(o, "verdict", json_str(s->verdict));
    if (s->known && strcmp(s->verdict, "future") != 0)
        json_set(o, "age_seconds", json_int(s->age));
    if (c->max_age)
        json_set(o, "max_age_seconds", json_int(c->max_age));
    if (s->running.there) {
        const struct sync_running *r = &s->running;
        struct json *v = json_obj();
        json_set(v, "since", json_str(r->since));
        json_set(v, "by", json_str(r->who));
        json_set(v, "phase", json_str(r->phase));
        json_set(v, "percent", r->percent >= 0 ? json_int(r->percent) : json_str(NULL));
        json_set(v, "seconds_left", r->left >= 0 ? json_int(r->left) : json_str(NULL));
        json_set(o, "running", v);
    }
    if (s->failed) {
        struct json *v = json_obj();
        json_set(v, "failed_at", json_str(s->failed->finished_at));
        json_set(v, "reason",
                 json_str(s->failed->result +
                          (str_starts(s->failed->result, "failed: ") ? strlen("failed: ") : 0)));
        json_set(o, "last_failure", v);
    }
    if (s->left.there && !s->running.there) {
        struct json *v = json_obj();
        json_set(v, "source", json_str(s->left.source));
        json_set(v, "begun_at", json_str(s->left.begun_at));
        json_set(v, "taken_at", json_str(s->left.taken_at));
        json_set(v, "tables", json_int((int64_t)s->left.tables));
        json_set(v, "rows_loaded", json_int((int64_t)s->left.rows));
        json_set(o, "unfinished", v);
    }
    for (size_t i = 0; i < s->runs.len; i++) {
        const struct past_run *r = &VEC_AT(&s->runs, struct past_run, i);
        struct json *v = json_obj();
        json_set(v, "started_at", json_str(r->started_at));
        json_set(v, "finished_at", json_str(r->finished_at));
        json_set(v, "taken_at", json_str(r->taken_at));
        json_set(v, "source", json_str(r->source));
        json_set(v, "source_id", json_str(r->source_id));
        json_set(v, "position", json_str(r->position));
        json_set(v, "tables", json_int((int64_t)r->tables));
        json_set(v, "rows", json_int((int64_t)r->rows));
        json_set(v, "bytes", json_int((int64_t)r->bytes));
        json_set(v, "dbtwin", json_str(r->version));
        json_set(v, "result", json_str(r->result));
        json_push(runs, v);
    }
    json_set(o, "runs", runs);
    return o;
}

static void print_json(struct json *o, struct buf *b)
{
    json_dump(o, 2, b);
    buf_addch(b, '\n');
    json_free(o);
}

/* One database: its JSON is appended to `list` where there is one, else its text to b. */
static bool add_one(const struct cli *c, const struct endpoint *at, struct json *list,
                    struct buf *b, const char **ret_verdict, struct err *err)
{
    struct status s = {.runs = VEC_INIT(struct past_run)};
    struct arena a = ARENA_INIT;
    bool ok = read_runs(at, &a, &s.runs, err);
    if (ok) {
        judge(c, &s);
        read_present(at, &a, &s);
        *ret_verdict = s.verdict;
        if (list)
            json_push(list, to_json(c, at->label, &s));
        if (!list && (!c->quiet || strcmp(s.verdict, "ok") != 0)) {
            show_lines(&a, &s);
            print_text(c, at->label, &s, b);
        }
    }
    vec_release(&s.runs);
    arena_release(&a);
    return ok;
}

static int print(struct json *o, const char *verdict, int code, struct buf *b, struct err *err)
{
    if (o) {
        json_set(o, "verdict", json_str(verdict));
        print_json(o, b);
    }
    return output_write("-", buf_slice(b), err) ? code : -1;
}

/* The worst verdict: never, old, ok. */
static const char *worse(const char *a, const char *b)
{
    if (!a || strcmp(b, "never") == 0)
        return b;
    return strcmp(a, "never") == 0 || strcmp(b, "ok") == 0 ? a : b;
}

static int status_set(struct cli *c, const struct place *p, bool json, struct buf *b,
                      struct err *err)
{
    struct sync_set set;
    const char *verdict = NULL;
    int code = 0;
    if (!set_targets(c, p, &set, err))
        return -1;
    struct json *list = json ? json_arr() : NULL, *o = json ? json_obj() : NULL;
    for (size_t i = 0; i < set.n; i++) {
        const struct sync_member *m = &set.members[i];
        struct err why = ERR_INIT;
        const char *one = "unknown";
        bool ok = add_one(c, &m->source, list, b, &one, &why);
        if (!ok)
            set_say_failed(m, &why);
        code = set_worse(code, !ok ? err_exit_code(&why) : strcmp(one, "ok") == 0 ? 0 : 1);
        verdict = ok ? worse(verdict, one) : verdict;
    }
    if (o) {
        json_set(o, "dbtwin", json_int(1));
        json_set(o, "databases", list);
    }
    return print(o, verdict ? verdict : "unknown", code, b, err);
}

int cmd_status(struct cli *c, struct err *err)
{
    struct place p;
    struct buf b = BUF_INIT;
    bool json = str_eq(c->format, "json");
    if (c->format && !json && strcmp(c->format, "text") != 0) {
        err_set(err, ERR_USAGE, "unknown format \"%s\"", c->format);
        err_hint(err, "status writes text and json");
        return -1;
    }
    if (!options_of_places(c, err) || !place_find(c, c->args[0], &p, err))
        return -1;
    if (p.kind != AT_LIVE) {
        err_set(err, ERR_USAGE, "status: %s is a file, not a live database", p.e.label);
        return -1;
    }
    int code = -1;
    if (set_wanted(c)) {
        code = status_set(c, &p, json, &b, err);
    } else {
        struct json *list = json ? json_arr() : NULL;
        const char *verdict = NULL;
        if (add_one(c, &p.e, list, &b, &verdict, err)) {
            if (json)
                json_dump(json_at(list, 0), 2, &b);
            buf_adds(&b, json ? "\n" : "");
            code = strcmp(verdict, "ok") == 0 ? 0 : 1;
            code = output_write("-", buf_slice(&b), err) ? code : -1;
        }
        json_free(list);
    }
    buf_release(&b);
    return code;
}
