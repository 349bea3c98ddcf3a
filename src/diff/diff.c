#include <dbtwin/diff.h>

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>

#include <string.h>

#include "across.h"
#include "majors.h"
#include "place.h"

/* What one model as a whole knows of each property: decides what is said once, not per object. */
struct known {
    uint64_t any[K_COUNT]; /* some object of the kind has the slot known */
};

struct walk {
    struct diff *d;
    struct diff_options opt;
    bool scanned; /* the models for these two: not before it is asked */
    struct known from_known, to_known;
    uint64_t compared[K_COUNT]; /* slots that are compared at all */
    uint64_t told[K_COUNT];     /* slots for which a gap was added */
    struct across across;
    struct majors majors;
    struct place place;
    struct arena scratch; /* canonical forms of the pair at hand */
};

static void known_scan(struct known *k, const struct model *m)
{
    memset(k, 0, sizeof(*k));
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        uint64_t bits = k->any[o->kind->id];
        for (unsigned s = 0; s < o->kind->n_props; s++)
            if (o->v[s] != model_unknown)
                bits |= UINT64_C(1) << s;
        k->any[o->kind->id] = bits;
    }
}

/* Whether a value says anything: a feature that is not used needs no comparing. */
static bool value_is_set(const struct prop *p, const char *v)
{
    return v && !(p->type == T_BOOL && strcmp(v, "no") == 0);
}

static void say_once(struct walk *w, struct vec *list, const struct kind *k, unsigned slot,
                     const char *why)
{
    uint64_t bit = UINT64_C(1) << slot;
    if (w->told[k->id] & bit)
        return;
    w->told[k->id] |= bit;
    struct coverage_gap g = {.kind = k->name,
                             .path =
                                 arena_printf(&w->d->arena, "%s.%s", k->name, k->props[slot].name),
                             .why = why}; /* static, or in the diff's arena */
    VEC_PUSH(list, struct coverage_gap, g);
}

static void gap_once(struct walk *w, const struct kind *k, unsigned slot, const char *why)
{
    say_once(w, &w->d->gaps, k, slot, why);
}

static const char *side_label(const struct model *m, const char *fallback)
{
    return m->label ? m->label : fallback;
}

/* Which properties are compared at all for this pair of models. */
static void choose_slots(struct walk *w)
{
    unsigned engines = w->d->from->flavor | w->d->to->flavor;
    unsigned out = F_VOLATILE | F_INTERNAL | (w->opt.strict ? 0 : F_COSMETIC);
    for (unsigned k = 0; k < K_COUNT; k++)
        for (unsigned s = 0; s < kinds[k].n_props; s++)
            if (!(kinds[k].props[s].flags & out) && (kinds[k].props[s].engines & engines))
                w->compared[k] |= UINT64_C(1) << s;
}

static bool is_position(const struct prop *p)
{
    return p->type == T_INT && strcmp(p->name, "position") == 0;
}

/* What a server writes from a parse tree: expressions, and bodies in standard SQL. */
static bool may_be_respelled(const struct prop *p, const char *text)
{
    return p->type == T_EXPR || (p->type == T_BODY && (strncmp(text, "BEGIN ATOMIC", 12) == 0 ||
                                                       strncmp(text, "RETURN ", 7) == 0));
}

/* A number of digits, or a string; *ret_rest: what follows it. */
static bool is_constant(const char *text, const char **ret_rest)
{
    size_t digits = strspn(text, "0123456789");
    *ret_rest = digits ? text + digits : *text == '\'' ? psqltoken_end(text) : text;
    return *ret_rest > text;
}

/* As PostgreSQL deparses them, two constants of such a type are one value or two: no server has to
 * be asked. https://www.postgresql.org/docs/current/datatype-character.html */
static bool are_two_constants(const char *x, const char *y)
{
    const char *rest_x, *rest_y;
    return is_constant(x, &rest_x) && is_constant(y, &rest_y) && strcmp(rest_x, rest_y) == 0 &&
           (!*rest_x || strcmp(rest_x, "::text") == 0 ||
            strcmp(rest_x, "::character varying") == 0) &&
           (*x == '\'') == (*y == '\'');
}

