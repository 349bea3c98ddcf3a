#include "mysql.h"

#include "neutral.h"

#include <string.h>

/* ---- the session a program is made under --------------------------------------------------- */

/* Slots of the variables that the server keeps with each program; -1 = it keeps none. */
struct made_under {
    int sql_mode, charset, collation, database_collation;
};

static const char *slot(const struct object *o, int number)
{
    return number < 0 ? NULL : model_get(o, number);
}

static bool no_backslash(const struct object *o, const struct made_under *u)
{
    const char *mode = slot(o, u->sql_mode);
    return mode && strstr(mode, "NO_BACKSLASH_ESCAPES");
}

/* MariaDB's other grammar. */
static bool is_oracle(const struct object *o, const struct made_under *u)
{
    const char *mode = slot(o, u->sql_mode), *at = mode ? strstr(mode, "ORACLE") : NULL;
    return at && (!at[6] || at[6] == ',');
}

/* The database's default when a routine is made is kept with it; changed for the while. */
static bool other_database(const struct plan_builder *b, const struct object *o,
                           const struct made_under *u)
{
    const char *now = model_get(b->model->root, P_DATABASE_COLLATION);
    const char *then = slot(o, u->database_collation);
    return now && then && !str_eq(now, then);
}

/*
 * Words of sql_mode that only one flavor takes. `means`: a program made without it would do
 * something else there (the defaults of the two for fractions of seconds are each other's word).
 * https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html, https://mariadb.com/kb/en/sql-mode/
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-11.html (modes that were removed)
 */
static const struct mode_word {
    const char *word;
    unsigned known;
    bool means;
} mode_words[] = {
    {"DB2", ENGINE_MA, false},
    {"EMPTY_STRING_IS_NULL", ENGINE_MA, true},
    {"IGNORE_BAD_TABLE_OPTIONS", ENGINE_MA, false},
    {"MAXDB", ENGINE_MA, false},
    {"MSSQL", ENGINE_MA, false},
    {"MYSQL323", ENGINE_MA, false},
    {"MYSQL40", ENGINE_MA, false},
    {"NO_AUTO_CREATE_USER", ENGINE_MA, false},
    {"NO_FIELD_OPTIONS", ENGINE_MA, false},
    {"NO_KEY_OPTIONS", ENGINE_MA, false},
    {"NO_TABLE_OPTIONS", ENGINE_MA, false},
    {"ORACLE", ENGINE_MA, true},
    {"POSTGRESQL", ENGINE_MA, false},
    {"SIMULTANEOUS_ASSIGNMENT", ENGINE_MA, true},
    {"TIME_ROUND_FRACTIONAL", ENGINE_MA, false},
    {"TIME_TRUNCATE_FRACTIONAL", ENGINE_MY, false},
};

static const struct mode_word *mode_word(const struct plan_builder *b, const char *p, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_words); i++)
        if (strlen(mode_words[i].word) == n && !strncmp(mode_words[i].word, p, n) &&
            !(mode_words[i].known & b->opt->target_flavor))
            return &mode_words[i];
    return NULL;
}

/* The list as the target takes it. MariaDB's information_schema has the old name of one mode,
 * which SET does not take. */
static const char *mode_list(struct plan_builder *b, const struct object *o, const char *mode)
{
    struct buf out = BUF_INIT;
    bool refused = false;
    for (const char *p = mode ? mode : ""; *p; p += strspn(p, ",")) {
        size_t n = strcspn(p, ",");
        const struct mode_word *other = mode_word(b, p, n);
        if (other && other->means && !refused)
            plan_refuse(b, o,
                        arena_printf(b->arena,
                                     "it was created under sql_mode %s, which the target's server "
                                     "does not know: it would behave differently there",
                                     other->word));
        refused |= other && other->means;
        if (!other)
            buf_addf(&out, "%s%s%.*s", out.len ? "," : "",
                     n == 13 && !strncmp(p, "INVALID_DATES", 13) ? "ALLOW_" : "", (int)n, p);
        p += n;
    }
    const char *list = arena_strndup(b->arena, out.data ? out.data : "", out.len);
    buf_release(&out);
    return list;
}

static void settings(struct plan_builder *b, const struct object *o, const struct made_under *u,
                     enum plan_rank rank)
{
    const char *mode = slot(o, u->sql_mode), *charset = slot(o, u->charset);
    const char *collation = slot(o, u->collation);
    const char *zone = o->kind->id == K_EVENT ? model_get(o, P_EVENT_TIME_ZONE) : NULL;
    struct buf out = BUF_INIT;

