#include <dbtwin/err.h>

#include <stdio.h>
#include <string.h>

#include "redact.h"

/* By way of a copy, because the arguments may point into the text that is being replaced. */
PRINTF_LIKE(3, 0) static void format(char *ret, size_t size, const char *fmt, va_list ap)
{
    char text[sizeof(((struct err *)0)->msg)];
    int len = vsnprintf(text, size, fmt, ap);

    if (len < 0) {
        snprintf(text, size, "%s", fmt);
        len = 0;
    }
    redact_formatted(text, (size_t)len, size);
    memcpy(ret, text, strlen(text) + 1);
}

bool err_set(struct err *err, enum err_class cls, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return false;
    va_start(ap, fmt);
    format(err->msg, sizeof(err->msg), fmt, ap);
    va_end(ap);
    err->cls = cls;
    err->sqlstate[0] = '\0';
    err->native = 0;
    err->hint[0] = '\0';
    return false;
}

bool err_hint(struct err *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return false;
    va_start(ap, fmt);
    format(err->hint, sizeof(err->hint), fmt, ap);
    va_end(ap);
    return false;
}

bool err_context(struct err *err, const char *fmt, ...)
{
    char context[512]; /* short, so that what went wrong is never pushed out */
    size_t len, rest;
    va_list ap;

    if (!err)
        return false;
    va_start(ap, fmt);
    /* Room is left for ": ". */
    format(context, sizeof(context) - 2, fmt, ap);
    va_end(ap);
    len = strlen(context);
    memcpy(context + len, ": ", 2);
    len += 2;

    rest = strlen(err->msg);
    if (rest > sizeof(err->msg) - 1 - len)
        rest = str_utf8_floor(err->msg, sizeof(err->msg) - 1 - len);
    memmove(err->msg + len, err->msg, rest);
    memcpy(err->msg, context, len);
    err->msg[len + rest] = '\0';
    return false;
}

void err_sqlstate(struct err *err, const char *sqlstate)
{
    if (err)
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%.5s", sqlstate ? sqlstate : "");
}

bool err_is_set(const struct err *err)
{
    return err->cls != ERR_NONE;
}

void err_clear(struct err *err)
{
    *err = (struct err)ERR_INIT;
}

int err_exit_code(const struct err *err)
{
    switch (err->cls) {
    case ERR_NONE:
        return 0;
    case ERR_REFUSED:
        return 4;
    case ERR_INTERRUPTED:
        return 130;
    case ERR_USAGE:
    case ERR_RUNTIME:
    case ERR_DENIED:
    case ERR_CONNECTION:
    case ERR_CORRUPT:
        break;
    }
    return 2;
}

void err_redact(char *text)
{
    redact_text(text, false);
}

void err_redact_word(char *text)
{
    redact_word(text);
}
