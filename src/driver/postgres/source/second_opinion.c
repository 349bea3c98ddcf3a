#include "../target/target.h"

#include <string.h>

/*
 * The second opinion: how this server writes an expression that another server wrote, so that what
 * a dump and restore, or a newer version, spells anew is no drift. The text is given to the server
 * in a scratch object and read back; both sides of a comparison go the same way, so it does not
 * matter that a check is read back as a column of a view. The scratch object is temporary, the
 * transaction always rolled back, and nothing in the text is executed: creating a view, a rule, a
 * trigger or a function only has it analysed. (A partition key is planned as well, which folds
 * immutable functions of constants. The bounds of partitions are not asked about: they are
 * constants, which every server writes alike, and a scratch partition would evaluate what a file
 * says.)
 *
 * Production is never asked, whatever the command line calls it: a database that bears dbtwin's
 * production mark refuses.
 *
 * A text may come from a file. It goes by the extended protocol, which takes one statement only, so
 * that none can end the transaction and go on.
 */

/* What may take a lock that somebody waits for should not take long. */
static const char limits_sql[] = "SET LOCAL statement_timeout = '10s';"
                                 "SET LOCAL lock_timeout = '1s';"
                                 "SET LOCAL client_min_messages = error;"
                                 "SET LOCAL check_function_bodies = off";
static const char viewdef_sql[] = "SELECT pg_get_viewdef('pg_temp.dbtwin_scratch'::regclass)";

struct scratch {
    struct session *session;
    const struct object *object;
    const char *text;
    struct buf sql;
    const char *read; /* the query for what the server made of it */
    struct arena *arena;
};

/* ---- expressions: SELECT (…) FROM the table ---------------------------------------------- */

static void select_from(struct scratch *c, const char *from)
{
    buf_adds(&c->sql, "CREATE TEMP VIEW dbtwin_scratch AS SELECT (");
    buf_adds(&c->sql, c->text);
    buf_adds(&c->sql, ") AS e");
    if (from) {
        buf_adds(&c->sql, " FROM ");
        buf_adds(&c->sql, from);
    }
    c->read = viewdef_sql;
}

static bool select_from_relation(struct scratch *c, const struct object *relation)
{
    struct buf name = BUF_INIT;

    if (!relation || !relation->parent || relation->parent->kind->id != K_SCHEMA)
        return false;
    pg_add_qualified(&name, relation);
    select_from(c, name.data);
    buf_release(&name);
    return true;
}

/* VALUE, as the expressions of a domain call what they check, is a column's name as well. */
static bool select_from_domain(struct scratch *c, const struct object *domain)
{
    const char *type = model_get(domain, P_DOMAIN_TYPE);
    const char *collation = model_get(domain, P_DOMAIN_COLLATION);
    struct buf from = BUF_INIT;

    if (!type)
        return false;
    buf_addf(&from, "(SELECT NULL::%s%s%s AS value) v", type, collation ? " COLLATE " : "",
             collation ? collation : "");
    select_from(c, from.data);
    buf_release(&from);
    return true;
}

static bool take_alone(struct scratch *c)
{
    select_from(c, NULL);
    return true;
}

static bool take_of_parent(struct scratch *c)
{
    const struct object *parent = c->object->parent;

    return parent && parent->kind->id == K_DOMAIN ? select_from_domain(c, parent)
                                                  : select_from_relation(c, parent);
}

static bool take_index_part(struct scratch *c)
{
    return c->object->parent && select_from_relation(c, c->object->parent->parent);
}

static bool take_filter(struct scratch *c)
{
    select_from(c, c->object->name);
    return true;
}

/* ---- whole objects ----------------------------------------------------------------------- */

static bool take_query(struct scratch *c)
{
    buf_adds(&c->sql, "CREATE TEMP VIEW dbtwin_scratch AS ");
    buf_adds(&c->sql, c->text);
    c->read = viewdef_sql;
    return true;
}

/* With the columns of `relation`, which the target's server named. */
static bool make_like(struct scratch *c, const char *relation, struct err *err)
{
    return pg_runf(c->session, err, "CREATE TEMP TABLE dbtwin_scratch (LIKE %s)", relation);
}

static bool make_table_like(struct scratch *c, struct err *err)
{
    const struct object *relation = c->object->parent;
    struct buf name = BUF_INIT;
    bool good;

    pg_add_qualified(&name, relation);
    if (relation->kind->id == K_VIEW)
        good = pg_runf(c->session, err, "CREATE TEMP VIEW dbtwin_scratch AS SELECT * FROM %s",
                       name.data);
    else
        good = make_like(c, name.data, err);
    buf_release(&name);
    return good;
}

/* "<word>schema.name", quoted as the server quotes. False when it does not say so. */
static bool quoted_name(struct scratch *c, const char *word, const struct object *o,
                        const char **ret, struct err *err)
{
    struct buf b = BUF_INIT;
    bool good;

    buf_adds(&b, "SELECT ");
    pg_add_literal(&b, word);
    buf_adds(&b, " || quote_ident(");
    pg_add_literal(&b, o->parent->name);
    buf_adds(&b, ") || '.' || quote_ident(");
    pg_add_literal(&b, o->name);
    buf_adds(&b, ")");
    good = pg_value(c->session, b.data, c->arena, ret, err) && *ret;
    buf_release(&b);
    return good;
}

