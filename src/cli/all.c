#include "pair.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

/* A server's databases. */
struct server {
    const struct place *place;
    struct vec names; /* const char * */
    const char *hidden;
};

static bool list_server(struct all *all, struct server *s, const struct place *place,
                        struct err *err)
{
    const struct driver *d = place->e.driver;
    s->place = place;
    vec_init(&s->names, sizeof(const char *));
    if (place->kind != AT_LIVE || !d->live) {
        err_set(err, ERR_USAGE, "%s: --all-databases compares two servers, and this is a file",
                place->e.label);
        return err_hint(err, "omit --all-databases to compare one database");
    }
    if (!d->source->databases(&place->e, &all->arena, &s->names, &s->hidden, NULL, err))
        return err_context(err, "%s", place->e.label);
    if (s->hidden)
        VEC_PUSH(&all->set.hidden, const char *, s->hidden);
    return true;
}

/* On MySQL a database is a schema: options select it, and the config's map renames it. */
static bool is_schema(const struct place *p)
{
    return !engine_of(p->e.driver->flavors)->schemas;
}

static bool select_names(struct server *s, const struct cli *c, struct err *err)
{
    struct selection sel;
    size_t kept = 0;
    bool ok = true;
    if (!is_schema(s->place) || !c->schemas[0])
        return true;
    select_init(&sel);
    for (size_t i = 0; ok && c->schemas[i]; i++)
        ok = select_add(&sel, SELECT_SCHEMA, c->schemas[i], err);
    for (size_t i = 0; ok && i < s->names.len; i++) {
        const char *name = VEC_AT(&s->names, const char *, i);
        if (!select_schema_is_out(&sel, name))
            VEC_AT(&s->names, const char *, kept++) = name;
    }
    if (ok)
        s->names.len = kept;
    select_release(&sel);
    return ok;
}

static bool is_there(const struct server *s, const char *name)
{
    for (size_t i = 0; i < s->names.len; i++)
        if (strcmp(VEC_AT(&s->names, const char *, i), name) == 0)
            return true;
    return false;
}

/* What FROM's database is called on TO's server, or NULL when it is not there. */
static const char *counterpart(const struct cli *c, const struct server *from,
                               const struct server *to, const char *name)
{
    const struct namemap *map = config_map(c->config);
    const char *mapped = is_schema(from->place) ? namemap_schema(map, name) : name;
    if (is_there(to, mapped))
        return mapped;
    for (size_t i = 0; is_schema(from->place) && i < to->names.len; i++) {
        const char *other = VEC_AT(&to->names, const char *, i);
        if (strcmp(namemap_schema(map, other), name) == 0)
            return other;
    }
    return is_there(to, name) ? name : NULL;
}

static struct place place_of(struct all *all, const struct server *s, const char *name)
{
    struct place p = *s->place;
    p.e.url = driver_url_database(p.e.url, name, &all->arena);
    return p;
}

static const char *label_of(struct all *all, const struct place *p, const char *name)
{
    if (p->named)
        return arena_printf(&all->arena, "%s/%s", p->e.label, name);
    return place_label(p, driver_url_database(p->e.address, name, &all->arena), &all->arena);
}

static void add_part(struct all *all, const char *name, const struct diff *d,
                     enum change_type alone, const char *why)
{
    VEC_PUSH(&all->set.parts, struct diff_part, ((struct diff_part){name, d, alone, why}));
}

/* A database that both servers have. */
struct couple {
    const char *name, *other; /* FROM's, TO's */
    struct pair *pair;        /* once it is being read */
};

static bool open_one(struct all *all, struct cli *c, const struct server *from,
                     const struct server *to, struct couple *x, struct err *err)
{
    struct place a = place_of(all, from, x->name), b = place_of(all, to, x->other);
    struct pair *p = arena_new(&all->arena, struct pair);
    if (!pair_open(p, c, &a, &b, err))
        return false;
    /* From here on reports name the database, too. */
    p->from.place.e.label = label_of(all, &a, x->name);
    p->to.place.e.label = label_of(all, &b, x->other);
    p->from.place.e.address = driver_url_database(a.e.address, x->name, &all->arena);
    p->to.place.e.address = driver_url_database(b.e.address, x->other, &all->arena);
    place_tell_apart(&p->from.place, &p->to.place);
    VEC_PUSH(&all->pairs, struct pair *, p);
    x->pair = p;
    pair_start(p, c);
    return true;
}

