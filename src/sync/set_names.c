#include "job.h"

#include <dbtwin/engine.h>
#include <dbtwin/sqltoken.h>

#include <string.h>
#include <strings.h>

void set_names_add(struct set_names *n, const char *source, const char *target, const char *shadow,
                   const struct model *m)
{
    struct set_name *s = vec_push(&n->names);
    *s = (struct set_name){{source, target, shadow}, MAP_INIT};
    for (const struct object *o = m->root->first; o; o = o->next)
        map_put(&s->objects, o->name, strlen(o->name), (void *)(uintptr_t)o->name);
}

void set_names_fold(struct set_names *n, const struct server_facts *source,
                    const struct server_facts *target)
{
    n->fold[SET_SOURCE] = source->lower_names;
    n->fold[SET_TARGET] = n->fold[SET_SHADOW] = target->lower_names;
}

void set_names_release(struct set_names *n)
{
    for (size_t i = 0; i < n->names.len; i++)
        map_release(&VEC_AT(&n->names, struct set_name, i).objects);
    vec_release(&n->names);
}

/* ---- names in a text ----------------------------------------------------------------------- */

/* A name, quoted or not, without its quotes; false: the token is something else. */
static bool read_name(const char *p, const char *end, struct buf *ret)
{
    buf_reset(ret);
    if (*p != '`') {
        if (!sqltoken_is_word(*p))
            return false;
        buf_add(ret, p, (size_t)(end - p));
        return true;
    }
    for (p++; p < end - 1; p++) {
        buf_addch(ret, *p);
        p += *p == '`';
    }
    return true;
}

static bool same(bool fold, const char *a, const char *b)
{
    return (fold ? strcasecmp(a, b) : strcmp(a, b)) == 0;
}

/* Two names with a dot between them, the first of which has none before it. */
struct pair {
    struct buf first, second;
    const char *first_end, *second_end;
    struct slice word; /* the token before, but for blanks and parentheses */
    char before;       /* the byte before */
};

static bool read_pair(struct pair *q, const char *p, const char *end)
{
    q->first_end = sqltoken_end(p, end);
    if (q->before == '.' || q->first_end >= end || *q->first_end != '.' || q->first_end + 1 >= end)
        return false;
    q->second_end = sqltoken_end(q->first_end + 1, end);
    return read_name(p, q->first_end, &q->first) &&
           read_name(q->first_end + 1, q->second_end, &q->second);
}

static void go_on(struct pair *q, const char *p, const char *next)
{
    q->before = next[-1];
    if (*p != ' ' && *p != '\n' && *p != '\t' && *p != '\r' && *p != '(')
        q->word = (struct slice){p, (size_t)(next - p)};
}

static const struct set_name *find(const struct set_names *n, enum set_side side,
                                   const struct pair *q)
{
    const struct set_name *found = NULL;
    struct buf second = BUF_INIT;
    buf_add(&second, q->second.data, q->second.len);
    for (size_t i = 0; n->fold[side] && i < second.len; i++)
        if (second.data[i] >= 'A' && second.data[i] <= 'Z')
            second.data[i] = (char)(second.data[i] - 'A' + 'a');
    for (size_t i = 0; i < n->names.len && !found; i++) {
        const struct set_name *s = &VEC_AT(&n->names, struct set_name, i);
        if (same(n->fold[side], s->of[side], q->first.data) &&
            (map_get(&s->objects, q->second.data, q->second.len) ||
             map_get(&s->objects, second.data, second.len)))
            found = s;
    }
    buf_release(&second);
    return found;
}

bool set_names_text(const struct set_names *n, enum set_side from, enum set_side to,
                    const char *text, struct buf *ret)
{
    const char *end = text + strlen(text);
    struct pair q = {.first = BUF_INIT, .second = BUF_INIT, .before = ' '};
    bool any = false;
    for (const char *p = text, *next; p < end; p = next) {
        const struct set_name *s = read_pair(&q, p, end) ? find(n, from, &q) : NULL;
        next = q.first_end;
        if (s && strcmp(s->of[from], s->of[to]) != 0) {
            engine_quote(ENGINE_MY, s->of[to], ret);
            any = true;
        } else {
            buf_add(ret, p, (size_t)(next - p));
        }
        go_on(&q, p, next);
    }
    buf_release(&q.first);
    buf_release(&q.second);
    return any;
}

