/* Catalog queries with guards: lines are kept whole or not at all. */
#include "fuzz.h"

#include <string.h>

#include "driver/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *words[] = {"secrets", NULL};
    struct query_facts f = {.flavor = ENGINE_PG, .version = 150020, .words = words};
    struct buf text = BUF_INIT, kept = BUF_INIT;
    struct err err = ERR_INIT;

    buf_add(&text, (const char *)data, size);
    buf_adds(&text, "");
    if (query_filter(text.data, &f, &kept, &err)) {
        FUZZ_MUST(kept.len <= strlen(text.data) + 1);
        query_is_empty(kept.data ? kept.data : "");
    } else
        FUZZ_MUST(err.msg[0]);
    buf_release(&text);
    buf_release(&kept);
    return 0;
}
