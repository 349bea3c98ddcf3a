#include "../target/target.h"

#include <string.h>

#include <dbtwin/log.h>
#include <dbtwin/sqlshape.h>

/*
 * The second opinion: how this server writes an expression that another server wrote, so that what
 * a dump and restore, or a newer version, spells differently is no drift. The text is given to the
 * server in a scratch object and read back; both sides of a comparison go the same way, so it does
 * not matter that a check is read back as a column of a view.
 *
 * A text may come from a stranger's file, so nothing of it may act:
 * - It is parsed first (sqlshape.h), and one that is not what its slot says is not sent.
 * - It is sent within a statement that is written here, by the extended protocol, which takes one
 *   only. These create a view, a rule or a function with a body in standard SQL, which has the text
 *   analysed and stored. Nothing is planned or run; what would be (the key of a partitioned table,
 *   an index, a constraint) is split and its expressions are columns of the view.
 * - The objects are temporary, the transaction is always rolled back, and where the account may it
 *   is that of a role which can only read. That role gets no more rights when it lacks one.
 * - To analyse is to read constants, and those of arrays and rows of a domain go through the
 *   domain's checks: where these could act, a text that may have such a constant is not sent
 *   (opinion_domains.c).
 *
 * Some spellings need more than one reading to settle (v IN ('a', 'b') over varchar): the server is
 * given its own answer until it does not change.
 *
 * Production is never asked, whatever the command line calls it: a database that bears dbtwin's
 * production mark refuses.
 */

enum { ROUNDS_MAX = 4 };

/* What may take a lock that somebody waits for should not take long. */
static const char limits_sql[] = "SET LOCAL statement_timeout = '10s';"
                                 "SET LOCAL lock_timeout = '1s';"
                                 "SET LOCAL idle_in_transaction_session_timeout = '60s';"
                                 "SET LOCAL client_min_messages = error;"
                                 "SET LOCAL standard_conforming_strings = on;"
                                 "SET LOCAL search_path = '';"
                                 "SET LOCAL check_function_bodies = off";

struct question {
    struct session *session;
    const struct object *object;
    struct arena *arena;
};

/* ---- asking --------------------------------------------------------------------------------- */

/* The statement that gives the server a text, in q's arena; NULL where the text is not shown to be
 * what belongs there. `again`: the scratch object is there already. */
typedef const char *statement_fn(struct question *q, const char *text, bool again);

static bool make(struct question *q, const char *sql, struct err *err)
{
    PGresult *made = pg_query_params(q->session, sql, 0, NULL, err);

    PQclear(made);
    return made != NULL;
}

/* The text as the server writes it, once that does not change any more. Its own text is given back
 * as long as it is taken; only what the first one meets is an error. */
static bool settle(struct question *q, statement_fn *statement, const char *read, const char *text,
                   const char **ret, struct err *err)
{
    const char *settled = NULL;

    for (int round = 0; round < ROUNDS_MAX; round++) {
        const char *sql = statement(q, text, round > 0), *answer = NULL;
        struct err why = ERR_INIT;

        if (!sql && !settled)
            return err_set(err, ERR_CORRUPT, "what contains it is not as a server writes it");
        if (!sql)
            break;
        if (!make(q, sql, &why) || !pg_value(q->session, read, q->arena, &answer, &why)) {
            if (settled && strncmp(why.sqlstate, "42", 2) == 0)
                break; /* the transaction has ended with it: no more can be asked */
            *err = why;
            return false;
        }
        if (!answer || str_eq(answer, settled))
            break;
        settled = text = answer;
    }
    if (settled)
        *ret = settled;
    return settled != NULL;
}

static const char *view_statement(struct question *q, const char *text, bool again)
{
    struct sqlshape s;

    if (!sqlshape_read(SQLSHAPE_QUERY, text, q->arena, &s))
        return NULL;
    return arena_printf(q->arena, "CREATE %sTEMP VIEW dbtwin_scratch AS %s",
                        again ? "OR REPLACE " : "", s.parts[0]);
}

