#include <dbtwin/base.h>

#include <unistd.h>

void base_oom(void)
{
    static const char message[] = "dbtwin: out of memory\n";

    /* Nothing that could allocate: no stdio, no atexit handlers. */
    if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
        _exit(2);
    _exit(2);
}
