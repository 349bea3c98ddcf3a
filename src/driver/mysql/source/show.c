#include "read.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

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
    unsigned column;     /* of the text in the result */
    const char *unknown; /* properties that stay unknown without it */
    const char *grant;   /* that would help, %s is the database */
    show_take *take;
    bool (*wanted)(const struct my_read *r, const struct object *o); /* NULL = always */
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
    struct buf columns = BUF_INIT;
    struct slice body;
    bool good = my_text_trigger(text, &columns, &body);
    if (good) {
        struct buf head = BUF_INIT;
        bool kept = my_text_trigger_head(text, body, r->s->database, &head);
        model_set(r->m, o, P_TRIGGER_BODY, keep(r, body));
        model_set(r->m, o, P_TRIGGER_HEAD, kept ? head.data : NULL);
        buf_release(&head);
        model_set(r->m, o, P_TRIGGER_COLUMNS, columns.len ? columns.data : NULL);
    }
    buf_release(&columns);
    return good;
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
    struct my_text_view v;
    if (!my_text_view(text, &v))
        return false;
    model_set(r->m, o, P_VIEW_ALGORITHM, v.algorithm);
    model_set(r->m, o, P_VIEW_QUERY, keep(r, v.query));
    if (r->s->flavor == ENGINE_MY)
        model_set(r->m, o, P_VIEW_COLUMNS, v.columns.len ? keep(r, v.columns) : NULL);
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
    {K_VIEW, "SHOW CREATE VIEW", 1, "query, columns, algorithm", "SELECT, SHOW VIEW ON %s.%o",
     take_view, view_wanted},
    {K_FUNCTION, "SHOW CREATE FUNCTION", 2, "arguments, result, body", NULL, take_function, NULL},
    {K_PROCEDURE, "SHOW CREATE PROCEDURE", 2, "arguments, body", NULL, take_procedure, NULL},
    {K_TRIGGER, "SHOW CREATE TRIGGER", 2, "body, columns", "TRIGGER ON %s.*", take_trigger, NULL},
    {K_EVENT, "SHOW CREATE EVENT", 3, "body", "EVENT ON %s.*", take_event, NULL},
    {K_PACKAGE, "SHOW CREATE PACKAGE", 2, "body", NULL, take_package, NULL},
    {K_PACKAGE, "SHOW CREATE PACKAGE BODY", 2, "implementation", NULL, take_package_body,
     package_wanted},
};

/* What lets an account see the bodies of others' routines. */
static const char *routine_grant(const struct my_session *s)
{
    if (s->flavor == ENGINE_MY)
        return s->version >= 80020 ? "SHOW_ROUTINE ON *.*" : "SELECT ON mysql.proc";
    return s->version >= 110300 ? "SHOW CREATE ROUTINE ON %s.*" : "SELECT ON mysql.proc";
}

void my_show_unknown(struct my_read *r, struct object *o, const char *unknown, const char *why,
                     const char *grant)
{
    struct buf path = BUF_INIT, text = BUF_INIT, db = BUF_INIT;
    const char *mark = strstr(grant, "%s");

    for (const char *p = unknown; *p;) {
        char name[32];
        size_t n = strcspn(p, ", ");
        memcpy(name, p, n);
        name[n] = 0;
        int slot = kind_prop(o->kind, name);
        if (o->kind->props[slot].engines & r->s->flavor)
            o->v[slot] = model_unknown;
        p += n;
        p += strspn(p, ", ");
    }
    model_path(o, &path);
    my_quote_name(&db, r->s->database);
    buf_addf(&text, "%s%s%s%s", unknown, *unknown ? ": " : "", why,
             *grant ? "; it needs GRANT " : "");
    if (mark) {
        buf_add(&text, grant, (size_t)(mark - grant));
        buf_adds(&text, db.data);
        if (strcmp(mark, "%s.%o") == 0) {
            buf_addch(&text, '.');
            my_quote_name(&text, o->name);
        } else {
            buf_adds(&text, mark + 2);
        }
    } else {
        buf_adds(&text, grant);
    }
    model_gap(r->m, o->kind->name, path.data, text.data);
    buf_release(&path);
    buf_release(&text);
    buf_release(&db);
}

/* ---- many in one round trip ---------------------------------------------------------------- */

struct batch {
    struct my_session *s;
    unsigned column;
    my_show_fn *fn;
    void *ctx;
};

/* One round trip from the first-th name on; *ret_done of them were shown. False, with the error
 * of the one behind them, when it ended early. */
static bool show_some(const struct batch *b, const char *statement, const char *const *names,
                      size_t first, size_t n, size_t *ret_done, struct err *err)
{
    struct buf sql = BUF_INIT;
    int more = 0;

    for (size_t i = 0; i < n; i++) {
        buf_addf(&sql, "%s%s ", i ? ";" : "", statement);
        my_quote_name(&sql, names[first + i]);
    }
    bool good = my_conn_query(b->s, sql.data, sql.len, err);
    buf_release(&sql);
    while (good && more == 0) {
        MYSQL_RES *res = mysql_store_result(b->s->db);
        if (!res && mysql_errno(b->s->db))
            break;
        if (res) {
            MYSQL_ROW row = mysql_fetch_row(res);
            bool there = row && b->column < mysql_num_fields(res);
            b->fn(b->ctx, first + (*ret_done)++, there ? row[b->column] : NULL, NULL);
            mysql_free_result(res);
        }
        more = mysql_next_result(b->s->db);
    }
    if (good && (more > 0 || mysql_errno(b->s->db)))
        good = my_conn_fail(b->s, err);
    return good;
}