/* What only one of two servers can tell is left aside: of two flavors, and of versions before and
 * from these. */
static unsigned across_flag(const struct walk *w)
{
    static const struct {
        unsigned flavor;
        unsigned version;
        unsigned flag;
    } turns[] = {
        {ENGINE_MA, 110300, ENGINE_ELDER},
        {ENGINE_MY, 80000, ENGINE_ACROSS},
        {ENGINE_PG, 140000, ENGINE_EXTRACT},
        {ENGINE_PG, 170000, ENGINE_ACROSS},
    };
    const struct model *from = w->d->from, *to = w->d->to;
    unsigned ret = from->flavor != to->flavor ? ENGINE_ACROSS : 0;
    for (size_t i = 0; from->flavor == to->flavor && i < ARRAY_LEN(turns); i++)
        if (turns[i].flavor == from->flavor &&
            (from->version >= turns[i].version) != (to->version >= turns[i].version))
            ret |= turns[i].flag;
    return ret;
}

/* Whether the texts are the same but for what one version shows and the other does not. */
static bool perhaps_same(struct walk *w, const struct kind *k, unsigned slot, unsigned across,
                         const char *x, const char *y)
{
    if (!(across & ENGINE_EXTRACT) || !x || !y)
        return false;
    unsigned flavor = w->d->from->flavor | across | ENGINE_PERHAPS;
    return str_eq(prop_canon(k, slot, flavor, x, &w->scratch),
                  prop_canon(k, slot, flavor, y, &w->scratch));
}

static bool texts_differ(struct walk *w, const struct object *a, const struct object *b,
                         unsigned slot, bool *ret_unknown)
{
    const char *x = a->v[slot], *y = b->v[slot];
    arena_reset(&w->scratch);
    unsigned from = w->d->from->flavor, to = w->d->to->flavor;
    unsigned across = across_flag(w);
    const char *cx = x ? prop_canon(a->kind, slot, from | across, x, &w->scratch) : NULL;
    const char *cy = y ? prop_canon(b->kind, slot, to | across, y, &w->scratch) : NULL;
    if (str_eq(cx, cy)) /* canon may say that a text means "none" */
        return false;
    if (x && y && is_position(&a->kind->props[slot]) &&
        place_is_same(&w->place, w->d->from, a, w->d->to, b, slot))
        return false;
    if (perhaps_same(w, a->kind, slot, across, x, y)) {
        /* The older server makes of the newer one's text what was made of it there; the newer one
         * keeps the casts that it is given, and says nothing by it. */
        *ret_unknown = !majors_casts_dates(&w->majors, a, b, slot) &&
                       (!w->opt.opinion || w->opt.opinion(w->opt.opinion_ctx, a, b, slot) != 1);
        return false;
    }
    if (!x || !y || !w->opt.opinion || !may_be_respelled(&a->kind->props[slot], x) ||
        ((from & to & ENGINE_PG) && are_two_constants(x, y)))
        return true;
    int same = w->opt.opinion(w->opt.opinion_ctx, a, b, slot);
    *ret_unknown = same < 0;
    return same == 0;
}

/* One side could not be asked: said once when that side never knows the property. */
static void compare_unknown(struct walk *w, const struct object *a, const struct object *b,
                            unsigned slot, uint64_t *ret_unknown)
{
    const struct kind *k = a->kind;
    const struct prop *p = &k->props[slot];
    uint64_t bit = UINT64_C(1) << slot;
    if (!w->scanned) {
        known_scan(&w->from_known, w->d->from);
        known_scan(&w->to_known, w->d->to);
        w->scanned = true;
    }
    bool from_knows = (w->from_known.any[k->id] & bit) != 0;
    bool to_knows = (w->to_known.any[k->id] & bit) != 0;
    if (!from_knows && !to_knows)
        return; /* neither version has it: nothing to compare */
    if (from_knows && to_knows) {
        *ret_unknown |= bit;
        return;
    }
    const char *v = from_knows ? a->v[slot] : b->v[slot];
    if (v == model_unknown || !value_is_set(p, v))
        return;
    const struct model *blind = from_knows ? w->d->to : w->d->from;
    gap_once(w, k, slot,
             arena_printf(&w->d->arena,
                          "%s (%s) does not have this property, or does not show it to this role",
                          side_label(blind, from_knows ? "TO" : "FROM"),
                          blind->server_version ? blind->server_version : "unknown version"));
}

