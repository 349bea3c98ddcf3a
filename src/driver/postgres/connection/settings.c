#include "pg.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * What an expression means depends on settings: a CHECK on TimeZone, an index on
 * default_text_search_config. Rows are loaded and indexes, constraints and materialized views built
 * under those that production's database has, as after pg_dump -C: for the owner of what is built,
 * in the server's own order (its role in the database, its role, the database, the server:
 * https://www.postgresql.org/docs/current/config-setting.html). Text rows are read as they were
 * written all the same: they have ISO dates, zones and signs written out, which every DateStyle,
 * TimeZone and IntervalStyle reads alike. (money has not: lc_monetary is production's only where
 * a materialized view is filled, which parses nothing.) What dbtwin reads itself, it reads under
 * its own settings (pg_settings_pin).
 */

/* Where there is no pin, nothing that dbtwin writes or reads depends on it. */
static const struct {
    const char *name, *pin;
} known[] = {
    {"DateStyle", "ISO, YMD"},
    {"IntervalStyle", "postgres"},
    {"TimeZone", "UTC"},
    {"bytea_output", "hex"},
    {"default_text_search_config", NULL},
    {"extra_float_digits", "3"},
    {"lc_monetary", "C"},
    {"lc_numeric", NULL},
    {"lc_time", NULL},
    {"timezone_abbreviations", NULL},
    {"xmlbinary", "base64"},
};

struct setting {
    const char *role; /* NULL: whoever owns what is built */
    const char *name, *value;
    bool told; /* somebody asked for it, and misses it where it is not available */
};

/* ---- which there are --------------------------------------------------------------------- */

/* Names with a dot are an application's or an extension's; of these some hold code to be run. */
static bool is_wanted(const char *name)
{
    bool wanted =
        (strchr(name, '.') && !str_starts(name, "plperl.") && !str_starts(name, "pltcl.")) ||
        strcasecmp(name, "search_path") == 0;

    for (size_t i = 0; i < ARRAY_LEN(known) && !wanted; i++)
        wanted = strcasecmp(name, known[i].name) == 0;
    return wanted;
}

struct reading {
    struct arena *arena;
    struct vec *ret; /* struct setting */
};

static void add(const struct reading *r, const char *role, const char *name, const char *value,
                bool told)
{
    if (is_wanted(name))
        VEC_PUSH(r->ret, struct setting,
                 ((struct setting){role ? arena_strdup(r->arena, role) : NULL,
                                   arena_strdup(r->arena, name),
                                   arena_strdup(r->arena, value ? value : ""), told}));
}

static void add_lines(const struct reading *r, const char *role, const char *lines, bool told)
{
    while (lines && *lines) {
        size_t len = strcspn(lines, "\n");
        char *name = arena_strndup(r->arena, lines, len), *value = strchr(name, '=');
        if (value) {
            *value++ = '\0';
            add(r, role, name, value, told);
        }
        lines += len + (lines[len] != '\0');
    }
}

/* A setting for one role is called "<setting> for <role>". */
static void add_own(const struct reading *r, const struct object *o)
{
    const char *role = model_get(o, P_SETTING_ROLE);
    size_t len = strlen(o->name), tail = role ? strlen(role) + strlen(" for ") : 0;

    add(r, role, arena_strndup(r->arena, o->name, len > tail ? len - tail : len),
        model_get(o, P_SETTING_VALUE), true);
}

/* Later ones win over earlier ones. */
void pg_settings_read(const struct model *m, struct arena *a, struct vec *ret)
{
    struct reading r = {a, ret};

    vec_init(ret, sizeof(struct setting));
    add_lines(&r, NULL, model_get(m->root, P_DATABASE_DEFAULTS), false);
    for (const struct object *o = m->root->first; o; o = o->next)
        if (o->kind->id == K_SETTING && !model_get(o, P_SETTING_ROLE))
            add_own(&r, o);
    for (const struct object *o = m->root->first; o; o = o->next)
        if (o->kind->id == K_ROLE)
            add_lines(&r, o->name, model_get(o, P_ROLE_DEFAULTS), true);
    for (const struct object *o = m->root->first; o; o = o->next)
        if (o->kind->id == K_SETTING && model_get(o, P_SETTING_ROLE))
            add_own(&r, o);
}

/* ---- in force ---------------------------------------------------------------------------- */

static const struct setting *setting_at(const struct session *s, size_t i)
{
    return &VEC_AT(s->settings, struct setting, i);
}

