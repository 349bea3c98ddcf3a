#include "job.h"

#include <string.h>

static const char *const whats[] = {"absent", "changed", "empty", "told"};
static const char what_kept[] = "kept"; /* of the target's own */

/* ---- for people -------------------------------------------------------------------------- */

enum { NAMES_SHOWN = 8 };

bool neutralise_describe(const struct plan *plan, enum neutral_id rule, bool told, struct buf *out)
{
    const char *why = NULL;
    bool same = true;
    size_t n = 0;
    for (size_t i = 0; i < plan->neutralised.len; i++) {
        const struct neutralised *x = &VEC_AT(&plan->neutralised, struct neutralised, i);
        if (x->rule != rule || (x->what == NEUTRAL_TOLD) != told)
            continue;
        same &= !why || strcmp(why, x->why) == 0;
        why = why ? why : x->why;
    }
    for (size_t i = 0; why && i < plan->neutralised.len; i++) {
        const struct neutralised *x = &VEC_AT(&plan->neutralised, struct neutralised, i);
        if (x->rule != rule || (x->what == NEUTRAL_TOLD) != told || n++ >= NAMES_SHOWN)
            continue;
        buf_addf(out, "%s%s %s", n > 1 ? ", " : "", x->object->kind->name, x->path);
        if (!same)
            buf_addf(out, " (%s)", x->why);
    }
    if (n > NAMES_SHOWN)
        buf_addf(out, " and %zu more", n - NAMES_SHOWN);
    if (!why)
        return false;
    if (same)
        buf_addf(out, ": %s", why);
    return true;
}

static void tell(struct job *j, enum neutral_id rule, bool told)
{
    struct buf b = BUF_INIT;
    if (neutralise_describe(&j->plan, rule, told, &b))
        job_event(j, LOG_INFO, "%s (%s): %s", told ? "has external effects" : "neutralised",
                  neutral_rules[rule].name, b.data);
    buf_release(&b);
}

void neutralise_tell(struct job *j)
{
    for (int told = 0; j->target_at->driver->live && told < 2; told++)
        for (int r = 0; r < NEUTRAL_COUNT; r++)
            tell(j, (enum neutral_id)r, told);
}

void neutralise_tell_definers(struct job *j)
{
    tell(j, NEUTRAL_DEFINERS, false);
}

void neutralise_definer(struct job *j, const struct object *o)
{
    struct buf path = BUF_INIT;
    model_path(o, &path);
    VEC_PUSH(&j->plan.neutralised, struct neutralised,
             ((struct neutralised){
                 .rule = NEUTRAL_DEFINERS,
                 .what = NEUTRAL_CHANGED,
                 .object = o,
                 .slot = kind_prop(o->kind, "definer"),
                 .path = arena_strdup(j->arena, path.data),
                 .why = "this account may not set its DEFINER (preflight names the right), and "
                        "becomes the DEFINER itself"}));
    buf_release(&path);
}

bool neutralise_empties(const struct job *j, const struct object *table)
{
    for (size_t i = 0; i < j->plan.neutralised.len; i++) {
        const struct neutralised *x = &VEC_AT(&j->plan.neutralised, struct neutralised, i);
        if (x->object == table && x->what == NEUTRAL_EMPTY)
            return true;
    }
    return false;
}

/* ---- for the mark ------------------------------------------------------------------------ */

/*
 * A line for each: rule, what, kind, property, path, with blanks between; kind and path may be "*".
 * Only the path may hold
 * blanks (and no control characters: model_path), so it comes last.
 */
static void add_line(struct buf *b, const char *rule, const char *what, const char *kind,
                     const char *property, const char *path)
{
    buf_addf(b, "%s %s %s %s %s\n", rule, what, kind, property, path);
}

