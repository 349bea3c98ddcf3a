/*
 * classify.h - whether a column holds data about persons, which, and what to mask it with.
 *
 * A guess from what is at hand: the names of the column and its table, the type, comments, the
 * labels of an enumeration, a sample of values. It is made to err on the safe side: what nothing is
 * known about is UNKNOWN, not HARMLESS.
 *
 * Names are split (camelCase, snake_case, digits, "geburtsdatum") and looked up in a table of
 * words in a dozen languages, src/mask/classify/words.txt, which also says how its words work
 * together: customer_name is somebody's, product_name is not, email_count is none of both. Values
 * confirm, contradict (a "phone" that only says ios and android) or find what no name says.
 *
 * Pure. A classifier is read-only once made: any thread may use it. Values of a sample are looked
 * at and forgotten: no reason and no rule holds one.
 * Cost: some microseconds a column, and some a value.
 */
#ifndef DBTWIN_CLASSIFY_H
#define DBTWIN_CLASSIFY_H

#include <dbtwin/model.h>

enum classify_class {
    CLASSIFY_NONE,
    CLASSIFY_EMAIL,
    CLASSIFY_PHONE,
    CLASSIFY_NAME, /* of a person: whole, or which part is not known */
    CLASSIFY_FIRST_NAME,
    CLASSIFY_LAST_NAME,
    CLASSIFY_USERNAME,
    CLASSIFY_PASSWORD,
    CLASSIFY_TOKEN, /* whoever has it may act: sessions, API keys, seeds */
    CLASSIFY_CARD,
    CLASSIFY_IBAN, /* and other account numbers */
    CLASSIFY_NATIONAL_ID,
    CLASSIFY_TAX_ID,
    CLASSIFY_PASSPORT, /* and driving licences */
    CLASSIFY_ADDRESS,
    CLASSIFY_CITY,
    CLASSIFY_POSTCODE,
    CLASSIFY_COUNTRY, /* also nationality */
    CLASSIFY_BIRTH_DATE,
    CLASSIFY_GENDER,
    CLASSIFY_IP,
    CLASSIFY_MAC,
    CLASSIFY_PHOTO, /* a picture, or where it is */
    CLASSIFY_COMPANY,
    CLASSIFY_FREE_TEXT, /* somebody wrote it, about somebody */
    CLASSIFY_GEO,
    CLASSIFY_SENSITIVE, /* health, religion, origin, party, orientation, income … */
    CLASSIFY_URL,       /* of a person */
    CLASSIFY_OTHER,     /* declared to be personal, in a comment; what it is, is not known */
    CLASSIFY_N,
};

enum classify_verdict {
    CLASSIFY_HARMLESS, /* by its type, by what its values look like, or by a name of things */
    CLASSIFY_UNKNOWN,  /* could hold anything, and nothing tells: text without rows, JSON, bytes */
    CLASSIFY_PERSONAL, /* needs a rule */
};

/* What is known of a column. Texts may be NULL, except the column's name. */
struct classify_column {
    const char *table, *column; /* plain names */
    const char *type;           /* as the server writes it; of a domain: of what it is made of */
    const char *comment;
    const char *const *labels;  /* of an enumeration, ended by NULL */
    bool beside_person;         /* another column of the table is surely about a person */
    const struct slice *values; /* the sample; data NULL is NULL. Without their escapes */
    size_t n_values;
    bool sampled;          /* the table was read, even if it has no rows */
    bool unique, not_null; /* what its rule must respect */
};

/* Texts are constant, or in the arena given. */
struct classify_result {
    enum classify_verdict verdict;
    enum classify_class class; /* NONE unless PERSONAL, or UNKNOWN with a suspicion */
    unsigned confidence;       /* of the verdict: 0 to 100 */
    const char *reason;        /* for people: `the name says email; 98 % of the values fit` */
    /* As JSON, {"email": {}} or "keep": fits the type. "undecided": there is none that does. */
    const char *rule;
};

struct classifier;
struct classifier *classifier_new(void);
void classifier_free(struct classifier *k); /* NULL is fine */
void classify_column(const struct classifier *k, const struct classify_column *c, struct arena *a,
                     struct classify_result *ret);

/* Whether a mail address, the number of a telephone, a card or an account stands in a text. */
bool classify_inside(struct slice text);

const char *classify_class_name(enum classify_class c); /* "email", "birth_date" … */
const char *classify_verdict_name(enum classify_verdict v);

/* ---- a whole database -------------------------------------------------------------------- */
/* What was read of a table. Columns are in their order (model_parts). */
struct classify_sample {
    const struct slice *values; /* n_rows values for each column, one column after another */
    size_t n_rows;
    bool sampled;        /* it was read, even if it has no rows */
    const char *problem; /* why not, for people, or NULL */
};
/* How many rows of a table tell enough, and rows as a server sends them: a sample has columns. */
enum { CLASSIFY_ROWS = 200 };
struct classify_rows {
    struct arena *arena; /* where the values live */
    struct vec values;   /* struct slice, row by row; the caller's to release */
    unsigned width;
};
/* A row_fn (driver.h) of such. */
bool classify_rows_add(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                       struct err *err);
struct classify_sample classify_rows_sample(const struct classify_rows *r);
/* What the caller knows; either may be NULL. */
struct classify_help {
    /* Fills *ret, in `a`; NULL: no rows are read. */
    void (*sample)(void *ctx, const struct object *table, struct arena *a,
                   struct classify_sample *ret);
    /* Whether a rule, as JSON, is proven to fit the column; NULL: by its type's word alone. */
    bool (*fits)(void *ctx, const struct object *column, bool unique, const char *rule);
    void *ctx;
};

struct classified {
    const struct object *column;
    struct classify_result result;
    bool generated; /* the server computes it: it takes no rule */
    bool declared;  /* its rule comes from a security label */
    /* A foreign key leads to it: both get the rule of the column referred to; else NULL. */
    const struct object *follows;
};
struct classified_table {
    const struct object *table;
    struct classified *columns;
    uint32_t n_columns;
    size_t n_rows;       /* that were looked at */
    const char *problem; /* of the sample */
};
/*
 * Appends each table whose rows are copied and that rules name (of a partitioned one the root, not
 * its partitions) as struct classified_table, in the model's order. Texts live in `a`; a sample
 * lives as long as its table is looked at.
 */
void classify_model(const struct classifier *k, const struct model *m,
                    const struct classify_help *help, struct arena *a, struct vec *ret);
/* Appends a rule, JSON, as people write it in YAML: {email: {}}. */
void classify_rule_yaml(const char *json, struct buf *out);

/*
 * For `require: pii`: appends (const struct classified *) what has the verdict and no rule, by
 * has_rule, of what classify_model found. Columns of tables without rows, and texts of which the
 * few values seen are nobody's, are not UNKNOWN for it.
 */
void classify_missing(const struct vec *tables, enum classify_verdict verdict,
                      bool (*has_rule)(void *ctx, const struct object *column), void *ctx,
                      struct vec *ret);
#endif
