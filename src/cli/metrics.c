#include "cli.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * A file for Prometheus' textfile collector. After a run that failed, what was true of the last
 * good one stays in it, taken from the file itself: so an alert on the age of the last success
 * works, whatever happened since.
 */
#define LAST_SUCCESS "dbtwin_last_success_"

struct metric {
    const char *name, *help;
};
static const struct metric metrics[] = {
    {"dbtwin_last_run_timestamp_seconds", "Time at which the last run ended."},
    {"dbtwin_last_run_success", "1 if the last run succeeded, 0 if it did not."},
    {"dbtwin_last_run_exit_code", "Exit code of the last run."},
    {"dbtwin_drift", "Differences that the last check found, by kind."},
    {"dbtwin_not_compared", "Things that the last check could not compare."},
    {"dbtwin_watch_state", "1 for the state that the last check found."},
    {"dbtwin_watch_last_error_timestamp_seconds", "Time at which a check last failed."},
    {LAST_SUCCESS "timestamp_seconds", "Time at which the last successful run ended."},
    {LAST_SUCCESS "snapshot_timestamp_seconds", "Time of the snapshot that its rows are from."},
    {LAST_SUCCESS "duration_seconds", "How long it took, in seconds."},
    {LAST_SUCCESS "tables", "Tables that it copied."},
    {LAST_SUCCESS "rows", "Rows that it copied."},
    {LAST_SUCCESS "bytes", "Bytes of rows that it copied."},
    {LAST_SUCCESS "phase_seconds", "How long its phases took; some overlap."},
};

static void add_label(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, ",%s=\"", name);
    for (const char *p = value; *p; p++) {
        if (*p == '\\' || *p == '"')
            buf_addch(b, '\\');
        if (*p == '\n')
            buf_adds(b, "\\n");
        else
            buf_addch(b, *p);
    }
    buf_addch(b, '"');
}

/* {command="copy",source="prod",target="staging": without the closing brace, for more labels. */
static const char *common_labels(struct cli *c)
{
    static const char *const names[] = {"source", "target"};
    struct buf b = BUF_INIT;
    buf_addf(&b, "{command=\"%s\"", c->command->name);
    for (int i = 0; i < c->n_args && i < (int)ARRAY_LEN(names); i++) {
        char *word = arena_strdup(&c->arena, c->args[i]);
        err_redact_word(word);
        add_label(&b, names[i], word);
    }
    const char *labels = arena_strdup(&c->arena, b.data);
    buf_release(&b);
    return labels;
}

static void add_phases(struct buf *b, const char *labels, const struct sync_result *r)
{
    const struct {
        const char *phase;
        double seconds;
    } phases[] = {{"data", r->seconds_data},
                  {"indexes", r->seconds_index},
                  {"check", r->seconds_check},
                  {"publish", r->seconds_publish}};
    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        buf_addf(b, LAST_SUCCESS "phase_seconds%s,phase=\"%s\"} %.3f\n", labels, phases[i].phase,
                 phases[i].seconds);
}

static void add_success(struct buf *b, const char *labels, const struct sync_result *r, time_t now)
{
    struct tm t = {0};
    buf_addf(b, LAST_SUCCESS "timestamp_seconds%s} %lld\n", labels, (long long)now);
    if (!r)
        return;
    if (r->taken_at && strptime(r->taken_at, "%Y-%m-%dT%H:%M:%S", &t))
        buf_addf(b, LAST_SUCCESS "snapshot_timestamp_seconds%s} %lld\n", labels,
                 (long long)timegm(&t));
    buf_addf(b, LAST_SUCCESS "duration_seconds%s} %.3f\n", labels, r->seconds);
    buf_addf(b, LAST_SUCCESS "tables%s} %llu\n", labels, (unsigned long long)r->tables);
    buf_addf(b, LAST_SUCCESS "rows%s} %llu\n", labels, (unsigned long long)r->rows);
    buf_addf(b, LAST_SUCCESS "bytes%s} %llu\n", labels, (unsigned long long)r->bytes);
    add_phases(b, labels, r);
}

/* The lines about the last success, as the file has them. */
static void add_former(struct buf *b, const char *path)
{
    struct stat st;
    struct buf text = BUF_INIT;
    char block[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a pipe */
    bool plain = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    for (ssize_t n; plain && (n = read(fd, block, sizeof(block))) > 0;)
        buf_add(&text, block, (size_t)n);
    if (fd >= 0)
        close(fd);
    for (const char *p = text.data; *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        if (str_starts(p, LAST_SUCCESS)) {
            buf_add(b, p, n);
            buf_addch(b, '\n');
        }
        p += n;
    }
    buf_release(&text);
}

/* All lines of a metric stand together, below its help: the format asks for it. */
static void sort_lines(struct buf *lines, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        size_t len = strlen(metrics[i].name);
        bool headed = false;
        for (const char *p = lines->data, *end; *p; p = end) {
            end = strchr(p, '\n') + 1;
            if (strncmp(p, metrics[i].name, len) != 0 || p[len] != '{')
                continue;
            if (!headed)
                buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", metrics[i].name, metrics[i].help,
                         metrics[i].name);
            headed = true;
            buf_add(out, p, (size_t)(end - p));
        }
    }
}

void metrics_add(struct cli *c, const char *name, const char *label, const char *value,
                 int64_t number, struct buf *out)
{
    buf_addf(out, "%s%s", name, common_labels(c));
    if (label)
        add_label(out, label, value);
    buf_addf(out, "} %lld\n", (long long)number);
}

bool metrics_write(struct cli *c, int code, struct err *err)
{
    struct buf lines = BUF_INIT, out = BUF_INIT;
    const char *labels = common_labels(c);
    time_t now = time(NULL);
    buf_addf(&lines, "dbtwin_last_run_timestamp_seconds%s} %lld\n", labels, (long long)now);
    buf_addf(&lines, "dbtwin_last_run_success%s} %d\n", labels, code == 0);
    buf_addf(&lines, "dbtwin_last_run_exit_code%s} %d\n", labels, code);
    if (code == 0)
        add_success(&lines, labels, c->result, now);
    else
        add_former(&lines, c->metrics);
    if (c->metric_lines)
        buf_adds(&lines, c->metric_lines);
    sort_lines(&lines, &out);
    bool ok = output_write(c->metrics, buf_slice(&out), err);
    buf_release(&lines);
    buf_release(&out);
    return ok;
}
