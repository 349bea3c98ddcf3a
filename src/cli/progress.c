#include "cli.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * One line at the bottom of a terminal, redrawn; elsewhere a plain line each PLAIN_SECONDS.
 * All writing to stderr while it runs goes through the screen, so that whole lines never mix.
 */
enum { PLAIN_SECONDS = 15, REDRAW_MS = 200 };

struct progress {
    struct arena arena; /* where this lives */
    struct sync_progress *p;
    pthread_t thread;
    bool terminal, quiet, stop;
    double start, data_start;
};

/* There is one stderr in a process, whoever writes to it. */
struct screen {
    pthread_mutex_t lock;
    bool line_shown, json;
    bool held; /* somebody is being asked something: nothing is drawn */
};
static struct screen screen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void clear_line(void)
{
    if (screen.line_shown)
        fputs("\r\033[K", stderr);
    screen.line_shown = false;
}

void progress_use_json(void)
{
    screen.json = true;
}

static void print_json(enum log_level level, const char *event, const char *text,
                       struct json *fields)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    struct json *line = json_obj();
    struct buf b = BUF_INIT;
    struct timespec t;
    struct tm day;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &day);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &day);
    buf_addf(&b, "%s.%03ldZ", stamp, t.tv_nsec / 1000000);
    json_set(line, "time", json_str(b.data));
    json_set(line, "level", json_str(names[level]));
    json_set(line, "event", json_str(event));
    json_set(line, "text", json_str(text));
    if (fields)
        json_set(line, "fields", fields);
    buf_reset(&b);
    json_dump(line, 0, &b);
    json_free(line);
    fprintf(stderr, "%s\n", b.data);
    buf_release(&b);
}

void progress_event(enum log_level level, const char *event, const char *text, struct json *fields)
{
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    pthread_mutex_lock(&screen.lock);
    clear_line();
    if (screen.json) {
        print_json(level, event, text, fields);
    } else {
        struct buf line = BUF_INIT;
        model_line(text, &line);
        fprintf(stderr, "dbtwin: %s%s\n", prefix[level], line.data);
        buf_release(&line);
        json_free(fields);
    }
    fflush(stderr);
    pthread_mutex_unlock(&screen.lock);
}

void progress_hint(const char *text)
{
    struct buf line = BUF_INIT;
    model_line(text, &line);
    pthread_mutex_lock(&screen.lock);
    fprintf(stderr, "  hint: %s\n", line.data);
    pthread_mutex_unlock(&screen.lock);
    buf_release(&line);
}

void progress_line(enum log_level level, const char *text)
{
    progress_event(level, "message", text, NULL);
}

static void hold(bool held)
{
    pthread_mutex_lock(&screen.lock);
    screen.held = held;
    pthread_mutex_unlock(&screen.lock);
}

bool progress_ask(const char *warning, const char *prompt, char *ret, size_t size)
{
    hold(true);
    progress_line(LOG_WARN, warning);
    fputs(prompt, stderr);
    fflush(stderr);
    bool got = fgets(ret, (int)size, stdin) != NULL;
    size_t n = got ? strcspn(ret, "\n") : 0;
    got = got && ret[n] == '\n';
    if (got)
        ret[n] = '\0';
    else
        fputc('\n', stderr);
    hold(false);
    return got;
}

static void add_time(struct buf *b, double seconds)
{
    unsigned s = seconds < 0 ? 0 : (unsigned)(seconds + 0.5);
    if (s >= 3600)
        buf_addf(b, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        buf_addf(b, "%u:%02u", s / 60, s % 60);
}

/* Of a set the sum of its members'. */
static const struct sync_progress *sum(const struct sync_progress *p, struct sync_progress *whole)
{
    void (*gather)(const struct sync_progress *, struct sync_progress *) =
        __atomic_load_n(&p->gather, __ATOMIC_ACQUIRE);
    if (!gather)
        return p;
    gather(p, whole);
    return whole;
}

static void describe(const struct progress *g, struct buf *b)
{
    struct sync_progress whole;
    const struct sync_progress *p = sum(g->p, &whole);
    const char *phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE);
    uint64_t rows = __atomic_load_n(&p->rows, __ATOMIC_RELAXED);
    uint64_t bytes = __atomic_load_n(&p->bytes, __ATOMIC_RELAXED);
    uint64_t done = __atomic_load_n(&p->tables_done, __ATOMIC_RELAXED);
    uint64_t steps = __atomic_load_n(&p->steps_done, __ATOMIC_RELAXED);
    char n_rows[32], n_bytes[32], rate[32];
    str_human_count(rows, n_rows);
    str_human_bytes(bytes, n_bytes);
    buf_addf(b, "%s: ", phase ? phase : "starting");
    if (p->databases)
        buf_addf(b, "databases %llu/%llu, ", (unsigned long long)p->databases_done,
                 (unsigned long long)p->databases);
    if (p->tables && done)
        buf_addf(b, "tables %llu/%llu, ", (unsigned long long)(done < p->tables ? done : p->tables),
                 (unsigned long long)p->tables);
    buf_addf(b, "%s rows, %s", n_rows, n_bytes);
    double share, left, t = clock_now() - g->data_start;
    bool data = phase && strcmp(phase, "data") == 0;
    if (data && g->data_start > 0 && t > 0.5 && bytes) {
        str_human_bytes((uint64_t)((double)bytes / t), rate);
        buf_addf(b, ", %s/s", rate);
    } else if (p->steps) {
        buf_addf(b, ", steps %llu/%llu", (unsigned long long)(steps < p->steps ? steps : p->steps),
                 (unsigned long long)p->steps);
    }
    if (sync_progress_share(p, &share, &left)) {
        buf_addf(b, ", %d %%", (int)(share * 100));
        if (left >= 0) {
            buf_adds(b, ", about ");
            add_time(b, left);
            buf_adds(b, " left");
        }
    }
    buf_adds(b, ", ");
    add_time(b, clock_now() - g->start);
    buf_adds(b, " gone");
}

