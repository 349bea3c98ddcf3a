#include "recap.h"

#include <stdlib.h>
#include <string.h>

enum { SLOWEST = 5, NAME = 32 };

static double seconds_of(const struct sync_table *t)
{
    return t->began && t->ended > t->began ? (double)(t->ended - t->began) / 1000 : 0;
}

static int by_seconds(const void *a, const void *b)
{
    const struct sync_table *x = *(const struct sync_table *const *)a;
    const struct sync_table *y = *(const struct sync_table *const *)b;
    double p = seconds_of(x), q = seconds_of(y);
    return p > q ? -1 : p < q ? 1 : strcmp(x->path, y->path);
}

static void add_rate(uint64_t rows, uint64_t bytes, double seconds, struct buf *out)
{
    char per_second[32], rows_per_second[32];
    if (seconds < 0.05 || !bytes)
        return;
    str_human_bytes((uint64_t)((double)bytes / seconds), per_second);
    str_human_count((uint64_t)((double)rows / seconds), rows_per_second);
    buf_addf(out, "  %s/s, %s rows/s", per_second, rows_per_second);
}

static void add_phases(const struct sync_result *r, struct buf *out)
{
    const struct {
        const char *name;
        double seconds;
    } phases[] = {{"rows", r->seconds_data},
                  {"keys and indexes", r->seconds_index},
                  {"check", r->seconds_check},
                  {"swap", r->seconds_publish}};
    buf_addf(out, "  %-34s %8s\n", "phase (they overlap)", "seconds");
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        buf_addf(out, "  %-34s %8.1f", phases[i].name, phases[i].seconds);
        if (i == 0)
            add_rate(r->rows - r->rows_there, r->bytes, r->seconds_data, out);
        buf_addch(out, '\n');
    }
}

/* The name fills its column, whatever its characters are. */
static void add_name(const char *path, struct buf *out)
{
    struct buf name = BUF_INIT;
    unsigned used = 0;
    size_t n = 0;
    model_line(path, &name);
    for (; name.data[n]; n++) {
        bool begins = ((unsigned char)name.data[n] & 0xc0) != 0x80;
        if (begins && used == NAME)
            break;
        used += begins;
    }
    buf_addf(out, "  %.*s%*s", (int)n, name.data, (int)(NAME + 2 - used), "");
    buf_release(&name);
}

static void add_tables(const struct sync_result *r, struct buf *out)
{
    struct arena a = ARENA_INIT;
    const struct sync_table **list = arena_alloc(&a, (r->n_list + 1) * sizeof(*list));
    for (uint64_t i = 0; i < r->n_list; i++)
        list[i] = &r->list[i];
    qsort(list, r->n_list, sizeof(*list), by_seconds);
    for (uint64_t i = 0; i < r->n_list && i < SLOWEST && seconds_of(list[i]) > 0; i++) {
        char rows[32], bytes[32];
        str_human_count(list[i]->rows, rows);
        str_human_bytes(list[i]->bytes, bytes);
        if (i == 0)
            buf_addf(out, "  %-34s %8s  %14s  %10s\n", "slowest tables", "seconds", "rows",
                     "bytes");
        add_name(list[i]->path, out);
        buf_addf(out, " %8.1f  %14s  %10s", seconds_of(list[i]), rows, bytes);
        add_rate(list[i]->rows, list[i]->bytes, seconds_of(list[i]), out);
        buf_addch(out, '\n');
    }
    arena_release(&a);
}

void recap_write(const struct sync_result *r, struct buf *out)
{
    add_phases(r, out);
    if (r->n_list)
        add_tables(r, out);
}