    buf_adds(&out, "SET SESSION sql_mode=");
    mysql_text(&out, mode_list(b, o, mode), true);
    buf_addf(&out, ", character_set_client=%s", charset ? charset : "utf8mb4");
    if (collation)
        buf_addf(&out, ", collation_connection=%s", collation);
    if (zone) {
        buf_adds(&out, ", time_zone=");
        mysql_text(&out, zone, true);
    }
    plan_step_at(b, rank, o, out.data)->what = PLAN_SETTINGS;
    buf_release(&out);
}

/* MariaDB replaces a program that is there, and who may execute it stays; MySQL has no OR REPLACE
 * but for views, and drops it (see make). */
static const char *verb(const struct plan_builder *b, const struct object *o)
{
    bool replaced = o->kind->id == K_VIEW || (plan_remakes(b, o) && o->kind->id != K_TRIGGER &&
                                              b->opt->target_flavor == ENGINE_MA);
    /* MariaDB's ALTER EVENT leaves an ENDS that is not said. */
    if (o->kind->id == K_EVENT && b->opt->target_flavor == ENGINE_MY)
        return plan_remakes(b, o) ? "ALTER" : "CREATE";
    return replaced ? "CREATE OR REPLACE" : "CREATE";
}

static void as_of(struct plan_builder *b, const struct object *o);

/* What is made again and has no OR REPLACE. */
static void drop_first(struct plan_builder *b, const struct object *o, enum plan_rank rank)
{
    struct buf sql = BUF_INIT;

    if (!plan_remakes(b, o) || !str_eq(verb(b, o), "CREATE"))
        return;
    buf_addf(&sql, "DROP %s ", mysql_upper(b->arena, o->kind->name));
    mysql_name(&sql, o->name);
    plan_step_at(b, rank, o, sql.data);
    buf_release(&sql);
}

/* The statement, in the character set it is to be made under, with the settings before it. */
static void make(struct plan_builder *b, const struct object *o, const struct made_under *u,
                 enum plan_rank rank, const char *sql)
{
    const char *coded = mysql_recode(b->arena, sql, slot(o, u->charset));
    bool other = other_database(b, o, u);

    if (!coded) {
        plan_refuse(
            b, o,
            arena_printf(
                b->arena,
                "it was created under character set %s, to which its text cannot be converted here",
                slot(o, u->charset)));
        return;
    }
    if (other)
        plan_step_at(
            b, rank, o,
            arena_printf(b->arena, "ALTER DATABASE COLLATE %s", slot(o, u->database_collation)))
            ->what = PLAN_SETTINGS;
    settings(b, o, u, rank);
    drop_first(b, o, rank);
    if (o->kind->id == K_EVENT)
        as_of(b, o);
    plan_step_at(b, rank, o, coded);
    if (o->kind->id == K_EVENT)
        plan_step_at(b, rank, o, "SET SESSION timestamp=DEFAULT")->what = PLAN_SETTINGS;
    if (other)
        plan_step_at(b, rank, o,
                     arena_printf(b->arena, "ALTER DATABASE COLLATE %s",
                                  model_get(b->model->root, P_DATABASE_COLLATION)))
            ->what = PLAN_SETTINGS;
}

static void add_create(const struct plan_builder *b, const struct object *o, int definer,
                       const char *before, struct buf *out)
{
    buf_addf(out, "%s %s", verb(b, o), before);
    if (slot(o, definer)) {
        buf_adds(out, "DEFINER=");
        mysql_account(out, slot(o, definer));
        buf_addch(out, ' ');
    }
}

/* ---- functions and procedures ------------------------------------------------------------- */

static void add_traits(const struct object *o, int deterministic, int access, int security,
                       int comment, bool plain, struct buf *out)
{
    const char *reads = slot(o, access);

    if (model_yes(o, deterministic))
        buf_adds(out, "\n    DETERMINISTIC");
    if (reads && !mysql_word(reads, "contains sql"))
        buf_addf(out, "\n    %s", reads);
    if (mysql_word(slot(o, security), "invoker"))
        buf_adds(out, "\n    SQL SECURITY INVOKER");
    if (slot(o, comment)) {
        buf_adds(out, "\n    COMMENT ");
        mysql_text(out, slot(o, comment), plain);
    }
    buf_addch(out, '\n');
}

