/*
 * utf8.h - telling UTF-8 from other bytes. Included by the .c files of this room only.
 *
 * Overlong forms, surrogates and numbers above U+10FFFF are not UTF-8 (RFC 3629, section 4).
 */
#ifndef DBTWIN_MODEL_UTF8_H
#define DBTWIN_MODEL_UTF8_H

#include <dbtwin/base.h>

/* The length of the character at s (n > 0 bytes are left), or 0 where the bytes are not UTF-8. */
size_t utf8_char(const char *s, size_t n);

/* Whether all of it is UTF-8. */
bool utf8_valid(const char *s, size_t n);

#endif
