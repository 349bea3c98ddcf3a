#include <dbtwin/engine.h>

#include "dialect.h"

#include <string.h>

static const struct engine engines[] = {
    {.name = "", .title = "", .quote = '`', .release = 100, .rules = dialect_mysql_rules},
    {.flavor = ENGINE_MA,
     .family = ENGINE_MYSQL,
     .name = "mariadb",
     .title = "MariaDB",
     .quote = '`',
     .account_host = true,
     .release = 100,
     .rules = dialect_mysql_rules,
     .folds_databases = true,
     .server_objects = true,
     .own_collations = true,
     .counters = true,
     .shows_tables = true},
    {.flavor = ENGINE_MY,
     .family = ENGINE_MYSQL,
     .name = "mysql",
     .title = "MySQL",
     .quote = '`',
     .account_host = true,
     .release = 100,
     .rules = dialect_mysql_rules,
     .folds_databases = true,
     .server_objects = true,
     .own_collations = true,
     .counters = true,
     .shows_tables = true,
     .makes_keys = true,
     .general_tablespaces = true},
    {.flavor = ENGINE_PG,
     .family = ENGINE_PG,
     .name = "postgresql",
     .title = "PostgreSQL",
     .quote = '"',
     .folds_names = true,
     .dollars = true,
     .schemas = true,
     .release = 10000,
     .rules = dialect_postgres_rules,
     .named_constants = true,
     .partitions = true,
     .checks_keys = true,
     .alike_keys = true,
     .deparses = true},
};

const struct engine *engine_of(unsigned flavor)
{
    for (size_t i = 1; i < ARRAY_LEN(engines); i++)
        if (engines[i].flavor & flavor)
            return &engines[i];
    return &engines[0];
}

const struct engine *engine_find(const char *name)
{
    for (size_t i = 1; i < ARRAY_LEN(engines); i++)
        if (strcmp(engines[i].name, name) == 0)
            return &engines[i];
    return &engines[0];
}
