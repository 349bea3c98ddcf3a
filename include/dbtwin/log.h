/*
 * log.h - messages for people, on stderr through a sink that main installs.
 *
 * Library rooms do not print. They may call log_warn/log_info/log_debug for things that are not
 * failures (a fallback, a retry); without a sink they are dropped. The sink is
 * called under a lock, one whole line at a time without the newline.
 *
 * It also holds the cancel flag: the signal handler sets it, every long loop reads it.
 */
#ifndef DBTWIN_LOG_H
#define DBTWIN_LOG_H

#include <dbtwin/base.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
typedef void log_sink(enum log_level level, const char *line, void *ctx);

void log_install(log_sink *sink, void *ctx, enum log_level level);
enum log_level log_level_get(void);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

void log_cancel_set(void);   /* async-signal-safe */
void log_cancel_clear(void); /* tests only */
bool log_cancelled(void);
#endif
