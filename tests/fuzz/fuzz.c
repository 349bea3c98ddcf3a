#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_must(int holds, const char *promise, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
    abort();
}

int fuzz_file(const uint8_t *data, size_t size, char *ret_path, size_t room)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, data, size);

    fuzz_must(n == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0, "a file in memory", __FILE__,
              __LINE__);
    snprintf(ret_path, room, "/proc/self/fd/%d", fd);
    return fd;
}

void fuzz_file_end(int fd)
{
    close(fd);
}
