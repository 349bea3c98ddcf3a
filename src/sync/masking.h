/*
 * masking.h - rules of masking on the rows that pass. Only src/sync includes this.
 */
#ifndef SYNC_MASKING_H
#define SYNC_MASKING_H

#include <dbtwin/driver.h>
#include <dbtwin/mask.h>

struct job;

/* Masks text rows of a projection; `in` itself where none of its columns changes. */
struct reader *masking_rows(struct reader *in, const struct mask_set *s, const struct projection *p,
                            struct mask_key *key, unsigned flavor);
/* Rules of SQL become what the source reads; a condition is read as the first character of a value:
 * 'k' where it stays. Texts in `a`. */
void masking_read(const struct mask_set *s, struct projection *p, unsigned flavor, struct arena *a);
/* Whether a column of its key changes. */
bool masking_of_key(const struct mask_set *s, const struct projection *p);
/* masking_hush.c: removes values from a server's message. Twice is as good as once. */
void masking_hush(const struct model *m, struct err *err);

/* Of a copy: once the model was read, before names are mapped. */
bool masking_begin(struct job *j, struct err *err);
/* Its two halves, for a preflight: the rules, with samples that `live` (may be NULL) reads; what
 * else holds rows that are not masked. ERR_REFUSED. */
bool masking_rules(struct job *j, struct session *live, struct err *err);
bool masking_allowed(struct job *j, struct err *err);
/* masking_literals.c: names what the schema itself says of masked columns. */
void masking_literals(struct job *j);
/* Of `require: all`: what nobody has decided about, ERR_REFUSED with the lines to add. */
bool masking_literals_missing(const struct mask_config *c, const struct mask_set *s,
                              const struct model *m, struct arena *a, struct err *err);
/* masking_loaded.c: once rows are in a live target, what its server did not look at. */
bool masking_loaded(struct job *j, struct err *err);
/* Whether a mask looks at column `column` of the rows that pass, or changes it. */
bool masking_reads(const struct mask_set *s, const struct projection *p, uint32_t column);
/* For mark and manifest: which rules and key, or why there are none; NULL: nothing was configured.
 */
const char *masking_note(const struct job *j);

#endif