/* False only when nothing more is to be done: interrupted, or wrong usage. */
static bool compare_one(struct all *all, struct cli *c, const struct couple *x, struct err *err)
{
    struct pair *p = x->pair;
    struct err why = ERR_INIT;
    if (pair_compare(p, c, &why)) {
        p->filters.context.idle.len = 0; /* a pattern need not match in each of them */
        add_part(all, x->name, &p->diff, CHANGE_CHANGED, NULL);
        return true;
    }
    if (why.cls == ERR_INTERRUPTED || why.cls == ERR_USAGE) {
        *err = why;
        return false;
    }
    all->failed |= why.cls != ERR_DENIED;
    add_part(all, x->name, NULL, CHANGE_UNKNOWN, arena_strdup(&all->arena, why.msg));
    return true;
}

/* Some databases are read ahead of the one that is compared: a server waits for us most of the
 * time, and the more so the farther away it is. */
static bool compare_couples(struct all *all, struct cli *c, const struct server *from,
                            const struct server *to, const struct vec *couples, struct err *err)
{
    enum { AHEAD = 4 };
    size_t ahead = c->jobs ? (size_t)c->jobs : AHEAD, opened = 0;
    for (size_t i = 0; i < couples->len; i++) {
        for (; opened < couples->len && opened < i + ahead; opened++)
            if (!open_one(all, c, from, to, vec_at(couples, opened), err))
                return false;
        if (!compare_one(all, c, vec_at(couples, i), err))
            return false;
    }
    return true;
}

/* One side has it. Where the other may hide databases nobody knows. */
static void add_alone(struct all *all, const char *name, enum change_type alone,
                      const struct server *other)
{
    add_part(all, name, NULL, other->hidden ? CHANGE_UNKNOWN : alone, other->hidden);
}

static bool compare_each(struct all *all, struct cli *c, const struct server *from,
                         const struct server *to, struct err *err)
{
    struct map met = MAP_INIT;
    struct vec couples = VEC_INIT(struct couple);
    for (size_t i = 0; i < from->names.len; i++) {
        const char *name = VEC_AT(&from->names, const char *, i);
        const char *other = counterpart(c, from, to, name);
        if (!other) {
            add_alone(all, name, CHANGE_REMOVED, to);
            continue;
        }
        map_put(&met, other, strlen(other), (void *)(uintptr_t)other);
        VEC_PUSH(&couples, struct couple, ((struct couple){name, other, NULL}));
    }
    bool ok = compare_couples(all, c, from, to, &couples, err);
    for (size_t i = 0; ok && i < to->names.len; i++) {
        const char *name = VEC_AT(&to->names, const char *, i);
        if (!map_get(&met, name, strlen(name)))
            add_alone(all, name, CHANGE_ADDED, from);
    }
    vec_release(&couples);
    map_release(&met);
    return ok;
}

static int by_database(const void *a, const void *b)
{
    return strcmp(((const struct diff_part *)a)->database, ((const struct diff_part *)b)->database);
}

/* A baseline's entries are paths within one database. */
static bool check_options(struct cli *c, struct err *err)
{
    if (!c->baseline && !c->write_baseline)
        return true;
    err_set(err, ERR_USAGE, "--%s is for two databases, not for --all-databases",
            c->baseline ? "baseline" : "write-baseline");
    return err_hint(err, "compare that database by itself");
}

bool all_compare(struct all *ret, struct cli *c, const struct place *from, const struct place *to,
                 struct err *err)
{
    struct server a = {0}, b = {0};
    *ret = (struct all){.set = {.from = from->e.label, .to = to->e.label}};
    arena_init(&ret->arena);
    vec_init(&ret->set.parts, sizeof(struct diff_part));
    vec_init(&ret->set.hidden, sizeof(const char *));
    vec_init(&ret->pairs, sizeof(struct pair *));
    bool ok = check_options(c, err) && list_server(ret, &a, from, err) &&
              list_server(ret, &b, to, err) && select_names(&a, c, err) && select_names(&b, c, err);
    if (ok && is_schema(from))
        c->schemas[0] = NULL; /* they have selected databases */
    ok = ok && compare_each(ret, c, &a, &b, err);
    if (ok && ret->set.parts.len)
        qsort(ret->set.parts.items, ret->set.parts.len, sizeof(struct diff_part), by_database);
    vec_release(&a.names);
    vec_release(&b.names);
    if (!ok)
        all_release(ret);
    return ok;
}

void all_release(struct all *a)
{
    for (size_t i = 0; i < a->pairs.len; i++)
        pair_close(VEC_AT(&a->pairs, struct pair *, i));
    vec_release(&a->pairs);
    vec_release(&a->set.parts);
    vec_release(&a->set.hidden);
    arena_release(&a->arena);
}
