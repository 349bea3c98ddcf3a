#include <dbtwin/proof.h>

#include <dbtwin/diff.h>
#include <dbtwin/namemap.h>
#include <dbtwin/engine.h>

#include <string.h>

/* ---- what is as it should be, although it differs ----------------------------------------- */

static bool is_left_out(const struct plan *plan, const struct object *o)
{
    for (size_t i = 0; i < plan->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&plan->left_out, struct plan_refusal, i);
        const struct object *l = r->without < 0 ? r->object : NULL;
        if (l == o || (l && l->kind == o->kind && str_eq(l->name, o->name)))
            return true;
    }
    return false;
}

/* The settings of the database itself stay the target's own; large objects are data, counted as
 * rows. */
static bool is_targets_own(const struct object *o)
{
    enum kind_id k = o->kind->id;
    return k == K_DATABASE || k == K_ROLE || k == K_LARGE_OBJECTS ||
           (k == K_SETTING && o->parent->kind->id == K_DATABASE);
}

static bool is_not_copied(const struct plan *plan, unsigned flavor, const struct object *o)
{
    if (is_targets_own(o))
        return true;
    for (; o; o = o->parent)
        if (plan_stays(flavor, o->kind->id) || is_left_out(plan, o))
            return true;
    return false;
}

/* Properties that the object was made without. */
static void excuse_without(const struct plan *plan, struct change *ch)
{
    for (size_t i = 0; ch->type == CHANGE_CHANGED && i < plan->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&plan->left_out, struct plan_refusal, i);
        if (r->without >= 0 && r->object == ch->from)
            ch->differs &= ~(UINT64_C(1) << r->without);
    }
}

/* What a rule left out or made otherwise, and what becomes of the source's in the swap only. */
static void excuse_neutralised(const struct plan *plan, struct change *ch)
{
    for (const struct object *o = ch->from; o; o = o->parent)
        for (size_t i = 0; i < plan->neutralised.len; i++) {
            const struct neutralised *n = &VEC_AT(&plan->neutralised, struct neutralised, i);
            if (n->object == o && n->what == NEUTRAL_ABSENT)
                ch->type = CHANGE_UNKNOWN;
            else if (n->object == ch->from && n->what == NEUTRAL_CHANGED && n->slot >= 0)
                ch->differs &= ~(UINT64_C(1) << n->slot);
        }
    for (size_t i = 0; ch->type == CHANGE_CHANGED && i < plan->steps.len; i++) {
        const struct step *s = &VEC_AT(&plan->steps, struct step, i);
        if (s->meanwhile && s->object == ch->from)
            ch->differs = ch->unknown = 0;
    }
}

/* What lies in the tablespace of its database names none, even if it was put there by name. */
static void excuse_default_tablespace(struct change *ch)
{
    if (ch->type != CHANGE_CHANGED)
        return;
    int space = kind_prop(ch->from->kind, "tablespace");
    const struct object *root = ch->to;
    while (root->parent)
        root = root->parent;
    int own = kind_prop(root->kind, "tablespace");
    if (space >= 0 && own >= 0 && !model_get(ch->to, space) &&
        str_eq(model_get(root, own), model_get(ch->from, space)))
        ch->differs &= ~(UINT64_C(1) << space);
}

static void excuse(const struct plan *plan, const struct proof_options *opt, struct change *ch)
{
    const struct kind *k = (ch->from ? ch->from : ch->to)->kind;
    int owner = opt->owners ? -1 : kind_prop(k, "owner");
    if (ch->type == CHANGE_CHANGED && namemap_is_host(ch->from))
        ch->differs = ch->unknown = 0; /* the text against the digest that was read back */
    excuse_neutralised(plan, ch);
    excuse_without(plan, ch);
    excuse_default_tablespace(ch);
    if (!opt->grants && (k->id == K_GRANT || k->id == K_DEFAULT_PRIVILEGE))
        ch->type = CHANGE_UNKNOWN;
    if (owner >= 0)
        ch->differs &= ~(UINT64_C(1) << owner);
}

/* ---- findings ------------------------------------------------------------------------------ */

enum { EXCERPT_BEFORE = 40, EXCERPT_LENGTH = 120 };

/* A part of a text on one line, from about `at` on. */
static void add_excerpt(const char *text, size_t at, struct buf *out)
{
    size_t from = at > EXCERPT_BEFORE ? str_utf8_floor(text, at - EXCERPT_BEFORE) : 0;
    size_t to = strlen(text);
    if (to > from + EXCERPT_LENGTH)
        to = str_utf8_floor(text, from + EXCERPT_LENGTH);
    buf_adds(out, from ? "…" : "");
    for (size_t i = from; i < to; i++) {
        bool blank = strchr(" \t\r\n", text[i]) != NULL;
        if (!blank || (i > from && !strchr(" \t\r\n", text[i - 1])))
            buf_addch(out, blank ? ' ' : text[i]);
    }
    buf_adds(out, text[to] ? "…" : "");
}

static void add_value(const char *text, size_t at, struct buf *out)
{
    if (!text || text == model_unknown)
        buf_adds(out, text ? "something unknown" : "none");
    else
        add_excerpt(text, at, out);
}

static size_t first_difference(const char *a, const char *b)
{
    size_t i = 0;
    while (a && b && a[i] && a[i] == b[i])
        i++;
    return i;
}

