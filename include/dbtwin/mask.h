/*
 * mask.h - values of production become values that say nothing about a person: bytes in, bytes out.
 *
 * - A key (mask_key) is the one secret. Everything that is invented follows from it and from the
 *   value: PRF(key; purpose, version, domain, canonical value). The same value gives the same
 * masked value in every table, database, engine and night; without the key nobody can compute it.
 * - A transformer is a row of the table mask_transformers: its parameters, the types it takes, what
 *   it promises. Rules name one; nothing outside that table distinguishes between them.
 * - A rule (mask_rule) is a transformer with parameters, proven to fit a column: mask_rule_new
 * finds before any row is read that a value it can make would be too long, of another type, or
 * NULL.
 * - A worker (mask_worker) applies rules; one for each thread. Rules are read-only once made; a key
 *   may be used by all threads at once.
 *
 * NULL and empty values stay what they are, unless the transformer says otherwise. Values are those
 * of text rows (driver.h) without their escapes, in the column's own character set.
 *
 * Pure: knows no file, socket, clock or environment. Keys and specs are handed in by cli.
 * Cost of a value: 0.4 to 1 microsecond for most transformers (tests/bench).
 */
#ifndef DBTWIN_MASK_H
#define DBTWIN_MASK_H

#include <dbtwin/classify.h>
#include <dbtwin/model.h>
#include <dbtwin/subset.h>

/* ---- the key --------------------------------------------------------------------------- */
enum { MASK_KEY_MIN = 16, MASK_ID_SIZE = 17 };

struct mask_key;
/* From the text of a file, a command or a variable: hexadecimal or base64, blanks at its end do not
 * count; it must hold 128 bits at least, and not one byte repeated. ERR_USAGE. */
bool mask_key_new(struct slice text, struct mask_key **ret, struct err *err);
void mask_key_free(struct mask_key *k); /* wipes; NULL is fine */
/* Which key it is, for marks and manifests: says nothing about it. */
void mask_key_id(const struct mask_key *k, char ret_id[MASK_ID_SIZE]);

/* ---- what a rule is written as: a tree, whatever file it came from -------------------------- */
struct mask_node {
    const char *name; /* in a map; NULL in a list and at the root */
    const char *text; /* of a scalar; NULL: a map, a list or null */
    enum mask_node_kind { MASK_NULL, MASK_SCALAR, MASK_MAP, MASK_LIST } kind;
    unsigned line, column; /* in the file, from 1; 0 = not known */
    struct mask_node *first, *next;
};
/* From JSON. ERR_USAGE with the place. */
bool mask_node_from_json(struct slice json, struct arena *a, struct mask_node **ret,
                         struct err *err);
/* Appends JSON that means the same: what the digest of the rules is made of. */
void mask_node_text(const struct mask_node *n, struct buf *out);
/* The entry of a map, or NULL. */
const struct mask_node *mask_node_get(const struct mask_node *map, const char *name);

/* ---- columns ----------------------------------------------------------------------------- */
enum mask_type {
    MASK_T_TEXT = 1,
    MASK_T_INT = 2,
    MASK_T_DECIMAL = 4,
    MASK_T_FLOAT = 8,
    MASK_T_BOOL = 16,
    MASK_T_DATE = 32,
    MASK_T_TIMESTAMP = 64,
    MASK_T_UUID = 128,
    MASK_T_JSON = 256,
    MASK_T_BYTES = 512,
    MASK_T_INET = 1024,
    MASK_T_MAC = 2048,
    MASK_T_ENUM = 4096,
    MASK_T_OTHER = 8192, /* geometry, bit … */
    MASK_T_HSTORE = 16384,
    MASK_T_XML = 32768,
    MASK_T_COMPOSITE = 65536,
    MASK_T_RANGE = 131072, /* multiranges, too */
    MASK_T_ALL = 262143,
};

enum mask_charset { MASK_CS_UTF8, MASK_CS_ASCII, MASK_CS_LATIN1, MASK_CS_BINARY, MASK_CS_OTHER };

/* What its collation treats as equal. */
enum { MASK_FOLD_CASE = 1, MASK_FOLD_ACCENT = 2, MASK_FOLD_TRAIL = 4 };

#define MASK_NO_LIMIT UINT64_MAX