static bool ask_query(struct question *q, const char *query, const char **ret, struct err *err)
{
    return settle(q, view_statement, "SELECT pg_get_viewdef('pg_temp.dbtwin_scratch'::regclass)",
                  query, ret, err);
}

/* ---- where the names of an expression are ---------------------------------------------------- */

static bool from_relation(struct question *q, const struct object *relation, struct buf *ret)
{
    (void)q;
    if (!relation || !relation->parent || relation->parent->kind->id != K_SCHEMA)
        return false;
    buf_adds(ret, " FROM ");
    pg_add_qualified(ret, relation);
    return true;
}

/* VALUE, as the expressions of a domain call what they check, is a column's name as well. */
static bool from_domain(const struct object *domain, struct buf *ret)
{
    const char *type = model_get(domain, P_DOMAIN_TYPE);
    const char *collation = model_get(domain, P_DOMAIN_COLLATION);

    if (!sqlshape_is(SQLSHAPE_DATA_TYPE, type) ||
        (collation && !sqlshape_is(SQLSHAPE_NAME, collation)))
        return false;
    buf_addf(ret, " FROM (SELECT NULL::%s%s%s AS value) v", type, collation ? " COLLATE " : "",
             collation ? collation : "");
    return true;
}

static bool from_nothing(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    (void)q, (void)s, (void)ret;
    return true;
}

static bool from_parent(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    const struct object *parent = q->object->parent;

    (void)s;
    return parent && parent->kind->id == K_DOMAIN ? from_domain(parent, ret)
                                                  : from_relation(q, parent, ret);
}

static bool from_grandparent(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    (void)s;
    return q->object->parent && from_relation(q, q->object->parent->parent, ret);
}

static bool from_itself(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    (void)s;
    return from_relation(q, q->object, ret);
}

/* A published table is called by its name in SQL. */
static bool from_named(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    (void)s;
    if (!sqlshape_is(SQLSHAPE_NAME, q->object->name))
        return false;
    buf_addf(ret, " FROM %s", q->object->name);
    return true;
}

/* The condition of a trigger speaks of the row as it was and as it will be. */
static bool from_old_and_new(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    (void)s;
    if (!from_relation(q, q->object->parent, ret))
        return false;
    buf_adds(ret, " AS old, ");
    pg_add_qualified(ret, q->object->parent);
    buf_adds(ret, " AS new");
    return true;
}

/* The table that the target's own definition names: it is there. */
static bool from_table_of_statistics(struct question *q, const struct sqlshape *s, struct buf *ret)
{
    struct sqlshape own;

    (void)s;
    if (!sqlshape_read(SQLSHAPE_STATISTICS, model_get(q->object, P_STATISTICS_DEFINITION), q->arena,
                       &own))
        return false;
    buf_addf(ret, " FROM %s", own.table);
    return true;
}

/* ---- views ------------------------------------------------------------------------------------
 */

typedef bool from_fn(struct question *q, const struct sqlshape *s, struct buf *ret);

/* The parts are columns of one view; what stands around them needs no server. */
static bool ask_parts(struct question *q, const struct sqlshape *s, from_fn *from, const char **ret,
                      struct err *err)
{
    struct buf sql = BUF_INIT;
    const char *answer = "";
    bool good = true;

    for (size_t i = 0; i < s->n_parts; i++)
        buf_addf(&sql, "%s(%s) AS e%zu", i ? ", " : "SELECT ", s->parts[i], i + 1);
    if (s->n_parts && !from(q, s, &sql))
        good =
            err_set(err, ERR_CORRUPT, "the table or type that it belongs to cannot be determined");
    else if (s->n_parts)
        good = ask_query(q, sql.data, &answer, err);
    if (good)
        *ret = arena_printf(q->arena, "%s\n%s", s->skeleton, answer);
    buf_release(&sql);
    return good;
}

static bool ask_view(struct question *q, const struct sqlshape *s, const char *text,
                     const char **ret, struct err *err)
{
    (void)text;
    return ask_query(q, s->parts[0], ret, err);
}

