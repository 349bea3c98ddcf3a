#include <dbtwin/log.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "redact.h"

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static log_sink *installed_sink;
static void *sink_ctx;
static atomic_int current_level = LOG_WARN;
static atomic_bool cancelled;

void log_install(log_sink *sink, void *ctx, enum log_level level)
{
    pthread_mutex_lock(&sink_lock);
    installed_sink = sink;
    sink_ctx = ctx;
    pthread_mutex_unlock(&sink_lock);
    atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

enum log_level log_level_get(void)
{
    return (enum log_level)atomic_load_explicit(&current_level, memory_order_relaxed);
}

PRINTF_LIKE(2, 0) static void emit(enum log_level level, const char *fmt, va_list ap)
{
    char line[4096];
    int len;

    if (level > log_level_get())
        return;
    len = vsnprintf(line, sizeof(line), fmt, ap);
    if (len < 0)
        return;
    redact_formatted(line, (size_t)len, sizeof(line));
    /* Names come from catalogs: they must neither break the line nor steer the terminal. */
    for (char *c = line; *c; c++) {
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
        else if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    pthread_mutex_lock(&sink_lock);
    if (installed_sink)
        installed_sink(level, line, sink_ctx);
    pthread_mutex_unlock(&sink_lock);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    emit(LOG_WARN, fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    emit(LOG_INFO, fmt, ap);
    va_end(ap);
}

void log_debug(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    emit(LOG_DEBUG, fmt, ap);
    va_end(ap);
}

void log_cancel_set(void)
{
    atomic_store(&cancelled, true);
}

void log_cancel_clear(void)
{
    atomic_store(&cancelled, false);
}

bool log_cancelled(void)
{
    return atomic_load_explicit(&cancelled, memory_order_relaxed);
}