struct mask_column {
    const char *path;      /* for messages: public.users.email */
    const char *type_text; /* as the model says it */
    enum mask_type type;   /* of an array: of its elements */
    bool array;            /* PostgreSQL */
    bool hex;              /* bytes are written as \x… (PostgreSQL) */
    bool not_null;
    bool unique; /* by itself: two rows may not have the same value */
    bool key;    /* part of a key, or of a reference to one */
    bool is_signed;
    bool date_only_1970; /* a MySQL TIMESTAMP: 1970 to 2038 */
    enum mask_charset charset;
    const char *charset_name; /* of MASK_CS_OTHER */
    unsigned fold;
    uint64_t max_chars, max_bytes; /* MASK_NO_LIMIT */
    bool padded; /* the server fills values up to max_chars with blanks (char(n) of PostgreSQL), or
                  * to max_bytes with zeros (binary(n)) */
    int64_t min; /* INT */
    uint64_t max;
    unsigned precision, scale; /* DECIMAL; precision 0: any */
    const char *const *labels; /* ENUM: until NULL */
    /* COMPOSITE: its attributes, RANGE: one that is its bounds; ended by one without a path. */
    const struct mask_column *parts;
    const char *name; /* of an attribute */
};
/* From the model; texts in `a`. unique and key are the caller's to set (mask_rules does). */
void mask_column_of(const struct model *m, const struct object *column, struct arena *a,
                    struct mask_column *ret);

/* ---- transformers -------------------------------------------------------------------------- */
enum mask_param_type {
    MASK_P_TEXT,
    MASK_P_COUNT,    /* a number from 0 */
    MASK_P_NUMBER,   /* a decimal number */
    MASK_P_BOOL,     /* yes, no */
    MASK_P_WORD,     /* one of `words` */
    MASK_P_DURATION, /* 90d, 12h, 30m, 10s; seconds */
    MASK_P_AMOUNT,   /* a number, or a number with % */
    MASK_P_LIST,     /* of texts */
    MASK_P_RANGE,    /* [from, to] */
    MASK_P_COLUMN,   /* the name of a column */
    MASK_P_PATHS,    /* any name: a rule for the leaves at that path */
};
struct mask_param {
    const char *name; /* NULL ends a list; "" of MASK_P_PATHS */
    enum mask_param_type type;
    const char *fallback; /* what it is if not given, for people too; NULL: nothing */
    const char *words;    /* of MASK_P_WORD: "a|b|c" */
    const char *help;
};

enum mask_promise {
    MASK_INJECTIVE = 1,    /* two values never become one, or less often than once in 2^40 runs of a
                            * million; some parameters and short columns take it away */
    MASK_KEEPS_LENGTH = 2, /* as many characters as before */
    MASK_OF_ROW = 4,       /* may look at other columns of the row */
    MASK_SHOWS = 8,        /* the value, or a part of it, stays */
};

struct mask_rule;
struct mask_worker;
struct mask_input;
struct mask_transformer {
    const char *name;
    const char
        *domain;      /* the kind of thing: values of one domain are masked alike; NULL: the name */
    unsigned version; /* of the algorithm and its lists; part of every PRF */
    unsigned types;   /* MASK_T_… that it takes */
    unsigned promises;
    const struct mask_param *params;
    const char *sentinels; /* values that stay, separated by "|"; NULL: none */
    const char *help;
    const char *example; /* a rule, as JSON */
    /* Checks parameters against the column, and sets what the rule promises and its longest value.
     */
    bool (*prepare)(struct mask_rule *r, struct err *err);
    /* Appends to out. The value is not NULL, not empty and not a sentinel. */
    bool (*apply)(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                  struct buf *out, bool *ret_null, struct err *err);
};
extern const struct mask_transformer mask_transformers[]; /* by name; a NULL name ends them */
const struct mask_transformer *mask_transformer_find(const char *name);

/* ---- rules ----------------------------------------------------------------------------------- */
/* Beside a transformer a rule may say: keep_values, on_collision, domain, when. */
struct mask_rule_facts {
    const struct mask_transformer *transformer;
    bool keeps;          /* it is `keep` */
    bool injective;      /* with these parameters, in this column */
    uint64_t longest;    /* characters; MASK_NO_LIMIT: as long as the value before */
    const char *sql;     /* of `sql`: the expression that is read instead of the column */
    const char *when;    /* rows of which it is false keep their value; the source's SQL, or NULL */
    const char *entity;  /* `together`, `per`: column whose value stands for the person, or NULL */
    const char *same_as; /* of `same_as`: the column */
    bool suffix;         /* on_collision: suffix */
    const char *domain;  /* in effect */
    const char *note;    /* for people: a weakness of it ("format only, no secrecy"), or NULL */
};

/*
 * Reads a rule and proves that it fits the column, which must outlive it. ERR_USAGE names the place
 * in the file and the column. Without a key the rule can be judged, but not applied.
 */
