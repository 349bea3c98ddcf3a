#include "cli.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>
#include <dbtwin/engine.h>

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/*
 * --databases PATTERN,… and PATTERN=NAMES, --all-databases. The first pattern that fits a name
 * says what it becomes; where none is mapped, the config's map of schemas does (on MySQL a database
 * is a schema). What the star of PATTERN stood for stands for the star of NAMES.
 */
struct wish {
    const char *pattern, *names; /* names: NULL, as it is */
    bool used;
};

bool set_wanted(const struct cli *c)
{
    return c->all_databases || c->databases[0];
}

int set_worse(int a, int b)
{
    static const int by_weight[] = {0, 3, 1, 4, 2, 130};
    size_t x = 0, y = 0;
    for (size_t i = 0; i < ARRAY_LEN(by_weight); i++) {
        x = by_weight[i] == a ? i : x;
        y = by_weight[i] == b ? i : y;
    }
    return x > y ? a : b;
}

/* ---- patterns ------------------------------------------------------------------------------ */

static bool check_wish(const struct wish *w, struct err *err)
{
    if (!*w->pattern || (w->names && !*w->names))
        return err_set(err, ERR_USAGE, "--databases: a pattern or a name is empty");
    if (!w->names)
        return true;
    const char *from = strchr(w->pattern, '*'), *to = strchr(w->names, '*');
    if (!from != !to || (from && (strchr(from + 1, '*') || strchr(to + 1, '*'))) ||
        strpbrk(w->pattern, "?["))
        return err_set(err, ERR_USAGE,
                       "--databases %s=%s: names are mapped one to one, or with one * on either "
                       "side, as in shop_*=staging_*",
                       w->pattern, w->names);
    return true;
}

static bool read_wishes(struct cli *c, struct vec *ret, struct err *err)
{
    for (size_t i = 0; c->databases[i]; i++) {
        struct wish w = {.pattern = c->databases[i]};
        const char *equals = strchr(w.pattern, '=');
        if (equals) {
            w.pattern = arena_strndup(&c->arena, w.pattern, (size_t)(equals - w.pattern));
            w.names = equals + 1;
        }
        if (!check_wish(&w, err))
            return false;
        VEC_PUSH(ret, struct wish, w);
    }
    if (c->all_databases)
        VEC_PUSH(ret, struct wish, ((struct wish){.pattern = "*", .used = true}));
    return true;
}

/* "shop_7" by shop_*=staging_*: "staging_7". */
static const char *map_name(struct cli *c, const struct wish *w, const char *name)
{
    const char *from = strchr(w->pattern, '*'), *to = strchr(w->names, '*');
    if (!from)
        return w->names;
    size_t before = (size_t)(from - w->pattern), rest = strlen(name) - (strlen(w->pattern) - 1);
    return arena_printf(&c->arena, "%.*s%.*s%s", (int)(to - w->names), w->names, (int)rest,
                        name + before, to + 1);
}

/* The first that fits counts. A server that keeps names in lower case takes them in any. */
static struct wish *find_wish(struct vec *wishes, const char *name, bool lower)
{
    struct wish *first = NULL;
    for (size_t i = 0; i < wishes->len; i++) {
        struct wish *w = &VEC_AT(wishes, struct wish, i);
        if (fnmatch(w->pattern, name, lower ? FNM_CASEFOLD : 0) != 0)
            continue;
        w->used = true;
        first = first ? first : w;
    }
    return first;
}

/* A pattern without effect is a misspelt one. */
static bool check_used(const struct vec *wishes, const char *label, struct err *err)
{
    for (size_t i = 0; i < wishes->len; i++) {
        const struct wish *w = &VEC_AT(wishes, struct wish, i);
        if (!w->used)
            return err_set(err, ERR_USAGE, "--databases %s: %s has no such database", w->pattern,
                           label);
    }
    return true;
}

/* ---- members ------------------------------------------------------------------------------- */

static const char *label_of(struct cli *c, const struct place *p, const char *name)
{
    if (p->named)
        return arena_printf(&c->arena, "%s/%s", p->e.label, output_line(&c->arena, name));
    return place_label(p, driver_url_database(p->e.address, name, &c->arena), &c->arena);
}

static struct endpoint endpoint_of(struct cli *c, const struct place *p, const char *name)
{
    struct endpoint e = p->e;
    if (p->kind != AT_LIVE)
        return e;
    e.url = driver_url_database(p->e.url, name, &c->arena);
    e.address = driver_url_database(p->e.address, name, &c->arena);
    e.label = label_of(c, p, name);
    return e;
}

static const char *other_name(struct cli *c, const struct wish *w, const struct place *from,
                              const char *name)
{
    if (w->names)
        return map_name(c, w, name);
    bool schema = from && from->kind == AT_LIVE && !engine_of(from->e.driver->flavors)->schemas &&
                  from->e.role != DATABASE_ROLE_STAGING;
    return schema ? namemap_schema(config_map(c->config), name) : name;
}

