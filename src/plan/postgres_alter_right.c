#include "postgres.h"

/* Grants, default privileges, options, settings, and what belongs to the database. */
const struct plan_alter postgres_alter_right_rows[] = {
    {.kind = K_SCHEMA, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_COUNT},
};
