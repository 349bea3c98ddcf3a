/*
 * kinds.h - the kinds of catalog objects and their properties, from kinds.def.
 *
 * Three enums come from the table: enum kind_id (K_TABLE, K_COLUMN …), enum space_id (SPACE_ROLE,
 * SPACE_COLUMN …) and, for each kind, slot numbers from 0 (P_COLUMN_TYPE, P_COLUMN_DEFAULT …):
 * o->v[P_COLUMN_DEFAULT] is checked by the compiler. kinds[] and kind_find() are the loops' way in.
 * Pure data: no state, no cost.
 */
#ifndef DBTWIN_KINDS_H
#define DBTWIN_KINDS_H

#include <dbtwin/base.h>

/* Engines and flavors. A property whose engines do not include a model's flavor is always NULL. */
enum { ENGINE_PG = 1, ENGINE_MY = 2, ENGINE_MA = 4 };
enum {
    ENGINE_MYSQL = ENGINE_MY | ENGINE_MA,
    ENGINE_ALL = ENGINE_PG | ENGINE_MYSQL,
    ENGINE_ACROSS = 8,   /* only for prop_canon: the other side is another engine */
    ENGINE_ELDER = 16,   /* only for prop_canon: exactly one side is a MariaDB before 11.3 */
    ENGINE_EXTRACT = 32, /* only for prop_canon: exactly one is a PostgreSQL before 14 */
    ENGINE_PERHAPS = 64, /* with it: equal forms are possibly, not certainly, the same (pgexpr.h) */
};

enum kind_id {
#define KIND(ID, ...) K_##ID,
#include <dbtwin/kinds.def>
    K_COUNT,
    K_NONE = K_COUNT, /* parent of the root */
    K_RELATION,       /* as a parent: table, view, materialized view, foreign table */
    K_ANY,            /* as a parent: any object */
};

/* Slots of each kind, counted from 0; P_<KIND>_START_ is -1 and P_<KIND>_… follow. */
enum prop_slot {
#define KIND(ID, ...)          P_##ID##_START_ = -1,
#define PROP(KIND_ID, ID, ...) P_##KIND_ID##_##ID,
#include <dbtwin/kinds.def>
};

/*
 * Property types. A slot holds the server's text; comparison uses its canonical form (prop_canon),
 * which never replaces the text.
 *   BOOL  "yes" or "no" (the loader turns t/f, 1/0, YES/NO, true/false into these)
 *   INT   decimal
 *   NAME  a name or keyword, compared byte for byte
 *   TYPE  a data type as the server writes it
 *   EXPR  SQL deparsed by the server: may differ in spelling and mean the same
 *   TEXT  free text, compared byte for byte
 *   BODY  source of a routine, compared byte for byte; reports show a line diff
 */
enum prop_type { T_BOOL, T_INT, T_NAME, T_TYPE, T_EXPR, T_TEXT, T_BODY };

enum prop_flag {
    F_VOLATILE = 1,     /* never compared: counters, estimates */
    F_COSMETIC = 2,     /* compared only with --strict */
    F_CODE = 4,         /* statements of a program: searched for calls that leave the database */
    F_SECRET = 8,       /* held and printed only as "sha256:<hex>" (the loader does it) */
    F_INTERNAL = 16,    /* for dbtwin's own use: not compared, not in reports; is in the XML */
    F_SERVERS_OWN = 32, /* comes with the server: between major versions it is told, and no drift */
    F_NEEDED = 64, /* no statement creates the object without it: a file that lacks it is damaged */
    F_ALIKE = 128  /* partitions that rotate are alike where it is the same (select.h) */
};

enum kind_flag {
    KF_PART = 1,
    KF_TOP = 2,
    KF_ROWS = 4,
    KF_ESSENTIAL = 8,  /* left out together with its parent */
    KF_RENAMED = 16,   /* recognized by its content under a new name */
    KF_BY_TEXT = 32,   /* of a MySQL table: known from SHOW CREATE TABLE alone */
    KF_OF_SERVER = 64, /* on MySQL and MariaDB the server's, not the database's */
    KF_AROUND = 128,   /* an empty database may have it */
    KF_RELATION = 256,
    KF_PROGRAM = 512,     /* MySQL, MariaDB: made by one statement, does not move with tables */
    KF_COMPOSED = 1024,   /* its name holds names of others */
    KF_OF_COLUMNS = 2048, /* a part of a table that may name its columns */
    KF_ALIKE_BY_NAME = 4096,
    KF_SUPERUSERS = 8192,
    KF_OUTSIDE = 16384, /* PostgreSQL: in no schema */
};

/* How severe a change is, least first: see diff.h for what each means. Of both kinds and
 * properties; a row without one is SEVERITY_BEHAVIOUR. */
enum severity { SEVERITY_HARMLESS, SEVERITY_BEHAVIOUR, SEVERITY_DATA, SEVERITY_SECURITY };
enum severity_flag { LF_HARMLESS = 1 << 16, LF_DATA = 1 << 17, LF_SECURITY = 1 << 18 };

/* Names are unique within (parent, space). */
enum space_id {
#define SPACE(ID) SPACE_##ID,
#include <dbtwin/kinds.def>
};

struct prop {
    const char *name;
    enum prop_type type;
    unsigned engines; /* ENGINE_… mask */
    unsigned flags;   /* F_… mask */
    const char *help;
    const char *headline; /* the word before the value in a headline, perhaps ""; NULL: not in it */
};

struct kind {
    enum kind_id id;
    const char *name;
    enum kind_id parent; /* a kind, K_RELATION, K_ANY or K_NONE */
    enum space_id space;
    unsigned engines;
    unsigned flags; /* KF_… mask, and at most one LF_… */
    const char *help;
    const struct prop *props;
    unsigned n_props; /* at most 64 */
};

extern const struct kind kinds[K_COUNT];

/* What only a name, a value or a parent decides (LEVEL_… in kinds.def). */
struct severity_rule {
    enum kind_id kind, parent; /* parent: of LEVEL_IN; else K_NONE */
    const char *name, *value;  /* patterns; value: of LEVEL_VALUE, else NULL */
    int slot;                  /* of the value */
    unsigned engines;
    enum severity level;
};
extern const struct severity_rule severity_rules[]; /* ends with a kind K_NONE */

const struct kind *kind_find(const char *name); /* NULL when there is none */
/* Appends the name of a kind or property as people write it: "foreign key". */
void kind_words(const char *name, struct buf *out);
int kind_prop(const struct kind *k, const char *name); /* slot, or -1 */
bool kind_may_have_parent(const struct kind *k, enum kind_id parent);
const char *prop_type_name(enum prop_type t);

/*
 * The canonical form of a value for comparison (see dialect*.c for the rules, each with its
 * source). Returns `text` itself if nothing changes (also model_unknown and NULL), otherwise a
 * string in `a` or a constant, or NULL: a MySQL column's default "NULL" is no default. The caller
 * passes each side's own flavor, so that MySQL can be compared with MariaDB. If the flavors
 * differ, or exactly one side is a PostgreSQL before 17 or a MySQL before 8, it adds ENGINE_ACROSS:
 * what only one of them reports is ignored. Cost: a check of some ten rules, and the length of
 * the text.
 */
const char *prop_canon(const struct kind *k, unsigned slot, unsigned flavor, const char *text,
                       struct arena *a);
#endif
