#include "mysql_alter.h"

#include <dbtwin/sqltoken.h>

#include <string.h>
#include <strings.h>

/*
 * Programs, sequences and the database itself. A program is made again under the settings it was
 * made under, all of its clauses restated: what OR REPLACE and ALTER EVENT are not told, they
 * reset.
 */

/* ---- routines -------------------------------------------------------------------------------- */

/* "EXECUTE, ALTER ROUTINE*": the star marks the grant option. */
static void regrant(struct plan_builder *b, const struct object *to, const char *privileges,
                    const char *grantee)
{
    struct buf sql = BUF_INIT;

    if (!privileges || !grantee)
        return;
    buf_adds(&sql, "GRANT ");
    for (const char *p = privileges; *p; p++)
        if (*p != '*')
            buf_addch(&sql, *p);
    buf_addf(&sql, " ON %s ", mysql_upper(b->arena, to->kind->name));
    mysql_name(&sql, to->name);
    buf_adds(&sql, " TO ");
    mysql_account(&sql, grantee);
    if (strchr(privileges, '*'))
        buf_adds(&sql, " WITH GRANT OPTION");
    plan_step_at(b, RANK_OBJECT, to, sql.data)->of_server = true;
    buf_release(&sql);
}

/* Where the model has no rights, since they belong to the server. */
static void regrant_others(struct plan_builder *b, const struct object *to)
{
    for (size_t i = 0; i < b->opt->rights->len; i++) {
        const struct plan_right *r = &VEC_AT(b->opt->rights, struct plan_right, i);

        if (r->kind == to->kind->id && strcasecmp(r->routine, to->name) == 0)
            regrant(b, to, r->privileges, r->grantee);
    }
}

/* Who may execute a routine is forgotten with it ("DROP PROCEDURE and DROP FUNCTION Statements").
 */
static void after_drop(struct plan_builder *b, const struct plan_pair *p)
{
    bool known = false;

    if (b->opt->target_flavor != ENGINE_MY)
        return;
    for (const struct object *g = plan_child(p->to, K_GRANT, NULL); g;
         g = plan_child(p->to, K_GRANT, g)) {
        regrant(b, p->to, model_get(g, P_GRANT_PRIVILEGES), model_get(g, P_GRANT_GRANTEE));
        known = true;
    }
    if (!known && b->opt->rights) {
        regrant_others(b, p->to);
        known = true;
    }
    for (size_t i = 0; i < b->plan->steps.len; i++) {
        struct step *s = &VEC_AT(&b->plan->steps, struct step, i);

        if (s->object == p->from && str_starts(s->sql, "DROP ") && !known)
            plan_hazard(b, s, HAZARD_AUTHORITY,
                        "rights to execute it that were granted on it alone go with it, and could "
                        "not be read: grant them again");
    }
}

void mysql_remake_program(struct plan_builder *b, const struct plan_pair *p)
{
    static const struct {
        enum kind_id kind;
        plan_emit *emit;
    } emits[] = {
        {K_FUNCTION, mysql_function}, {K_PROCEDURE, mysql_procedure}, {K_PACKAGE, mysql_package},
        {K_VIEW, mysql_view},         {K_TRIGGER, mysql_trigger},     {K_EVENT, mysql_event},
    };
    const struct kind *k = p->from->kind;
    int security = kind_prop(k, "security"), definer = kind_prop(k, "definer");
    size_t first = b->plan->steps.len;
    uint64_t bits =
        (security >= 0 ? UINT64_C(1) << security : 0) | (definer >= 0 ? UINT64_C(1) << definer : 0);

    for (size_t i = 0; i < ARRAY_LEN(emits); i++)
        if (emits[i].kind == k->id)
            emits[i].emit(b, p->from);
    for (size_t i = first; i < b->plan->steps.len && (plan_differs(b, p->from) & bits); i++) {
        struct step *s = &VEC_AT(&b->plan->steps, struct step, i);

        if (!str_starts(s->sql, "SET ") && !str_starts(s->sql, "DROP "))
            plan_hazard(b, s, HAZARD_AUTHORITY, "it runs with another account's rights");
    }
    if (k->id == K_FUNCTION || k->id == K_PROCEDURE)
        after_drop(b, p);
}

/* MySQL takes an empty comment for none that is given, and the old one stays. */
bool mysql_can_comment(struct plan_builder *b, const struct plan_pair *p)
{
    return b->opt->target_flavor != ENGINE_MY ||
           model_get(p->from, kind_prop(p->from->kind, "comment"));
}

