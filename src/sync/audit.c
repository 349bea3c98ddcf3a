#include "audit.h"

#include <dbtwin/clock.h>
#include <dbtwin/sync.h>

#include <string.h>

enum { COMMON = 20 }; /* words in more rows, and in one of 20, are common words */

void audit_unread(struct audit *u, const char *path, const char *why)
{
    VEC_PUSH(&u->ret->unread, const char *, arena_printf(u->arena, "%s: %s", path, why));
}

const char *audit_why(const struct err *err, struct arena *a)
{
    if (err->cls == ERR_DENIED)
        return "this account may not read it";
    if (err->sqlstate[0])
        return arena_printf(a, "reading it failed, SQLSTATE %s", err->sqlstate);
    return arena_printf(a, "reading it failed, error %d", err->native);
}

bool audit_is_lost(const struct err *err)
{
    return err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED;
}

/* ---- a field as text ---------------------------------------------------------- */

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct slice audit_bytes(struct slice v, struct arena *a)
{
    char *to = arena_alloc(a, v.len / 2 + 1);
    size_t n = 0;

    for (size_t i = 2; i + 1 < v.len && nibble(v.data[i]) >= 0 && nibble(v.data[i + 1]) >= 0;
         i += 2)
        to[n++] = (char)(nibble(v.data[i]) * 16 + nibble(v.data[i + 1]));
    return (struct slice){to, n};
}

/* The lexemes of a search vector, as the words of a text. */
static struct slice words_of(struct slice v, struct arena *a)
{
    char *to = arena_alloc(a, v.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < v.len; i++) {
        bool ends = v.data[i] == '\'' && (i + 1 == v.len || v.data[i + 1] == ':');

        if (ends) /* its places follow */
            while (i + 1 < v.len && v.data[i + 1] != ' ')
                i++;
        if (v.data[i] != '\'' && !ends)
            to[n++] = v.data[i];
    }
    return (struct slice){to, n};
}

struct slice audit_text(struct slice v, const struct mask_column *c, struct arena *a)
{
    if (c->type == MASK_T_BYTES && c->hex && v.len > 1 && v.data[0] == '\\' && v.data[1] == 'x')
        return audit_bytes(v, a);
    return str_eq(c->type_text, "tsvector") ? words_of(v, a) : v;
}

uint64_t audit_key(struct audit *u, const struct buf *values)
{
    struct buf all = BUF_INIT;
    uint64_t h;

    buf_adds(&all, model_path_text(u->table, &u->scratch));
    buf_add(&all, values->data, values->len);
    h = hash_bytes64(all.data, all.len);
    buf_release(&all);
    return h ? h : 1;
}

/* ---- what that means ------------------------------------------------------------------------ */

static bool is_chance(const struct spot *s, const struct needle *x)
{
    uint64_t rows = s->rows, n = s->counts[x->id];

    if (x->explained && !x->address && (s->derived || (s->in_schema && x->words)))
        return true;
    return x->words && n > COMMON && rows && n > rows / COMMON;
}

static void judge(struct audit *u)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < u->spots.len; i++) {
        struct spot *s = VEC_AT(&u->spots, struct spot *, i);
        uint32_t most = 0;

        rows = s->rows ? s->rows : rows; /* the first column of a table has them */
        if (!s->counts)
            continue;
        s->rows = s->in_schema ? 0 : rows;
        for (size_t k = 0; k < u->needles.list.len; k++) {
            const struct needle *x = VEC_AT(&u->needles.list, struct needle *, k);
            const struct mask_found *of = x->of;

            if (!s->counts[k] || is_chance(s, x))
                continue;
            s->place.values += s->counts[k];
            if (s->counts[k] > most)
                s->place.of = model_path_text(of->column, u->arena);
            most = s->counts[k] > most ? s->counts[k] : most;
        }
        if (s->place.values)
            VEC_PUSH(&u->ret->places, struct audit_place, s->place);
    }
}

static bool open_sides(struct audit *u, struct err *err)
{
    for (int i = 0; i < 2; i++) {
        const struct driver *d = u->at[i]->driver;

        if (!d->live) {
            err_set(err, ERR_USAGE, "an audit needs two live databases, and %s is a file",
                    u->at[i]->label);
            return err_hint(err, "restore the file into an empty database and audit that");
        }
        if (!d->source->open(u->at[i], DRIVER_SOURCE, NULL, &u->s[i], err) ||
            !d->source->introspect(u->s[i], &u->model[i], err))
            return err_context(err, "while reading the schema of %s", u->at[i]->label);
    }
    return true;
}

static bool run(struct audit *u, struct err *err)
{
    if (!open_sides(u, err) ||
        !mask_set_new(u->o->mask, &u->model[1], u->o->key, u->arena, &u->set, err))
        return false;
    u->worker = mask_worker_new(u->o->key);
    if (!audit_sample(u, err) || !audit_search(u, err))
        return false;
    judge(u);
    u->ret->values = u->needles.list.len;
    return true;
}

bool sync_audit(const struct endpoint *target, const struct endpoint *source,
                const struct audit_options *o, struct arena *a, struct audit_result *ret,
                struct err *err)
{
    struct audit u = {
        .at = {target, source}, .o = o, .arena = a, .scratch = ARENA_INIT, .ret = ret};
    bool ok;

    *ret = (struct audit_result){.places = VEC_INIT(struct audit_place),
                                 .unread = VEC_INIT(const char *)};
    vec_init(&u.spots, sizeof(struct spot *));
    u.until = clock_now() + o->seconds;
    needles_init(&u.needles);
    model_init(&u.model[0]);
    model_init(&u.model[1]);
    ok = run(&u, err);
    for (int i = 0; i < 2; i++)
        if (u.s[i])
            u.at[i]->driver->source->close(u.s[i]);
    mask_set_release(u.set);
    if (u.worker)
        mask_worker_free(u.worker);
    needles_release(&u.needles);
    model_release(&u.model[0]);
    model_release(&u.model[1]);
    map_release(&u.rules);
    vec_release(&u.spots);
    arena_release(&u.scratch);
    if (!ok)
        sync_audit_release(ret);
    return ok;
}

void sync_audit_release(struct audit_result *r)
{
    vec_release(&r->places);
    vec_release(&r->unread);
}
