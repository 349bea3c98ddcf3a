#include "reading.h"

#include <dbtwin/clock.h>

enum { SIDE_WEIGHT = 1000 }; /* statements of one side and bytes of another do not add up */

static void gather(const struct sync_progress *p, struct sync_progress *ret)
{
    const struct reading_display *r = (const struct reading_display *)(const void *)p;
    *ret = (struct sync_progress){
        .phase = "reading", .catalog = true, .by_weight = true, .data_began = p->data_began};
    for (int i = 0; i < r->n_sides; i++) {
        uint64_t parts = __atomic_load_n(&r->sides[i].parts, __ATOMIC_RELAXED);
        uint64_t done = __atomic_load_n(&r->sides[i].parts_done, __ATOMIC_RELAXED);
        ret->rows += __atomic_load_n(&r->sides[i].rows, __ATOMIC_RELAXED);
        ret->bytes += r->bytes[i] ? done : 0;
        if (!parts) { /* a pipe, or it has not begun */
            ret->weight = 0;
            return;
        }
        ret->weight += SIDE_WEIGHT;
        ret->weight_done += done < parts ? done * SIDE_WEIGHT / parts : SIDE_WEIGHT;
    }
}

void reading_start(struct reading_display *r, const struct cli *c, struct place *a, struct place *b)
{
    struct place *const places[] = {a, b};
    *r = (struct reading_display){.base = {.gather = gather, .data_began = clock_now()},
                                  .n_sides = b ? 2 : 1};
    for (int i = 0; i < r->n_sides; i++) {
        places[i]->options.progress = &r->sides[i];
        r->bytes[i] = places[i]->kind != AT_LIVE;
    }
    r->display = progress_start(c, &r->base);
}

void reading_stop(struct reading_display *r)
{
    progress_stop(r->display);
}