/* What ALTER FUNCTION and ALTER PROCEDURE can say; the rest of it, its grants too, stays. */
void mysql_alter_routine(struct plan_builder *b, const struct plan_pair *p)
{
    const struct kind *k = p->from->kind;
    int comment = kind_prop(k, "comment"), access = kind_prop(k, "data_access");
    int security = kind_prop(k, "security");
    struct buf sql = BUF_INIT;
    struct step *s;

    buf_addf(&sql, "ALTER %s ", mysql_upper(b->arena, k->name));
    mysql_name(&sql, p->from->name);
    if (p->differs >> comment & 1) {
        const char *text = model_get(p->from, comment);

        buf_adds(&sql, " COMMENT ");
        mysql_text(&sql, text ? text : "", false);
    }
    if ((p->differs >> access & 1) && model_get(p->from, access))
        buf_addf(&sql, " %s", mysql_upper(b->arena, model_get(p->from, access)));
    if ((p->differs >> security & 1) && model_get(p->from, security))
        buf_addf(&sql, " SQL SECURITY %s", mysql_upper(b->arena, model_get(p->from, security)));
    s = plan_step_at(b, RANK_OBJECT, p->from, sql.data);
    if (p->differs >> security & 1)
        plan_hazard(b, s, HAZARD_AUTHORITY, "it runs with another account's rights");
    buf_release(&sql);
}

/* Its grammar is that of sql_mode ORACLE, under which the rest of the plan does not run. */
void mysql_drop_package(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf drop = BUF_INIT, sql = BUF_INIT;

    buf_adds(&drop, "DROP PACKAGE ");
    mysql_name(&drop, p->to->name);
    buf_adds(&sql, "SET STATEMENT sql_mode='ORACLE' FOR EXECUTE IMMEDIATE ");
    mysql_text(&sql, drop.data, false);
    plan_step(b, PHASE_PRE, p->to, NULL, sql.data);
    buf_release(&drop);
    buf_release(&sql);
}

void mysql_remake_package(struct plan_builder *b, const struct plan_pair *p)
{
    mysql_remake_program(b, p);
    if (!model_get(p->from, P_PACKAGE_IMPLEMENTATION) &&
        model_get(p->to, P_PACKAGE_IMPLEMENTATION)) {
        struct buf drop = BUF_INIT, sql = BUF_INIT;

        buf_adds(&drop, "DROP PACKAGE BODY IF EXISTS ");
        mysql_name(&drop, p->to->name);
        buf_adds(&sql, "SET STATEMENT sql_mode='ORACLE' FOR EXECUTE IMMEDIATE ");
        mysql_text(&sql, drop.data, false);
        plan_step_at(b, RANK_OBJECT, p->from, sql.data);
        buf_release(&drop);
        buf_release(&sql);
    }
}

/* ---- the order of triggers ------------------------------------------------------------------- */

static uint64_t order_of(const struct object *trigger)
{
    const char *text = model_get(trigger, P_TRIGGER_ORDER);
    uint64_t n = 0;

    return text && str_parse_u64(text, &n) ? n : 0;
}

static bool same_moment(const struct object *x, const struct object *y)
{
    return str_eq(model_get(x, P_TRIGGER_TIMING), model_get(y, P_TRIGGER_TIMING)) &&
           str_eq(model_get(x, P_TRIGGER_EVENT), model_get(y, P_TRIGGER_EVENT));
}

/*
 * A trigger that is made fires last of its moment: one that stays and should fire after it has to
 * be made again, too, and one that fires too early. (FOLLOWS would do, but MariaDB keeps it in the
 * text.)
 */
bool mysql_trigger_moves(const struct plan_builder *b, const struct object *to)
{
    const struct object *from = plan_other(b, to);
    uint32_t n;
    const struct object **list = model_parts(from->parent, K_TRIGGER, b->arena, &n);
    uint64_t last = 0;
    bool moved = false;

    for (uint32_t i = 0; i < n; i++) {
        const struct object *there = plan_other(b, list[i]);

        if (!same_moment(list[i], from))
            continue;
        if (there && order_of(there) < last)
            moved = true;
        if (list[i] == from)
            return moved;
        if (plan_creates(b, list[i]) || plan_remakes(b, list[i]))
            moved = true;
        if (there && order_of(there) > last)
            last = order_of(there);
    }
    return false;
}

/* ---- texts that name a column ---------------------------------------------------------------- */

static bool names_it(const char *text, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = text ? strstr(text, name) : NULL; p; p = strstr(p + 1, name))
        if ((p == text || !sqltoken_is_word(p[-1])) && !sqltoken_is_word(p[n]))
            return true;
    return false;
}

static const char *text_of(const struct object *o)
{
    if (o->kind->id == K_VIEW)
        return model_get(o, P_VIEW_QUERY);
    for (unsigned slot = 0; slot < o->kind->n_props; slot++)
        if ((o->kind->props[slot].flags & F_CODE) && model_get(o, (int)slot))
            return model_get(o, (int)slot);
    return NULL;
}