/* The same CREATE statement with the scratch table in the place of its own: where it stands first
 * after `word`. False when it does not stand there. */
static bool for_scratch_table(struct scratch *c, const char *word, struct err *err)
{
    const char *name = NULL, *at = NULL;

    if (quoted_name(c, word, c->object->parent, &name, err))
        at = strstr(c->text, name);
    if (!at || (at[strlen(name)] != ' ' && at[strlen(name)] != '\n'))
        return false;
    buf_add(&c->sql, c->text, (size_t)(at - c->text));
    buf_addf(&c->sql, "%spg_temp.dbtwin_scratch%s", word, at + strlen(name));
    return true;
}

static bool take_rule(struct scratch *c, struct err *err)
{
    c->read = "SELECT pg_get_ruledef(oid) FROM pg_rewrite "
              "WHERE ev_class = 'pg_temp.dbtwin_scratch'::regclass";
    return for_scratch_table(c, " TO ", err) && make_table_like(c, err);
}

static bool take_trigger(struct scratch *c, struct err *err)
{
    c->read = "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
              "WHERE tgrelid = 'pg_temp.dbtwin_scratch'::regclass AND NOT tgisinternal";
    return for_scratch_table(c, " ON ", err) && make_table_like(c, err);
}

static bool take_exclusion(struct scratch *c, struct err *err)
{
    buf_addf(&c->sql, "ALTER TABLE pg_temp.dbtwin_scratch ADD CONSTRAINT c %s", c->text);
    c->read = "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
              "WHERE conrelid = 'pg_temp.dbtwin_scratch'::regclass AND contype = 'x'";
    return make_table_like(c, err);
}

/* Behind the last " FROM ", which no expression can follow. */
static const char *table_of_statistics(const char *definition)
{
    static const char from[] = " FROM ";
    const char *found = NULL;

    for (const char *at = definition; (at = strstr(at, from)); at += strlen(from))
        found = at + strlen(from);
    return found;
}

/* CREATE STATISTICS name [(kinds)] ON … FROM table */
static bool take_statistics(struct scratch *c, struct err *err)
{
    const char *own = table_of_statistics(model_get(c->object, P_STATISTICS_DEFINITION));
    const char *table = table_of_statistics(c->text), *head = NULL;

    if (!own || !table || strcmp(own, table) != 0 ||
        !quoted_name(c, "CREATE STATISTICS ", c->object, &head, err) || !str_starts(c->text, head))
        return false;
    const char *rest = c->text + strlen(head);
    buf_adds(&c->sql, "CREATE STATISTICS pg_temp.dbtwin_scratch");
    buf_add(&c->sql, rest, (size_t)(table - rest));
    buf_adds(&c->sql, "pg_temp.dbtwin_scratch");
    c->read = "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext "
              "WHERE stxrelid = 'pg_temp.dbtwin_scratch'::regclass";
    return make_like(c, own, err);
}

static bool take_partition_key(struct scratch *c)
{
    buf_adds(&c->sql, "CREATE TEMP TABLE dbtwin_scratch (LIKE ");
    pg_add_qualified(&c->sql, c->object);
    buf_addf(&c->sql, ") PARTITION BY %s", c->text);
    c->read = "SELECT pg_get_partkeydef('pg_temp.dbtwin_scratch'::regclass)";
    return true;
}

static bool take_arguments(struct scratch *c)
{
    bool procedure = c->object->kind->id == K_PROCEDURE;
    const char *result = procedure ? NULL : model_get(c->object, P_FUNCTION_RESULT);

    if (!procedure && !result)
        return false;
    buf_addf(&c->sql, "CREATE %s pg_temp.dbtwin_scratch(%s)%s%s LANGUAGE sql AS ''",
             procedure ? "PROCEDURE" : "FUNCTION", c->text, result ? " RETURNS " : "",
             result ? result : "");
    c->read = "SELECT pg_get_function_arguments(oid) FROM pg_proc "
              "WHERE pronamespace = pg_my_temp_schema()";
    return true;
}

/* A body that the server keeps as a parse tree is spelled anew by each version. */
static bool take_body(struct scratch *c)
{
    bool procedure = c->object->kind->id == K_PROCEDURE;
    const char *arguments =
        model_get(c->object, procedure ? (int)P_PROCEDURE_ARGUMENTS : (int)P_FUNCTION_ARGUMENTS);
    const char *result = procedure ? NULL : model_get(c->object, P_FUNCTION_RESULT);

    if (!arguments || (!procedure && !result) ||
        (strncmp(c->text, "BEGIN ATOMIC", 12) != 0 && strncmp(c->text, "RETURN ", 7) != 0))
        return false;
    /* Of the same name: a parameter may be written with the function's name before it. */
    const char *open = strrchr(c->object->name, '(');
    size_t len = open ? (size_t)(open - c->object->name) : strlen(c->object->name);
    const char *bare = arena_strndup(c->arena, c->object->name, len);

    buf_adds(&c->sql, procedure ? "CREATE PROCEDURE pg_temp." : "CREATE FUNCTION pg_temp.");
    pg_add_ident(&c->sql, bare);
    buf_addf(&c->sql, "(%s)%s%s LANGUAGE sql %s", arguments, result ? " RETURNS " : "",
             result ? result : "", c->text);
    c->read = "SELECT pg_get_function_sqlbody(oid) FROM pg_proc "
              "WHERE pronamespace = pg_my_temp_schema()";
    return true;
}

