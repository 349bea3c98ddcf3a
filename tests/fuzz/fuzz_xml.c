/* The XML of a model: what is read is written, and written the same when read again; a model does
 * not differ from itself; what a report says of it ends. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/diff.h>

static void compare_with_itself(const struct model *m)
{
    struct diff d = {0};
    struct diff_options opt = {.strict = true};
    struct err err = ERR_INIT;

    FUZZ_MUST(diff_models(&d, m, m, &opt, &err));
    FUZZ_MUST(diff_exit_code(&d) != 1);
    diff_release(&d);
}

static void write_and_read(const struct model *m)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct err err = ERR_INIT;
    struct model again;

    model_init(&again);
    FUZZ_MUST(model_to_xml(m, &once, &err));
    FUZZ_MUST(model_from_xml(&again, (struct slice){once.data, once.len}, &err));
    FUZZ_MUST(model_to_xml(&again, &twice, &err));
    FUZZ_MUST(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    buf_reset(&twice);
    FUZZ_MUST(model_to_json(m, &twice, &err) && model_to_tree(m, &twice, &err));
    model_release(&again);
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model m;
    struct err err = ERR_INIT;

    model_init(&m);
    if (model_from_xml(&m, (struct slice){(const char *)data, size}, &err)) {
        write_and_read(&m);
        compare_with_itself(&m);
    } else
        FUZZ_MUST(err.cls == ERR_CORRUPT && err.msg[0]);
    model_release(&m);
    return 0;
}
