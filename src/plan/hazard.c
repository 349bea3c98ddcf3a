#include <dbtwin/plan.h>

/* Other tools' names for them: pg-schema-diff's, Skeema's and Atlas' are in dbtwin-plan(1). */
const struct hazard_name plan_hazards[HAZARD_COUNT] = {
    {HAZARD_DATA, "data", "rows, values or a sequence's position are lost"},
    {HAZARD_REWRITE, "rewrite", "the table is rewritten"},
    {HAZARD_SCAN, "scan", "every row is read, or an index built, under a lock"},
    {HAZARD_LOCK, "lock", "a strong lock is held for longer than a moment"},
    {HAZARD_ROWS, "rows", "fails if there are rows that do not fit"},
    {HAZARD_MEANING, "meaning", "what uses the object may see something else than before"},
    {HAZARD_INDEX, "index", "an index that queries may need is dropped"},
    {HAZARD_AUTHORITY, "authority", "who may do what changes"},
    {HAZARD_ORDER, "order", "an order cannot be reached"},
    {HAZARD_UNTRACKED, "untracked", "the server does not know what the body uses"},
    {HAZARD_COMMIT, "commit", "needs a commit in the middle of the plan"},
    {HAZARD_MANUAL, "manual", "a person has to do it"},
};
