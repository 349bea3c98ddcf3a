#include "read.h"

#include <string.h>

/*
 * SHOW CREATE, many in one round trip: information_schema shows bodies with their escapes undone
 * and without 4-byte characters, so a routine read from there would not be the routine.
 */
enum { BATCH = 64 };

typedef bool show_take(struct my_read *r, struct object *o, const char *text);
struct what {
    enum kind_id kind;
    const char *statement;
    const char *name;    /* for people */
    unsigned column;     /* of the text in the result */
    const char *unknown; /* properties that stay unknown without it */
    const char *grant;   /* that would help, %s is the database */
    show_take *take;
    bool (*wanted)(const struct my_read *r, const struct object *o); /* NULL = always */
};

struct item {
    struct object *o;
    const struct what *what;
};

static const char *keep(struct my_read *r, struct slice s)
{
    return arena_strndup(&r->arena, s.data, s.len);
}

static bool take_function(struct my_read *r, struct object *o, const char *text)
{
    struct my_text_routine t;
    if (!my_text_routine(text, &t))
        return false;
    model_set(r->m, o, P_FUNCTION_ARGUMENTS, keep(r, t.arguments));
    model_set(r->m, o, P_FUNCTION_RESULT, keep(r, t.result));
    model_set(r->m, o, P_FUNCTION_BODY, keep(r, t.body));
    if (r->s->flavor == ENGINE_MA)
        model_set(r->m, o, P_FUNCTION_AGGREGATE, t.aggregate ? "yes" : "no");
    return true;
}

static bool take_procedure(struct my_read *r, struct object *o, const char *text)
{
    struct my_text_routine t;
    if (!my_text_routine(text, &t))
        return false;
    model_set(r->m, o, P_PROCEDURE_ARGUMENTS, keep(r, t.arguments));
    model_set(r->m, o, P_PROCEDURE_BODY, keep(r, t.body));
    return true;
}

static bool take_trigger(struct my_read *r, struct object *o, const char *text)
{
    struct slice body;
    if (!my_text_trigger(text, &body))
        return false;
    model_set(r->m, o, P_TRIGGER_BODY, keep(r, body));
    return true;
}

static bool take_event(struct my_read *r, struct object *o, const char *text)
{
    struct slice body;
    if (!my_text_event(text, &body))
        return false;
    model_set(r->m, o, P_EVENT_BODY, keep(r, body));
    return true;
}

static bool take_package(struct my_read *r, struct object *o, const char *text)
{
    struct slice body;
    if (!my_text_package(text, &body))
        return false;
    model_set(r->m, o, P_PACKAGE_BODY, keep(r, body));
    return true;
}

static bool take_package_body(struct my_read *r, struct object *o, const char *text)
{
    struct slice body;
    if (!my_text_package(text, &body))
        return false;
    model_set(r->m, o, P_PACKAGE_IMPLEMENTATION, keep(r, body));
    return true;
}

static bool take_view(struct my_read *r, struct object *o, const char *text)
{
    const char *algorithm;
    struct slice query;
    if (!my_text_view(text, &algorithm, &query))
        return false;
    model_set(r->m, o, P_VIEW_ALGORITHM, algorithm);
    model_set(r->m, o, P_VIEW_QUERY, keep(r, query));
    return true;
}

/* MySQL shows a view's algorithm nowhere else; MariaDB's text is whole but for 4-byte characters,
 * which have become question marks, and for the character sets of literals (_utf8mb4'x'). */
static bool view_wanted(const struct my_read *r, const struct object *o)
{
    const char *query = model_get(o, P_VIEW_QUERY);
    return r->s->flavor == ENGINE_MY || !query || strpbrk(query, "?'");
}

/* Rows of package.sql say by `implementation` = "" that there is a body to be read. */
static bool package_wanted(const struct my_read *r, const struct object *o)
{
    (void)r;
    return model_get(o, P_PACKAGE_IMPLEMENTATION) != NULL;
}

