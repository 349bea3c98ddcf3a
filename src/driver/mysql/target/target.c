#include "target.h"

#include "../source/data.h"
#include "run_lock.h"

#include <dbtwin/log.h>

#include <string.h>
#include <strings.h>

/* ---- names --------------------------------------------------------------------------------- */

static void target_name_all(struct my_target *t)
{
    const struct my_session *s = my_session(t->session);
    char *db = arena_strdup(&t->arena, t->db);

    for (char *p = db; s->lower_case == 1 && *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    t->db = db;
    t->q_db = my_target_quoted(t, t->db);
    my_target_name_places(t);
    t->lock =
        arena_printf(&t->arena, "dbtwin:%016llx", (unsigned long long)hash_bytes64(db, strlen(db)));
}

/* ---- statements ---------------------------------------------------------------------------- */

bool my_target_drop_rehearsal(struct my_target *t, struct err *err)
{
    const char *name = my_target_name(&t->arena, t->db, "__dbtwin_rehearsal");
    bool there;
    if (!my_contents_exists(t, name, &there, err))
        return false;
    return !there || my_target_drop(t, my_target_quoted(t, name), err);
}

/* ---- open, close --------------------------------------------------------------------------- */

/* The server's own, of any spelling: some are the same in every case, the others never anybody's.
 */
static bool refuse_own(const struct my_target *t, struct err *err)
{
    static const char *const own[] = {"information_schema", "mysql", "ndbinfo",
                                      "performance_schema", "sys"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (strcasecmp(t->db, own[i]) != 0)
            continue;
        err_set(err, ERR_REFUSED, "%s: \"%s\" is the server's own and is never a target",
                t->endpoint->label, t->db);
        return err_hint(err, "copy into a database of its own: it is created if it does not exist");
    }
    return true;
}

/* Its own control session, or one that several targets have, one after another. */
static bool open_control(struct my_target *t, struct err *err)
{
    const struct target_options *o = &t->options;
    t->shared = o->shared && !o->look;
    if (t->shared && *o->shared) {
        t->session = *o->shared;
        my_session(t->session)->label = t->endpoint->label;
        return true;
    }
    if (!my_target_connect(t, o->look ? DRIVER_SOURCE : DRIVER_TARGET, "", &t->session, err))
        return false;
    if (t->shared)
        *o->shared = t->session;
    return true;
}

bool my_target_open(const struct endpoint *e, const struct target_options *o, struct target **ret,
                    struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct my_target *t = arena_new(&arena, struct my_target);
    struct my_url url;
    t->arena = arena; /* which holds t itself */
    t->endpoint = e;
    if (o)
        t->options = *o;
    for (size_t i = 0; i < ARRAY_LEN(t->remake); i++)
        vec_init(&t->remake[i], sizeof(const char *));
    vec_init(&t->held, sizeof(struct my_held));
    vec_init(&t->live, sizeof(const char *));
    struct target *self = (struct target *)(void *)t;
    if (!my_url_parse(e->url, &t->arena, &url, err) || !open_control(t, err))
        goto fail;
    t->db = url.database;
    if (!t->db) {
        err_set(err, ERR_USAGE, "%s: the connection URL names no database", e->label);
        err_hint(err, "mysql://user@host/DATABASE");
        goto fail;
    }
    target_name_all(t);
    if (!refuse_own(t, err))
        goto fail;
    if (t->options.look) {
        *ret = self;
        return true;
    }
    if (!my_run_lock_take(t, err) || !my_load_prepare(my_session(t->session), err) ||
        !my_target_drop_rehearsal(t, err) || (!t->options.rehearse && !my_swap_recover(t, err)))
        goto fail;
    if (my_load_is_slow(my_session(t->session)))
        log_info("%s: LOAD DATA LOCAL is off there (local_infile): rows go as INSERTs, which is "
                 "slower",
                 e->label);
    *ret = self;
    return true;
fail:
    my_target_close(self);
    return false;
}

void my_target_close(struct target *target)
{
    if (!target)
        return;
    struct my_target *t = my_target(target);
    struct err ignored = ERR_INIT;

    if (t->session)
        my_session(t->session)->critical = true; /* SIGINT must not leave the shadow behind */
    if (t->session && t->prepared && !t->swapped && !t->keep_shadow &&
        !my_target_drop(t, t->q_shadow, &ignored))
        log_warn("%s: the database %s could not be dropped (the next run does it): %s",
                 t->endpoint->label, t->shadow, ignored.msg);
    my_write_lock_release(t);
    vec_release(&t->held);
    if (t->session && t->shared)
        my_session(t->session)->critical = false;
    my_run_lock_release(t);
    if (!t->shared)
        my_conn_close(t->session);
    for (size_t i = 0; i < ARRAY_LEN(t->remake); i++)
        vec_release(&t->remake[i]);
    vec_release(&t->live);
    struct arena arena = t->arena;
    arena_release(&arena);
}

/* ---- facts --------------------------------------------------------------------------------- */

bool my_target_server(struct target *t, struct arena *a, struct server_facts *ret, struct err *err)
{
    struct my_target *m = my_target(t);
    const char *id = NULL;
    if (!my_conn_facts(m->session, a, ret, err) || !my_target_identity(m, &id, err))
        return false;
    if (m->shared) { /* the session is about no database */
        ret->database = arena_strdup(a, m->db);
        ret->database_id = arena_strdup(a, id);
    }
    return true;
}

/* The server and the name, as my_conn_facts; the session may be in the shadow. */
bool my_target_identity(struct my_target *t, const char **ret, struct err *err)
{
    struct server_facts f;
    if (!my_conn_facts(t->session, &t->arena, &f, err))
        return false;
    char *name = arena_strdup(&t->arena, t->db);
    for (char *p = name; my_session(t->session)->lower_case && *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    *ret = arena_printf(&t->arena, "%s/%s", f.server_id, name);
    return true;
}

struct mark_rows {
    struct arena *a;
    struct target_facts *facts;
    const char *source, *taken, *finished, *written;
};

static bool mark_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                     struct err *err)
{
    struct mark_rows *m = ctx;
    (void)n, (void)lengths, (void)err;
    if (!v[0] || !v[1])
        return true;
    if (str_eq(v[0], "role")) {
        m->facts->mark = str_eq(v[1], "production") ? MARK_PRODUCTION
                         : str_eq(v[1], "copy")     ? MARK_COPY
                                                    : MARK_NONE;
    } else if (str_eq(v[0], "source")) {
        m->source = arena_strdup(m->a, v[1]);
    } else if (str_eq(v[0], "taken_at")) {
        m->taken = arena_strdup(m->a, v[1]);
    } else if (str_eq(v[0], "target_id")) {
        m->written = arena_strdup(m->a, v[1]);
    }
    return true;
}

static bool target_mark(struct my_target *t, struct arena *a, struct target_facts *ret,
                        struct err *err)
{
    struct mark_rows m = {.a = a, .facts = ret};
    bool there;
    if (!my_target_has_table(t, t->db, MY_MARK_TABLE, &there, err) || !there)
        return err->cls == ERR_NONE;
    const char *sql = arena_printf(&t->arena, "SELECT k, v FROM %s." MY_MARK_TABLE, t->q_db);
    if (!my_conn_rows(t->session, sql, mark_row, &m, err))
        return err_context(err, "while reading the mark of %s", t->endpoint->label);
    const char *own = NULL;
    if (ret->mark == MARK_COPY && !my_target_identity(t, &own, err))
        return false;
    ret->mark_is_old = ret->mark == MARK_COPY && !m.written;
    if (m.written && !str_eq(m.written, own))
        ret->mark = ret->mark == MARK_COPY ? MARK_ELSEWHERE : ret->mark;
    if (ret->mark == MARK_COPY || ret->mark == MARK_ELSEWHERE)
        ret->mark_text = arena_printf(a, "copy of %s taken at %s", m.source ? m.source : "?",
                                      m.taken ? m.taken : "?");
    else if (ret->mark == MARK_PRODUCTION)
        ret->mark_text = arena_printf(a, "marked as production in the table %s", MY_MARK_TABLE);
    return true;
}

static bool target_rows(struct my_target *t, struct arena *a, struct target_facts *ret,
                        struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool good = my_target_names(
        t, &tables, err,
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME "
        "NOT LIKE 'dbtwin\\_%%' AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY "
        "COALESCE(TABLE_ROWS, 0) = 0, TABLE_NAME",
        my_target_literal(t, t->db));
    for (size_t i = 0; good && !ret->has_rows && i < tables.len; i++) {
        const char *table = VEC_AT(&tables, const char *, i);
        uint64_t n;
        good = my_target_count(t, &n, err, "SELECT EXISTS (SELECT 1 FROM %s.%s)", t->q_db,
                               my_target_quoted(t, table));
        if (good && n) {
            ret->has_rows = true;
            ret->row_table = arena_strdup(a, table);
        }
    }
    vec_release(&tables);
    return good || err_context(err, "while looking for rows in %s", t->endpoint->label);
}

bool my_target_facts(struct target *target, struct arena *a, struct target_facts *ret,
                     struct err *err)
{
    struct my_target *t = my_target(target);
    struct target_facts f = {0};
    const char *db = my_target_literal(t, t->db);
    uint64_t n, objects;

    if (!my_target_count(t, &n, err,
                         "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
                         db))
        return false;
    f.exists = n > 0;
    if (!my_target_count(
            t, &objects, err,
            "SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND "
            "TABLE_NAME NOT IN ('" MY_MARK_TABLE "', '" MY_RUN_TABLE "', '" MY_JOURNAL_TABLE
            "')) + (SELECT COUNT(*) "
            "FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s) + (SELECT COUNT(*) FROM "
            "information_schema.EVENTS WHERE EVENT_SCHEMA = %s)",
            db, db, db))
        return false;
    f.has_objects = objects > 0;
    if (!target_mark(t, a, &f, err) || !target_rows(t, a, &f, err))
        return false;
    *ret = f;
    return true;
}

/* ---- the shadow ---------------------------------------------------------------------------- */

static bool target_denied(struct my_target *t, struct err *err)
{
    if (err->cls == ERR_DENIED)
        err_hint(err,
                 "dbtwin loads into a shadow database beside the target: GRANT ALL ON "
                 "`%s\\_\\_dbtwin\\_%%`.* TO this account",
                 t->db);
    return false;
}

static bool make_shadow(struct my_target *t, const char *defaults, struct err *err)
{
    if ((t->left && !my_swap_drop_left(t, err)) ||
        !my_target_run(t, err, "CREATE DATABASE %s%s", t->q_shadow, defaults))
        return false;
    t->prepared = true;
    return my_target_run(t, err, "USE %s", t->q_shadow) && my_journal_make(t, err) &&
           (!t->options.resume || my_checkpoint_make(t, err));
}

bool my_target_prepare(struct target *target, const struct model *m, struct err *err)
{
    struct my_target *t = my_target(target);
    const char *charset = model_get(m->root, P_DATABASE_CHARSET);
    const char *collation = model_get(m->root, P_DATABASE_COLLATION);
    struct buf defaults = BUF_INIT;
    bool own;

    if (charset)
        buf_addf(&defaults, " CHARACTER SET %s", charset);
    if (collation)
        buf_addf(&defaults, " COLLATE %s", collation);
    bool good = t->take ? my_checkpoint_take(t, err) : make_shadow(t, defaults.data, err);
    if (good && defaults.len)
        good = my_target_defer(target, arena_printf(&t->arena, "ALTER DATABASE%s", defaults.data),
                               NULL, &own, err);
    buf_release(&defaults);
    return good || target_denied(t, err) ||
           err_context(err, "while creating the database %s", t->shadow);
}

bool my_target_session(struct target *target, struct session **ret, struct err *err)
{
    struct my_target *t = my_target(target);
    struct session *s;
    if (!my_target_connect(t, DRIVER_TARGET, t->shadow, &s, err))
        return false;
    if (!my_load_prepare(my_session(s), err)) {
        my_conn_close(s);
        return false;
    }
    *ret = s;
    return true;
}

/* ---- what cannot move ---------------------------------------------------------------------- */

bool my_target_defer(struct target *target, const char *sql, const char *meanwhile, bool *ret_own,
                     struct err *err)
{
    struct my_target *t = my_target(target);
    const char *now = meanwhile ? meanwhile : sql;
    bool own = false;
    if (t->shared && !my_target_run(t, err, "USE %s", t->q_shadow))
        return false;
    if (!my_journal_program(t, &now, &own, err))
        return false;
    if (own) {
        *ret_own = true;
        sql = meanwhile ? my_journal_without_definer(t, sql) : now;
    }
    return my_journal_add(t, "final", sql, strlen(sql), err);
}

const char *my_target_shadow_name(const struct target *target)
{
    return ((const struct my_target *)(const void *)target)->shadow;
}
