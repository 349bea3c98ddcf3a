#include "postgres.h"

/* Types, and what is like one: domains, collations, text search, operators. */
const struct plan_alter postgres_alter_type_rows[] = {
    {.kind = K_ENUM, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_COUNT},
};
