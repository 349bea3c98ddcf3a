/* A snapshot file: refused as damaged, or whole. */
#include "fuzz.h"

#include "cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct check_result r;
    struct err err = ERR_INIT;
    char path[64];
    int fd = fuzz_file(data, size, path, sizeof path);

    if (!check_snapshot(path, true, NULL, &a, &r, &err))
        FUZZ_MUST(err.msg[0]);
    fuzz_file_end(fd);
    arena_release(&a);
    return 0;
}
