/*
 * diff.h - compares two frozen models and reports the differences.
 *
 * Pure: no driver, no clock. FROM is what should be (production), TO is what is judged (staging):
 * ADDED means TO has it and FROM has not. An object that exists on one side only is one change;
 * its children are implied and not listed (counted in n_inside). Changes are sorted: by top
 * object, then by path. One merge walk over both trees: O(objects); canonical forms are computed
 * only where texts differ.
 * Models of PostgreSQL against MySQL/MariaDB are ERR_USAGE; MySQL against MariaDB is compared, and
 * properties that only one flavor has are not comparable (said once per property, not per object).
 */
#ifndef DBTWIN_DIFF_H
#define DBTWIN_DIFF_H

#include <dbtwin/model.h>
#include <dbtwin/select.h>

enum change_type { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, CHANGE_UNKNOWN };
struct change {
    enum change_type type;
    const struct object *from; /* NULL when added */
    const struct object *to;   /* NULL when removed */
    uint64_t differs;          /* bit per slot */
    uint64_t unknown;          /* bit per slot: one side could not be asked */
    uint32_t n_inside;         /* children implied by an added or removed object */
};

enum verdict { VERDICT_SAME, VERDICT_DRIFT, VERDICT_INCOMPLETE };

/* The same content under another name in the same parent: proposed, never assumed. */
struct diff_rename {
    const struct object *from, *to;
};

/* What reports say about an entry of the baseline (baseline.h). */
enum note_type {
    NOTE_EXPIRED,  /* past its last day: drift again */
    NOTE_OUTDATED, /* it was accepted for other values: drift again */
    NOTE_NEEDLESS  /* the difference no longer exists */
};
struct diff_note {
    enum note_type type;
    const char *kind, *path, *property; /* property NULL for an object as a whole */
    const char *reason, *until;         /* until may be NULL */
};

/* The version table of a migration tool, as both sides have it. */
struct diff_migrations {
    const char *tool;         /* "Rails" */
    const char *table;        /* its path */
    struct vec only_from;     /* const char *: versions, in order */
    struct vec only_to;       /* const char * */
    uint64_t both;            /* how many both sides have */
    const char *not_compared; /* why, or NULL: one side has no such table, or it cannot be read */
};

/* What happened before the models were compared: for reports only. */
struct diff_context {
    bool selected;     /* by schema, table or kind: only a part is compared */
    bool no_server;    /* what belongs to the server is left out (select_leave_server) */
    unsigned n_ignore; /* number of ignore patterns */
    struct select_counts from, to;
    struct vec idle;                 /* const char *: patterns that matched nothing */
    struct vec from_folds, to_folds; /* struct select_fold: partitions that were only counted */
    struct vec migrations;           /* struct diff_migrations */
};

struct diff {
    struct arena arena;
    const struct model *from, *to; /* not owned; must outlive this */
    struct vec changes;            /* struct change */
    struct vec gaps; /* struct coverage_gap, of both sides, with the side's label in why */
    struct vec
        own; /* struct coverage_gap: what each side's own version of the server makes so, said
                once for all objects; no difference, and nothing that was not compared */
    uint64_t added, removed, changed, unknown;
    uint64_t compared; /* objects present on both sides */
    enum verdict verdict;
    bool empty;                         /* both databases hold nothing to compare */
    const struct diff_context *context; /* not owned; NULL: nothing to report */
    struct vec renames;                 /* struct diff_rename, by rename_find */
    uint64_t explained;                 /* differences that diff_explain removed */
    uint64_t accepted;                  /* differences that a baseline accepts */
    struct vec notes;                   /* struct diff_note, of the baseline */
};

/* A server's second opinion on two texts of one property: 1 same, 0 different, -1 cannot say.
 * Called only for EXPR properties, and bodies in standard SQL, whose canonical forms differ. */
typedef int diff_opinion(void *ctx, const struct object *from, const struct object *to,
                         unsigned slot);
struct diff_options {
    bool strict; /* COSMETIC properties too */
    diff_opinion *opinion;
    void *opinion_ctx;
    const struct diff_context *context; /* may be NULL; must outlive the diff */
};

/* What the copy that filled TO left out or changed on purpose, according to its mark. */
struct diff_explained {
    const char *kind, *path; /* "*": any; path "*": what only TO has, too */
    const char *property;    /* made with another value; NULL: not made, */
    bool kept;               /* or TO's own, with all its parts */
};
/* Removes these from d, counts them in d->explained, judges again. list: struct diff_explained.
 * O(changes × list). */