void mysql_function(struct plan_builder *b, const struct object *o)
{
    static const struct made_under u = {P_FUNCTION_SQL_MODE, P_FUNCTION_CHARSET_CLIENT,
                                        P_FUNCTION_COLLATION_CONNECTION,
                                        P_FUNCTION_DATABASE_COLLATION};
    struct buf out = BUF_INIT;

    if (plan_unknown(b, o, P_FUNCTION_ARGUMENTS) || plan_unknown(b, o, P_FUNCTION_RESULT) ||
        plan_unknown(b, o, P_FUNCTION_BODY))
        return;
    const char *arguments = model_get(o, P_FUNCTION_ARGUMENTS);
    add_create(b, o, P_FUNCTION_DEFINER, "", &out);
    buf_adds(&out, model_yes(o, P_FUNCTION_AGGREGATE) ? "AGGREGATE FUNCTION " : "FUNCTION ");
    mysql_name(&out, o->name);
    buf_addf(&out, "(%s) %s %s", arguments ? arguments : "",
             is_oracle(o, &u) ? "RETURN" : "RETURNS", model_get(o, P_FUNCTION_RESULT));
    add_traits(o, P_FUNCTION_DETERMINISTIC, P_FUNCTION_DATA_ACCESS, P_FUNCTION_SECURITY,
               P_FUNCTION_COMMENT, no_backslash(o, &u), &out);
    buf_adds(&out, model_get(o, P_FUNCTION_BODY));
    make(b, o, &u, RANK_OBJECT, out.data);
    buf_release(&out);
}

void mysql_procedure(struct plan_builder *b, const struct object *o)
{
    static const struct made_under u = {P_PROCEDURE_SQL_MODE, P_PROCEDURE_CHARSET_CLIENT,
                                        P_PROCEDURE_COLLATION_CONNECTION,
                                        P_PROCEDURE_DATABASE_COLLATION};
    struct buf out = BUF_INIT;

    if (plan_unknown(b, o, P_PROCEDURE_ARGUMENTS) || plan_unknown(b, o, P_PROCEDURE_BODY))
        return;
    const char *arguments = model_get(o, P_PROCEDURE_ARGUMENTS);
    add_create(b, o, P_PROCEDURE_DEFINER, "", &out);
    buf_adds(&out, "PROCEDURE ");
    mysql_name(&out, o->name);
    buf_addf(&out, "(%s)", arguments ? arguments : "");
    add_traits(o, P_PROCEDURE_DETERMINISTIC, P_PROCEDURE_DATA_ACCESS, P_PROCEDURE_SECURITY,
               P_PROCEDURE_COMMENT, no_backslash(o, &u), &out);
    buf_adds(&out, model_get(o, P_PROCEDURE_BODY));
    make(b, o, &u, RANK_OBJECT, out.data);
    buf_release(&out);
}

/* ---- packages ------------------------------------------------------------------------------ */

void mysql_package(struct plan_builder *b, const struct object *o)
{
    static const struct {
        int slot;
        const char *what;
        struct made_under u;
    } halves[] = {
        {P_PACKAGE_BODY,
         "PACKAGE ",
         {P_PACKAGE_SQL_MODE, P_PACKAGE_CHARSET_CLIENT, P_PACKAGE_COLLATION_CONNECTION,
          P_PACKAGE_DATABASE_COLLATION}},
        {P_PACKAGE_IMPLEMENTATION,
         "PACKAGE BODY ",
         {P_PACKAGE_SQL_MODE, P_PACKAGE_BODY_CHARSET_CLIENT, P_PACKAGE_BODY_COLLATION_CONNECTION,
          P_PACKAGE_DATABASE_COLLATION}},
    };

    if (mysql_refuse_foreign(b, o))
        return;
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        struct buf out = BUF_INIT;

        if (plan_unknown(b, o, halves[i].slot))
            return;
        if (!model_get(o, halves[i].slot))
            continue;
        add_create(b, o, P_PACKAGE_DEFINER, "", &out);
        buf_adds(&out, halves[i].what);
        mysql_name(&out, o->name);
        if (mysql_word(model_get(o, P_PACKAGE_SECURITY), "invoker"))
            buf_adds(&out, " SQL SECURITY INVOKER");
        if (i == 0 && model_get(o, P_PACKAGE_COMMENT)) {
            buf_adds(&out, " COMMENT ");
            mysql_text(&out, model_get(o, P_PACKAGE_COMMENT), no_backslash(o, &halves[i].u));
        }
        buf_addf(&out, " %s", model_get(o, halves[i].slot));
        make(b, o, &halves[i].u, RANK_OBJECT, out.data);
        buf_release(&out);
    }
}

/* ---- views --------------------------------------------------------------------------------- */