static bool list_names(struct cli *c, const struct place *at, struct vec *ret, bool *ret_lower,
                       struct err *err)
{
    const char *hidden = NULL;
    if (at->kind != AT_LIVE || !at->e.driver->live)
        return err_set(err, ERR_USAGE, "%s is a file: several databases are those of a server",
                       at->e.label);
    if (!at->e.driver->source->databases(&at->e, &c->arena, ret, &hidden, ret_lower, err))
        return err_context(err, "%s", at->e.label);
    if (hidden && c->all_databases)
        log_warn("there may be more databases: %s", hidden);
    return true;
}

/* Appends struct sync_member for each name that is wished for. */
static bool choose(struct cli *c, const struct vec *names, bool lower, const struct place *from,
                   const struct place *to, struct vec *ret, struct err *err)
{
    struct vec wishes = VEC_INIT(struct wish);
    bool ok = read_wishes(c, &wishes, err);
    for (size_t i = 0; ok && i < names->len; i++) {
        const char *name = VEC_AT(names, const char *, i);
        bool system = from->kind == AT_LIVE && sync_is_system(from->e.driver, name);
        struct wish *w = system ? NULL : find_wish(&wishes, name, lower);
        if (!w)
            continue;
        struct sync_member m = {.name = name, .other = other_name(c, w, from, name)};
        m.source = endpoint_of(c, from, name);
        if (to)
            m.target = endpoint_of(c, to, m.other);
        VEC_PUSH(ret, struct sync_member, m);
    }
    ok = ok && check_used(&wishes, from->e.label, err);
    if (ok && !ret->len)
        ok = err_set(err, ERR_USAGE, "%s has no databases but the server's own", from->e.label);
    vec_release(&wishes);
    return ok;
}

/* The members move to where they stay. */
static void settle(struct cli *c, struct vec *members, struct sync_set *ret)
{
    *ret = (struct sync_set){.n = members->len, .together = c->together == TOGETHER_YES};
    ret->members = arena_memdup(&c->arena, members->items, sizeof(struct sync_member) * ret->n);
}

bool set_members(struct cli *c, const struct place *from, const struct place *to,
                 struct sync_set *ret, struct err *err)
{
    struct vec names = VEC_INIT(const char *), members = VEC_INIT(struct sync_member);
    bool lower = false;
    bool ok = list_names(c, from, &names, &lower, err) &&
              choose(c, &names, lower, from, to, &members, err);
    if (ok)
        settle(c, &members, ret);
    vec_release(&names);
    vec_release(&members);
    return ok;
}

/* On the target a database bears the name that the pattern maps to. */
bool set_targets(struct cli *c, const struct place *at, struct sync_set *ret, struct err *err)
{
    for (size_t i = 0; c->databases[i]; i++) {
        const char *equals = strchr(c->databases[i], '=');
        if (equals)
            c->databases[i] = equals + 1;
    }
    return set_members(c, at, NULL, ret, err);
}

bool set_folder(struct cli *c, const char *folder, const struct place *to, struct sync_set *ret,
                struct err *err)
{
    struct vec names = VEC_INIT(const char *), files = VEC_INIT(const char *);
    struct vec members = VEC_INIT(struct sync_member);
    struct place from = {.kind = AT_ARCHIVE, .e = {.driver = &driver_archive, .label = folder}};
    bool ok = set_index(c, folder, &names, &files, err) &&
              choose(c, &names, false, &from, to, &members, err);
    for (size_t i = 0; ok && i < members.len; i++) {
        struct sync_member *m = &VEC_AT(&members, struct sync_member, i);
        for (size_t k = 0; k < names.len; k++)
            if (strcmp(VEC_AT(&names, const char *, k), m->name) == 0)
                m->source.path = m->source.label = VEC_AT(&files, const char *, k);
    }
    if (ok)
        settle(c, &members, ret);
    vec_release(&names);
    vec_release(&files);
    vec_release(&members);
    return ok;
}

/* ---- what became of them ------------------------------------------------------------------- */

static const char *name_of(struct cli *c, const struct sync_member *m)
{
    return strcmp(m->name, m->other) == 0 || !m->target.driver->live
               ? m->name
               : arena_printf(&c->arena, "%s → %s", m->name, m->other);
}

static void say_done(const struct sync_result *r, struct buf *b)
{
    char rows[32], bytes[32];
    str_human_count(r->rows, rows);
    str_human_bytes(r->bytes, bytes);
    buf_addf(b, "%llu tables, %s rows, %s in %.1f s", (unsigned long long)r->tables, rows, bytes,
             r->seconds);
    if (r->taken_at)
        buf_addf(b, ", as of %s", r->taken_at);
}

void set_say_failed(const struct sync_member *m, const struct err *why)
{
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s: failed: %s", m->name, why->msg);
    if (why->hint[0])
        buf_addf(&b, " (%s)", why->hint);
    progress_line(LOG_ERROR, b.data);
    buf_release(&b);
}

