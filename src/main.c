#include "cli/cli.h"

#include <dbtwin/base.h>
#include <dbtwin/err.h>
#include <dbtwin/log.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The first signal asks for an orderly end; a second one does not wait. */
static void on_signal(int sig)
{
    (void)sig;
    if (log_cancelled())
        _exit(130);
    log_cancel_set();
}

/* Whoever lists processes sees the arguments as they stand in memory: without passwords, from the
 * first moment on. What was given lives in the copy. */
static char **hide_passwords(int argc, char **argv, struct arena *a)
{
    char **copy = arena_alloc(a, sizeof(*copy) * ((size_t)argc + 1));
    for (int i = 0; i < argc; i++) {
        size_t len = strlen(argv[i]), left;
        copy[i] = arena_strdup(a, argv[i]);
        err_redact_word(argv[i]);
        left = strlen(argv[i]);
        memset(argv[i] + left, 0, len - left);
    }
    copy[argc] = NULL;
    return copy;
}

/* Where a standard descriptor is closed (>&-), a connection or a snapshot would get its number, and
 * what is meant for people would be written into that. These can be neither read nor written. */
static void fill_standard(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < (int)ARRAY_LEN(modes); fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            _exit(2);
}

int main(int argc, char **argv)
{
    fill_standard();
    struct sigaction sa, was;
    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = on_signal;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, NULL, &was);
    if (was.sa_handler != SIG_IGN) /* nohup */
        sigaction(SIGHUP, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &sa, NULL);
    sigaction(SIGXFSZ, &sa, NULL); /* the write says EFBIG, which is an error like others */
    struct arena arena = ARENA_INIT;
    int code = cli_main(argc, hide_passwords(argc, argv, &arena));
    arena_release(&arena);
    return code;
}
