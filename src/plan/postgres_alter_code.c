#include "postgres.h"

/* Views, routines, triggers, rules, policies. */
const struct plan_alter postgres_alter_code_rows[] = {
    {.kind = K_VIEW, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_FUNCTION, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_COUNT},
};
