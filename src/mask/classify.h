/*
 * classify.h - the parts of the classifier: names, types, values. Included by the .c files of this
 * room only; dbtwin/classify.h says what it is all for.
 */
#ifndef DBTWIN_MASK_CLASSIFY_H
#define DBTWIN_MASK_CLASSIFY_H

#include <dbtwin/classify.h>

/* The lines of words.txt, ended by NULL. */
extern const char *const classify_word_lines[];

/* ---- words ------------------------------------------------------------------------------- */
enum word_role {
    WORD_PERSON = 1,
    WORD_HOLDER = 2,
    WORD_PRIVATE = 4,
    WORD_PLAIN = 8,
    WORD_THING = 16,
    WORD_META = 32,
    WORD_FRONT = 64,
    WORD_PARTICLE = 128,
    WORD_NOWHERE = 256,
    WORD_NUMBER = 512,
};

struct word {
    unsigned roles;            /* WORD_… */
    enum classify_class class; /* NONE: only the roles */
    unsigned char strength;    /* words.txt */
};

/* A piece of a name: a word or a phrase of the table, or what the table does not know. */
struct name_part {
    const struct word *word; /* NULL: not known */
    size_t len;              /* of the piece */
};

enum { NAME_PARTS = 24 };
struct name_parts {
    struct name_part part[NAME_PARTS];
    size_t n;
};

struct classifier {
    struct arena arena;
    struct map words; /* without "_" → struct word */
};

const struct word *classify_word(const struct classifier *k, const char *text, size_t len);
/* Splits a name; numbers and particles are left out. */
void classify_split(const struct classifier *k, const char *name, struct name_parts *ret);

/* ---- types ------------------------------------------------------------------------------- */
enum classify_type {
    TYPE_TEXT = 1,
    TYPE_BYTES = 2,
    TYPE_INT = 4,
    TYPE_NUMBER = 8, /* with decimals */
    TYPE_TIME = 16,  /* a date, with or without a time */
    TYPE_BOOL = 32,
    TYPE_UUID = 64,
    TYPE_JSON = 128, /* also XML, hstore: a tree of anything */
    TYPE_INET = 256,
    TYPE_MAC = 512,
    TYPE_ENUM = 1024,
    TYPE_GEO = 2048,
    TYPE_DERIVED = 4096, /* made of other columns: tsvector */
    TYPE_PLAIN = 8192,   /* cannot say who: bit, interval, ranges, oid */
    TYPE_OTHER = 16384,
};
struct type_facts {
    enum classify_type type; /* of an array: of its elements */
    bool array;
    bool clock;     /* TIME only with a time of day */
    bool year;      /* MySQL's YEAR */
    bool small;     /* an integer of at most two bytes */
    size_t max_len; /* of text and bytes; 0: no limit that matters */
};
void classify_type(const char *type, bool labels, struct type_facts *ret);

/* ---- names ------------------------------------------------------------------------------- */
enum table_sort {
    TABLE_NOWHERE, /* its name says nothing at all */
    TABLE_OPEN,    /* its name is not known */
    TABLE_PERSONS,
    TABLE_THINGS,
    TABLE_COMPANIES,
    TABLE_ADDRESSES, /* postal, of mail, numbers: where somebody is reached */
    TABLE_TEXTS,     /* comments, messages, notes */
};
struct name_verdict {
    enum classify_class class; /* NONE: the name does not say so */
    unsigned strength;
    bool settled;   /* of NONE: it says what else it is (a count, a thing's name) */
    bool by_holder; /* a person's word alone: author, contact */
};
enum table_sort classify_table(const struct classifier *k, const char *table);
/* What a column's name says; strict: only words that speak for themselves (for comments). */
void classify_name(const struct classifier *k, const struct classify_column *c,
                   const struct type_facts *t, struct name_verdict *ret);
void classify_phrase(const struct classifier *k, const char *text, struct name_verdict *ret);

/* ---- values ------------------------------------------------------------------------------ */
/* The shapes that values of a sample have, counted. */
struct value_facts {
    size_t n;                 /* neither NULL nor empty */
    size_t distinct;          /* among them */
    size_t shape[CLASSIFY_N]; /* values that look like one, whole */
    size_t inside;            /* values with an e-mail address, a card or an IBAN inside a text */
    size_t digits;            /* with at least five digits */
    size_t letters;           /* with a letter */
    size_t prose;             /* several words */
    size_t names;             /* two or three capitalised words */
    size_t json, hex;         /* look like JSON or PHP's serialised values; long and random */
    size_t longest;
};
void classify_values(const struct classify_column *c, const struct type_facts *t, struct arena *a,
                     struct value_facts *ret);

/* ---- labels ------------------------------------------------------------------------------ */
/* The rule of a label for PostgreSQL Anonymizer; NULL: it says nothing about masking. */
const char *classify_label_rule(const char *label, struct arena *a);
/* Sets the result of a column that has one. */
void classify_label(const struct object *column, struct arena *a, struct classified *c);

/* ---- rules ------------------------------------------------------------------------------- */
struct classify_wants {
    struct type_facts type;
    bool unique, not_null;
    bool (*proven)(void *ctx, const char *rule); /* NULL: only by the table's own word */
    void *ctx;
};
/* As JSON; NULL: none takes such a column. */
const char *classify_rule(enum classify_class class, const struct classify_wants *w);
#endif
