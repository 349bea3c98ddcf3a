#include "hooks.h"

const struct plan_rule plan_rules_postgres[] = {
    {.kind = K_COUNT},
};
