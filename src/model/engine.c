#include <dbtwin/engine.h>

#include <dbtwin/model.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <string.h>

/* What MariaDB and MySQL have in common. */
#define MYSQL_FAMILY                                                                           \
    .family = ENGINE_MYSQL, .quote = '`', .account_host = true, .release = 100,                \
    .folds_databases = true, .server_objects = true, .own_collations = true, .counters = true, \
    .shows_tables = true, .column_charsets = true

static const struct engine engines[] = {
    {.name = "", .title = "", .quote = '`', .release = 100},
    {.flavor = ENGINE_MA, .name = "mariadb", .title = "MariaDB", MYSQL_FAMILY, .json_texts = true},
    {.flavor = ENGINE_MY,
     .name = "mysql",
     .title = "MySQL",
     MYSQL_FAMILY,
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
     .named_constants = true,
     .partitions = true,
     .checks_keys = true,
     .alike_keys = true,
     .deparses = true,
     .ddl_transactions = true,
     .own_types = true,
     .worded_types = true,
     .follows_renames = true,
     .copy_escapes = true},
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

size_t engine_row(const void *rows, size_t n, size_t size, unsigned flavor)
{
    size_t i = 0;

    for (unsigned flavors; i + 1 < n; i++) {
        memcpy(&flavors, (const char *)rows + i * size, sizeof flavors);
        if (flavors & flavor)
            break;
    }
    return i;
}

void engine_quote(unsigned flavor, const char *name, struct buf *out)
{
    char quote = engine_of(flavor)->quote;

    buf_addch(out, quote);
    for (; *name; name++) {
        if (*name == quote)
            buf_addch(out, quote);
        buf_addch(out, *name);
    }
    buf_addch(out, quote);
}

void engine_quote_table(unsigned flavor, const struct object *table, struct buf *out)
{
    if (table->parent && table->parent->kind->id == K_SCHEMA) {
        engine_quote(flavor, table->parent->name, out);
        buf_addch(out, '.');
    }
    engine_quote(flavor, table->name, out);
}

const char *engine_token_end(unsigned flavor, const char *p)
{
    const char *end =
        engine_of(flavor)->dollars ? psqltoken_end(p) : sqltoken_end(p, p + strlen(p));

    return end > p || !*p ? end : p + 1;
}