void diff_explain(struct diff *d, const struct vec *list);

bool diff_models(struct diff *ret, const struct model *from, const struct model *to,
                 const struct diff_options *opt, struct err *err);
void diff_release(struct diff *d);
int diff_exit_code(const struct diff *d); /* 0, 1 or 3 */
int verdict_exit_code(enum verdict v);
/* Computes counts and verdict again from d->changes and d->gaps. */
void diff_judge(struct diff *d);
/*
 * How severe a change is. The levels of kinds and properties are in kinds.def.
 *   harmless   nobody but people and the planner notices: comments, storage, statistics
 *   behaviour  statements do something else, or fail: a view's query, a default, an index
 *   data       which rows can exist, or are there: tables, columns, types, keys, checks
 *   security   who may do what: privileges, owners, policies, whose rights code runs with
 */
const char *severity_name(enum severity s);
bool severity_find(const char *name, size_t len, enum severity *ret);
/* Of a row of kinds.def by itself, whatever the object. */
enum severity severity_of_flags(unsigned flags);
/* Of one property that differs, or could not be compared. */
enum severity severity_property(const struct diff *d, const struct change *c, unsigned slot);
/* The highest: of the properties that differ (else: that are unknown), or of an object that only
 * one side has and what stands by itself in it. */
enum severity severity_of(const struct diff *d, const struct change *c);
/* Of all changes, a bit for each enum severity: of what differs, and of what could not be compared.
 * A gap counts as all that its kind has. O(changes and what is in them). */
struct severities {
    unsigned differs, unknown;
};
struct severities severity_all(const struct diff *d);
/* The same comparison from the other side; d's models must outlive it. Released by diff_release. */
void diff_reverse(const struct diff *d, struct diff *ret);
/* Fills d->renames: a removed and an added object of one kind and parent whose properties and
 * children are equal but for names, and that nothing else is equal to. O(what is in them). */
void rename_find(struct diff *d);

/* Databases of two servers, compared pair by pair. */
struct diff_part {
    const char *database;
    const struct diff *diff; /* not owned; NULL where there are no two models to compare: */
    enum change_type alone;  /* REMOVED or ADDED: only one side has it; UNKNOWN: not read */
    const char *why;         /* UNKNOWN: for people */
};
struct diff_set {
    const char *from, *to; /* labels of the servers */
    struct vec parts;      /* struct diff_part, by name */
    struct vec hidden;     /* const char *: why a side may have more databases than it shows */
};
/* Of all: drift before incomplete before same. Two databases that are both empty count only when
 * there is nothing else. */
enum verdict diff_set_verdict(const struct diff_set *s);
enum verdict diff_part_verdict(const struct diff_part *p);
/* A database that only one side has counts as data. */
struct severities severity_set(const struct diff_set *s);

/* About the run, which a diff knows nothing of. */
struct report_run {
    const char *started;        /* ISO 8601, UTC; NULL: no times in the report */
    double seconds;             /* below 0: not said */
    const char *const *options; /* "--strict", "--ignore=kind:grant" …; ends with NULL */
};
struct report_options {
    bool colour;
    bool full;                    /* each object by itself, also where many differ alike */
    bool summary;                 /* for people: counts by kind and schema instead of changes */
    const char *file;             /* where annotations point to, or NULL */
    const char *link;             /* a URL where the whole report is, or NULL */
    const struct report_run *run; /* or NULL */
};
typedef bool report_fn(const struct diff *d, const struct report_options *opt, struct buf *out,
                       struct err *err);
typedef bool report_set_fn(const struct diff_set *s, const struct report_options *opt,
                           struct buf *out, struct err *err);
struct report_format {
    const char *name;      /* "text", "json", "xml", "junit" */
    const char *extension; /* by which -o FILE chooses: ".json", ".junit.xml" … */
    report_fn *write;
    report_set_fn *write_set;
    bool for_people; /* on a terminal: folded, and in a pager */
    bool of_failure; /* written too when nothing could be compared: a CI server reads the file */
    const char *help;
    const char *companion; /* environment variable that names a file of the CI server to which the
                              markdown report is added, or NULL */
};
extern const struct report_format report_formats[]; /* ends with a NULL name */
/* Appends the names of all formats, or their endings, with `between` and before the last `last`. */
void report_format_list(bool endings, const char *between, const char *last, struct buf *out);
#endif