/* A copy is asked about them before (plan.c). One whose definer is gone can be made. */
static bool refuse_broken(struct plan_builder *b, const struct object *view)
{
    const char *why = model_get(view, P_VIEW_BROKEN);

    if (!b->to || !why || strstr(why, "does not exist"))
        return false;
    plan_refuse(b, view, arena_printf(b->arena, "FROM itself cannot use it: %s", why));
    return true;
}

void mysql_view(struct plan_builder *b, const struct object *o)
{
    static const struct made_under u = {-1, P_VIEW_CHARSET_CLIENT, P_VIEW_COLLATION_CONNECTION, -1};
    const char *algorithm = model_get(o, P_VIEW_ALGORITHM);
    const char *security = model_get(o, P_VIEW_SECURITY);
    const char *check = model_get(o, P_VIEW_CHECK_OPTION);
    const char *columns = model_get(o, P_VIEW_COLUMNS);
    struct buf out = BUF_INIT;

    if (plan_unknown(b, o, P_VIEW_QUERY) || refuse_broken(b, o))
        return;
    /* OR REPLACE: where the driver makes it again after a swap, those who read are not without it
     */
    add_create(b, o, P_VIEW_DEFINER,
               algorithm ? arena_printf(b->arena, "ALGORITHM=%s ", algorithm) : "", &out);
    if (security)
        buf_addf(&out, "SQL SECURITY %s ", security);
    buf_adds(&out, "VIEW ");
    mysql_name(&out, o->name);
    if (columns)
        buf_addf(&out, " (%s)", columns);
    buf_addf(&out, " AS %s", model_get(o, P_VIEW_QUERY));
    if (check && !mysql_word(check, "none"))
        buf_addf(&out, " WITH %s CHECK OPTION", check);
    make(b, o, &u, RANK_OBJECT, out.data);
    buf_release(&out);
}

/* ---- triggers ------------------------------------------------------------------------------ */

static void one_trigger(struct plan_builder *b, const struct object *o)
{
    static const struct made_under u = {P_TRIGGER_SQL_MODE, P_TRIGGER_CHARSET_CLIENT,
                                        P_TRIGGER_COLLATION_CONNECTION,
                                        P_TRIGGER_DATABASE_COLLATION};
    const char *columns = model_get(o, P_TRIGGER_COLUMNS);
    struct buf out = BUF_INIT;

    if (plan_unknown(b, o, P_TRIGGER_BODY) || plan_unknown(b, o, P_TRIGGER_TIMING) ||
        plan_unknown(b, o, P_TRIGGER_EVENT))
        return;
    add_create(b, o, P_TRIGGER_DEFINER, "", &out);
    if (model_get(o, P_TRIGGER_HEAD) && b->model->flavor == b->opt->target_flavor) {
        buf_adds(&out, model_get(o, P_TRIGGER_HEAD));
        buf_adds(&out, model_get(o, P_TRIGGER_BODY));
        make(b, o, &u, RANK_ACTION, out.data);
        buf_release(&out);
        return;
    }
    buf_adds(&out, "TRIGGER ");
    mysql_name(&out, o->name);
    buf_addf(&out, " %s %s%s%s ON ", mysql_upper(b->arena, model_get(o, P_TRIGGER_TIMING)),
             mysql_upper(b->arena, model_get(o, P_TRIGGER_EVENT)), columns ? " OF " : "",
             columns ? columns : "");
    mysql_name(&out, o->parent->name);
    buf_addf(&out, " FOR EACH ROW %s", model_get(o, P_TRIGGER_BODY));
    make(b, o, &u, RANK_ACTION, out.data);
    buf_release(&out);
}

static bool is_made(const struct plan_builder *b, const struct object *trigger)
{
    return plan_creates(b, trigger) || plan_remakes(b, trigger);
}

/* Made one after another, triggers of one event fire in that order: so the first makes them all,
 * and no statement needs FOLLOWS, which MariaDB would keep in the trigger's text. */
void mysql_trigger(struct plan_builder *b, const struct object *o)
{
    const struct object *table = o->parent, *first = plan_part(b, table, K_TRIGGER, NULL);

    while (first && !is_made(b, first))
        first = plan_part(b, table, K_TRIGGER, first);
    if (o != first)
        return;
    for (const struct object **t = plan_parts(b, table, K_TRIGGER, NULL); *t; t++)
        if (is_made(b, *t))
            one_trigger(b, *t);
}

/* ---- events -------------------------------------------------------------------------------- */

