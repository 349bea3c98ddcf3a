/* A baseline of accepted drift: refused with the entry, or read, written and read again. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/baseline.h>

static void write_and_read(const struct baseline *b)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct err err = ERR_INIT;
    struct baseline again;

    baseline_init(&again);
    baseline_write(b, &once);
    FUZZ_MUST(baseline_read(&again, (struct slice){once.data, once.len}, &err));
    baseline_write(&again, &twice);
    FUZZ_MUST(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    baseline_release(&again);
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct baseline b;
    struct err err = ERR_INIT;

    baseline_init(&b);
    if (baseline_read(&b, (struct slice){(const char *)data, size}, &err))
        write_and_read(&b);
    else
        FUZZ_MUST(err.msg[0]);
    baseline_release(&b);
    return 0;
}