static void add_finding(struct proof *p, struct vec *to, const struct change *ch, int slot)
{
    const struct object *o = ch->from ? ch->from : ch->to;
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s ", o->kind->name);
    model_path(o, &b);
    if (slot < 0) {
        buf_adds(&b, ch->from ? " was not built" : " was built, but the source has no such object");
    } else {
        const char *x = model_get(ch->from, slot), *y = model_get(ch->to, slot);
        size_t at = first_difference(x, y);
        buf_addf(&b, ": %s: the source has ", o->kind->props[slot].name);
        add_value(x, at, &b);
        buf_adds(&b, ", what was built has ");
        add_value(y, at, &b);
    }
    VEC_PUSH(to, struct proof_finding,
             ((struct proof_finding){ch->from, ch->to, slot, arena_strdup(&p->arena, b.data)}));
    buf_release(&b);
}

/* Both sides know it, and it is spelled differently: the opinion could not say. */
static bool is_unsure(const struct change *ch, unsigned slot)
{
    return (ch->unknown >> slot & 1) && ch->from && ch->to && ch->from->v[slot] &&
           ch->to->v[slot] && ch->from->v[slot] != model_unknown &&
           ch->to->v[slot] != model_unknown;
}

static void take_change(struct proof *p, const struct change *ch)
{
    const struct kind *k = (ch->from ? ch->from : ch->to)->kind;
    if (ch->type == CHANGE_ADDED || ch->type == CHANGE_REMOVED)
        add_finding(p, &p->differs, ch, -1);
    for (unsigned s = 0; ch->from && ch->to && s < k->n_props; s++)
        if (is_unsure(ch, s))
            add_finding(p, &p->unsure, ch, (int)s);
        else if (ch->type == CHANGE_CHANGED && (ch->differs >> s & 1))
            add_finding(p, &p->differs, ch, (int)s);
}

/* What is the server's is not copied; but what the copy stands on should be there. */
static void take_absent(struct proof *p, unsigned flavor, const struct change *ch)
{
    static const struct {
        enum kind_id kind;
        enum change_type type;
        const char *before, *after; /* the name */
    } rows[] = {
        {K_MISSING_DEFINER, CHANGE_ADDED, "the target's server has no account ",
         ": objects with this DEFINER will fail"},
        {K_FOREIGN_SERVER, CHANGE_REMOVED, "the target's server has no server ",
         ": tables that use it will fail"},
        {K_USER_FUNCTION, CHANGE_REMOVED, "the target's server has no function ",
         ": code that calls it will fail"},
    };
    const struct object *o = ch->from ? ch->from : ch->to;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].kind == o->kind->id && rows[i].type == ch->type &&
            plan_stays(flavor, o->kind->id))
            VEC_PUSH(&p->absent, const char *,
                     arena_printf(&p->arena, "%s%s%s", rows[i].before, o->name, rows[i].after));
}

/*
 * A key that MySQL gives to a new table that has none, where it is told to and the account may not
 * tell it otherwise: https://dev.mysql.com/doc/refman/8.4/en/create-table-gipks.html
 * The table's rows are the source's; it is named once, by its column.
 */
static bool is_servers_key(struct proof *p, const struct change *ch)
{
    const struct object *o = ch->to;
    if (ch->from || !o)
        return false;
    if (o->kind->id == K_INDEX_PART)
        o = o->parent;
    const struct object *table = o->parent, *column = NULL;
    for (const struct object *c = table ? table->first : NULL; c; c = c->next)
        if (c->kind->id == K_COLUMN && str_eq(c->name, "my_row_id"))
            column = c;
    if (!column || !model_yes(column, P_COLUMN_INVISIBLE) ||
        !model_yes(column, P_COLUMN_AUTO_INCREMENT))
        return false;
    if (o == column)
        VEC_PUSH(
            &p->absent, const char *,
            arena_printf(&p->arena,
                         "table %s gets the invisible key my_row_id, which the target's server "
                         "makes (sql_generate_invisible_primary_key); to be without it, let "
                         "this account set that: GRANT SESSION_VARIABLES_ADMIN",
                         table->name));
    return o == column || (o->kind->id == K_INDEX && str_eq(o->name, "PRIMARY"));
}

bool proof_make(struct proof *ret, const struct model *source, const struct model *built,
                const struct plan *plan, const struct proof_options *opt, struct err *err)
{
    struct diff_options o = {.opinion = opt->opinion, .opinion_ctx = opt->opinion_ctx};
    struct proof p = {.arena = ARENA_INIT};
    struct diff d;
    if (!diff_models(&d, source, built, &o, err))
        return false;
    vec_init(&p.differs, sizeof(struct proof_finding));
    vec_init(&p.unsure, sizeof(struct proof_finding));
    vec_init(&p.absent, sizeof(const char *));
    for (size_t i = 0; i < d.changes.len; i++) {
        struct change *ch = &VEC_AT(&d.changes, struct change, i);
        take_absent(&p, source->flavor, ch);
        if (is_not_copied(plan, source->flavor, ch->from ? ch->from : ch->to))
            continue;
        if (engine_of(built->flavor)->makes_keys && is_servers_key(&p, ch))
            continue;
        excuse(plan, opt, ch);
        take_change(&p, ch);
    }
    diff_release(&d);
    *ret = p;
    return true;
}

void proof_release(struct proof *p)
{
    vec_release(&p->differs);
    vec_release(&p->unsure);
    vec_release(&p->absent);
    arena_release(&p->arena);
}
