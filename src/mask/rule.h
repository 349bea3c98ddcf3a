/*
 * rule.h - what a rule and a worker are made of. Included by the .c files of this room only.
 *
 * A rule is filled by rule.c (parameters, common options) and by its transformer's prepare, and
 * then never changes. A worker has what changes: contexts of the PRF, scratch buffers.
 */
#ifndef DBTWIN_MASK_RULE_H
#define DBTWIN_MASK_RULE_H

#include <dbtwin/mask.h>

typedef unsigned __int128 u128;

enum { MASK_MAX_PARAMS = 8, MASK_BLOCK = 32, MASK_DEEPEST = 8, MASK_SUFFIX = 11 };

/* A parameter's value: as its type says; text and node as they were written. */
struct mask_arg {
    const struct mask_node *node; /* NULL: not given */
    const char *text;             /* as given, or the fallback; NULL: neither */
    int64_t number;               /* COUNT, BOOL, WORD (index), DURATION, AMOUNT, NUMBER if whole */
    bool percent;                 /* AMOUNT */
    unsigned scale;               /* AMOUNT: number is of so many digits after the point */
};

struct mask_rule {
    struct mask_rule_facts facts;
    const struct mask_column *column;
    const struct mask_transformer *known; /* the table: transformers.c hands it in */
    struct mask_arg args[MASK_MAX_PARAMS];
    struct slice prefix; /* of every PRF: purpose, version, domain, each with its length */
    struct slice *kept;  /* canonical keep_values and sentinels, n_kept of them */
    size_t n_kept;
    unsigned fold;    /* of the canonical value of texts: MASK_FOLD_… */
    bool empty_too;   /* empty values are masked as well */
    uint64_t n[4];    /* the transformer's own */
    const char *word; /* its own */
    void *own;        /* its own */
    const struct mask_node *spec;
    struct mask_key *key;
    struct arena *arena; /* while it is made */
};

struct mask_worker {
    struct arena arena;
    struct mask_key *key;
    struct prf *prf;
    struct map ciphers;  /* rule → struct cipher, of the Feistel rounds */
    struct map domains;  /* rule and size → how it is permuted */
    struct vec opened;   /* struct cipher *: all of them */
    struct map decoders; /* name of a character set → struct charset_pair */
    struct vec charsets; /* struct charset_pair *: all of them */
    struct buf canon;
    unsigned depth; /* documents inside documents */
    struct mask_frame {
        struct buf plain, made, part;
    } frames[MASK_DEEPEST];
};

/* The canonical form of a value of the rule's column, in w->canon: what the PRF is given. */
struct slice mask_canon(struct mask_worker *w, const struct mask_rule *r, struct slice value);
/* PRF(prefix, canonical value): 32 bytes. */
void mask_block(struct mask_worker *w, const struct mask_rule *r, struct slice value,
                uint8_t ret[MASK_BLOCK]);
/* The same of bytes that are canonical already. */
void mask_block_of(struct mask_worker *w, const struct mask_rule *r, struct slice canonical,
                   uint8_t ret[MASK_BLOCK]);
/* Reads a rule that names one of the transformers of a table; mask_rule_new is it of
 * mask_transformers. The table names the transformers' functions, which call what is here. */
bool mask_rule_of(const struct mask_transformer *known, const struct mask_node *spec,
                  const struct mask_column *c, struct mask_key *key, struct arena *a,
                  const struct mask_rule **ret, struct err *err);
const struct mask_transformer *mask_transformer_in(const struct mask_transformer *table,
                                                   const char *name);
/* Reads one rule inside another's parameters (a document's leaf). */
bool mask_rule_inner(const struct mask_node *spec, const struct mask_rule *outer,
                     const struct mask_column *c, const struct mask_rule **ret, struct err *err);

/* "mask: line 4: public.users.email: " in front of a text: where the rule is, and of what. */
bool mask_wrong(const struct mask_rule *r, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Whether a value of the column may have n characters that are all ASCII. */
bool mask_has_room(const struct mask_column *c, uint64_t n);
/* How many such characters fit at most. */
uint64_t mask_room(const struct mask_column *c);

/* ---- character sets (charset.c): a column's bytes as UTF-8 and back. False: not possible. */
bool charset_is_plain(const struct mask_column *c); /* nothing is to be done */
bool charset_decode(struct mask_worker *w, const struct mask_column *c, struct slice in,
                    struct buf *out);
bool charset_encode(struct mask_worker *w, const struct mask_column *c, struct slice in,
                    struct buf *out);
void charset_end(struct mask_worker *w);

/* ---- arrays (array.c): calls mask_value for each element. PostgreSQL's form. */
bool array_value(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, struct err *err);
/* One value that is no array; of mask_value. */
bool mask_single(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err);

/* ---- parameters (param.c) */
/* Fills r->args from the map of the spec, by r->facts.transformer's parameters. */
bool param_read(struct mask_rule *r, const struct mask_node *given, struct err *err);

/* ---- numbers drawn from a block: xoshiro256** seeded by it */
struct dice {
    uint64_t s[4];
};
void dice_from(struct dice *d, const uint8_t block[MASK_BLOCK]);
uint64_t dice_next(struct dice *d);
uint64_t dice_below(struct dice *d, uint64_t n); /* 0 … n-1, n > 0 */

/* n characters of base 32 (a-z, 2-7) from a block: five bits each, n <= 51. */
void mask_base32(const uint8_t block[MASK_BLOCK], size_t n, struct buf *out);

/* ---- permutations (permute.c) */
enum { PERMUTE_TABLE_MAX = 1 << 20 };
/* x < n, n > 0: another number below n; one-to-one. */
u128 permute(struct mask_worker *w, const struct mask_rule *r, u128 n, u128 x);
void permute_end(struct mask_worker *w); /* frees the worker's ciphers */

#endif