const char *mysql_mentions(const struct plan_builder *b, const struct object *column)
{
    struct buf list = BUF_INIT;
    const char *text;

    for (uint32_t i = 1; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];
        bool own = o->kind->id == K_TRIGGER && str_eq(o->parent->name, column->parent->name);

        text = text_of(o);
        if (text && names_it(text, column->name) && (own || names_it(text, column->parent->name)))
            buf_addf(&list, "%s%s %s", list.len ? ", " : "", o->kind->name, o->name);
    }
    text = list.len ? arena_strdup(b->arena, list.data) : NULL;
    buf_release(&list);
    return text;
}

/* ---- sequences and the database -------------------------------------------------------------- */

void mysql_alter_sequence(struct plan_builder *b, const struct plan_pair *p)
{
    static const struct {
        int slot;
        const char *words, *none;
    } clauses[] = {
        {P_SEQUENCE_START, "START WITH", NULL},      {P_SEQUENCE_MIN, "MINVALUE", "NO MINVALUE"},
        {P_SEQUENCE_MAX, "MAXVALUE", "NO MAXVALUE"}, {P_SEQUENCE_INCREMENT, "INCREMENT BY", NULL},
        {P_SEQUENCE_CACHE, "CACHE", "NOCACHE"},
    };
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "ALTER SEQUENCE ");
    mysql_name(&sql, p->from->name);
    if (p->differs >> P_SEQUENCE_TYPE & 1)
        buf_addf(&sql, " AS %s", model_get(p->from, P_SEQUENCE_TYPE));
    for (size_t i = 0; i < ARRAY_LEN(clauses); i++) {
        const char *value = model_get(p->from, clauses[i].slot);

        if (!(p->differs >> clauses[i].slot & 1) || (!value && !clauses[i].none))
            continue;
        if (value)
            buf_addf(&sql, " %s %s", clauses[i].words, value);
        else
            buf_addf(&sql, " %s", clauses[i].none);
    }
    if (p->differs >> P_SEQUENCE_CYCLE & 1)
        buf_adds(&sql, model_yes(p->from, P_SEQUENCE_CYCLE) ? " CYCLE" : " NOCYCLE");
    plan_hazard(b, plan_step(b, PHASE_PRE, p->from, NULL, sql.data), 0,
                "its position stays; values that a session holds in its cache are skipped");
    buf_release(&sql);
}

void mysql_alter_sequence_table(struct plan_builder *b, const struct plan_pair *p)
{
    const char *comment = model_get(p->from, P_SEQUENCE_COMMENT);
    const char *engine = model_get(p->from, P_SEQUENCE_ENGINE);
    struct buf sql = mysql_alter_start(p->from);

    if ((p->differs >> P_SEQUENCE_ENGINE & 1) && engine)
        mysql_option("ENGINE", engine, &sql);
    if (p->differs >> P_SEQUENCE_COMMENT & 1) {
        buf_adds(&sql, " COMMENT=");
        mysql_text(&sql, comment ? comment : "", false);
    }
    plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
    buf_release(&sql);
}

void mysql_alter_database(struct plan_builder *b, const struct plan_pair *p)
{
    const char *charset = model_get(p->from, P_DATABASE_CHARSET);
    const char *collation = model_get(p->from, P_DATABASE_COLLATION);
    const char *comment = model_get(p->from, P_DATABASE_COMMENT);
    struct buf sql = BUF_INIT;
    struct step *s;

    buf_adds(&sql, "ALTER DATABASE");
    if (p->differs & (UINT64_C(1) << P_DATABASE_CHARSET | UINT64_C(1) << P_DATABASE_COLLATION))
        buf_addf(&sql, " CHARACTER SET %s COLLATE %s", charset ? charset : "DEFAULT",
                 collation ? collation : "DEFAULT");
    if (p->differs >> P_DATABASE_ENCRYPTION & 1)
        buf_addf(&sql, " ENCRYPTION='%s'", model_yes(p->from, P_DATABASE_ENCRYPTION) ? "Y" : "N");
    if (p->differs >> P_DATABASE_COMMENT & 1) {
        buf_adds(&sql, " COMMENT ");
        mysql_text(&sql, comment ? comment : "", false);
    }
    s = plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
    if (p->differs & (UINT64_C(1) << P_DATABASE_CHARSET | UINT64_C(1) << P_DATABASE_COLLATION))
        plan_hazard(b, s, HAZARD_MEANING,
                    "tables and columns that are made later take it; those that are there stay");
    buf_release(&sql);
}

/* Nothing else can be changed while it is on, so it comes last. */
void mysql_alter_read_only(struct plan_builder *b, const struct plan_pair *p)
{
    plan_step_at(b, RANK_LAST, p->from,
                 model_yes(p->from, P_DATABASE_READ_ONLY) ? "ALTER DATABASE READ ONLY = 1"
                                                          : "ALTER DATABASE READ ONLY = 0");
}