/* ---- which of them ------------------------------------------------------------------------ */

static const struct way {
    enum kind_id kind;
    int slot;
    bool (*take)(struct scratch *c);
    bool (*take_with)(struct scratch *c, struct err *err); /* where the server is needed */
} ways[] = {
    {K_CHECK, P_CHECK_EXPRESSION, take_of_parent, NULL},
    {K_COLUMN, P_COLUMN_DEFAULT, take_alone, NULL},
    {K_COLUMN, P_COLUMN_EXPRESSION, take_of_parent, NULL},
    {K_DOMAIN, P_DOMAIN_DEFAULT, take_alone, NULL},
    {K_EXCLUSION, P_EXCLUSION_DEFINITION, NULL, take_exclusion},
    {K_FUNCTION, P_FUNCTION_ARGUMENTS, take_arguments, NULL},
    {K_FUNCTION, P_FUNCTION_BODY, take_body, NULL},
    {K_INDEX, P_INDEX_PREDICATE, take_of_parent, NULL},
    {K_INDEX_PART, P_INDEX_PART_EXPRESSION, take_index_part, NULL},
    {K_MATERIALIZED_VIEW, P_MATERIALIZED_VIEW_QUERY, take_query, NULL},
    {K_POLICY, P_POLICY_USING, take_of_parent, NULL},
    {K_POLICY, P_POLICY_WITH_CHECK, take_of_parent, NULL},
    {K_PROCEDURE, P_PROCEDURE_ARGUMENTS, take_arguments, NULL},
    {K_PROCEDURE, P_PROCEDURE_BODY, take_body, NULL},
    {K_PUBLICATION_TABLE, P_PUBLICATION_TABLE_FILTER, take_filter, NULL},
    {K_RULE, P_RULE_DEFINITION, NULL, take_rule},
    {K_STATISTICS, P_STATISTICS_DEFINITION, NULL, take_statistics},
    {K_TABLE, P_TABLE_PARTITION_KEY, take_partition_key, NULL},
    {K_TRIGGER, P_TRIGGER_DEFINITION, NULL, take_trigger},
    {K_VIEW, P_VIEW_QUERY, take_query, NULL},
};

static bool in_transaction(struct scratch *c, const struct way *way, struct arena *a,
                           const char **ret, struct err *err)
{
    PGresult *made;

    if (way->take ? !way->take(c) : !way->take_with(c, err))
        return false;
    made = pg_query_params(c->session, c->sql.data, 0, NULL, err);
    if (!made)
        return false;
    PQclear(made);
    return pg_value(c->session, c->read, a, ret, err) && *ret;
}

/* Asked once; a mark that cannot be read is one that may forbid it. */
static bool may_ask(struct session *s, struct err *err)
{
    struct target_facts f = {.mark = MARK_NONE};

    if (!s->may_elaborate) {
        if (!pg_target_read_mark(s, &s->arena, &f, err))
            return false;
        s->may_elaborate = f.mark == MARK_PRODUCTION ? 'n' : 'y';
    }
    return s->may_elaborate == 'y' ||
           err_set(err, ERR_REFUSED,
                   "it bears dbtwin's production mark, and production is never "
                   "asked to write an expression anew");
}

bool pg_elaborate(struct session *s, const struct object *o, unsigned slot, const char *text,
                  struct arena *a, const char **ret, struct err *err)
{
    struct scratch c = {.session = s, .object = o, .text = text, .sql = BUF_INIT, .arena = a};
    struct err later = ERR_INIT;
    const struct way *way = NULL;
    const char *found = NULL;
    bool good;

    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (ways[i].kind == o->kind->id && ways[i].slot == (int)slot)
            way = &ways[i];
    if (!way || !text)
        return false;
    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_RUNTIME, "a source is never asked for an opinion");
    if (!may_ask(s, err))
        return false;
    /* A copy without a shadow database is in one transaction, which must go on. */
    bool inside = PQtransactionStatus(s->conn) != PQTRANS_IDLE;
    if (!pg_runf(s, err, "%s; %s", inside ? "SAVEPOINT dbtwin_opinion" : "BEGIN", limits_sql))
        return false;
    good = in_transaction(&c, way, a, &found, err);
    buf_release(&c.sql);
    if (PQstatus(s->conn) == CONNECTION_OK &&
        !pg_run(s,
                inside ? "ROLLBACK TO SAVEPOINT dbtwin_opinion; RELEASE SAVEPOINT dbtwin_opinion"
                       : "ROLLBACK",
                &later))
        return err_is_set(err) ? false : (*err = later, false);
    if (good)
        *ret = found;
    return good;
}
