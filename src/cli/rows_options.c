#include "cli.h"
#include "config_rows.h"

#include <string.h>

/* --where, --exclude and --max-rows: what rows: of the config says, for one run. */

static bool add_where(struct cli *c, struct subset_config *rows, const char *text, unsigned n,
                      struct err *err)
{
    const char *equal = strchr(text, '=');
    struct subset_start s = {.percent = 100, .line = n};
    if (!equal || equal == text || !equal[1]) {
        err_set(err, ERR_USAGE, "--where wants TABLE=CONDITION, not \"%s\"", text);
        return err_hint(err, "for example --where \"public.orders=created_at > '2026-01-01'\"");
    }
    s.table = arena_strndup(&c->arena, text, (size_t)(equal - text));
    s.condition = equal + 1;
    for (size_t i = 0; i < rows->starts.len; i++) {
        struct subset_start *of_config = &VEC_AT(&rows->starts, struct subset_start, i);
        if (str_eq(of_config->table, s.table)) {
            *of_config = s;
            return true;
        }
    }
    VEC_PUSH(&rows->starts, struct subset_start, s);
    return true;
}

bool rows_options(struct cli *c, const struct subset_config **ret, struct err *err)
{
    struct subset_config *rows = config_rows_of_run(c->config);
    *ret = config_rows(c->config);
    if (!c->where[0] && !c->exclude[0] && !c->max_rows)
        return true;
    if (!*ret && !c->where[0] && !c->exclude[0])
        return err_set(err, ERR_USAGE,
                       "--max-rows: nothing chooses rows: there is neither rows: in "
                       "the config nor --where");
    if (!rows->given)
        rows->file = "--where";
    /* Without a start all rows come, but those of the tables that are left out. */
    if (!rows->given && !c->where[0])
        VEC_PUSH(&rows->whole, const char *, "*");
    for (unsigned i = 0; c->where[i]; i++)
        if (!add_where(c, rows, c->where[i], i + 1, err))
            return false;
    for (unsigned i = 0; c->exclude[i]; i++)
        VEC_PUSH(&rows->none, const char *, c->exclude[i]);
    if (c->max_rows)
        rows->max_rows = c->max_rows;
    memset(c->where, 0, sizeof c->where); /* once, also if several databases ask */
    memset(c->exclude, 0, sizeof c->exclude);
    rows->given = true;
    *ret = rows;
    return true;
}