static void say_member(struct cli *c, const struct sync_member *m)
{
    static const char *const words[] = {"not begun", "done", "failed", "loaded, not swapped"};
    struct buf b = BUF_INIT;
    bool done = m->state == SYNC_DONE;
    buf_addf(&b, "%s: ", name_of(c, m));
    if (done)
        say_done(&m->result, &b);
    else
        buf_addf(&b, "%s%s", words[m->state],
                 m->state == SYNC_FAILED ? ": " : "; the target is unchanged");
    if (m->state == SYNC_FAILED) {
        buf_addf(&b, "%s", m->err.msg);
        if (m->err.hint[0])
            buf_addf(&b, " (%s)", m->err.hint);
    }
    struct json *f = json_obj();
    json_set(f, "database", json_str(m->name));
    json_set(f, "target", json_str(m->other));
    json_set(f, "state", json_str(words[m->state]));
    json_set(f, "tables", json_int((int64_t)m->result.tables));
    json_set(f, "rows", json_int((int64_t)m->result.rows));
    json_set(f, "seconds", json_num(m->result.seconds));
    json_set(f, "taken_at", json_str(m->result.taken_at));
    if (!done || !c->quiet)
        progress_event(done ? LOG_INFO : LOG_ERROR, "database", b.data, f);
    else
        json_free(f);
    buf_release(&b);
}

/* As old as the oldest; phases of databases that were copied side by side add up. */
static void sum_up(struct cli *c, const struct sync_set *set, double seconds)
{
    struct sync_result *sum = arena_new(&c->arena, struct sync_result);
    *sum = (struct sync_result){.seconds = seconds};
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_result *r = &set->members[i].result;
        sum->tables += r->tables;
        sum->rows += r->rows;
        sum->bytes += r->bytes;
        sum->seconds_data += r->seconds_data;
        sum->seconds_index += r->seconds_index;
        sum->seconds_check += r->seconds_check;
        sum->seconds_publish += r->seconds_publish;
        if (r->taken_at && (!sum->taken_at || strcmp(r->taken_at, sum->taken_at) < 0))
            sum->taken_at = r->taken_at;
    }
    c->result = sum;
}

static int say_all(struct cli *c, const struct sync_set *set, double seconds)
{
    size_t n[4] = {0};
    int code = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_member *m = &set->members[i];
        say_member(c, m);
        n[m->state]++;
        if (m->state == SYNC_FAILED)
            code = set_worse(code, err_exit_code(&m->err));
    }
    struct buf b = BUF_INIT;
    buf_addf(&b, "%zu database%s: %zu done", set->n, set->n == 1 ? "" : "s", n[SYNC_DONE]);
    if (n[SYNC_FAILED])
        buf_addf(&b, ", %zu failed", n[SYNC_FAILED]);
    if (n[SYNC_NOT_SWAPPED])
        buf_addf(&b, ", %zu loaded but not swapped", n[SYNC_NOT_SWAPPED]);
    if (n[SYNC_NOT_BEGUN])
        buf_addf(&b, ", %zu not begun", n[SYNC_NOT_BEGUN]);
    buf_addf(&b, ", in %.1f s", seconds);
    if (!c->quiet || n[SYNC_DONE] < set->n)
        progress_event(n[SYNC_DONE] < set->n ? LOG_ERROR : LOG_INFO, "done", b.data, NULL);
    buf_release(&b);
    return n[SYNC_DONE] < set->n ? set_worse(code, code ? code : 2) : 0;
}

static bool is_any_there(const struct sync_set *set, struct err *err)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->members[i].state != SYNC_DONE || set->members[i].result.tables)
            return true;
    return err_set(err, ERR_RUNTIME, "all %zu databases are empty: are they the right ones?",
                   set->n);
}

int set_copy(struct cli *c, struct sync_set *set, struct sync_options *o, struct err *err)
{
    struct sync_progress progress = {0};
    double start = clock_now();
    o->progress = &progress;
    set->as_one = c->together != TOGETHER_NO && sync_set_can_be_one(set);
    if (!c->quiet && set->members[0].source.driver->live)
        log_info("%zu database%s, %s", set->n, set->n == 1 ? "" : "s",
                 set->as_one ? "all in one snapshot, swapped by one statement"
                             : "each in a snapshot of its own");
    struct progress *p = progress_start(c, &progress);
    bool ok = sync_copy_set(set, o, &c->arena, err);
    progress_stop(p);
    bool begun = false;
    for (size_t i = 0; i < set->n; i++)
        begun |= set->members[i].state != SYNC_NOT_BEGUN;
    if (!begun)
        return -1;
    sum_up(c, set, clock_now() - start);
    int code = say_all(c, set, clock_now() - start);
    return ok && is_any_there(set, err) ? code : -1;
}