static void add_truncated(const struct job *j, struct buf *b)
{
    for (uint32_t i = 0; j->opt->empty && j->opt->empty[0] && i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        struct buf path = BUF_INIT;
        if (o->kind->id == K_TABLE && empty_wants(j, o) && !neutralise_empties(j, o)) {
            model_path(o, &path);
            add_line(b, "truncate", whats[NEUTRAL_EMPTY], o->kind->name, "-", path.data);
        }
        buf_release(&path);
    }
}

/* What the options left out: of all objects, or by name. */
static void add_options(const struct job *j, struct buf *b)
{
    if (!j->opt->owners)
        add_line(b, "no-owners", whats[NEUTRAL_CHANGED], "*", "owner", "*");
    /* A model has the roles that owners and grants name. */
    if (!j->opt->owners || !j->opt->grants)
        add_line(b, "no-owners", whats[NEUTRAL_ABSENT], kinds[K_ROLE].name, "-", "*");
    if (!j->opt->grants) {
        add_line(b, "no-grants", whats[NEUTRAL_ABSENT], kinds[K_GRANT].name, "-", "*");
        add_line(b, "no-grants", whats[NEUTRAL_ABSENT], kinds[K_DEFAULT_PRIVILEGE].name, "-", "*");
    }
    for (size_t i = 0; i < j->plan.left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.left_out, struct plan_refusal, i);
        if (r->object && r->path && r->without >= 0)
            add_line(b, "without", whats[NEUTRAL_CHANGED], r->kind,
                     r->object->kind->props[r->without].name, r->path);
        else if (r->object && r->path)
            add_line(b, "without", whats[NEUTRAL_ABSENT], r->kind, "-", r->path);
    }
}

static void add_kept(const struct job *j, struct buf *b)
{
    const struct vec *lists[] = {&j->keep.tables, &j->keep.along};
    if (j->keep.tables.len) /* a model has the roles that owners and grants name */
        add_line(b, "keep-table", what_kept, kinds[K_ROLE].name, "-", "*");
    for (size_t l = 0; l < ARRAY_LEN(lists); l++)
        for (size_t i = 0; i < lists[l]->len; i++) {
            const struct object *o = VEC_AT(lists[l], const struct object *, i);
            add_line(b, "keep-table", what_kept, o->kind->name, "-", model_path_text(o, j->arena));
        }
}

const char *neutralise_note(const struct job *j)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < j->plan.neutralised.len; i++) {
        const struct neutralised *x = &VEC_AT(&j->plan.neutralised, struct neutralised, i);
        if (x->what != NEUTRAL_TOLD)
            add_line(&b, neutral_rules[x->rule].name, whats[x->what], x->object->kind->name,
                     x->slot >= 0 ? x->object->kind->props[x->slot].name : "-", x->path);
    }
    add_truncated(j, &b);
    add_kept(j, &b);
    add_options(j, &b);
    const char *text = b.len ? arena_strdup(j->arena, b.data) : NULL;
    buf_release(&b);
    return text;
}

static bool take_line(char *line, struct neutral_note *ret)
{
    const char **fields[] = {&ret->rule, &ret->what, &ret->kind, &ret->property};
    char *p = line;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        char *end = strchr(p, ' ');
        if (!end)
            return false;
        *end = '\0';
        *fields[i] = strcmp(p, "-") == 0 ? "" : p;
        p = end + 1;
    }
    ret->path = p;
    return *p != '\0';
}

bool sync_neutralised(const struct driver *d, struct session *s, struct arena *a, struct vec *ret,
                      struct err *err)
{
    const char *text = NULL;
    if (!d->live)
        return true;
    if (!d->source->noted(s, "neutralised", a, &text, err))
        return err_context(err, "while reading what the copy neutralised");
    for (char *line = arena_strdup(a, text), *end; line && (end = strchr(line, '\n'));
         line = end + 1) {
        struct neutral_note n;
        *end = '\0';
        if (take_line(line, &n))
            VEC_PUSH(ret, struct neutral_note, n);
    }
    return true;
}
