#include "sides.h"

#include "notice.h"
#include "pair.h"
#include "webhook.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVERY_SECONDS = 600, URL_LONGEST = 4096, TEMPLATE_LONGEST = 65536, HOOK_SECONDS = 30 };

/* What a check found. */
enum state { STATE_NONE, STATE_SAME, STATE_DRIFT, STATE_INCOMPLETE, STATE_ERROR, STATES };
static const char *const state_names[STATES] = {"none", "same", "drift", "incomplete", "error"};

struct watch {
    struct cli *c;
    const char *url; /* of the webhook, or NULL: a secret */
    const char *template;
    enum state told, last; /* what the webhook was sent last; what the last check found */
    time_t failed;         /* when a check last failed; 0: never */
};
struct check {
    enum state state;
    const char *from, *to; /* names */
    const char *text;      /* for people */
    size_t by_kind[K_COUNT];
    uint64_t differences, not_compared;
};

/* ---- a check --------------------------------------------------------------------------------- */

static const char *describe(const struct check *k, struct arena *a)
{
    struct buf b = BUF_INIT;
    unsigned named = 0;
    for (size_t i = 0; i < K_COUNT; i++)
        if (k->by_kind[i])
            buf_addf(&b, "%s%zu %s", named++ ? ", " : "", k->by_kind[i], kinds[i].name);
    if (k->not_compared)
        buf_addf(&b, "%s%llu not compared", named ? "; " : "", (unsigned long long)k->not_compared);
    const char *ret = b.len ? arena_strdup(a, b.data) : "everything was compared";
    buf_release(&b);
    return ret;
}

static void count(const struct diff *d, struct check *ret, struct arena *a)
{
    static const enum state states[] = {[VERDICT_SAME] = STATE_SAME,
                                        [VERDICT_DRIFT] = STATE_DRIFT,
                                        [VERDICT_INCOMPLETE] = STATE_INCOMPLETE};
    ret->state = states[d->verdict];
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (c->type != CHANGE_UNKNOWN)
            ret->by_kind[(c->from ? c->from : c->to)->kind->id]++;
    }
    ret->differences = d->added + d->removed + d->changed;
    ret->not_compared = d->gaps.len + d->unknown;
    ret->text = describe(ret, a);
}

static bool compare(struct cli *c, struct check *ret, struct err *err)
{
    struct sides s;
    struct pair p;
    bool ok = sides_find(&s, c, err);
    if (ok) {
        ret->from = s.from.e.label;
        ret->to = s.to.e.label;
        ok = pair_open(&p, c, &s.from, &s.to, err);
        if (ok) {
            ok = pair_compare(&p, c, err);
            if (ok)
                count(&p.diff, ret, &c->arena);
            pair_close(&p);
        }
    }
    sides_close(&s);
    return ok;
}

/* ---- what is told ---------------------------------------------------------------------------- */

static const char *title_of(const struct check *k, enum state before, struct arena *a)
{
    if (k->state == STATE_ERROR)
        return arena_printf(a, "%s could not be compared with %s", k->to, k->from);
    if (k->state == STATE_DRIFT)
        return arena_printf(a, "%s differs from %s: %llu difference%s", k->to, k->from,
                            (unsigned long long)k->differences, k->differences == 1 ? "" : "s");
    if (k->state == STATE_INCOMPLETE)
        return arena_printf(a, "nothing differs between %s and %s, but not all was compared", k->to,
                            k->from);
    return arena_printf(a, "%s is the same as %s%s", k->to, k->from,
                        before == STATE_NONE ? "" : " again");
}

