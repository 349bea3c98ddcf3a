/*
 * partial.h - a file while it is written, beside the one that it will replace.
 *
 * Its name is private, "<file>.<8 hex digits>.partial", it is made new, never through a link, and
 * is locked for as long as it is open: so one whose run is dead is known, and the next run removes
 * it. Folders that everybody may write to (/tmp) are expected.
 */
#ifndef DBTWIN_PARTIAL_H
#define DBTWIN_PARTIAL_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

#include <sys/types.h>

/* Whether a file of this name may be written to or replaced: ERR_REFUSED where it is a link, pipe
 * or device that another account put into a folder which everybody may write to. */
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