/* ---- rules ------------------------------------------------------------------------------------
 */

/* A rule needs a table or a view of its own with the columns of the one it is on. */
static bool make_alike(struct question *q, struct err *err)
{
    const struct object *relation = q->object->parent;
    struct buf sql = BUF_INIT;
    bool view = relation->kind->id == K_VIEW;

    if (!relation->parent || relation->parent->kind->id != K_SCHEMA)
        return false;
    buf_adds(&sql, view ? "CREATE TEMP VIEW dbtwin_scratch AS SELECT * FROM "
                        : "CREATE TEMP TABLE dbtwin_scratch (LIKE ");
    pg_add_qualified(&sql, relation);
    buf_adds(&sql, view ? "" : ")");
    bool good = make(q, sql.data, err);
    buf_release(&sql);
    return good;
}

static const char *rule_statement(struct question *q, const char *text, bool again)
{
    struct sqlshape s;
    struct buf sql = BUF_INIT;

    if (!sqlshape_read(SQLSHAPE_RULE, text, q->arena, &s))
        return NULL;
    buf_addf(&sql, "CREATE %sRULE dbtwin_scratch AS ON %s TO pg_temp.dbtwin_scratch",
             again ? "OR REPLACE " : "", s.event);
    if (s.condition)
        buf_addf(&sql, " WHERE (%s)", s.condition);
    buf_addf(&sql, " DO %s", s.instead ? "INSTEAD " : "");
    for (size_t i = 0; i < s.n_parts; i++)
        buf_addf(&sql, "%s%s", i ? "; " : "(", s.parts[i]);
    buf_adds(&sql, s.n_parts ? ")" : "NOTHING");
    const char *ret = arena_strndup(q->arena, sql.data, sql.len);
    buf_release(&sql);
    return ret;
}

static bool ask_rule(struct question *q, const struct sqlshape *s, const char *text,
                     const char **ret, struct err *err)
{
    static const char read[] =
        "SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class ="
        " 'pg_temp.dbtwin_scratch'::regclass AND rulename = 'dbtwin_scratch'";
    const char *answer = NULL;

    if (!make_alike(q, err) || !settle(q, rule_statement, read, text, &answer, err))
        return false;
    *ret = arena_printf(q->arena, "%s\n%s", s->skeleton, answer);
    return true;
}

/* ---- bodies -----------------------------------------------------------------------------------
 */

/* A body that the server keeps as a parse tree is spelled by each version in its own way. */
static const char *body_statement(struct question *q, const char *text, bool again)
{
    const struct object *o = q->object;
    bool procedure = o->kind->id == K_PROCEDURE;
    const char *arguments =
        model_get(o, procedure ? (int)P_PROCEDURE_ARGUMENTS : (int)P_FUNCTION_ARGUMENTS);
    const char *result = procedure ? NULL : model_get(o, P_FUNCTION_RESULT);

    if (!sqlshape_is(SQLSHAPE_BODY, text) || !sqlshape_is(SQLSHAPE_ARGUMENTS, arguments) ||
        (!procedure && !sqlshape_is(SQLSHAPE_RESULT, result)))
        return NULL;
    /* Of the same name: a parameter may be written with the function's name before it. */
    const char *open = strrchr(o->name, '(');
    size_t len = open ? (size_t)(open - o->name) : strlen(o->name);
    struct buf name = BUF_INIT;

    pg_add_ident(&name, arena_strndup(q->arena, o->name, len));
    const char *ret =
        arena_printf(q->arena, "CREATE %s%s pg_temp.%s(%s)%s%s LANGUAGE sql %s",
                     again ? "OR REPLACE " : "", procedure ? "PROCEDURE" : "FUNCTION", name.data,
                     arguments, result ? " RETURNS " : "", result ? result : "", text);
    buf_release(&name);
    return ret;
}

