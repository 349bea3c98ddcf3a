/*
 * json.h - making and reading small JSON documents.
 *
 * Only the model room sees the library behind it; all other rooms build values with these
 * functions. A value is owned by whoever made it until json_set or json_push takes it; json_free
 * frees a value with all it holds. What reading functions return lives as long as the document. A
 * document is held in memory as a whole (some 200 bytes for each value): for millions of values
 * dump piece by piece.
 *
 * Texts that are not UTF-8 (JSON has no other) are made visible, never dropped: each wrong byte
 * becomes the four characters \xNN.
 */
#ifndef DBTWIN_JSON_H
#define DBTWIN_JSON_H

#include <dbtwin/err.h>

struct json;

/* Building. */
struct json *json_obj(void);
struct json *json_arr(void);
struct json *json_str(const char *text); /* copied; NULL gives null */
struct json *json_int(int64_t number);
struct json *json_num(double number); /* null when not finite */
struct json *json_bool(bool yes);
void json_set(struct json *obj, const char *key, struct json *value); /* takes value */
void json_push(struct json *arr, struct json *value);                 /* takes value */
void json_free(struct json *v);                                       /* NULL is fine */

/* Appends. Members keep the order in which they were set. indent 0 gives one line. */
void json_dump(const struct json *v, unsigned indent, struct buf *out);
/* Appends the text as a JSON string, with its quotes. */
void json_dump_str(const char *text, struct buf *out);

/* Reading. NULL with ERR_CORRUPT and the line; a duplicate member is an error. */
struct json *json_parse(struct slice text, struct err *err);
const struct json *json_get(const struct json *obj, const char *key); /* NULL: no such member */
size_t json_len(const struct json *arr);                              /* 0 for no array */
const struct json *json_at(const struct json *arr, size_t i);         /* NULL past the end */
const char *json_text(const struct json *v);          /* NULL when v is not a string (or NULL) */
bool json_number(const struct json *v, int64_t *ret); /* false when v is not a whole number */

#endif
