#include "preflight.h"

#include <string.h>
#include <time.h>

/* Checks of what a copy takes: logs, connections, room and time. */

/* ---- the servers' logs ------------------------------------------------------------------- */

void preflight_cost_wal(struct look *l)
{
    const char *level = look_target_fact(l, "wal_level"),
               *archive = look_target_fact(l, "archive_mode");
    const char *standbys = look_target_fact(l, "standbys");
    bool archived = archive && strcmp(archive, "off") != 0;
    if (look_source_fact(l, "wal_level"))
        look_say(l, PREFLIGHT_OK, look_from(l), NULL,
                 "wal_level = %s; a copy works with any and leaves no replication slot",
                 look_source_fact(l, "wal_level"));
    if (level && strcmp(level, "minimal") != 0 && (archived || standbys))
        look_say(l, PREFLIGHT_NOTE, look_to(l), NULL,
                 "wal_level = %s%s%s%s: all rows go through its log as well", level,
                 archived ? ", archived" : "", standbys ? ", standbys: " : "",
                 standbys ? standbys : "");
}

void preflight_cost_binlog(struct look *l)
{
    bool log = str_eq(look_target_fact(l, "log_bin"), "ON");
    bool may = str_eq(look_target_fact(l, "may_skip_binlog"), "yes");
    if (str_eq(look_source_fact(l, "log_bin"), "ON")) {
        const char *gtid = look_source_fact(l, "gtid_mode");
        look_say(l, PREFLIGHT_OK, look_from(l), NULL,
                 "binlog on (%s%s%s): the copy's position is recorded",
                 look_source_fact(l, "binlog_format") ? look_source_fact(l, "binlog_format") : "?",
                 gtid ? ", gtid_mode " : "", gtid ? gtid : "");
    } else if (look_source_fact(l, "log_bin")) {
        look_say(l, PREFLIGHT_NOTE, look_from(l), NULL,
                 "binlog off: the copy's position is not known");
    }
    if (log && !may)
        look_say(l, PREFLIGHT_WARNING, look_to(l), NULL,
                 "binlog on, and this account may not turn it off for the copy: all rows are "
                 "written twice and go to its replicas");
    if (log && str_eq(look_target_fact(l, "log_bin_trust_function_creators"), "OFF") &&
        str_eq(look_target_fact(l, "super"), "no") && look_number(look_source_fact(l, "programs")))
        look_say(l, PREFLIGHT_CANNOT, look_to(l), "SET GLOBAL log_bin_trust_function_creators = ON",
                 "with its binlog on, this account may not create functions and triggers");
}

/* ---- room ---------------------------------------------------------------------------------- */

static void say_connections(struct look *l, const char *label, const struct vec *answers,
                            uint64_t need)
{
    uint64_t most = look_number(disk_fact(answers, "max_connections"));
    uint64_t used = look_number(disk_fact(answers, "used_connections"));
    uint64_t kept = look_number(disk_fact(answers, "reserved_connections"));
    uint64_t own = look_number(disk_fact(answers, "role_connections"));
    if (most && used && used + kept + need > most)
        look_say(l, PREFLIGHT_CANNOT, label, "fewer --jobs",
                 "%llu connections are needed, and only %llu are free", (unsigned long long)need,
                 (unsigned long long)(most > used + kept ? most - used - kept : 0));
    if (own && own < need)
        look_say(l, PREFLIGHT_CANNOT, label, "fewer --jobs",
                 "%llu connections are needed, and this role may have %llu",
                 (unsigned long long)need, (unsigned long long)own);
}

void preflight_cost_connections(struct look *l)
{
    bool many = !job_strategy(&l->job)->one_transaction && l->job.opt->jobs;
    uint64_t jobs = many ? l->job.opt->jobs : 1;
    say_connections(l, look_from(l), &l->job.source_says, jobs);
    say_connections(l, look_to(l), &l->job.target_says, jobs + 2);
}

void preflight_cost_obstacles(struct look *l)
{
    static const char other[] = "shadow ";
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(&l->job.target_says, "obstacle", &i))) {
        bool shadow = x->more && str_starts(x->more, other);
        const char *level = shadow ? x->more + strlen(other) : x->more;
        if (!shadow || !job_strategy(&l->job)->one_transaction)
            look_say(l,
                     str_eq(level, "note")      ? PREFLIGHT_NOTE
                     : str_eq(level, "warning") ? PREFLIGHT_WARNING
                                                : PREFLIGHT_CANNOT,
                     look_to(l), NULL, "%s: %s", x->name, x->value ? x->value : "");
    }
}

