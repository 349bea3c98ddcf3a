#include "cli.h"

#include "charset.h"
#include "progress_view.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Some lines at the bottom of a terminal, redrawn; or lines of text or JSON now and then. All
 * writing to stderr while it runs goes through the screen, so that whole lines never mix.
 */
enum { REDRAW_MS = 100 };
#define BAR_AFTER 0.7 /* seconds */

struct progress {
    struct arena arena; /* where this lives */
    struct sync_progress *p;
    pthread_t thread;
    enum progress_form form;
    bool stop;
    double start, data_start;
};

/* There is one stderr in a process, whoever writes to it. */
struct screen {
    pthread_mutex_t lock;
    unsigned lines; /* of the progress, that stand there */
    bool json, ascii;
    bool held; /* somebody is being asked something: nothing is drawn */
};
static struct screen screen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void clear_line(void)
{
    if (screen.lines > 1)
        fprintf(stderr, "\033[%uA", screen.lines - 1);
    if (screen.lines)
        fputs("\r\033[J", stderr);
    screen.lines = 0;
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

/* One line, of signs that the terminal has. */
static void add_line(const char *text, struct buf *out)
{
    struct buf line = BUF_INIT;
    model_line(text, &line);
    if (isatty(STDERR_FILENO) && charset_is_ascii())
        charset_plain(buf_slice(&line), out);
    else
        buf_add(out, line.data, line.len);
    buf_release(&line);
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
        add_line(text, &line);
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
    add_line(text, &line);
    pthread_mutex_lock(&screen.lock);
    fprintf(stderr, "  hint: %s\n", line.data);
    pthread_mutex_unlock(&screen.lock);
    buf_release(&line);
}

void progress_text(const char *lines)
{
    struct buf plain = BUF_INIT;
    if (isatty(STDERR_FILENO) && charset_is_ascii())
        charset_plain((struct slice){lines, strlen(lines)}, &plain);
    else
        buf_adds(&plain, lines);
    pthread_mutex_lock(&screen.lock);
    clear_line();
    fputs(plain.data, stderr);
    fflush(stderr);
    pthread_mutex_unlock(&screen.lock);
    buf_release(&plain);
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

static struct progress_view view_of(const struct progress *g)
{
    double now = clock_now();
    unsigned width = output_width(STDERR_FILENO), height = output_height(STDERR_FILENO);
    return (struct progress_view){.p = g->p,
                                  .gone = now - g->start,
                                  .data_gone = g->data_start > 0 ? now - g->data_start : -1,
                                  .width = width ? width : 80, /* some do not say */
                                  .height = height ? height : 24,
                                  .ascii = screen.ascii};
}

static void print_line(const struct progress *g)
{
    struct progress_view v = view_of(g);
    struct buf b = BUF_INIT;
    progress_view_line(&v, &b);
    progress_event(LOG_INFO, "progress", b.data, screen.json ? progress_view_json(&v) : NULL);
    buf_release(&b);
}

/* One object, as it is documented, whatever the log's form is. */
static void print_object(const struct progress *g)
{
    struct progress_view v = view_of(g);
    struct json *line = json_obj();
    struct buf b = BUF_INIT;
    json_set(line, "progress", progress_view_json(&v));
    json_dump(line, 0, &b);
    json_free(line);
    pthread_mutex_lock(&screen.lock);
    clear_line();
    fprintf(stderr, "%s\n", b.data);
    fflush(stderr);
    pthread_mutex_unlock(&screen.lock);
    buf_release(&b);
}

static void draw(const struct progress *g)
{
    struct progress_view v = view_of(g);
    struct buf b = BUF_INIT;
    unsigned lines = progress_view_lines(&v, &b);
    pthread_mutex_lock(&screen.lock);
    if (!screen.held) {
        clear_line();
        fputs(b.data, stderr);
        fflush(stderr);
        screen.lines = lines;
    }
    pthread_mutex_unlock(&screen.lock);
    buf_release(&b);
}

static void show(const struct progress *g)
{
    if (g->form == PROGRESS_JSON)
        print_object(g);
    else if (g->form == PROGRESS_BAR)
        draw(g);
    else
        print_line(g);
}

static void *progress_main(void *arg)
{
    struct progress *g = arg;
    /* A bar comes at once for what takes longer than a moment. */
    static const double every[] = {
        [PROGRESS_BAR] = 0.2, [PROGRESS_JSON] = 1, [PROGRESS_PLAIN] = 15};
    double last = clock_now() + (g->form == PROGRESS_BAR ? BAR_AFTER - every[PROGRESS_BAR] : 0);
    while (!__atomic_load_n(&g->stop, __ATOMIC_ACQUIRE)) {
        struct timespec t = {0, REDRAW_MS * 1000000L};
        nanosleep(&t, NULL);
        const char *phase = __atomic_load_n(&g->p->phase, __ATOMIC_ACQUIRE);
        bool data = phase && (strcmp(phase, "data") == 0 || strcmp(phase, "rows") == 0);
        if (g->data_start <= 0 && data)
            g->data_start = clock_now();
        if (clock_now() - last < every[g->form])
            continue;
        last = clock_now();
        show(g);
    }
    return NULL;
}

/* By --progress; else bars on a terminal, and elsewhere nothing, unless the log is JSON, which has
 * the line of every quarter of a minute. */
static enum progress_form form_of(const struct cli *c)
{
    if (c->quiet && c->progress != PROGRESS_JSON)
        return PROGRESS_NEVER;
    if (c->progress != PROGRESS_AUTO)
        return c->progress;
    if (screen.json)
        return PROGRESS_PLAIN;
    return isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_NEVER;
}

struct progress *progress_start(const struct cli *c, struct sync_progress *p)
{
    enum progress_form form = form_of(c);
    if (form == PROGRESS_NEVER)
        return NULL;
    screen.ascii = charset_is_ascii();
    struct arena arena = {.block_size = 256};
    struct progress *g = arena_new(&arena, struct progress);
    g->arena = arena;
    g->p = p;
    g->form = form;
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
    if (g->form == PROGRESS_JSON)
        print_object(g); /* how it ended */
    pthread_mutex_lock(&screen.lock);
    clear_line();
    pthread_mutex_unlock(&screen.lock);
    struct arena arena = g->arena;
    arena_release(&arena);
}
