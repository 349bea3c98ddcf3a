/* dbtwin.yaml: refused with a reason, or read; also with an environment. */
#include "fuzz.h"

#include "cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = fuzz_file(data, size, path, sizeof path);
    const char *const environments[] = {NULL, "ci"};

    for (size_t i = 0; i < ARRAY_LEN(environments); i++) {
        struct cli c = {.config_path = path, .env = environments[i], .limit = -1};
        struct err err = ERR_INIT;

        arena_init(&c.arena);
        if (!config_load(&c, &err))
            FUZZ_MUST(err.msg[0]);
        config_release(c.config);
        arena_release(&c.arena);
    }
    fuzz_file_end(fd);
    return 0;
}