/* A batch ends at its first failure: named, then on with the next. */
bool my_show_batch(struct my_session *s, const char *statement, unsigned column,
                   const char *const *names, size_t n, my_show_fn *fn, void *ctx, struct err *err)
{
    struct batch b = {s, column, fn, ctx};
    if (mysql_set_server_option(s->db, MYSQL_OPTION_MULTI_STATEMENTS_ON))
        return my_conn_fail(s, err);
    for (size_t i = 0; i < n;) {
        size_t some = n - i < BATCH ? n - i : BATCH, done = 0;
        if (!show_some(&b, statement, names, i, some, &done, err)) {
            if (done == some || err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED)
                return false;
            fn(ctx, i + done, NULL, err->msg);
            err_clear(err);
            done++;
        }
        i += done;
    }
    return true;
}

/* ---- bodies -------------------------------------------------------------------------------- */

struct shown {
    const struct what *what;
    struct object *object;
};

struct bodies {
    struct my_read *r;
    struct vec list; /* struct shown; those of one statement together */
};

/* Of some objects, texts that wait for the model. */
struct body {
    struct arena *a;
    const char **names;
    const char **texts, **whys;
};

static void show_text(void *ctx, size_t i, const char *text, const char *why)
{
    struct body *b = ctx;
    b->texts[i] = arena_strdup(b->a, text);
    b->whys[i] = arena_strdup(b->a, why);
}

static void show_take_one(struct my_read *r, const struct shown *x, const char *text,
                          const char *why)
{
    const char *grant = x->what->grant ? x->what->grant : routine_grant(r->s);
    if (!text)
        my_show_unknown(r, x->object, x->what->unknown, why ? why : "not shown to this account",
                        grant);
    else if (!x->what->take(r, x->object, text))
        my_show_unknown(
            r, x->object, x->what->unknown,
            arena_printf(&r->arena, "dbtwin does not understand what %s shows", x->what->statement),
            "");
}

/* A share is BATCH of the list, with as many statements as it takes. */
static bool show_share(void *ctx, struct my_session *s, struct arena *a, size_t share,
                       struct err *err)
{
    struct bodies *b = ctx;
    const struct shown *list = vec_at(&b->list, share * BATCH);
    size_t left = b->list.len - share * BATCH, n = left < BATCH ? left : BATCH, m;
    const char **names = arena_alloc(a, n * sizeof *names);
    const char **texts = arena_calloc(a, n * sizeof *texts);
    const char **whys = arena_calloc(a, n * sizeof *whys);

    for (size_t i = 0; i < n; i++)
        names[i] = list[i].object->name;
    for (size_t i = 0; i < n; i += m) {
        struct body some = {a, names + i, texts + i, whys + i};
        for (m = 1; i + m < n && list[i + m].what == list[i].what;)
            m++;
        if (!my_show_batch(s, list[i].what->statement, list[i].what->column, some.names, m,
                           show_text, &some, err))
            return false;
    }
    pthread_mutex_lock(&b->r->lock);
    for (size_t i = 0; i < n; i++)
        show_take_one(b->r, &list[i], texts[i], whys[i]);
    pthread_mutex_unlock(&b->r->lock);
    return true;
}

static void collect(struct bodies *b, struct object *o, const struct what *what)
{
    for (struct object *k = o->first; k; k = k->next)
        collect(b, k, what);
    if (o->kind->id == what->kind && (!what->wanted || what->wanted(b->r, o)))
        VEC_PUSH(&b->list, struct shown, ((struct shown){what, o}));
}

/* ---- views that MariaDB itself cannot use -------------------------------------------------- */

struct views {
    struct my_read *r;
    struct vec objects; /* struct object * */
};

/* Its columns are shown, or why they are not. */
static void view_shown(void *ctx, size_t i, const char *text, const char *why)
{
    struct views *v = ctx;
    size_t n = strlen(v->r->s->label);
    (void)text;
    if (why && !strncmp(why, v->r->s->label, n) && !strncmp(why + n, ": ", 2))
        why += n + 2;
    if (why)
        model_set(v->r->m, VEC_AT(&v->objects, struct object *, i), P_VIEW_BROKEN, why);
}

static bool broken_views(struct my_read *r, struct err *err)
{
    struct views v = {r, VEC_INIT(struct object *)};
    struct vec names = VEC_INIT(const char *);
    for (struct object *o = r->m->root->first; o; o = o->next) {
        if (o->kind->id != K_VIEW)
            continue;
        VEC_PUSH(&v.objects, struct object *, o);
        VEC_PUSH(&names, const char *, o->name);
    }
    bool good = !names.len || my_show_batch(r->s, "SHOW COLUMNS FROM", 0, names.items, names.len,
                                            view_shown, &v, err);
    vec_release(&v.objects);
    vec_release(&names);
    return good;
}

bool my_show(struct my_read *r, struct err *err)
{
    struct bodies b = {r, VEC_INIT(struct shown)};
    double start = clock_now();
    for (size_t i = 0; i < ARRAY_LEN(whats); i++)
        collect(&b, r->m->root, &whats[i]);
    my_reader_pool_start(r->pool, (b.list.len + BATCH - 1) / BATCH, "utf8mb4", show_share, &b);
    bool good = my_reader_pool_finish(r->pool, err);
    log_debug("%zu bodies read in %.0f ms", b.list.len, (clock_now() - start) * 1000);
    if (good && r->s->flavor == ENGINE_MA)
        good = broken_views(r, err);
    vec_release(&b.list);
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
