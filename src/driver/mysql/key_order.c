#include "read.h"

#include <string.h>

/*
 * The place of each key among its table's. MariaDB's information_schema gives keys in that order.
 * MySQL's gives them by name; there InnoDB's ids grow in that order, which only accounts with the
 * PROCESS right may see: without it the places are not known, which is no gap, as they are no more
 * than the order in which SHOW CREATE TABLE names the keys.
 */

struct key_order {
    struct my_read *r;
    const char *table; /* the table of the last row, and how many of its keys have come */
    unsigned n;
};

/* InnoDB writes other characters as @XXXX: such tables are left without places. */
static bool order_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct key_order *k = ctx;
    (void)n, (void)lengths, (void)err;
    if (!v[0] || !v[1])
        return true;
    if (!str_eq(k->table, v[0])) {
        k->table = arena_strdup(&k->r->arena, v[0]);
        k->n = 0;
    }
    const struct object *table = my_read_find(k->r, arena_printf(&k->r->arena, "t:%s", k->table));
    for (struct object *c = table ? table->first : NULL; c; c = c->next) {
        if (c->kind->id == K_INDEX && str_eq(c->name, v[1]))
            model_set(k->r->m, c, P_INDEX_POSITION, arena_printf(&k->r->arena, "%u", ++k->n));
    }
    return true;
}

static bool no_place(struct my_read *r, struct object *index, struct err *err)
{
    (void)err;
    model_set(r->m, index, P_INDEX_POSITION, NULL);
    return true;
}

static bool by_arrival(struct my_read *r, struct object *table, struct err *err)
{
    unsigned n = 0;
    (void)err;
    for (struct object *c = table->first; c; c = c->next) {
        if (c->kind->id == K_INDEX)
            model_set(r->m, c, P_INDEX_POSITION, arena_printf(&r->arena, "%u", ++n));
    }
    return true;
}

bool my_key_order(struct my_read *r, struct err *err)
{
    struct key_order k = {.r = r};
    struct err tried = ERR_INIT;
    if (r->s->flavor == ENGINE_MA)
        return my_read_each(r, K_TABLE, by_arrival, err);
    if (!my_read_each(r, K_INDEX, no_place, err))
        return false;
    if (r->s->version < 80000 ||
        my_conn_rows((struct session *)(void *)r->s,
                     "SELECT SUBSTRING_INDEX(t.NAME, '/', -1), i.NAME "
                     "FROM information_schema.INNODB_TABLES AS t "
                     "JOIN information_schema.INNODB_INDEXES AS i USING (TABLE_ID) "
                     "WHERE SUBSTRING_INDEX(t.NAME, '/', 1) = DATABASE() "
                     "ORDER BY t.NAME, i.INDEX_ID",
                     order_row, &k, &tried))
        return true;
    if (tried.cls == ERR_CONNECTION || tried.cls == ERR_INTERRUPTED) {
        *err = tried;
        return false;
    }
    return true;
}