static const struct what whats[] = {
    {K_TABLE, "SHOW CREATE TABLE", "table", 1, "", "SELECT ON %s.*", my_create_take,
     my_create_wanted},
    {K_VIEW, "SHOW CREATE VIEW", "view", 1, "query, algorithm", "SELECT, SHOW VIEW ON %s.*",
     take_view, view_wanted},
    {K_FUNCTION, "SHOW CREATE FUNCTION", "function", 2, "arguments, result, body", NULL,
     take_function, NULL},
    {K_PROCEDURE, "SHOW CREATE PROCEDURE", "procedure", 2, "arguments, body", NULL, take_procedure,
     NULL},
    {K_TRIGGER, "SHOW CREATE TRIGGER", "trigger", 2, "body", "TRIGGER ON %s.*", take_trigger, NULL},
    {K_EVENT, "SHOW CREATE EVENT", "event", 3, "body", "EVENT ON %s.*", take_event, NULL},
    {K_PACKAGE, "SHOW CREATE PACKAGE", "package", 2, "body", NULL, take_package, NULL},
    {K_PACKAGE, "SHOW CREATE PACKAGE BODY", "package body", 2, "implementation", NULL,
     take_package_body, package_wanted},
};

/* What lets an account see the bodies of others' routines. */
static const char *routine_grant(const struct my_session *s)
{
    if (s->flavor == ENGINE_MY)
        return s->version >= 80020 ? "SHOW_ROUTINE ON *.*" : "SELECT ON mysql.proc";
    return s->version >= 110300 ? "SHOW CREATE ROUTINE ON %s.*" : "SELECT ON mysql.proc";
}

static void show_gap(struct my_read *r, const struct item *it, const char *why)
{
    struct buf path = BUF_INIT, text = BUF_INIT, db = BUF_INIT;
    const char *grant = it->what->grant ? it->what->grant : routine_grant(r->s);
    const char *mark = strstr(grant, "%s");

    model_path(it->o, &path);
    my_quote_name(&db, r->s->database);
    buf_addf(&text, "%s: %s; it needs GRANT ", it->what->unknown, why);
    if (mark) {
        buf_add(&text, grant, (size_t)(mark - grant));
        buf_adds(&text, db.data);
        buf_adds(&text, mark + 2);
    } else {
        buf_adds(&text, grant);
    }
    model_gap(r->m, it->o->kind->name, path.data, text.data);
    buf_release(&path);
    buf_release(&text);
    buf_release(&db);
}

static void show_unknown(struct item *it)
{
    for (const char *p = it->what->unknown; *p;) {
        char name[32];
        size_t n = strcspn(p, ", ");
        memcpy(name, p, n);
        name[n] = 0;
        it->o->v[kind_prop(it->o->kind, name)] = model_unknown;
        p += n;
        p += strspn(p, ", ");
    }
}

static bool show_result(struct my_read *r, struct item *it, MYSQL_RES *res)
{
    MYSQL_ROW row = mysql_fetch_row(res);
    const char *text =
        row && it->what->column < mysql_num_fields(res) ? row[it->what->column] : NULL;
    if (!text) {
        show_unknown(it);
        show_gap(r, it, "not shown to this account");
    } else if (!it->what->take(r, it->o, text)) {
        show_unknown(it);
        show_gap(r, it, "what the server shows was not understood");
    }
    return true;
}

/* Runs n items in one round trip; *ret_done are finished. Stops at the first that fails, which is
 * then the next one's predecessor: named, and left unknown. */
static bool show_batch(struct my_read *r, struct item *items, size_t n, size_t *ret_done,
                       struct err *err)
{
    struct my_session *s = r->s;
    struct buf sql = BUF_INIT;
    size_t done = 0;
    int more = 0;

    for (size_t i = 0; i < n; i++) {
        buf_addf(&sql, "%s%s ", i ? ";" : "", items[i].what->statement);
        my_quote_name(&sql, items[i].o->name);
    }
    bool good = my_conn_query(s, sql.data, sql.len, err);
    buf_release(&sql);
    while (good && more == 0) {
        MYSQL_RES *res = mysql_store_result(s->db);
        if (res) {
            show_result(r, &items[done++], res);
            mysql_free_result(res);
        } else if (mysql_errno(s->db)) {
            break;
        }
        more = mysql_next_result(s->db);
    }
    if (good && (more > 0 || mysql_errno(s->db)))
        good = my_conn_fail(s, err);
    if (!good) {
        if (done == n || err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED)
            return false;
        show_unknown(&items[done]);
        show_gap(r, &items[done], err->msg);
        err_clear(err);
        done++;
    }
    *ret_done = done;
    return true;
}