static const char *owner_of(const struct object *o)
{
    const struct object *top = model_top(o);
    int slot = kind_prop(top->kind, "owner");

    return slot >= 0 && top->v[slot] != model_unknown ? top->v[slot] : NULL;
}

static bool applies(const struct setting *g, const char *owner)
{
    return !g->role || str_eq(g->role, owner);
}

static bool is_overridden(const struct session *s, size_t i, const char *owner)
{
    for (size_t k = i + 1; k < s->settings->len; k++)
        if (strcasecmp(setting_at(s, k)->name, setting_at(s, i)->name) == 0 &&
            applies(setting_at(s, k), owner))
            return true;
    return false;
}

static bool is_unfit(const struct session *s, const struct setting *g)
{
    struct buf line = BUF_INIT;

    buf_addf(&line, "\n%s=%s\n", g->name, g->value);
    bool found = s->unfit && strstr(s->unfit, line.data);
    buf_release(&line);
    return found;
}

/* The value in force for the owner, or NULL. */
static const char *find(const struct session *s, const char *name, const char *owner)
{
    const char *value = NULL;

    for (size_t i = 0; i < s->settings->len; i++)
        if (strcasecmp(setting_at(s, i)->name, name) == 0 && applies(setting_at(s, i), owner))
            value = setting_at(s, i)->value;
    return value;
}

/* The search_path in force for the owner; whose name stands for "$user". */
static void add_path(const struct session *s, const char *owner, struct buf *out)
{
    const char *path = find(s, "search_path", owner);

    for (path = path ? path : "\"$user\", public"; *path;) {
        size_t skip = str_starts(path, "\"$user\"") ? 7 : str_starts(path, "$user") ? 5 : 0;
        if (skip)
            pg_add_ident(out, owner ? owner : "");
        else
            buf_addch(out, *path);
        path += skip ? skip : 1;
    }
}

static void add_set(struct buf *sql, const char *name, const char *value)
{
    buf_adds(sql, "SELECT pg_catalog.set_config(");
    pg_add_literal(sql, name);
    buf_adds(sql, ", ");
    pg_add_literal(sql, value);
    buf_adds(sql, ", false);");
}

/* A text search configuration may be one of the database's own, and without its schema. */
static void add_setting(const struct session *s, const struct setting *g, const char *owner,
                        struct buf *sql)
{
    struct buf path = BUF_INIT;
    bool by_path = strcasecmp(g->name, "default_text_search_config") == 0;

    if (by_path) {
        add_path(s, owner, &path);
        add_set(sql, "search_path", path.data);
    }
    add_set(sql, g->name, g->value);
    if (by_path)
        add_set(sql, "search_path", "");
    buf_release(&path);
}

static bool is_set(const struct session *s, size_t i, const char *owner, bool filled)
{
    const struct setting *g = setting_at(s, i);

    return strcasecmp(g->name, "search_path") != 0 &&
           (filled || strcasecmp(g->name, "lc_monetary") != 0) && applies(g, owner) &&
           !is_overridden(s, i, owner) && !is_unfit(s, g);
}

/* In a transaction that must live on, behind a savepoint. */
static bool run_guarded(struct session *s, const char *sql, struct err *err)
{
    struct err later = ERR_INIT;

    if (!s->lent)
        return pg_run(s, sql, err);
    if (!pg_run(s, "SAVEPOINT dbtwin_settings", err))
        return false;
    if (pg_run(s, sql, err))
        return pg_run(s, "RELEASE dbtwin_settings", err);
    pg_run(s, "ROLLBACK TO dbtwin_settings; RELEASE dbtwin_settings", &later);
    return false;
}

static void tell_unfit(const struct session *s, const struct setting *g, const char *why)
{
    if (g->told)
        log_warn("%s: production's setting %s is not in force while rows are loaded: %s", s->label,
                 g->name, why);
    else
        log_debug("%s: default %s of production's server: %s", s->label, g->name, why);
}

/* One of them was refused: a locale that this server has not, a right that this role has not. */
static bool set_each(struct session *s, const char *owner, bool filled, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool alive = true;

    for (size_t i = 0; alive && i < s->settings->len; i++) {
        const struct setting *g = setting_at(s, i);
        struct err why = ERR_INIT;
        if (!is_set(s, i, owner, filled))
            continue;
        buf_reset(&sql);
        add_setting(s, g, owner, &sql);
        if (run_guarded(s, sql.data, &why))
            continue;
        alive = why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED;
        if (!alive)
            *err = why;
        s->unfit =
            arena_printf(&s->arena, "%s\n%s=%s\n", s->unfit ? s->unfit : "", g->name, g->value);
        tell_unfit(s, g, why.msg);
    }
    buf_release(&sql);
    return alive && pg_run(s, "SELECT pg_catalog.set_config('search_path', '', false)", err);
}

