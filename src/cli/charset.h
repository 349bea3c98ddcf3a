/*
 * charset.h - what a terminal can show: ASCII alone where the locale is C. Only src/cli.
 */
#ifndef CLI_CHARSET_H
#define CLI_CHARSET_H

#include <dbtwin/base.h>

/* By LC_ALL, LC_CTYPE and LANG, the first that is set: none of UTF-8. */
bool charset_is_ascii(void);
/* Appends the text with this program's own signs (arrows, dots, dashes) in ASCII. Other characters,
 * which come from names and values, stay as they are. */
void charset_plain(struct slice text, struct buf *out);
/* Bytes of the text's beginning that take up to `columns` characters. */
size_t charset_fit(const char *text, unsigned columns);

#endif
