/*
 * diff.h - two frozen models, what differs, and how that is told.
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

struct diff {
    struct arena arena;
    const struct model *from, *to; /* not owned; must outlive this */
    struct vec changes;            /* struct change */
    struct vec gaps; /* struct coverage_gap, of both sides, with the side's label in why */
    uint64_t added, removed, changed, unknown;
    uint64_t compared; /* objects present on both sides */
    enum verdict verdict;
    bool empty; /* both databases hold nothing to compare */
};

/* A server's second opinion on two texts of one property: 1 same, 0 different, -1 cannot say.
 * Called only for EXPR properties whose canonical forms differ. */
typedef int diff_opinion(void *ctx, const struct object *from, const struct object *to,
                         unsigned slot);
struct diff_options {
    bool strict; /* COSMETIC properties too */
    diff_opinion *opinion;
    void *opinion_ctx;
};

bool diff_models(struct diff *ret, const struct model *from, const struct model *to,
                 const struct diff_options *opt, struct err *err);
void diff_release(struct diff *d);
int diff_exit_code(const struct diff *d); /* 0, 1 or 3 */

struct report_options {
    bool colour;
};
typedef bool report_fn(const struct diff *d, const struct report_options *opt, struct buf *out,
                       struct err *err);
struct report_format {
    const char *name;      /* "text", "json", "xml", "junit" */
    const char *extension; /* by which -o FILE chooses: ".json", ".junit.xml" … */
    report_fn *write;
    const char *help;
};
extern const struct report_format report_formats[]; /* ends with a NULL name */
#endif