/* A property that only one of the two flavors has (MySQL against MariaDB). */
static void compare_foreign(struct walk *w, const struct object *a, const struct object *b,
                            unsigned slot)
{
    const struct prop *p = &a->kind->props[slot];
    const struct object *o = (p->engines & w->d->from->flavor) ? a : b;
    const char *v = o->v[slot];
    if (v != model_unknown && value_is_set(p, v) && !across_goes_without_saying(o, slot))
        gap_once(w, a->kind, slot, "only one of MySQL and MariaDB has this property");
}

static bool majors_differ(const struct diff *d)
{
    return d->from->version / 10000 != d->to->version / 10000;
}

/* Whether each side has what its own version of the server makes: that is said once, and no drift.
 */
static bool is_servers_own(struct walk *w, const struct object *a, const struct object *b,
                           unsigned slot)
{
    const struct prop *p = &a->kind->props[slot];
    const char *why = NULL;
    if ((p->flags & F_SERVERS_OWN) && majors_differ(w->d)) {
        bool set = value_is_set(p, a->v[slot]) || value_is_set(p, b->v[slot]);
        why = set ? "each major version of the server brings its own" : NULL;
    } else if (!majors_same(&w->majors, a, b, slot, &why)) {
        return false;
    }
    if (why)
        say_once(w, &w->d->own, a->kind, slot, why);
    return true;
}

/* Told at the database where that has it too, else once. */
static void default_collation(struct walk *w, const struct object *a, const struct object *b,
                              unsigned slot)
{
    const struct object *from = w->d->from->root, *to = w->d->to->root;
    if (str_eq(a->v[slot], b->v[slot]) ||
        (a->parent && str_eq(a->v[slot], from->v[P_DATABASE_COLLATION]) &&
         str_eq(b->v[slot], to->v[P_DATABASE_COLLATION])))
        return;
    gap_once(w, a->kind, slot,
             arena_printf(&w->d->arena, "each server has its own default: %s and %s", a->v[slot],
                          b->v[slot]));
}

/* Two texts, known on both sides, that are not the same byte for byte. */
static void compare_texts(struct walk *w, const struct object *a, const struct object *b,
                          unsigned slot, uint64_t *differs, uint64_t *unknown)
{
    bool cannot_say = false;
    if (w->across.defaults && across_same(&w->across, a, b, slot))
        return;
    if (w->across.defaults && across_is_default(&w->across, a, b, slot)) {
        default_collation(w, a, b, slot);
        return;
    }
    if (!texts_differ(w, a, b, slot, &cannot_say)) {
        *unknown |= cannot_say ? UINT64_C(1) << slot : 0;
    } else if (!is_servers_own(w, a, b, slot)) {
        *differs |= UINT64_C(1) << slot;
    }
}

/* By far the most common case, and nothing more to be said then. */
static bool is_same_text(const char *x, const char *y)
{
    if (x == model_unknown || y == model_unknown)
        return false;
    return x == y || (x && y && strcmp(x, y) == 0);
}

static void compare_props(struct walk *w, const struct object *a, const struct object *b)
{
    uint64_t differs = 0, unknown = 0;
    const struct kind *k = a->kind;
    for (uint64_t left = w->compared[k->id]; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctzll(left);
        if (is_same_text(a->v[s], b->v[s]))
            continue;
        bool here = (k->props[s].engines & w->d->from->flavor) != 0;
        bool there = (k->props[s].engines & w->d->to->flavor) != 0;
        if (here != there)
            compare_foreign(w, a, b, s);
        else if (a->v[s] == model_unknown || b->v[s] == model_unknown)
            compare_unknown(w, a, b, s, &unknown);
        else
            compare_texts(w, a, b, s, &differs, &unknown);
    }
    if (!differs && !unknown)
        return;
    struct change c = {differs ? CHANGE_CHANGED : CHANGE_UNKNOWN, a, b, differs, unknown, 0};
    VEC_PUSH(&w->d->changes, struct change, c);
}

