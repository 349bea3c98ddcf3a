#include "mysql_alter.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

struct buf *my_alter_clause(struct my_alter *a, enum my_op op)
{
    unsigned cost = my_cost_of(a->b, op);

    buf_adds(&a->sql, a->n++ ? ",\n  " : "\n  ");
    if (cost > a->cost)
        a->cost = cost;
    return &a->sql;
}

void my_alter_hazard(struct my_alter *a, unsigned hazards, const char *why)
{
    a->hazards |= hazards;
    if (!why || (a->why.len && strstr(a->why.data, why)))
        return;
    if (a->why.len)
        buf_adds(&a->why, "; ");
    buf_adds(&a->why, why);
}

void my_alter_misfit(struct my_alter *a, const char *condition, const char *what)
{
    buf_addf(&a->misfit, "%s%s", a->misfit.len ? " OR " : "", condition);
    buf_addf(&a->misfit_what, "%s%s", a->misfit_what.len ? " or " : "", what);
}

void my_alter_doubles(struct my_alter *a, const char *columns, const char *where)
{
    struct buf table = BUF_INIT;

    mysql_name(&table, a->to->name);
    buf_addf(&a->doubles,
             "%s(SELECT IFNULL(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n FROM %s WHERE %s "
             "GROUP BY %s HAVING COUNT(*) > 1) AS d)",
             a->doubles.len ? " + " : "", table.data, where, columns);
    buf_addf(&a->misfit_what, "%swith the same %s as another", a->misfit_what.len ? " or " : "",
             columns);
    buf_release(&table);
}

bool my_list_has(const char *list, const char *name)
{
    const char *end = list ? list + strlen(list) : NULL;
    struct buf quoted = BUF_INIT;
    bool found = false;

    mysql_name(&quoted, name);
    for (const char *p = list; p && p < end && !found;) {
        const char *fin = sqltoken_end(p, end);

        found = (size_t)(fin - p) == quoted.len && !memcmp(p, quoted.data, quoted.len);
        p = fin;
    }
    buf_release(&quoted);
    return found;
}

bool my_children_differ(const struct plan_builder *b, const struct object *from)
{
    const struct object *to = plan_other(b, from);

    for (const struct object *c = from->first; c; c = c->next)
        if (my_part_differs(b, c))
            return true;
    for (const struct object *c = to ? to->first : NULL; c; c = c->next)
        if (!plan_other(b, c) && plan_names(b, c))
            return true;
    return false;
}

bool my_part_differs(const struct plan_builder *b, const struct object *from)
{
    return (plan_names(b, from) && (!plan_other(b, from) || plan_differs(b, from))) ||
           my_children_differ(b, from);
}
