/*
 * redact.h - hiding passwords in texts that people will see. Only src/base may include this; others
 * get it through err_set, err_redact and the log.
 *
 * What is found, in any text:
 *   scheme://user:PASSWORD@host     also when the password holds a raw '@', '/', '?' or blank
 *   password=PASSWORD               connection strings, URL queries, environment words; every key
 *                                   that ends in password, passwd, pwd or passphrase;
 *                                   quoted or not, its bytes as %XX or not
 *   mysql:/user:PASSWORD@host       known schemes that end otherwise: all up to the '@'
 *   password 'PASSWORD'             SQL, also IDENTIFIED BY 'PASSWORD'
 * Where a text is ambiguous, too much is hidden rather than too little. What is hidden becomes at
 * most three stars, so that a text never grows. Cost: one pass over the text.
 */
#ifndef DBTWIN_BASE_REDACT_H
#define DBTWIN_BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

/* cut: the text's end is missing, so an unfinished URL at its end may be about to show one. */
void redact_text(char *text, bool cut);

/* For a word of the command line, which may be a URL with any mistake in it: what stands between
 * the first ':' and the last '@' is hidden as well where there is no "://". */
void redact_word(char *text);

/* What vsnprintf left in text[size] when it returned len: hides, and ends it on a whole character.
 */
void redact_formatted(char *text, size_t len, size_t size);

#endif
