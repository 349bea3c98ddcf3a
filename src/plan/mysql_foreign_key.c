#include "mysql.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

/* Left out, the action is NO ACTION to MySQL 8, and RESTRICT to MariaDB and to MySQL before; said
 * to MariaDB, RESTRICT would become NO ACTION by ALTER TABLE (innobase_set_foreign_key_option). */
static void add_action(const struct plan_builder *b, const char *event, const char *action,
                       struct buf *out)
{
    bool modern = b->opt->target_flavor == ENGINE_MY && b->opt->target_version >= 80000;

    if (action && !mysql_word(action, modern ? "no action" : "restrict"))
        buf_addf(out, " ON %s %s", event, mysql_upper(b->arena, action));
}

bool mysql_foreign_key_clause(struct plan_builder *b, const struct object *k, struct buf *out)
{
    if (plan_unknown(b, k, P_FOREIGN_KEY_COLUMNS) || plan_unknown(b, k, P_FOREIGN_KEY_REFERENCES) ||
        plan_unknown(b, k, P_FOREIGN_KEY_REF_COLUMNS))
        return false;
    buf_adds(out, "CONSTRAINT ");
    mysql_name(out, k->name);
    buf_addf(out, " FOREIGN KEY (%s) REFERENCES %s (%s)", model_get(k, P_FOREIGN_KEY_COLUMNS),
             model_get(k, P_FOREIGN_KEY_REFERENCES), model_get(k, P_FOREIGN_KEY_REF_COLUMNS));
    if (mysql_word(model_get(k, P_FOREIGN_KEY_MATCH), "full"))
        buf_adds(out, " MATCH FULL");
    add_action(b, "DELETE", model_get(k, P_FOREIGN_KEY_ON_DELETE), out);
    add_action(b, "UPDATE", model_get(k, P_FOREIGN_KEY_ON_UPDATE), out);
    return true;
}

static const struct object *table_of(const struct plan_builder *b, const char *references)
{
    struct buf quoted = BUF_INIT;
    const struct object *t = b->model->root->first;

    for (; t; t = t->next) {
        if (t->kind->id != K_TABLE)
            continue;
        buf_reset(&quoted);
        mysql_name(&quoted, t->name);
        if (mysql_word(references, quoted.data))
            break;
    }
    buf_release(&quoted);
    return t;
}

/* Whether the table is nowhere in this database: keys to such tables can be made while
 * foreign_key_checks is off. */
static bool refers_to_nothing(struct plan_builder *b, const struct object *k)
{
    const char *references = model_get(k, P_FOREIGN_KEY_REFERENCES);

    return references && !sqltoken_end(references, references + strlen(references))[0] &&
           !table_of(b, references);
}

/* Such a key is kept with the name of the shadow, and does not move along to where its table ends
 * up, as others do: there it is made once more. */
static void remake_key(struct plan_builder *b, const struct object *k)
{
    struct buf drop = mysql_alter_start(k->parent), add = mysql_alter_start(k->parent);

    buf_adds(&drop, " DROP FOREIGN KEY ");
    mysql_name(&drop, k->name);
    buf_adds(&add, " ADD ");
    if (mysql_foreign_key_clause(b, k, &add)) {
        plan_step(b, PHASE_FINAL, k, NULL, drop.data);
        plan_step(b, PHASE_FINAL, k, NULL, add.data);
    }
    buf_release(&drop);
    buf_release(&add);
}

static const struct object *next_made(const struct plan_builder *b, const struct object *table,
                                      const struct object *after)
{
    const struct object *k = plan_part(b, table, K_FOREIGN_KEY, after);

    while (k && !plan_creates(b, k))
        k = plan_part(b, table, K_FOREIGN_KEY, k);
    return k;
}

/* Rows of which a column is null refer to nothing. */
static void look_for_orphans(const struct object *k, struct buf *sql)
{
    const char *const lists[] = {model_get(k, P_FOREIGN_KEY_COLUMNS),
                                 model_get(k, P_FOREIGN_KEY_REF_COLUMNS)};
    const char *p = lists[0], *q = lists[1], *p_end = p + strlen(p), *q_end = q + strlen(q);
    struct buf joined = BUF_INIT, there = BUF_INIT;

    while (p < p_end && q < q_end) {
        const char *p_fin = sqltoken_end(p, p_end), *q_fin = sqltoken_end(q, q_end);

        if (*p == '`') {
            buf_addf(&joined, "%sp.%.*s = c.%.*s", joined.len ? " AND " : "", (int)(q_fin - q), q,
                     (int)(p_fin - p), p);
            buf_addf(&there, "c.%.*s IS NOT NULL AND ", (int)(p_fin - p), p);
        }
        p = p_fin;
        q = q_fin;
    }
    buf_adds(sql, sql->len ? " + (SELECT COUNT(*) FROM " : "SELECT (SELECT COUNT(*) FROM ");
    mysql_name(sql, k->parent->name);
    buf_addf(sql, " AS c WHERE %sNOT EXISTS (SELECT 1 FROM %s AS p WHERE %s))",
             there.len ? there.data : "", model_get(k, P_FOREIGN_KEY_REFERENCES),
             joined.len ? joined.data : "TRUE");
    buf_release(&joined);
    buf_release(&there);
}

/*
 * With foreign_key_checks, which a copy of the table is read for; without them it would be quick,
 * and rows that refer to nothing would stay ("ALTER TABLE Statement", foreign keys).
 */
