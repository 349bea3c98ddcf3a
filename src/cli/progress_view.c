#include "progress_view.h"

#include "charset.h"

#include <dbtwin/json.h>

#include <string.h>

enum { BAR = 20, NAME = 32, LEAST_HEIGHT = 5 };

/* What is shown of a run at one moment. */
struct seen {
    const char *phase;
    uint64_t databases, databases_done, tables, tables_done, rows, bytes, steps, steps_done;
    bool catalog; /* the rows are a schema's */
    bool known;
    double share, left; /* left: negative: not known */
    const struct sync_table *running[PROGRESS_TABLES];
    size_t n_running;
};

/* ---- looking ------------------------------------------------------------------------------- */

static uint64_t at(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static uint64_t left_of(const struct sync_table *t)
{
    uint64_t bytes = at(&t->bytes);
    return t->estimate > bytes ? t->estimate - bytes : 0;
}

/* The tables under way of which most is left. */
static void look_at_tables(const struct sync_progress *p, struct seen *s)
{
    uint64_t n = __atomic_load_n(&p->n_list, __ATOMIC_ACQUIRE);
    for (uint64_t i = 0; i < n; i++) {
        const struct sync_table *t = &p->list[i];
        if (!at(&t->began) || at(&t->ended))
            continue;
        size_t k = s->n_running;
        while (k > 0 && left_of(s->running[k - 1]) < left_of(t))
            k--;
        if (k == PROGRESS_TABLES)
            continue;
        size_t last = s->n_running < PROGRESS_TABLES ? s->n_running++ : PROGRESS_TABLES - 1;
        for (; last > k; last--)
            s->running[last] = s->running[last - 1];
        s->running[k] = t;
    }
}

static void look(const struct progress_view *v, struct sync_progress *whole, struct seen *s)
{
    const struct sync_progress *p = v->p;
    void (*gather)(const struct sync_progress *, struct sync_progress *) =
        __atomic_load_n(&p->gather, __ATOMIC_ACQUIRE);
    if (gather) {
        gather(p, whole);
        p = whole;
    }
    *s = (struct seen){.phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE),
                       .databases = p->databases,
                       .databases_done = at(&p->databases_done),
                       .tables = p->tables,
                       .tables_done = at(&p->tables_done),
                       .rows = at(&p->rows),
                       .bytes = at(&p->bytes),
                       .steps = at(&p->steps),
                       .steps_done = at(&p->steps_done),
                       .catalog = p->catalog,
                       .left = -1};
    s->tables_done = s->tables_done < s->tables ? s->tables_done : s->tables;
    s->steps_done = s->steps_done < s->steps ? s->steps_done : s->steps;
    s->known = sync_progress_share(p, &s->share, &s->left);
    look_at_tables(p, s);
}

/* ---- words --------------------------------------------------------------------------------- */

