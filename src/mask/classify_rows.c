#include "classify.h"

bool classify_rows_add(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                       struct err *err)
{
    struct classify_rows *r = ctx;

    (void)err;
    r->width = n;
    for (unsigned i = 0; i < n; i++) {
        struct slice v = {NULL, 0};

        if (values[i])
            v = (struct slice){arena_memdup(r->arena, values[i], lengths[i] + 1), lengths[i]};
        VEC_PUSH(&r->values, struct slice, v);
    }
    return true;
}

struct classify_sample classify_rows_sample(const struct classify_rows *r)
{
    size_t n = r->width ? r->values.len / r->width : 0;
    struct slice *by_column = arena_calloc(r->arena, sizeof(*by_column) * (n * r->width + 1));

    for (size_t row = 0; row < n; row++)
        for (size_t i = 0; i < r->width; i++)
            by_column[i * n + row] = VEC_AT(&r->values, struct slice, row * r->width + i);
    return (struct classify_sample){.values = by_column, .n_rows = n, .sampled = true};
}