bool mask_rule_new(const struct mask_node *spec, const struct mask_column *c, struct mask_key *key,
                   struct arena *a, const struct mask_rule **ret, struct err *err);
const struct mask_rule_facts *mask_rule_facts(const struct mask_rule *r);

/* What a value is masked with: itself and, where the rule asks, other values of its row. */
struct mask_input {
    struct slice value;
    struct slice entity;  /* of facts->entity; data NULL: NULL, then the value stands for itself */
    struct slice row_key; /* for on_collision: suffix */
    const struct mask_rule *other; /* of facts->same_as: that column's rule, or NULL: none */
    struct slice other_value;      /* and its value; data NULL: NULL */
};

struct mask_worker *mask_worker_new(struct mask_key *k);
void mask_worker_free(struct mask_worker *w);
/* Masks one value that is not NULL. Appends to out, or sets *ret_null. Errors never show a value.
 */
bool mask_value(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err);

/* Appends the text (UTF-8) as it is when case and accents do not count. */
void mask_fold(struct slice s, struct buf *out);

/* ---- the rules of a database ------------------------------------------------------------------
 */
/*
 * A pattern is the path of a column, in which * stands for any text within a name and ? for one
 * character; names with a dot are quoted. One of fewer parts than the path is about its last parts;
 * leading parts that are * may be more than the path has. A rule of a partitioned table is its
 * partitions' too. A path without * or ? comes before patterns; two patterns that disagree about a
 * column, and a rule that fits no column, are errors.
 */
enum mask_require {
    MASK_REQUIRE_PII,  /* what looks like a person's needs a rule */
    MASK_REQUIRE_ALL,  /* every column does */
    MASK_REQUIRE_NONE, /* what has no rule stays */
};
struct mask_entry {
    const char *pattern;
    const struct mask_node *spec; /* line and column are those of the pattern */
};
struct mask_config {
    const char *file; /* for messages */
    enum mask_require require;
    bool of_several;    /* databases: a rule may fit no column in one of them */
    struct vec entries; /* struct mask_entry */
    /* const char *: patterns of objects whose definitions somebody has looked at */
    struct vec literals;
    /* Whether a table arrives empty: its columns need no rule; or NULL */
    bool (*is_empty)(const void *ctx, const struct object *table);
    const void *ctx; /* of is_empty */
    /* struct subset_reference: keys that no constraint declares, and that join columns as foreign
     * keys do; or NULL */
    const struct vec *references;
};

struct mask_set;
struct mask_found {
    const struct object *column;
    const char *pattern; /* NULL: it has the rule of the column that its foreign key refers to */
    const struct mask_column *facts;
    const struct mask_rule *rule;
};
/*
 * The rules for a model: found, joined over foreign keys, proven to fit, judged by every unique
 * thing. Columns of one foreign key, declared or not, share a rule: one that has none gets that of
 * the column that it refers to. ERR_USAGE with the place in the file. Nothing is required here: see
 * mask_set_missing. The set lives in `a`; the model may be renamed, but its columns must stay.
 */
bool mask_set_new(const struct mask_config *c, const struct model *m, struct mask_key *key,
                  struct arena *a, struct mask_set **ret, struct err *err);
void mask_set_release(struct mask_set *s); /* its index; NULL is fine */
/* The rule of a column, or NULL. */
const struct mask_found *mask_set_find(const struct mask_set *s, const struct object *column);
/* What `together`, `per` and `same_as` name: a column of the table; TABLE.COLUMN also the one whose
 * foreign key refers to it. NULL: there is none. */
const struct object *mask_set_beside(const struct mask_set *s, const struct object *table,
                                     const char *name);
/* Whether rows of the table change: some rule does more than keep. */
bool mask_set_changes(const struct mask_set *s, const struct object *table);
/* Columns that have a rule, and those of them whose rule does more than keep. */
size_t mask_set_count(const struct mask_set *s);
size_t mask_set_masked(const struct mask_set *s);
const struct mask_found *mask_set_at(const struct mask_set *s, size_t i);
/* A digest of the rules and of the versions of what they use: 16 hexadecimal digits. */
const char *mask_set_digest(const struct mask_set *s);
/*
 * What `require` misses: ERR_REFUSED, which names the columns and the lines to add. What looks like
 * a person's is classify.h's to say, with the caller's help; a `keep` by pattern does not
 * count for it.
 */
bool mask_set_missing(const struct mask_config *c, const struct mask_set *s, const struct model *m,
                      const struct classify_help *help, struct err *err);
/* For classify_help.fits, whose ctx is the model: whether a rule, as JSON, fits the column. */
bool mask_fits(void *model, const struct object *column, bool unique, const char *rule);
#endif