static uint32_t count_inside(const struct object *o)
{
    uint32_t n = 0;
    for (const struct object *c = o->first; c; c = c->next)
        n += 1 + count_inside(c);
    return n;
}

/*
 * Absent only because that side may not see all of the kind (MySQL's information_schema hides what
 * an account has no right on): that is not known, and no drift. The side's own gap says what right
 * is missing; this one names the object.
 */
static bool hidden(struct walk *w, const struct object *o, const struct model *m,
                   const char *fallback)
{
    for (size_t i = 0; i < m->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&m->gaps, struct coverage_gap, i);
        if (g->path || strcmp(g->kind, o->kind->name) != 0)
            continue;
        struct coverage_gap told = {.kind = o->kind->name,
                                    .path = model_path_text(o, &w->d->arena),
                                    .why = arena_printf(&w->d->arena, "not seen in %s, and %s",
                                                        side_label(m, fallback), g->why)};
        VEC_PUSH(&w->d->gaps, struct coverage_gap, told);
        return true;
    }
    return false;
}

/*
 * Absent only because SHOW CREATE TABLE of the table there, which alone tells of such, was not
 * shown, or because options are not told: the model has a gap that says so.
 */
static bool is_untold(const struct model *m, const struct object *parent, const struct object *o)
{
    if (parent->kind->id == K_USER_MAPPING)
        return model_has_gap(m, parent);
    return parent->kind->id == K_TABLE && (o->kind->flags & KF_BY_TEXT) &&
           parent->v[P_TABLE_DEFINITION] == model_unknown &&
           o->parent->v[P_TABLE_DEFINITION] != model_unknown;
}

static void one_sided(struct walk *w, const struct object *from, const struct object *to)
{
    if ((from ? from : to)->kind->flags & KF_ROWS)
        return;
    if (from ? hidden(w, from, w->d->to, "TO") : hidden(w, to, w->d->from, "FROM"))
        return;
    struct change c = {from ? CHANGE_REMOVED : CHANGE_ADDED, from, to, 0, 0,
                       count_inside(from ? from : to)};
    VEC_PUSH(&w->d->changes, struct change, c);
}

/* The order in which model_freeze sorts children. */
static int object_order(const struct object *a, const struct object *b)
{
    if (a->kind->space != b->kind->space)
        return a->kind->space < b->kind->space ? -1 : 1;
    int c = strcmp(a->name, b->name);
    if (c)
        return c;
    if (a->kind != b->kind)
        return a->kind->id < b->kind->id ? -1 : 1;
    return 0;
}

/* What an extension's script adds to its own members comes with its version. */
static bool comes_with_version(const struct object *a, const struct object *b,
                               const struct object *child)
{
    return child->kind->id == K_ADDITION && a->kind->id == K_EXTENSION &&
           !str_eq(a->v[P_EXTENSION_VERSION], b->v[P_EXTENSION_VERSION]);
}

/* Whether x of FROM, or y of TO, stands in the other side's parent in another form. */
static bool stands(struct walk *w, const struct object *x, const struct object *y,
                   const struct object *other_parent)
{
    const struct model *from = w->d->from, *to = w->d->to;
    const struct object *o = x ? x : y;
    if (majors_stands(&w->majors, o, other_parent, w->majors.turned == (x != NULL)))
        return true;
    return w->across.flavors && across_stands(o, x ? from : to, other_parent, x ? to : from);
}

