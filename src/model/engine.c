#include "engine.h"

#include <dbtwin/kinds.h>

#include <string.h>

static const struct {
    unsigned flavor;
    const char *name;
    const char *title;
} engines[] = {
    {ENGINE_MA, "mariadb", "MariaDB"},
    {ENGINE_MY, "mysql", "MySQL"},
    {ENGINE_PG, "postgresql", "PostgreSQL"},
};

const char *engine_name(unsigned flavor)
{
    for (size_t i = 0; i < ARRAY_LEN(engines); i++)
        if (engines[i].flavor == flavor)
            return engines[i].name;
    return "";
}

const char *engine_title(unsigned flavor)
{
    for (size_t i = 0; i < ARRAY_LEN(engines); i++)
        if (engines[i].flavor == flavor)
            return engines[i].title;
    return "";
}

unsigned engine_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(engines); i++)
        if (strcmp(engines[i].name, name) == 0)
            return engines[i].flavor;
    return 0;
}
