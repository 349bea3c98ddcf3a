/*
 * renames.h - --rename: objects of TO that FROM has under another name. They are renamed in TO's
 * model before it is compared, and by the plan's first steps. Only src/cli includes this.
 */
#ifndef CLI_RENAMES_H
#define CLI_RENAMES_H

#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

struct renames {
    const char *const *wanted; /* "OLD=NEW", ends with NULL */
    /* The same of the config, which stay when they are done: only where TO has OLD and no NEW. */
    const char *const *standing;
    struct arena arena;
    struct vec steps; /* struct step */
    struct vec back;  /* the same for the reverse plan, in its order */
};
void renames_init(struct renames *r, const char *const *wanted, const char *const *standing);
void renames_release(struct renames *r);
/* pair.prepare. ERR_USAGE where there is no OLD, or it cannot be renamed. */
bool renames_apply(void *renames, struct model *to, struct err *err);
void renames_before(const struct renames *r, struct plan *p);
void renames_after(const struct renames *r, struct plan *p, bool views_last);
/* What may be a rename, told with the option that makes it one. */
void renames_propose(const struct diff *d);

#endif