static const char *time_text(struct arena *a)
{
    time_t now = time(NULL);
    struct tm tm;
    char text[64] = "";
    if (gmtime_r(&now, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_strdup(a, text);
}

static void say(const struct watch *w, const struct check *k, struct arena *a)
{
    const char *text = arena_printf(a, "%s (%s)", title_of(k, w->last, a), k->text);
    struct json *fields = json_obj();
    json_set(fields, "state", json_str(state_names[k->state]));
    json_set(fields, "before", json_str(state_names[w->last]));
    json_set(fields, "differences", json_int((int64_t)k->differences));
    json_set(fields, "not_compared", json_int((int64_t)k->not_compared));
    progress_event(k->state == STATE_SAME ? LOG_INFO : LOG_WARN, "state", text, fields);
}

/* A first look that finds all the same is no news. What was not taken is sent after the next
 * check. */
static void send(struct watch *w, const struct check *k, struct arena *a)
{
    struct notice n = {.title = title_of(k, w->told, a),
                       .text = k->text,
                       .state = state_names[k->state],
                       .before = state_names[w->told],
                       .from = k->from,
                       .to = k->to,
                       .time = time_text(a),
                       .differences = k->differences};
    bool news = k->state != w->told && !(w->told == STATE_NONE && k->state == STATE_SAME);
    struct buf body = BUF_INIT;
    struct err why = ERR_INIT;
    bool ok = !news || !w->url ||
              notice_fill(w->template, &n, w->template == notice_template("slack"), &body, &why);
    if (ok && news && w->url)
        ok = webhook_send(&(struct webhook){w->url, buf_slice(&body), HOOK_SECONDS, false}, &why);
    buf_release(&body);
    if (ok)
        w->told = k->state;
    else
        log_warn("%s; it is sent again after the next check", why.msg);
}

static void write_metrics(struct watch *w, const struct check *k)
{
    struct cli *c = w->c;
    struct buf lines = BUF_INIT;
    struct err why = ERR_INIT;
    if (!c->metrics)
        return;
    for (size_t i = 0; i < K_COUNT && k->state != STATE_ERROR; i++)
        if (k->by_kind[i] || i == K_TABLE)
            metrics_add(c, "dbtwin_drift", "kind", kinds[i].name, (int64_t)k->by_kind[i], &lines);
    if (k->state != STATE_ERROR)
        metrics_add(c, "dbtwin_not_compared", NULL, NULL, (int64_t)k->not_compared, &lines);
    for (size_t i = STATE_SAME; i < STATES; i++)
        metrics_add(c, "dbtwin_watch_state", "state", state_names[i], k->state == (enum state)i,
                    &lines);
    if (w->failed)
        metrics_add(c, "dbtwin_watch_last_error_timestamp_seconds", NULL, NULL, (int64_t)w->failed,
                    &lines);
    c->metric_lines = lines.data;
    if (!metrics_write(c, k->state == STATE_ERROR ? 2 : 0, &why))
        log_warn("no metrics: %s", why.msg);
    c->metric_lines = NULL;
    buf_release(&lines);
}

/* With memory of its own, or a year of checks would use all there is. */
static bool check(struct watch *w, struct err *err)
{
    struct cli one = *w->c;
    struct check k = {.from = w->c->args[0], .to = w->c->args[1], .text = ""};
    struct err why = ERR_INIT;
    arena_init(&one.arena);
    bool ok = compare(&one, &k, &why);
    if (!ok && why.cls == ERR_INTERRUPTED) {
        arena_release(&one.arena);
        *err = why;
        return false;
    }
    if (!ok) {
        for (int i = 0; i < 2; i++) {
            char *word = arena_strdup(&one.arena, i ? k.to : k.from);
            err_redact_word(word);
            *(i ? &k.to : &k.from) = word;
        }
        k.state = STATE_ERROR;
        k.text = why.msg;
        w->failed = time(NULL);
    }
    if (k.state != w->last)
        say(w, &k, &one.arena);
    else
        log_debug("%s: %s", state_names[k.state], k.text);
    send(w, &k, &one.arena);
    write_metrics(w, &k);
    w->last = k.state;
    arena_release(&one.arena);
    return true;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool read_text(const char *path, size_t most, struct buf *ret, struct err *err)
{
    char block[4096];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && ret->len <= most && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(ret, block, (size_t)n);
    int code = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return err_set(err, ERR_USAGE, "cannot read %s: %s", path, strerror(code));
    return ret->len <= most || err_set(err, ERR_USAGE, "%s is longer than %zu bytes", path, most);
}

/* From the file of --webhook, or from DBTWIN_WEBHOOK: it stands in no command line. */
static bool find_url(struct watch *w, struct err *err)
{
    struct cli *c = w->c;
    const char *url = getenv("DBTWIN_WEBHOOK");
    struct buf b = BUF_INIT;
    struct stat st;
    if (c->webhook && strstr(c->webhook, "://")) {
        err_set(err, ERR_USAGE,
                "--webhook takes a file that holds the URL, because a URL in the "
                "command line is seen by whoever lists processes");
        return err_hint(err, "or put the URL into the environment, as DBTWIN_WEBHOOK");
    }
    if (c->webhook && !read_text(c->webhook, URL_LONGEST, &b, err)) {
        buf_release(&b);
        return false;
    }
    if (c->webhook) {
        url = arena_strndup(&c->arena, b.data, strcspn(b.data, "\r\n"));
        if (stat(c->webhook, &st) == 0 && (st.st_mode & 0077))
            log_warn("%s holds a secret, and others may read it: chmod 600", c->webhook);
    }
    buf_release(&b);
    if (!url || !*url)
        return !c->webhook || err_set(err, ERR_USAGE, "%s holds no URL", c->webhook);
    w->url = url;
    return webhook_check(url, err);
}

static bool find_template(struct watch *w, struct err *err)
{
    static const struct notice any = {"t", "t", "same", "drift", "f", "t", "0", 1};
    struct cli *c = w->c;
    const char *name = c->template ? c->template : "json";
    struct buf b = BUF_INIT, filled = BUF_INIT;
    bool ok = true;
    w->template = notice_template(name);
    if (!w->template) {
        ok = read_text(name, TEMPLATE_LONGEST, &b, err);
        if (!ok)
            err_hint(err, "--template takes json, slack, teams or a file");
        w->template = arena_strdup(&c->arena, b.data);
    }
    ok =
        ok && (notice_fill(w->template, &any, false, &filled, err) || err_context(err, "%s", name));
    buf_release(&b);
    buf_release(&filled);
    return ok;
}

/* False: a signal came. */
static bool wait_until(double when)
{
    const struct timespec tick = {.tv_nsec = 100000000};
    while (!log_cancelled() && clock_now() < when)
        nanosleep(&tick, NULL);
    return !log_cancelled();
}

int cmd_watch(struct cli *c, struct err *err)
{
    struct watch w = {.c = c};
    double every = c->every ? (double)c->every : EVERY_SECONDS;
    if (!options_of_places(c, err) || !find_url(&w, err) || !find_template(&w, err))
        return -1;
    for (int i = 0; i < 2; i++)
        if (strcmp(c->args[i], "-") == 0) {
            err_set(err, ERR_USAGE, "watch reads its sides again and again: not standard input");
            return -1;
        }
    for (int64_t n = 0; !c->checks || n < c->checks; n++) {
        double start = clock_now();
        if (!check(&w, err))
            return -1;
        if (c->checks && n + 1 == c->checks)
            break;
        if (!wait_until(start + every)) {
            err_set(err, ERR_INTERRUPTED, "interrupted");
            return -1;
        }
    }
    static const int codes[STATES] = {0, 0, 1, 3, 2};
    return codes[w.last];
}