static struct json *numbers(const struct sync_progress *of)
{
    struct sync_progress whole;
    const struct sync_progress *p = sum(of, &whole);
    struct json *f = json_obj();
    if (p->databases) {
        json_set(f, "databases", json_int((int64_t)p->databases));
        json_set(f, "databases_done", json_int((int64_t)p->databases_done));
    }
    json_set(f, "phase", json_str(__atomic_load_n(&p->phase, __ATOMIC_ACQUIRE)));
    json_set(f, "tables", json_int((int64_t)p->tables));
    json_set(f, "tables_done",
             json_int((int64_t)__atomic_load_n(&p->tables_done, __ATOMIC_RELAXED)));
    json_set(f, "rows", json_int((int64_t)__atomic_load_n(&p->rows, __ATOMIC_RELAXED)));
    json_set(f, "bytes", json_int((int64_t)__atomic_load_n(&p->bytes, __ATOMIC_RELAXED)));
    return f;
}

static void draw(struct progress *g)
{
    struct buf b = BUF_INIT;
    describe(g, &b);
    if (!g->terminal) {
        progress_event(LOG_INFO, "progress", b.data, screen.json ? numbers(g->p) : NULL);
        buf_release(&b);
        return;
    }
    pthread_mutex_lock(&screen.lock);
    if (screen.held)
        buf_reset(&b);
    unsigned width = output_width(STDERR_FILENO);
    if (width > 1 && b.len >= width)
        buf_setlen(&b, width - 1);
    if (b.len) {
        fprintf(stderr, "\r\033[K%s", b.data);
        screen.line_shown = true;
        fflush(stderr);
    }
    pthread_mutex_unlock(&screen.lock);
    buf_release(&b);
}

static void *progress_main(void *arg)
{
    struct progress *g = arg;
    double last = clock_now();
    while (!__atomic_load_n(&g->stop, __ATOMIC_ACQUIRE)) {
        struct timespec t = {0, REDRAW_MS * 1000000L};
        nanosleep(&t, NULL);
        const char *phase = __atomic_load_n(&g->p->phase, __ATOMIC_ACQUIRE);
        if (g->data_start <= 0 && phase && strcmp(phase, "data") == 0)
            g->data_start = clock_now();
        if (!g->terminal && clock_now() - last < PLAIN_SECONDS)
            continue;
        last = clock_now();
        draw(g);
    }
    return NULL;
}

struct progress *progress_start(const struct cli *c, struct sync_progress *p)
{
    if (c->quiet)
        return NULL;
    struct arena arena = {.block_size = 256};
    struct progress *g = arena_new(&arena, struct progress);
    g->arena = arena;
    g->p = p;
    g->terminal = !screen.json && isatty(STDERR_FILENO);
    g->start = clock_now();
    if (pthread_create(&g->thread, NULL, progress_main, g) != 0) {
        arena_release(&arena);
        return NULL;
    }
    return g;
}

void progress_stop(struct progress *g)
{
    if (!g)
        return;
    __atomic_store_n(&g->stop, true, __ATOMIC_RELEASE);
    pthread_join(g->thread, NULL);
    pthread_mutex_lock(&screen.lock);
    clear_line();
    pthread_mutex_unlock(&screen.lock);
    struct arena arena = g->arena;
    arena_release(&arena);
}
