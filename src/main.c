#include "cli/cli.h"

#include <dbtwin/log.h>

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

int main(int argc, char **argv)
{
    struct sigaction sa;
    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = on_signal;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &sa, NULL);
    return cli_main(argc, argv);
}