static void say_documents(void *ctx, bool loses, const char *text)
{
    struct look *l = ctx;
    look_say(l, loses ? PREFLIGHT_WARNING : PREFLIGHT_NOTE, look_from(l), NULL, "%s", text);
}

void preflight_cost_documents(struct look *l)
{
    documents_each(&l->job, say_documents, l);
}

void preflight_cost_disk(struct look *l)
{
    struct disk d;
    struct buf text = BUF_INIT;
    disk_measure(&l->job.source_says, &l->job.target_says, l->model ? &l->job.model : NULL,
                 keep_bytes(&l->job), &d);
    l->ret->bytes = d.rows;
    l->ret->disk_need = d.need;
    l->ret->disk_free = d.free;
    l->ret->tables = look_number(look_source_fact(l, "tables"));
    disk_describe(&d, &text);
    bool small = d.free_known && d.free < d.need;
    if (!d.need && !look_source_fact(l, "database_bytes"))
        look_say(l, PREFLIGHT_WARNING, look_to(l), NULL, "the size of a copy is not known");
    else
        look_say(l,
                 small && !l->job.opt->no_disk_check        ? PREFLIGHT_REFUSED
                 : !d.free_known || d.free / 6 < d.need / 5 ? PREFLIGHT_WARNING
                                                            : PREFLIGHT_OK,
                 look_to(l), small ? "free some space, or --no-disk-check" : NULL, "%s", text.data);
    buf_release(&text);
}

/* ---- time ---------------------------------------------------------------------------------- */

/* What 2 cores did with tables and 1-2 indexes each, both servers on the same machine. */
enum { USUAL_RATE = 40000000 };

static bool parse_time(const char *text, time_t *ret)
{
    struct tm t = {0};
    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &t))
        return false;
    *ret = timegm(&t);
    return true;
}

/* How long the last copy of this source into this target took; 0 = there was none. */
static double last_took(struct look *l, const char **ret_when)
{
    const struct driver *d = l->job.target_at->driver;
    struct vec runs = VEC_INIT(struct past_run);
    struct session *s = NULL;
    struct err ignored = ERR_INIT;
    double took = 0;
    time_t a, b;
    if (d->live && d->source->open(l->job.target_at, DRIVER_SOURCE, NULL, &s, &ignored))
        d->source->history(s, l->arena, &runs, &ignored);
    d->source->close(s);
    for (size_t i = 0; took <= 0 && i < runs.len; i++) {
        const struct past_run *r = &VEC_AT(&runs, struct past_run, i);
        if (str_eq(r->source, look_from(l)) && r->result && str_starts(r->result, "done") &&
            parse_time(r->started_at, &a) && parse_time(r->finished_at, &b)) {
            took = b > a ? (double)(b - a) : 1;
            *ret_when = r->finished_at;
        }
    }
    vec_release(&runs);
    return took;
}

static const char *human_time(struct look *l, double s)
{
    if (s < 90)
        return arena_printf(l->arena, "%.0f s", s < 1 ? 1 : s);
    if (s < 5400)
        return arena_printf(l->arena, "%.0f minutes", s / 60);
    return arena_printf(l->arena, "%.1f hours", s / 3600);
}

void preflight_cost_time(struct look *l)
{
    const struct sync_limits *limits = &l->job.opt->limits;
    const char *when = NULL, *by;
    char rate[32];
    double took = last_took(l, &when), least;
    if (took <= 0 && !l->ret->bytes)
        return;
    str_human_bytes(USUAL_RATE, rate);
    by = took > 0
             ? arena_printf(l->arena, "as long as the copy that ended %s", when)
             : arena_printf(l->arena,
                            "at %s/s, as on 2 cores; the first copy gives a better figure", rate);
    if (took <= 0)
        took = (double)l->ret->bytes / USUAL_RATE;
    least = limits->rate ? (double)l->ret->bytes / (double)limits->rate : 0;
    if (least > took) {
        took = least;
        by = "by --max-rate";
    }
    l->ret->seconds = took;
    l->ret->seconds_by = by;
    bool late = limits->deadline > 0 && took > limits->deadline;
    look_say(l, late ? PREFLIGHT_WARNING : PREFLIGHT_OK, NULL, NULL, "about %s, %s%s%s",
             human_time(l, took), by, late ? "; that is later than --deadline " : "",
             late && limits->deadline_text ? limits->deadline_text : "");
}