static bool ask_body(struct question *q, const struct sqlshape *s, const char *text,
                     const char **ret, struct err *err)
{
    (void)s;
    return settle(q, body_statement,
                  "SELECT pg_get_function_sqlbody(oid) FROM pg_proc "
                  "WHERE pronamespace = pg_my_temp_schema()",
                  text, ret, err);
}

/* ---- which of them ----------------------------------------------------------------------------
 */

static const struct form {
    enum kind_id kind;
    int slot;
    enum sqlshape_type shape;
    from_fn *from; /* its parts are columns of a view over this; or: */
    bool (*ask)(struct question *q, const struct sqlshape *s, const char *text, const char **ret,
                struct err *err);
} forms[] = {
    {K_CHECK, P_CHECK_EXPRESSION, SQLSHAPE_EXPRESSION, from_parent, NULL},
    {K_COLUMN, P_COLUMN_DEFAULT, SQLSHAPE_EXPRESSION, from_nothing, NULL},
    {K_COLUMN, P_COLUMN_EXPRESSION, SQLSHAPE_EXPRESSION, from_parent, NULL},
    {K_DOMAIN, P_DOMAIN_DEFAULT, SQLSHAPE_EXPRESSION, from_nothing, NULL},
    {K_EXCLUSION, P_EXCLUSION_DEFINITION, SQLSHAPE_EXCLUSION, from_parent, NULL},
    {K_FOREIGN_TABLE, P_FOREIGN_TABLE_PARTITION_BOUND, SQLSHAPE_BOUND, from_nothing, NULL},
    {K_FUNCTION, P_FUNCTION_ARGUMENTS, SQLSHAPE_ARGUMENTS, from_nothing, NULL},
    {K_FUNCTION, P_FUNCTION_BODY, SQLSHAPE_BODY, NULL, ask_body},
    {K_INDEX, P_INDEX_PREDICATE, SQLSHAPE_EXPRESSION, from_parent, NULL},
    {K_INDEX_PART, P_INDEX_PART_EXPRESSION, SQLSHAPE_EXPRESSION, from_grandparent, NULL},
    {K_MATERIALIZED_VIEW, P_MATERIALIZED_VIEW_QUERY, SQLSHAPE_QUERY, NULL, ask_view},
    {K_POLICY, P_POLICY_USING, SQLSHAPE_EXPRESSION, from_parent, NULL},
    {K_POLICY, P_POLICY_WITH_CHECK, SQLSHAPE_EXPRESSION, from_parent, NULL},
    {K_PROCEDURE, P_PROCEDURE_ARGUMENTS, SQLSHAPE_ARGUMENTS, from_nothing, NULL},
    {K_PROCEDURE, P_PROCEDURE_BODY, SQLSHAPE_BODY, NULL, ask_body},
    {K_PUBLICATION_TABLE, P_PUBLICATION_TABLE_FILTER, SQLSHAPE_EXPRESSION, from_named, NULL},
    {K_RULE, P_RULE_DEFINITION, SQLSHAPE_RULE, NULL, ask_rule},
    {K_STATISTICS, P_STATISTICS_DEFINITION, SQLSHAPE_STATISTICS, from_table_of_statistics, NULL},
    {K_TABLE, P_TABLE_PARTITION_BOUND, SQLSHAPE_BOUND, from_nothing, NULL},
    {K_TABLE, P_TABLE_PARTITION_KEY, SQLSHAPE_PARTITION_KEY, from_itself, NULL},
    {K_TRIGGER, P_TRIGGER_DEFINITION, SQLSHAPE_TRIGGER, from_old_and_new, NULL},
    {K_VIEW, P_VIEW_QUERY, SQLSHAPE_QUERY, NULL, ask_view},
};

static const struct form *form_of(const struct object *o, unsigned slot)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (forms[i].kind == o->kind->id && forms[i].slot == (int)slot)
            return &forms[i];
    return NULL;
}

/* ---- may it, and as whom ----------------------------------------------------------------------
 */

/*
 * pg_read_all_data (14 and later) has USAGE of every schema and reads every table, and can do
 * nothing else: https://www.postgresql.org/docs/current/predefined-roles.html. Scratch objects need
 * TEMP besides.
 */