/* ---- models and plans ---------------------------------------------------------------------- */

static bool may_name(const struct object *o, unsigned slot)
{
    enum prop_type type = o->kind->props[slot].type;
    return type == T_EXPR || type == T_BODY ||
           (o->kind->id == K_FOREIGN_KEY && slot == P_FOREIGN_KEY_REFERENCES);
}

bool set_names_model(const struct set_names *n, enum set_side from, enum set_side to,
                     struct model *m, struct err *err)
{
    struct buf b = BUF_INIT;
    (void)err;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        struct object *o = m->objects[i];
        for (unsigned k = 0; k < o->kind->n_props; k++) {
            const char *text = model_get(o, (int)k);
            buf_reset(&b);
            if (text && may_name(o, k) && set_names_text(n, from, to, text, &b))
                o->v[k] = arena_strdup(&m->arena, b.data);
        }
    }
    buf_release(&b);
    return true;
}

/* Bodies are not looked into when they are made: they are made by their final names. */
static bool is_resolved(const struct step *s)
{
    return !s->object || s->object->kind->id == K_VIEW || s->phase != PHASE_FINAL;
}

void set_names_plan(const struct set_names *n, struct plan *plan, struct arena *a)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < plan->steps.len; i++) {
        struct step *s = &VEC_AT(&plan->steps, struct step, i);
        const char *now = s->meanwhile ? s->meanwhile : s->sql;
        buf_reset(&b);
        if (!is_resolved(s) || !set_names_text(n, SET_TARGET, SET_SHADOW, now, &b))
            continue;
        const char *text = arena_strdup(a, b.data);
        if (s->phase == PHASE_FINAL)
            s->meanwhile = text;
        else
            s->sql = text;
        if (s->phase == PHASE_FK)
            s->phase = PHASE_COUNT;
    }
    buf_release(&b);
}

/* ---- what is not in the set ---------------------------------------------------------------- */

static bool is_word(struct slice w, const char *text)
{
    return w.len == strlen(text) && strncasecmp(w.data, text, w.len) == 0;
}

/* An alias may bear a database's name: these are no aliases. */
static bool is_table(const struct pair *q, const char *end)
{
    return (q->second_end < end && (*q->second_end == '.' || *q->second_end == '(')) ||
           is_word(q->word, "from") || is_word(q->word, "join");
}

static const char *outside_text(const struct set_names *n, const struct vec *databases,
                                const char *text, bool key)
{
    const char *end = text + strlen(text), *found = NULL;
    struct pair q = {.first = BUF_INIT, .second = BUF_INIT, .before = ' '};
    for (const char *p = text, *next; p < end && !found; p = next) {
        bool pair = read_pair(&q, p, end) && (key || is_table(&q, end)) && !find(n, SET_SOURCE, &q);
        for (size_t i = 0; pair && !found && i < databases->len; i++)
            if (same(n->fold[SET_SOURCE], VEC_AT(databases, const char *, i), q.first.data))
                found = VEC_AT(databases, const char *, i);
        next = q.first_end;
        go_on(&q, p, next);
    }
    buf_release(&q.first);
    buf_release(&q.second);
    return found;
}

const char *set_names_outside(const struct set_names *n, const struct vec *databases,
                              const struct model *m, const char *own, const struct object **ret_by)
{
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        bool key = o->kind->id == K_FOREIGN_KEY;
        const char *text = key                     ? model_get(o, P_FOREIGN_KEY_REFERENCES)
                           : o->kind->id == K_VIEW ? model_get(o, P_VIEW_QUERY)
                                                   : NULL;
        const char *found = text ? outside_text(n, databases, text, key) : NULL;
        if (!found || same(n->fold[SET_SOURCE], found, own))
            continue;
        *ret_by = o;
        return found;
    }
    return NULL;
}
