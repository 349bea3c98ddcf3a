/*
 * webhook.h - sends JSON to a URL. The URL is a secret: whoever has it may write there, so it is in
 * no message. Only src/cli includes this, and only webhook.c knows the library behind it.
 */
#ifndef CLI_WEBHOOK_H
#define CLI_WEBHOOK_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

struct webhook {
    const char *url;
    struct slice json;
    unsigned seconds; /* at most, all in all */
    bool deaf;        /* an interrupt that came before does not end it */
};

/* Whether it may be sent to: https, or http to this very machine. Once per process before the first
 * thread. ERR_USAGE, also where dbtwin was built without libcurl. */
bool webhook_check(const char *url, struct err *err);
/* POST; no redirect is followed. Any answer but 2xx is an error. */
bool webhook_send(const struct webhook *w, struct err *err);

#endif