static bool find_role(struct session *s, struct err *err)
{
    static const char sql[] =
        "SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r"
        " WHERE r.rolname = 'pg_read_all_data' AND pg_catalog.pg_has_role(r.oid, '%s')"
        " AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'TEMP'))"
        " THEN 'role' WHEN pg_catalog.current_setting('is_superuser') = 'on' THEN 'super' ELSE "
        "'own'"
        " END";
    const char *as = s->version >= 160000 ? "SET" : "MEMBER", *found = NULL;
    struct arena a = ARENA_INIT;
    bool good = pg_value(s, arena_printf(&a, sql, as), &a, &found, err);

    if (good) {
        s->asks_as_reader = str_eq(found, "role");
        if (str_eq(found, "super"))
            log_debug("%s: expressions are asked about as superuser: there is no role "
                      "pg_read_all_data with TEMP on this database",
                      s->label);
    }
    arena_release(&a);
    return good;
}

/* Asked once; a mark that cannot be read is one that may forbid it. */
static bool may_ask(struct session *s, struct err *err)
{
    struct target_facts f = {.mark = MARK_NONE};

    if (!s->may_elaborate) {
        if (!pg_mark_read(s, &s->arena, &f, err) || !find_role(s, err))
            return false;
        s->may_elaborate = f.mark == MARK_PRODUCTION ? 'n' : 'y';
    }
    return s->may_elaborate == 'y' || err_set(err, ERR_REFUSED,
                                              "it bears dbtwin's production mark, and production "
                                              "is never asked to reformat an expression");
}

/* A copy without a shadow database is in one transaction, which must go on: then it is a part of
 * that, with an end of its own. */
static bool in_transaction(struct question *q, const struct form *form, const struct sqlshape *s,
                           const char *text, const char **ret, struct err *err)
{
    struct session *session = q->session;
    bool inside = PQtransactionStatus(session->conn) != PQTRANS_IDLE, good;
    struct err later = ERR_INIT;

    if (!pg_runf(session, err, "%s; %s", inside ? "SAVEPOINT dbtwin_opinion" : "BEGIN", limits_sql))
        return false;
    good = (!session->asks_as_reader || pg_run(session, "SET LOCAL ROLE pg_read_all_data", err)) &&
           (form->ask ? form->ask(q, s, text, ret, err) : ask_parts(q, s, form->from, ret, err));
    if (PQstatus(session->conn) == CONNECTION_OK &&
        !pg_run(session,
                inside ? "ROLLBACK TO SAVEPOINT dbtwin_opinion; RELEASE SAVEPOINT dbtwin_opinion"
                       : "ROLLBACK",
                &later)) {
        if (!err_is_set(err))
            *err = later;
        good = false;
    }
    return good;
}

/* What stands around a body. */
static const char *arguments_of(const struct object *o)
{
    return o->kind->id == K_FUNCTION    ? model_get(o, P_FUNCTION_ARGUMENTS)
           : o->kind->id == K_PROCEDURE ? model_get(o, P_PROCEDURE_ARGUMENTS)
                                        : NULL;
}

bool pg_elaborate(struct session *s, const struct object *o, unsigned slot, const char *text,
                  struct arena *a, const char **ret, struct err *err)
{
    const struct form *form = form_of(o, slot);
    struct question q = {.session = s, .object = o, .arena = a};
    struct sqlshape shape;
    const char *found = NULL;

    if (!form || !text)
        return false;
    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_RUNTIME, "a source is never asked for an opinion");
    if (!sqlshape_read(form->shape, text, a, &shape))
        return err_set(err, ERR_CORRUPT, "its %s is not %s as a server writes it",
                       o->kind->props[slot].name, sqlshape_name(form->shape));
    if (!may_ask(s, err) || !pg_opinion_may_read(s, text, err) ||
        !pg_opinion_may_read(s, arguments_of(o), err))
        return false;
    if (!in_transaction(&q, form, &shape, text, &found, err))
        return false;
    *ret = found;
    return true;
}
