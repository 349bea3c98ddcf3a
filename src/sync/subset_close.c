#include "subset.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * What the rows that were chosen need, and their children: a work list of keys, some thousand a
 * query, until there are no new ones.
 */

size_t subset_step(unsigned flavor)
{
    /* PostgreSQL scans a table once for a long list, and once for each of many short ones. The
     * optimizer of MySQL gives up on long lists. */
    return engine_of(flavor)->dollars ? 50000 : 4000;
}

/* The keys of what `l` leads to from rows of l->from that `rows` names ("" : all). */
bool subset_parents(struct subset *s, const struct subset_link *l, const char *rows,
                    struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_addf(&sql, "SELECT %s FROM %s WHERE (%s) IN (SELECT %s FROM %s", l->to->key, l->to->name,
             l->to_columns, l->columns, l->from_name);
    if (*rows || l->when)
        buf_addf(&sql, " WHERE %s%s%s%s%s", rows, *rows && l->when ? " AND " : "",
                 l->when ? "(" : "", l->when ? l->when : "", l->when ? ")" : "");
    buf_addch(&sql, ')');
    bool ok = subset_take(s, l->to, sql.data, false, err) ||
              err_context(err, "while choosing the rows of %s that %s refers to",
                          model_path_text(l->to->table, s->job->arena), l->text);
    buf_release(&sql);
    return ok;
}

/* ---- references that are keys as they stand -------------------------------------------------- */

/* Whether a list of columns, as the server writes it, is the table's key in its order. */
static bool is_key(const struct job *j, const struct subset_table *t, const char *list)
{
    for (uint32_t i = 0; i < t->n_key; i++) {
        const char *plain = t->key_columns[i]->name, *quoted = subset_quoted(j, plain);
        const char *name = *list == *quoted ? quoted : plain;
        if (strncmp(list, name, strlen(name)) != 0 || !subset_has_one_text(t->key_columns[i]))
            return false;
        list += strlen(name);
        list += strspn(list, i + 1 < t->n_key ? ", " : "");
    }
    return t->n_key > 0 && !*list;
}

/* Whether a list of columns of `from` has the types of the key. */
static bool has_types(const struct job *j, const struct object *from, const char *list,
                      const struct subset_table *t)
{
    uint32_t n, found = 0;
    const struct object **columns = model_parts(from, K_COLUMN, j->arena, &n);
    while (found < t->n_key) {
        const char *type = model_get(t->key_columns[found], P_COLUMN_TYPE);
        size_t len = 0;
        for (uint32_t i = 0; i < n && !len; i++) {
            const char *plain = columns[i]->name, *quoted = subset_quoted(j, plain);
            const char *name = *list == *quoted ? quoted : plain;
            size_t size = strlen(name);
            if (strncmp(list, name, size) == 0 && (list[size] == ',' || !list[size]) &&
                str_eq(model_get(columns[i], P_COLUMN_TYPE), type))
                len = size;
        }
        if (!len)
            return false;
        list += len;
        list += strspn(list, ", ");
        found++;
    }
    return !*list;
}

/* What a row refers to by a constraint that names the whole key: its columns are that key, and the
 * row that has it need not be asked for. */
static bool is_direct(const struct subset *s, const struct subset_link *l)
{
    return l->declared && !l->when && is_key(s->job, l->to, l->to_columns) &&
           has_types(s->job, l->from->table, l->columns, l->to);
}

enum { DIRECT = 32 };
struct direct {
    struct subset *s;
    struct subset_table *own; /* its key stands before what it refers to; or NULL */
    const struct subset_link *links[DIRECT];
    size_t n;
};

static bool take_keys(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                      struct err *err)
{
    struct direct *d = ctx;
    unsigned at = d->own ? d->own->n_key : 0;
    (void)n;
    if (d->own && !subset_take_values(d->s, d->own, values, lengths, true, err))
        return false;
    for (size_t i = 0; i < d->n; i++) {
        struct subset_table *to = d->links[i]->to;
        if (!subset_take_values(d->s, to, values + at, lengths + at, false, err))
            return false;
        at += to->n_key;
    }
    return true;
}

/* Adds the columns by which rows of t refer directly to others. */
static void add_direct(struct direct *d, const struct subset_table *t, struct buf *columns)
{
    for (size_t i = 0; i < d->s->links.len; i++) {
        const struct subset_link *l = &VEC_AT(&d->s->links, struct subset_link, i);
        if (l->from != t || !l->direct)
            continue;
        buf_addf(columns, "%s%s", columns->len ? ", " : "", l->columns);
        d->links[d->n++] = l;
    }
}

static bool ask(struct direct *d, const char *sql, struct err *err)
{
    return d->s->job->source->driver->source->rows(d->s->job->first, sql, take_keys, d, err);
}