/* Its CREATE becomes one that lets it run, but for the shadow, where it must not. */
static void enable(struct plan_builder *b, const struct object *o, const char *sql, size_t at)
{
    const char *enabled =
        arena_printf(b->arena, "%.*s ENABLE%s", (int)at, sql, sql + at + strlen(" DISABLE"));
    for (size_t i = 0; i < b->plan->steps.len; i++) {
        struct step *s = &VEC_AT(&b->plan->steps, struct step, i);
        if (s->object != o || !str_starts(s->sql, "CREATE "))
            continue;
        s->meanwhile = s->sql;
        s->sql = mysql_recode(b->arena, enabled, model_get(o, P_EVENT_CHARSET_CLIENT));
    }
}

/* When it is over: the time of AT or ENDS, as a literal; or NULL. */
static const char *event_end(struct plan_builder *b, const char *schedule)
{
    static const char *const words[] = {"AT '", " ENDS '"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const char *at = i ? strstr(schedule, words[i]) : schedule;
        if (!at || !str_starts(at, words[i]))
            continue;
        at += strlen(words[i]);
        return arena_strndup(b->arena, at, strcspn(at, "'"));
    }
    return NULL;
}

/* An event that is over, and is not preserved, is dropped as it is made: it is made as of a time
 * before its end, in the event's own time zone, which is in force. */
static void as_of(struct plan_builder *b, const struct object *o)
{
    const char *end = event_end(b, model_get(o, P_EVENT_SCHEDULE));
    if (end)
        plan_step_at(b, RANK_OUTWARD, o,
                     arena_printf(b->arena,
                                  "SET SESSION timestamp=LEAST(UNIX_TIMESTAMP(SYSDATE()), "
                                  "IFNULL(NULLIF(UNIX_TIMESTAMP('%s'), 0), 2147483647) - 1)",
                                  end))
            ->what = PLAN_SETTINGS;
}

/* "disabled on replica" has another word since MySQL 8.4 (ALTER EVENT). */
static const char *event_state(const struct plan_builder *b, const char *status)
{
    bool replica = b->opt->target_flavor == ENGINE_MY && b->opt->target_version >= 80400;

    if (mysql_word(status, "enabled"))
        return " ENABLE";
    if (mysql_word(status, "disabled"))
        return " DISABLE";
    return replica ? " DISABLE ON REPLICA" : " DISABLE ON SLAVE";
}

/* A copy's events are made disabled, for the shadow's sake; see enable. */
static void state_event(struct plan_builder *b, const struct object *o, const char *sql, size_t at)
{
    const char *status = model_get(o, P_EVENT_STATUS);

    if (b->to)
        return;
    if (mysql_word(status, "enabled") && !neutral_is_on(b, NEUTRAL_EVENTS))
        enable(b, o, sql, at);
    else if (!mysql_word(status, "disabled"))
        neutral_note(b, NEUTRAL_EVENTS, NEUTRAL_CHANGED, o, P_EVENT_STATUS,
                     "created disabled: ALTER EVENT … ENABLE turns it on");
}

void mysql_event(struct plan_builder *b, const struct object *o)
{
    static const struct made_under u = {P_EVENT_SQL_MODE, P_EVENT_CHARSET_CLIENT,
                                        P_EVENT_COLLATION_CONNECTION, P_EVENT_DATABASE_COLLATION};
    const char *comment = model_get(o, P_EVENT_COMMENT);
    struct buf out = BUF_INIT;

    if (plan_unknown(b, o, P_EVENT_BODY) || plan_unknown(b, o, P_EVENT_SCHEDULE))
        return;
    add_create(b, o, P_EVENT_DEFINER, "", &out);
    buf_adds(&out, "EVENT ");
    mysql_name(&out, o->name);
    buf_addf(&out, " ON SCHEDULE %s", model_get(o, P_EVENT_SCHEDULE));
    buf_addf(&out, " ON COMPLETION %s", model_get(o, P_EVENT_ON_COMPLETION));
    size_t at = out.len; /* where its state stands */
    buf_adds(&out, b->to ? event_state(b, model_get(o, P_EVENT_STATUS)) : " DISABLE");
    if (comment || plan_remakes(b, o)) {
        buf_adds(&out, " COMMENT ");
        mysql_text(&out, comment ? comment : "", no_backslash(o, &u));
    }
    buf_addf(&out, " DO %s", model_get(o, P_EVENT_BODY));
    make(b, o, &u, RANK_OUTWARD, out.data);
    state_event(b, o, out.data, at);
    buf_release(&out);
}
