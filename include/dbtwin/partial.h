/*
 * partial.h - a file being written, beside the file that it will replace.
 *
 * Its name is unpredictable, "<file>.<8 hex digits>.partial". It is created, never opened through
 * a link, and locked while it is open; so the next run recognises and removes one whose run is
 * dead. It is safe in folders that everybody may write to (/tmp).
 */
#ifndef DBTWIN_PARTIAL_H
#define DBTWIN_PARTIAL_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

#include <sys/types.h>

/* Whether a file of this name may be written or replaced: ERR_REFUSED if it is a link, pipe or
 * device that another account put into a folder that everybody may write to. */
bool partial_check(const char *file, struct err *err);
/* Makes one for `file`; its name is appended. `alone`: not while another process writes one.
 * ERR_RUNTIME; ERR_REFUSED: "<file>.partial" is there, and another account's. */
bool partial_open(const char *file, mode_t mode, bool alone, struct buf *ret_name, int *ret_fd,
                  struct err *err);
/* Removes those in the folder that this account's dead runs left of files whose name `is_ours`
 * (with `len` bytes) says yes to; all else is left alone. */
void partial_sweep(const char *folder, bool (*is_ours)(void *ctx, const char *name, size_t len),
                   void *ctx);
#endif