/* What another owner's role alone had is the server's own again. */
static void add_all(const struct session *s, const char *owner, bool filled, struct buf *sql)
{
    for (size_t i = 0; i < s->settings->len; i++) {
        const struct setting *g = setting_at(s, i);
        if (is_set(s, i, owner, filled)) {
            add_setting(s, g, owner, sql);
        } else if (g->role && strcasecmp(g->name, "search_path") != 0 && !find(s, g->name, owner)) {
            buf_adds(sql, "SELECT pg_catalog.set_config(");
            pg_add_literal(sql, g->name);
            buf_adds(sql, ", NULL, false);");
        }
    }
}

/* The pins of those that may have been set. */
static void add_pins(const struct session *s, struct buf *sql)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        bool there = false;
        for (size_t k = 0; known[i].pin && k < s->settings->len && !there; k++)
            there = strcasecmp(setting_at(s, k)->name, known[i].name) == 0;
        if (there)
            add_set(sql, known[i].name, known[i].pin);
    }
}

bool pg_settings_pin(struct session *s, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = pg_names_leave(s, err);

    if (good && s->in_force) {
        add_pins(s, &sql);
        good = !sql.len || pg_run(s, sql.data, err);
        s->in_force = NULL;
    }
    buf_release(&sql);
    return good;
}

/* Pins first: what the settings now say nothing about is as dbtwin has it. */
static bool put_in_force(struct session *s, const char *owner, bool filled, struct err *err)
{
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    bool good = true;

    add_pins(s, &sql);
    add_all(s, owner, filled, &sql);
    if (sql.len && !str_eq(s->in_force, sql.data)) {
        good = run_guarded(s, sql.data, &why);
        if (!good && why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED)
            good = set_each(s, owner, filled, err);
        else if (!good)
            *err = why;
        buf_reset(&sql);
        add_pins(s, &sql);
        add_all(s, owner, filled, &sql); /* less what was found unfit */
        s->in_force = arena_strdup(&s->arena, sql.data);
    }
    buf_release(&sql);
    return good || err_context(err, "while taking over the settings of production's database");
}

/* Where all is one transaction: what a statement that fails is taken back to. */
static bool save(struct session *s, struct err *err)
{
    s->saved = pg_run(
        s, s->saved ? "RELEASE dbtwin_again; SAVEPOINT dbtwin_again" : "SAVEPOINT dbtwin_again",
        err);
    return s->saved;
}

bool pg_settings_apply(struct session *s, const struct object *o, const char *sql, struct err *err)
{
    bool filled = sql && str_starts(sql, "REFRESH MATERIALIZED VIEW ");

    if (!s->settings || (s->named && s->named == o && !sql))
        return true;
    if (!o)
        return pg_names_leave(s, err) && (!s->lent || save(s, err));
    return pg_names_leave(s, err) && put_in_force(s, owner_of(o), filled, err) &&
           (!s->lent || save(s, err));
}

/* ---- names ------------------------------------------------------------------------------- */

/*
 * A function that calls others without their schema fails under an empty search_path, as in pg_dump
 * and all that stand on it. Where it does, what is built is built once more with the search_path
 * that production's database has for the owner: by the owner, so that what a stranger may have put
 * into that path is not run with the rights of this role. For that the table becomes the owner's
 * for the while (the server builds an index as the table's owner), who may look into the schemas.
 * Where the owner has not the rights that it takes yet, this role does it itself, as it does
 * everything else.
 */
enum { NAMES_NONE, NAMES_OWNER, NAMES_OWN };

bool pg_names_leave(struct session *s, struct err *err)
{
    bool good = true;

    if (s->names_undo && !s->lent)
        good = pg_run(s, "ROLLBACK", err); /* it failed: pg_settle has not seen it */
    if (good && s->named)
        good = pg_run(s, "SELECT pg_catalog.set_config('search_path', '', false)", err);
    s->named = NULL;
    s->names_undo = NULL;
    s->names_step = NAMES_NONE;
    return good;
}

bool pg_names_open(struct session *s, const struct object *o, struct err *err)
{
    struct buf path = BUF_INIT, sql = BUF_INIT;

    add_path(s, owner_of(o), &path);
    add_set(&sql, "search_path", path.data);
    s->named = o;
    bool good = pg_run(s, sql.data, err);
    buf_release(&path);
    buf_release(&sql);
    return good;
}

