#include "hooks.h"

const struct plan_rule plan_rules_mysql[] = {
    {.kind = K_COUNT},
};
