/*
 * err.h - the one error type.
 *
 * A fallible function returns bool (a reader 1/0/-1) and takes `struct err *err` last. The first
 * failure sets it; callers add context in front ("while reading columns: "). Setting never
 * allocates: texts are cut at the array's end, on a UTF-8 boundary. Only main and the worker
 * supervisor print an error. Secrets never enter one: err_set hides every password it is given
 * in a URL (scheme://user:PASSWORD@), whatever text it came from, and drivers must not put
 * connection strings into messages.
 */
#ifndef DBTWIN_ERR_H
#define DBTWIN_ERR_H

#include <dbtwin/base.h>

enum err_class {
    ERR_NONE = 0,
    ERR_USAGE,   /* the command line or config is wrong: exit 2, points at --help */
    ERR_RUNTIME, /* anything that went wrong while running: exit 2 */
    ERR_DENIED,  /* the server refused, a privilege is missing: exit 2; the hint names the GRANT */
    ERR_CONNECTION,  /* could not connect, or the connection was lost: exit 2 */
    ERR_CORRUPT,     /* a file is damaged or truncated: exit 2 */
    ERR_REFUSED,     /* a safety rule said no: exit 4 */
    ERR_INTERRUPTED, /* SIGINT or SIGTERM: exit 130 */
};

struct err {
    enum err_class cls;
    char sqlstate[6]; /* five characters, or "" */
    int native;       /* the MySQL error number, or 0 */
    char msg[2048];
    char hint[1024];
};
#define ERR_INIT \
    {            \
        0        \
    }

/* All return false, so that `return err_set(...)` works. err_set replaces an earlier error. */
bool err_set(struct err *err, enum err_class cls, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts "<text>: " in front of the message. */
bool err_context(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_sqlstate(struct err *err, const char *sqlstate);
bool err_is_set(const struct err *err);
void err_clear(struct err *err);
int err_exit_code(const struct err *err); /* 0, 2, 4 or 130 */
/* Replaces the password of every URL in text with "***" (in place; text never grows). */
void err_redact(char *text);
/* The same for a word of the command line, which may be a mistyped URL. */
void err_redact_word(char *text);
#endif
