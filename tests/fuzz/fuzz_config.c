/* dbtwin.yaml: refused with a reason, or read. */
#include "fuzz.h"

#include "cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = fuzz_file(data, size, path, sizeof path);
    struct cli c = {.config_path = path, .limit = -1};
    struct err err = ERR_INIT;

    arena_init(&c.arena);
    if (!config_load(&c, &err))
        FUZZ_MUST(err.msg[0]);
    config_release(c.config);
    arena_release(&c.arena);
    fuzz_file_end(fd);
    return 0;
}