static void add_time(struct buf *b, double seconds)
{
    unsigned s = seconds < 0 ? 0 : (unsigned)(seconds + 0.5);
    if (s >= 3600)
        buf_addf(b, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        buf_addf(b, "%u:%02u", s / 60, s % 60);
}

static void add_counts(const struct progress_view *v, const struct seen *s, struct buf *b)
{
    char rows[32], bytes[32], rate[32];
    str_human_count(s->rows, rows);
    str_human_bytes(s->bytes, bytes);
    if (s->databases)
        buf_addf(b, "databases %llu/%llu, ", (unsigned long long)s->databases_done,
                 (unsigned long long)s->databases);
    if (s->tables && s->tables_done)
        buf_addf(b, "tables %llu/%llu, ", (unsigned long long)s->tables_done,
                 (unsigned long long)s->tables);
    if (s->catalog && (s->rows || !s->bytes))
        buf_addf(b, "%s rows of the catalog", rows);
    else if (s->catalog)
        buf_adds(b, bytes);
    else
        buf_addf(b, "%s rows, %s", rows, bytes);
    bool data = s->phase && (strcmp(s->phase, "data") == 0 || strcmp(s->phase, "rows") == 0);
    if (data && v->data_gone > 0.5 && s->bytes) {
        str_human_bytes((uint64_t)((double)s->bytes / v->data_gone), rate);
        buf_addf(b, ", %s/s", rate);
    } else if (s->steps) {
        buf_addf(b, ", steps %llu/%llu", (unsigned long long)s->steps_done,
                 (unsigned long long)s->steps);
    }
}

static void add_left(const struct seen *s, struct buf *b)
{
    if (s->left < 0.5)
        return;
    buf_adds(b, "about ");
    add_time(b, s->left);
    buf_adds(b, " left, ");
}

static void add_gone(const struct progress_view *v, struct buf *b)
{
    buf_adds(b, ", ");
    add_time(b, v->gone);
    buf_adds(b, " gone");
}

void progress_view_line(const struct progress_view *v, struct buf *out)
{
    struct sync_progress whole;
    struct seen s;
    look(v, &whole, &s);
    buf_addf(out, "%s: ", s.phase ? s.phase : "starting");
    if (s.known)
        buf_addf(out, "%d %%, ", (int)(s.share * 100));
    add_left(&s, out);
    add_counts(v, &s, out);
    add_gone(v, out);
}

/* ---- a terminal ---------------------------------------------------------------------------- */

static void add_bar(const struct progress_view *v, double share, struct buf *b)
{
    unsigned full = share <= 0 ? 0 : share >= 1 ? BAR : (unsigned)(share * BAR);
    buf_adds(b, v->ascii ? "[" : "");
    for (unsigned i = 0; i < BAR; i++)
        buf_adds(b, i < full ? (v->ascii ? "#" : "█") : (v->ascii ? "-" : "░"));
    buf_addf(b, "%s %3d %%  ", v->ascii ? "]" : "", (int)(share * 100));
}

/* A column is left free: a line that fills the last one would wrap on some terminals. */
static void cut(const struct progress_view *v, struct buf *b, size_t from)
{
    size_t n = charset_fit(b->data + from, v->width > 1 ? v->width - 1 : 1);
    if (from + n < b->len)
        buf_setlen(b, from + n);
    b->data[b->len] = '\0';
}

/* The same between two parts: half a word says nothing. */
static void cut_parts(const struct progress_view *v, struct buf *b, size_t from)
{
    size_t whole = b->len;
    cut(v, b, from);
    if (b->len == whole)
        return;
    for (size_t end = b->len; end > from + 1; end--)
        if (b->data[end - 2] == ',' && b->data[end - 1] == ' ') {
            buf_setlen(b, end - 2);
            return;
        }
}

static void add_table(const struct progress_view *v, const struct sync_table *t, struct buf *b)
{
    struct buf name = BUF_INIT;
    char rows[32], bytes[32];
    double share = sync_table_share(t);
    model_line(t->path, &name);
    size_t n = charset_fit(name.data, NAME);
    unsigned used = 0;
    for (size_t i = 0; i < n; i++)
        used += ((unsigned char)name.data[i] & 0xc0) != 0x80;
    buf_addf(b, "  %.*s%*s", (int)n, name.data, (int)(NAME + 2 - used), "");
    buf_release(&name);
    if (share >= 0)
        add_bar(v, share, b);
    str_human_count(at(&t->rows), rows);
    str_human_bytes(at(&t->bytes), bytes);
    if (at(&t->rows)) /* counted when a chunk is done */
        buf_addf(b, "%s rows, ", rows);
    buf_adds(b, bytes);
}

unsigned progress_view_lines(const struct progress_view *v, struct buf *out)
{
    struct sync_progress whole;
    struct seen s;
    unsigned lines = 1;
    size_t from = out->len;
    look(v, &whole, &s);
    buf_addf(out, "%-12s  ", s.phase ? s.phase : "starting");
    if (s.known)
        add_bar(v, s.share, out);
    add_left(&s, out); /* first: a narrow terminal cuts what comes last */
    add_counts(v, &s, out);
    add_gone(v, out);
    cut_parts(v, out, from);
    for (size_t i = 0; v->height >= LEAST_HEIGHT && i < s.n_running; i++, lines++) {
        buf_addch(out, '\n');
        from = out->len;
        add_table(v, s.running[i], out);
        cut(v, out, from);
    }
    return lines;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static struct json *number(uint64_t n, bool known)
{
    return known ? json_int((int64_t)n) : json_str(NULL);
}

static struct json *percent(double share)
{
    return number((uint64_t)(share * 100), share >= 0);
}

static struct json *running(const struct seen *s)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < s->n_running; i++) {
        const struct sync_table *t = s->running[i];
        struct json *v = json_obj();
        json_set(v, "table", json_str(t->path));
        json_set(v, "percent", percent(sync_table_share(t)));
        json_set(v, "rows", json_int((int64_t)at(&t->rows)));
        json_set(v, "bytes", json_int((int64_t)at(&t->bytes)));
        json_push(list, v);
    }
    return list;
}

struct json *progress_view_json(const struct progress_view *v)
{
    struct sync_progress whole;
    struct seen s;
    struct json *f = json_obj();
    look(v, &whole, &s);
    json_set(f, "phase", json_str(s.phase ? s.phase : "starting"));
    json_set(f, "percent", percent(s.known ? s.share : -1));
    json_set(f, "milliseconds", json_int((int64_t)(v->gone * 1000)));
    json_set(f, "seconds_left", number((uint64_t)(s.left + 0.5), s.left >= 0));
    json_set(f, "databases", number(s.databases, s.databases > 0));
    json_set(f, "databases_done", number(s.databases_done, s.databases > 0));
    json_set(f, "tables", json_int((int64_t)s.tables));
    json_set(f, "tables_done", json_int((int64_t)s.tables_done));
    json_set(f, "rows", json_int((int64_t)s.rows));
    json_set(f, "bytes", json_int((int64_t)s.bytes));
    json_set(f, "steps", json_int((int64_t)s.steps));
    json_set(f, "steps_done", json_int((int64_t)s.steps_done));
    json_set(f, "running", running(&s));
    return f;
}