static void compare_objects(struct walk *w, const struct object *a, const struct object *b)
{
    w->d->compared++;
    compare_props(w, a, b);
    const struct object *x = a->first, *y = b->first;
    while (x || y) {
        int c = !x ? 1 : !y ? -1 : object_order(x, y);
        const struct object *one = c < 0 ? x : y;
        if (c && is_untold(c < 0 ? w->d->to : w->d->from, c < 0 ? b : a, one))
            ; /* the parent's gap says so */
        else if (c && comes_with_version(a, b, one))
            say_once(w, &w->d->own, one->kind, P_ADDITION_DEFINITION,
                     "each version of an extension may bring its own");
        else if (c < 0 && !stands(w, x, NULL, b))
            one_sided(w, x, NULL);
        else if (c > 0 && !stands(w, NULL, y, a))
            one_sided(w, NULL, y);
        else if (c == 0)
            compare_objects(w, x, y);
        x = c <= 0 ? x->next : x;
        y = c >= 0 ? y->next : y;
    }
}

static void add_gaps(struct diff *d, const struct model *m, const char *fallback)
{
    size_t first = d->gaps.len;
    model_fold_gaps(&m->gaps, &d->arena, &d->gaps);
    for (size_t i = first; i < d->gaps.len; i++) {
        struct coverage_gap *g = &VEC_AT(&d->gaps, struct coverage_gap, i);
        g->why = arena_printf(&d->arena, "%s: %s", side_label(m, fallback), g->why);
    }
}

void diff_judge(struct diff *d)
{
    uint64_t n[CHANGE_UNKNOWN + 1] = {0};
    for (size_t i = 0; i < d->changes.len; i++)
        n[VEC_AT(&d->changes, struct change, i).type]++;
    d->added = n[CHANGE_ADDED];
    d->removed = n[CHANGE_REMOVED];
    d->changed = n[CHANGE_CHANGED];
    d->unknown = n[CHANGE_UNKNOWN];
    if (d->added || d->removed || d->changed)
        d->verdict = VERDICT_DRIFT;
    else if (d->unknown || d->gaps.len || d->empty)
        d->verdict = VERDICT_INCOMPLETE; /* comparing nothing is never "same" */
    else
        d->verdict = VERDICT_SAME;
}

/* A selection of roles alone is something; a database of roles alone is not. */
static bool nothing_in(const struct diff *d, const struct model *m)
{
    return d->context && d->context->selected ? m->n_objects <= 1 : model_is_empty(m);
}

bool diff_models(struct diff *ret, const struct model *from, const struct model *to,
                 const struct diff_options *opt, struct err *err)
{
    if (engine_of(from->flavor)->family != engine_of(to->flavor)->family) {
        err_set(err, ERR_USAGE, "a PostgreSQL schema cannot be compared with a MySQL one");
        return err_hint(err, "compare two databases of one engine");
    }
    struct diff d = {.from = from, .to = to};
    arena_init(&d.arena);
    vec_init(&d.changes, sizeof(struct change));
    vec_init(&d.gaps, sizeof(struct coverage_gap));
    vec_init(&d.own, sizeof(struct coverage_gap));
    vec_init(&d.renames, sizeof(struct diff_rename));
    vec_init(&d.notes, sizeof(struct diff_note));
    d.context = opt ? opt->context : NULL;
    struct walk w = {.d = &d};
    if (opt)
        w.opt = *opt;
    arena_init(&w.scratch);
    place_init(&w.place);
    choose_slots(&w);
    w.across = across_of(from, to);
    w.majors = majors_of(from, to);
    compare_objects(&w, from->root, to->root);
    add_gaps(&d, from, "FROM");
    add_gaps(&d, to, "TO");
    arena_release(&w.scratch);
    place_release(&w.place);
    d.empty = !d.changes.len && nothing_in(&d, from) && nothing_in(&d, to);
    diff_judge(&d);
    *ret = d;
    return true;
}

void diff_release(struct diff *d)
{
    vec_release(&d->changes);
    vec_release(&d->gaps);
    vec_release(&d->own);
    vec_release(&d->renames);
    vec_release(&d->notes);
    arena_release(&d->arena);
    memset(d, 0, sizeof(*d));
}

int diff_exit_code(const struct diff *d)
{
    return verdict_exit_code(d->verdict);
}

int verdict_exit_code(enum verdict v)
{
    switch (v) {
    case VERDICT_SAME:
        return 0;
    case VERDICT_DRIFT:
        return 1;
    case VERDICT_INCOMPLETE:
        break;
    }
    return 3;
}
