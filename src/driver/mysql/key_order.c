#include "read.h"

/*
 * The place of each key among its table's: the order in which SHOW CREATE TABLE names them.
 * MariaDB's information_schema gives keys in that order; MySQL's gives them by name, and there the
 * places are known of the tables whose SHOW CREATE TABLE was read (create.c). InnoDB's own lists
 * would tell, but reading them opens every table of the server: half a minute for 10,000.
 */

static bool no_place(struct my_read *r, struct object *index, struct err *err)
{
    (void)err;
    if (index->v[P_INDEX_POSITION] == model_unknown)
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
    if (r->s->flavor == ENGINE_MA && !my_read_each(r, K_TABLE, by_arrival, err))
        return false;
    return my_read_each(r, K_INDEX, no_place, err);
}
