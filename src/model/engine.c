#include <dbtwin/engine.h>

#include <string.h>

static const struct engine engines[] = {
    {.name = "", .title = "", .quote = '`', .release = 100},
    {.flavor = ENGINE_MA,
     .family = ENGINE_MYSQL,
     .name = "mariadb",
     .title = "MariaDB",
     .quote = '`',
     .account_host = true,
     .release = 100},
    {.flavor = ENGINE_MY,
     .family = ENGINE_MYSQL,
     .name = "mysql",
     .title = "MySQL",
     .quote = '`',
     .account_host = true,
     .release = 100},
    {.flavor = ENGINE_PG,
     .family = ENGINE_PG,
     .name = "postgresql",
     .title = "PostgreSQL",
     .quote = '"',
     .folds_names = true,
     .dollars = true,
     .schemas = true,
     .release = 10000},
};

const struct engine *engine_of(unsigned flavor)
{
    for (size_t i = 1; i < ARRAY_LEN(engines); i++)
        if (engines[i].flavor == (flavor & ENGINE_ALL))
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
