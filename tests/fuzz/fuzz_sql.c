/* What takes SQL texts of servers apart: each ends, stays within the text, and says that it did not
 * understand rather than guess. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/sqlshape.h>

#include "driver/mysql/source/column.h"
#include "driver/mysql/connection/text.h"
#include "model/pgexpr.h"
#include "model/sqlexpr.h"
#include "model/sqltext.h"

static void take_tokens(const char *sql)
{
    const char *end = sql + strlen(sql);

    for (const char *p = sql, *next; p < end; p = next) {
        next = sqltoken_end(p, end);
        FUZZ_MUST(next > p && next <= end);
    }
}

static const char *same(void *ctx, const char *schema, const char *name)
{
    (void)ctx;
    (void)schema;
    (void)name;
    return NULL;
}

static void map_schemas(const char *sql, unsigned flavor)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct sqltext_name name;

    FUZZ_MUST(!sqltext_map_schemas(sql, flavor, same, NULL, &b));
    if (sqltext_name(sql, flavor, &a, &name))
        FUZZ_MUST(name.len <= strlen(sql));
    if (strchr("'\"`", *sql) && *sql)
        FUZZ_MUST(sqltext_quoted(sql, true) <= strlen(sql));
    if (*sql == '$')
        FUZZ_MUST(sqltext_dollar(sql) <= strlen(sql));
    buf_release(&b);
    arena_release(&a);
}

static void take_parts(const char *sql)
{
    const char *end = sql + strlen(sql);
    struct my_text_routine r;
    struct my_text_view v;
    struct buf columns = BUF_INIT;
    struct slice s;

    if (my_text_routine(sql, &r))
        FUZZ_MUST(r.body.data >= sql && r.body.data + r.body.len <= end);
    if (my_text_trigger(sql, &columns, &s))
        FUZZ_MUST(s.data >= sql && s.data + s.len <= end);
    if (my_text_event(sql, &s))
        FUZZ_MUST(s.data >= sql && s.data + s.len <= end);
    if (my_text_package(sql, &s))
        FUZZ_MUST(s.data >= sql && s.data + s.len <= end);
    if (my_text_view(sql, &v))
        FUZZ_MUST(v.query.data >= sql && v.query.data + v.query.len <= end);
    buf_release(&columns);
}

static void rewrite(const char *sql)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct vec columns = VEC_INIT(struct my_column);

    sqlexpr_canon(sql, &a);
    for (unsigned mode = PGEXPR_ALWAYS; mode <= (PGEXPR_EXTRACT | PGEXPR_PERHAPS); mode++)
        FUZZ_MUST(pgexpr_canon(sql, mode, &a) != NULL);
    my_text_strip(&b, sql, "shop", true, NULL, NULL);
    buf_reset(&b);
    my_text_as_utf8(&b, sql);
    buf_reset(&b);
    my_text_unescape(&b, sql);
    my_column_parse(&a, ENGINE_MY, sql, &columns);
    my_column_parse(&a, ENGINE_MA, sql, &columns);
    vec_release(&columns);
    buf_release(&b);
    arena_release(&a);
}

/* What is shown to be an expression stays one within the statement it is put into. */
static void take_shapes(const char *sql)
{
    struct arena a = ARENA_INIT;
    struct sqlshape s;

    for (int type = 0; type < SQLSHAPE_COUNT; type++) {
        if (!sqlshape_read((enum sqlshape_type)type, sql, &a, &s))
            continue;
        FUZZ_MUST(!strstr(s.skeleton, "/*") || strchr(sql, '\'') || strchr(sql, '"'));
        for (size_t i = 0; i < s.n_parts; i++)
            FUZZ_MUST(*s.parts[i]);
        if (type == SQLSHAPE_EXPRESSION)
            FUZZ_MUST(sqlshape_is(SQLSHAPE_QUERY,
                                  arena_printf(&a, "SELECT (%s) AS e FROM t", s.parts[0])));
    }
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf sql = BUF_INIT;

    buf_add(&sql, (const char *)data, size);
    buf_adds(&sql, "");
    if (strlen(sql.data) == size) { /* no server's text holds NUL */
        take_tokens(sql.data);
        map_schemas(sql.data, ENGINE_PG);
        map_schemas(sql.data, ENGINE_MY);
        take_parts(sql.data);
        take_shapes(sql.data);
        rewrite(sql.data);
    }
    buf_release(&sql);
    return 0;
}