/* Schemas that the owner may not look into, as a list; NULL: none. */
static bool find_closed(struct session *s, const char *owner, const char **ret, struct err *err)
{
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ')"
                   " FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_'"
                   " AND NOT pg_catalog.has_schema_privilege(");
    pg_add_literal(&sql, owner);
    buf_adds(&sql, ", n.oid, 'USAGE')");
    bool good = pg_value(s, sql.data, &s->arena, ret, err);
    buf_release(&sql);
    return good;
}

/* What lends the table, and what undoes it; false: it is not lent. */
static bool add_lending(struct session *s, const struct object *table, const char *owner,
                        struct buf *sql, struct buf *undo, struct err *err)
{
    const char *closed = NULL;
    struct buf name = BUF_INIT;

    if (!find_closed(s, owner, &closed, err))
        return false;
    pg_add_qualified(&name, table);
    buf_addf(sql, "ALTER TABLE %s OWNER TO ", name.data);
    pg_add_ident(sql, owner);
    buf_addf(undo, "ALTER TABLE %s OWNER TO CURRENT_USER;", name.data);
    if (closed) {
        buf_addf(sql, ";GRANT USAGE ON SCHEMA %s TO ", closed);
        pg_add_ident(sql, owner);
        buf_addf(undo, "REVOKE USAGE ON SCHEMA %s FROM ", closed);
        pg_add_ident(undo, owner);
        buf_addch(undo, ';');
    }
    buf_release(&name);
    return true;
}

/* In one transaction with what is built (exec_noted makes none of its own), one at a time: others
 * may want the same table or schemas. */
static const char lend_sql[] = "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(3862041955)";

/* Only what is built on a table is built by its owner. */
static bool lend_to_owner(struct session *s, const struct object *o, const char *owner)
{
    const struct object *top = model_top(o);
    struct buf sql = BUF_INIT, undo = BUF_INIT;
    struct err why = ERR_INIT;

    if (!owner || str_eq(owner, PQuser(s->conn)) || top == o || top->kind->id != K_TABLE ||
        (!s->lent && !pg_run(s, lend_sql, &why)))
        return false;
    bool good = add_lending(s, top, owner, &sql, &undo, &why) && run_guarded(s, sql.data, &why);
    if (good)
        s->names_undo = arena_strdup(&s->arena, undo.data);
    else if (!s->lent)
        pg_run(s, "ROLLBACK", &why);
    buf_release(&sql);
    buf_release(&undo);
    return good;
}

bool pg_settle(struct session *s, bool failed, struct err *err)
{
    bool good = !failed || !s->lent || !s->saved || pg_run(s, "ROLLBACK TO dbtwin_again", err);

    if (good && !failed && s->names_undo)
        good = pg_run(s, s->names_undo, err) && (s->lent || pg_run(s, "COMMIT", err));
    if (good && !failed)
        s->names_undo = NULL;
    return good && pg_names_leave(s, err);
}

/* From 17 on the server itself builds and fills with a search_path of its own:
 * https://www.postgresql.org/docs/17/release-17.html */
static void explain(const struct session *s, struct err *why)
{
    if (s->version >= 170000 && pg_names_wanted(why))
        err_hint(why, "PostgreSQL 17 and later build with search_path = pg_catalog alone: let the "
                      "function name its schemas, or ALTER FUNCTION ... SET search_path");
}

bool pg_again(struct session *s, const struct object *o, struct err *why, struct buf *ret_how)
{
    const char *owner = owner_of(o);
    struct err later = ERR_INIT;
    unsigned step = s->names_step;

    if (step == NAMES_OWN)
        explain(s, why);
    if (!s->settings || step == NAMES_OWN || (s->lent && !s->saved) ||
        !(pg_names_wanted(why) || (step && strcmp(why->sqlstate, "42501") == 0)) ||
        (s->lent && !pg_run(s, "ROLLBACK TO dbtwin_again", &later)) || !pg_names_leave(s, &later))
        return false;
    s->names_step = step == NAMES_NONE && lend_to_owner(s, o, owner) ? NAMES_OWNER : NAMES_OWN;
    if (!pg_names_open(s, o, &later))
        return false;
    buf_adds(ret_how, "search_path = ");
    add_path(s, owner, ret_how);
    if (s->names_step == NAMES_OWNER)
        buf_addf(ret_how, ", as role %s", owner);
    return true;
}