/* The keys of all that rows of t refer to directly, with one query. */
static bool take_direct(struct subset *s, struct subset_table *t, const char *rows, struct err *err)
{
    struct direct d = {.s = s};
    struct buf columns = BUF_INIT, sql = BUF_INIT;
    add_direct(&d, t, &columns);
    if (d.n)
        buf_addf(&sql, "SELECT %s FROM %s WHERE %s", columns.data, t->name, rows);
    bool ok = !d.n || ask(&d, sql.data, err) ||
              err_context(err, "while choosing the rows that %s refers to",
                          model_path_text(t->table, s->job->arena));
    buf_release(&columns);
    buf_release(&sql);
    return ok;
}

/* Sets l->direct; of a table those over the limit of one query are not. */
static void mark_direct(struct subset *s)
{
    for (size_t i = 0; i < s->links.len; i++) {
        struct subset_link *l = &VEC_AT(&s->links, struct subset_link, i);
        size_t n = 0;
        for (size_t k = 0; k < i; k++) {
            const struct subset_link *other = &VEC_AT(&s->links, struct subset_link, k);
            n += other->from == l->from && other->direct;
        }
        l->direct = n < DIRECT && l->to->how == SUBSET_KEYS && l->from->how == SUBSET_KEYS &&
                    strcmp(l->from_name, l->from->name) == 0 && is_direct(s, l);
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Whether all that rows of t need is direct, and none of it in t itself. */
static bool needs_direct(const struct subset *s, const struct subset_table *t)
{
    for (size_t i = 0; i < s->links.len; i++) {
        const struct subset_link *l = &VEC_AT(&s->links, struct subset_link, i);
        if (l->from == t && l->to->how == SUBSET_KEYS && (!l->direct || l->to == t))
            return false;
    }
    return true;
}

/* Children come with what they refer to, where that is one query for both. */
static bool take_children(struct subset *s, const struct subset_link *l, const char *rows,
                          const char *list, struct err *err)
{
    struct subset_table *t = l->from;
    bool both =
        t->keys_done == t->keys.len && strcmp(l->from_name, t->name) == 0 && needs_direct(s, t);
    struct direct d = {.s = s, .own = t};
    struct buf columns = BUF_INIT, sql = BUF_INIT;
    buf_adds(&columns, t->key);
    if (both)
        add_direct(&d, t, &columns);
    buf_addf(&sql, "SELECT %s FROM %s WHERE (%s)", columns.data, l->from_name, l->columns);
    if (l->direct)
        buf_adds(&sql, list);
    else
        buf_addf(&sql, " IN (SELECT %s FROM %s WHERE %s)", l->to_columns, l->to->name, rows);
    buf_addf(&sql, "%s%s%s", l->when ? " AND (" : "", l->when ? l->when : "", l->when ? ")" : "");
    bool ok = ask(&d, sql.data, err) ||
              err_context(err, "while choosing the rows of %s that refer to chosen rows",
                          model_path_text(t->table, s->job->arena));
    if (both)
        t->keys_done = t->keys.len;
    buf_release(&columns);
    buf_release(&sql);
    return ok;
}

static bool take_links(struct subset *s, struct subset_table *t, bool children, const char *rows,
                       const char *list, struct err *err)
{
    bool ok = children || take_direct(s, t, rows, err);
    for (size_t i = 0; ok && i < s->links.len; i++) {
        struct subset_link l = VEC_AT(&s->links, struct subset_link, i);
        if (children && l.to == t && l.brings_children && l.from->how == SUBSET_KEYS)
            ok = take_children(s, &l, rows, list, err);
        else if (!children && l.from == t && l.to->how == SUBSET_KEYS && !l.direct)
            ok = subset_parents(s, &l, rows, err);
    }
    return ok;
}

/* The next keys of a table of which something is still to be asked: parents of all, or children
 * of chosen ones. */
static bool take_step(struct subset *s, struct subset_table *t, bool children, struct err *err)
{
    const struct vec *keys = children ? &t->chosen : &t->keys;
    size_t *done = children ? &t->chosen_done : &t->keys_done;
    size_t n = keys->len - *done, most = subset_step(s->job->model.flavor);
    struct buf rows = BUF_INIT, list = BUF_INIT;
    if (!n)
        return true;
    n = n < most ? n : most;
    subset_list(s->job, t, keys, *done, n, &list);
    buf_addf(&rows, "(%s)%s", t->key, list.data);
    *done += n;
    bool ok = take_links(s, t, children, rows.data, list.data, err);
    buf_release(&rows);
    buf_release(&list);
    return ok && (!log_cancelled() || err_set(err, ERR_INTERRUPTED, "interrupted"));
}

static bool is_done(const struct subset *s)
{
    for (size_t i = 0; i < s->n_tables; i++)
        if (s->tables[i].keys_done < s->tables[i].keys.len ||
            s->tables[i].chosen_done < s->tables[i].chosen.len)
            return false;
    return true;
}

bool subset_close(struct subset *s, struct err *err)
{
    mark_direct(s);
    while (!is_done(s))
        for (size_t i = 0; i < s->n_tables; i++)
            if (!take_step(s, &s->tables[i], false, err) || !take_step(s, &s->tables[i], true, err))
                return false;
    return true;
}