static void check_rows(struct plan_builder *b, const struct object *table, struct step *s)
{
    struct buf sql = BUF_INIT;

    if (plan_creates(b, table))
        return;
    for (const struct object *k = next_made(b, table, NULL); k; k = next_made(b, table, k))
        if (!refers_to_nothing(b, k))
            look_for_orphans(k, &sql);
    plan_hazard(b, s, HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS,
                "the rows are copied to be checked, and writers wait");
    if (sql.len) {
        s->row_check = arena_strdup(b->arena, sql.data);
        s->row_what = arena_printf(b->arena, "rows of %s that refer to no row", table->name);
    }
    buf_release(&sql);
}

/* Whether the server has to be told that the table it refers to is not there. */
static bool any_refers_to_nothing(struct plan_builder *b, const struct object *table)
{
    for (const struct object *k = next_made(b, table, NULL); k; k = next_made(b, table, k))
        if (refers_to_nothing(b, k))
            return true;
    return false;
}

static const char *key_columns(const struct plan_builder *b, const struct object *index)
{
    struct buf list = BUF_INIT;
    const char *text;

    for (const struct object **p = plan_parts(b, index, K_INDEX_PART, NULL); *p; p++) {
        const char *e = model_get(*p, P_INDEX_PART_EXPRESSION);
        buf_addf(&list, "%s%s", list.len ? "," : "", e ? e : "");
    }
    text = arena_strndup(b->arena, list.len ? list.data : "", list.len);
    buf_release(&list);
    return text;
}

/* Whether it refers to what no unique key is: MySQL 8.4 takes that no more unless it is told to
 * (restrict_fk_on_non_standard_key); MariaDB and MySQL before always did. */
static bool is_loose(const struct plan_builder *b, const struct object *k)
{
    const struct object *t = table_of(b, model_get(k, P_FOREIGN_KEY_REFERENCES));

    if (!t || b->opt->target_flavor != ENGINE_MY || b->opt->target_version < 80400)
        return false;
    for (const struct object *i = plan_part(b, t, K_INDEX, NULL); i;
         i = plan_part(b, t, K_INDEX, i))
        if ((model_yes(i, P_INDEX_UNIQUE) || mysql_word(i->name, "PRIMARY")) &&
            str_eq(key_columns(b, i), model_get(k, P_FOREIGN_KEY_REF_COLUMNS)))
            return false;
    return true;
}

static bool any_is_loose(const struct plan_builder *b, const struct object *table)
{
    for (const struct object *k = next_made(b, table, NULL); k; k = next_made(b, table, k))
        if (is_loose(b, k))
            return true;
    return false;
}

static void set_session(struct plan_builder *b, const struct object *first, const char *sql)
{
    plan_step(b, PHASE_FK, first, first->parent, sql)->what = PLAN_SETTINGS;
}

static void add_step(struct plan_builder *b, const struct object *first, const char *sql,
                     unsigned n)
{
    const struct object *table = first->parent;
    bool blind = b->to && any_refers_to_nothing(b, table);
    bool loose = b->to && any_is_loose(b, table);
    struct step *s;

    if (blind)
        set_session(b, first, "SET SESSION foreign_key_checks=0");
    if (loose)
        set_session(b, first, "SET SESSION restrict_fk_on_non_standard_key=OFF");
    s = plan_step(b, PHASE_FK, first, table, sql);
    s->what =
        arena_printf(b->arena, "%u foreign key%s of table %s", n, n == 1 ? "" : "s", table->name);
    if (b->to)
        check_rows(b, table, s);
    if (loose)
        set_session(b, first, "SET SESSION restrict_fk_on_non_standard_key=ON");
    if (blind)
        set_session(b, first, "SET SESSION foreign_key_checks=1");
}

/* Whether a foreign key of another name is made on the columns of the key. */
static bool is_made_for_another(const struct plan_builder *b, const struct object *index)
{
    const struct object *table = index->parent;

    if (plan_creates(b, table))
        return false;
    for (const struct object *k = next_made(b, table, NULL); k; k = next_made(b, table, k))
        if (!str_eq(index->name, k->name) &&
            str_eq(key_columns(b, index), model_get(k, P_FOREIGN_KEY_COLUMNS)))
            return true;
    return false;
}

/*
 * The server makes a key for a foreign key that has none, and when a foreign key is made on its
 * columns, drops it for another of that one's name ("FOREIGN KEY Constraints", indexes): unless it
 * was asked for by name, which it is here, once for all foreign keys of the statement.
 */
static bool keep_keys(struct plan_builder *b, const struct object *table, struct buf *out)
{
    for (const struct object *i = plan_part(b, table, K_INDEX, NULL); i;
         i = plan_part(b, table, K_INDEX, i)) {
        if (mysql_word(i->name, "PRIMARY") || model_yes(i, P_INDEX_UNIQUE) ||
            !is_made_for_another(b, i))
            continue;
        buf_adds(out, "\n  DROP INDEX ");
        mysql_name(out, i->name);
        buf_adds(out, ",\n  ADD ");
        if (!mysql_key(b, i, out))
            return false;
        buf_addch(out, ',');
    }
    return true;
}

/* The first of a table's foreign keys makes them all. */
void mysql_foreign_key(struct plan_builder *b, const struct object *o)
{
    const struct object *table = o->parent;
    struct buf out = mysql_alter_start(table);
    unsigned n = 0;

    if (o == next_made(b, table, NULL)) {
        bool good = keep_keys(b, table, &out);

        for (const struct object *k = o; good && k; k = next_made(b, table, k)) {
            buf_adds(&out, n++ ? ",\n  ADD " : "\n  ADD ");
            good = mysql_foreign_key_clause(b, k, &out);
            if (good && !b->to && refers_to_nothing(b, k))
                remake_key(b, k);
        }
        if (good)
            add_step(b, o, out.data, n);
    }
    buf_release(&out);
}
