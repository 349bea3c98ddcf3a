/*
 * preflight.h - what would come of a copy, without making one.
 *
 * sync_preflight connects to both sides, reads the source's schema in a snapshot of its own, makes
 * the plan that a copy would carry out, asks both servers (source_ops.ask) and judges. Every
 * check is a row of one table (preflight_checks.c). Sessions are read-only on both servers; no lock
 * is taken or waited for, nothing is changed. Cost: that of introspection and some ten queries.
 */
#ifndef DBTWIN_PREFLIGHT_H
#define DBTWIN_PREFLIGHT_H

#include <dbtwin/sync.h>

enum preflight_level {
    PREFLIGHT_OK,
    PREFLIGHT_NOTE,    /* worth knowing */
    PREFLIGHT_WARNING, /* a copy goes on, with less */
    PREFLIGHT_CANNOT,  /* a copy would fail: exit 2 */
    PREFLIGHT_REFUSED  /* a safety rule would stop it: exit 4 */
};

struct preflight_finding {
    const char *check; /* "rights" */
    const char *side;  /* the endpoint's label, or NULL: both, or neither */
    enum preflight_level level;
    const char *text;
    const char *todo; /* what would help: a statement or an option; or NULL */
};

/* A setting that is not the same on both sides. */
struct preflight_setting {
    const char *name, *about;
    const char *source, *target; /* NULL: that server has no such setting */
};

struct preflight {
    struct vec findings; /* struct preflight_finding: by the table's order, then the worst first */
    struct vec settings; /* struct preflight_setting */
    uint64_t tables, bytes;        /* of the source, on its disk; 0 = not known */
    uint64_t disk_need, disk_free; /* on the target; 0 = not known */
    double seconds;                /* estimated; 0 = not known */
    const char *seconds_by;        /* by what */
    size_t warnings, problems;
    int exit_code; /* 0, 2 or 4: the copy's */
};

/* False only on an interrupt; a side that cannot be reached is a finding. Texts live in a. The
 * caller releases ret in any case. */
bool sync_preflight(const struct endpoint *source, const struct endpoint *target,
                    const struct sync_options *opt, struct arena *a, struct preflight *ret,
                    struct err *err);
/* Of databases that are copied as one (sync_set.as_one): each is judged as the copy would see it,
 * what they say of each other too, and they are rehearsed together. ret: as many as the set has
 * members, to be released in any case. Cost: that of each, and connections as of one. */
bool sync_preflight_set(struct sync_set *set, const struct sync_options *opt, struct arena *a,
                        struct preflight *ret, struct err *err);
void sync_preflight_release(struct preflight *p);
const char *preflight_level_name(enum preflight_level level); /* "ok", "note", "warning", … */
#endif