struct collect {
    struct vec items;
    const struct what *what;
};

static void collect(const struct my_read *r, struct object *o, struct collect *c)
{
    for (struct object *k = o->first; k; k = k->next)
        collect(r, k, c);
    if (o->kind->id == c->what->kind && (!c->what->wanted || c->what->wanted(r, o))) {
        struct item *it = vec_push(&c->items);
        it->o = o;
        it->what = c->what;
    }
}

/* SHOW CREATE for the kinds whats[from] to whats[to - 1]. */
static bool show_kinds(struct my_read *r, size_t from, size_t to, struct err *err)
{
    struct collect c = {.items = VEC_INIT(struct item)};
    bool good = true;

    for (size_t i = from; i < to; i++) {
        c.what = &whats[i];
        collect(r, r->m->root, &c);
    }
    for (size_t i = 0; good && i < c.items.len;) {
        size_t n = c.items.len - i < BATCH ? c.items.len - i : BATCH, done = 0;
        good = show_batch(r, vec_at(&c.items, i), n, &done, err);
        i += done;
    }
    vec_release(&c.items);
    return good;
}

/* Tables are read with a binary result: MySQL keeps literals of expressions in their own character
 * sets and garbles what it converts. */
bool my_show(struct my_read *r, struct err *err)
{
    if (mysql_set_server_option(r->s->db, MYSQL_OPTION_MULTI_STATEMENTS_ON))
        return my_conn_fail(r->s, err);
    bool good = my_conn_run(r->s, "SET character_set_results = binary", err) &&
                show_kinds(r, 0, 1, err) &&
                my_conn_run(r->s, "SET character_set_results = utf8mb4", err) &&
                show_kinds(r, 1, ARRAY_LEN(whats), err);
    if (good && r->s->role == DRIVER_SOURCE &&
        mysql_set_server_option(r->s->db, MYSQL_OPTION_MULTI_STATEMENTS_OFF))
        good = my_conn_fail(r->s, err);
    return good || err_context(err, "while reading definitions");
}

/* ---- sequences ----------------------------------------------------------------------------- */

static void sequence_sql(struct my_read *r, const struct object *o, bool typed, struct buf *sql)
{
    if (sql->len)
        buf_adds(sql, " UNION ALL ");
    buf_adds(sql, "SELECT ");
    struct buf id = BUF_INIT;
    buf_addf(&id, "s:%s", o->name);
    my_quote_text(sql, id.data, id.len);
    buf_adds(sql, " AS `_id`, ");
    if (typed) {
        buf_adds(sql, "(SELECT DATA_TYPE FROM information_schema.SEQUENCES WHERE SEQUENCE_SCHEMA = "
                      "DATABASE() AND SEQUENCE_NAME = ");
        my_quote_text(sql, o->name, strlen(o->name));
        buf_addch(sql, ')');
    } else {
        buf_adds(sql, "'bigint'");
    }
    buf_adds(sql, " AS `type`, start_value AS `start`, minimum_value AS `min`, maximum_value AS "
                  "`max`, increment AS `increment`, cache_size AS `cache`, cycle_option AS `cycle`,"
                  " next_not_cached_value AS `last_value`, 'no' AS `is_called` FROM ");
    my_quote_name(sql, o->name);
    buf_release(&id);
    (void)r;
}

bool my_show_sequences(struct my_read *r, struct err *err)
{
    struct buf sql = BUF_INIT;
    unsigned n = 0;
    bool good = true;
    bool typed = r->s->version >= 110500;

    for (struct object *o = r->m->root->first; good && o; o = o->next) {
        if (o->kind->id == K_SEQUENCE) {
            sequence_sql(r, o, typed, &sql);
            n++;
        }
        if (n > 0 && (n == BATCH || !o->next)) {
            good = my_read_sql(r, "sequence", sql.data, err);
            buf_reset(&sql);
            n = 0;
        }
    }
    buf_release(&sql);
    return good;
}
