#include "read.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

#include <string.h>

#include "../../query.h"
#include "../../sql.h"

/*
 * One catalog query can fill objects of several kinds, because MariaDB opens every table again for
 * every query of information_schema. An alias "index_part.prefix" belongs to the group
 * "index_part": its rows are of that kind, children of the row's own object unless they have an
 * _id; a row whose _name (or _id) is NULL has none. Of the rows with one _id the first counts.
 */
enum { MAX_GROUPS = 3, MAX_COLUMNS = 64 };

struct group {
    const char *name; /* "" = the query's own */
    struct query_load load;
    unsigned n;
    unsigned column[MAX_COLUMNS]; /* of the result, in order */
    const char *alias[MAX_COLUMNS + 1];
    int id, parent, key; /* place of _id, _parent and of the column that must not be NULL */
};

struct run {
    struct my_read *r;
    struct group groups[MAX_GROUPS];
    unsigned n_groups;
};

static struct group *run_group(struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->n_groups; i++) {
        if (str_eq(run->groups[i].name, name))
            return &run->groups[i];
    }
    if (run->n_groups == MAX_GROUPS)
        return NULL;
    struct group *g = &run->groups[run->n_groups++];
    g->name = name;
    g->id = g->parent = g->key = -1;
    return g;
}

static bool run_columns(struct run *run, MYSQL_RES *res, const char *query, struct err *err)
{
    unsigned n = mysql_num_fields(res);
    const MYSQL_FIELD *f = mysql_fetch_fields(res);

    run_group(run, "");
    for (unsigned i = 0; i < n; i++) {
        const char *dot = strchr(f[i].name, '.'), *alias = dot ? dot + 1 : f[i].name;
        size_t len = dot ? (size_t)(dot - f[i].name) : 0;
        struct group *g = run_group(run, arena_strndup(&run->r->arena, f[i].name, len));
        if (!g || g->n == MAX_COLUMNS)
            return err_set(err, ERR_RUNTIME, "query %s has too many columns", query);
        if (str_eq(alias, "_id"))
            g->id = (int)g->n;
        else if (str_eq(alias, "_parent"))
            g->parent = (int)g->n;
        if (str_eq(alias, "_name") || (str_eq(alias, "_id") && g->key < 0))
            g->key = (int)g->n;
        g->column[g->n] = i;
        g->alias[g->n++] = arena_strdup(&run->r->arena, alias);
    }
    for (unsigned i = 0; i < run->n_groups; i++) {
        struct group *g = &run->groups[i];
        unsigned m = g->n;
        if (i > 0 && g->parent < 0 && g->id < 0)
            g->alias[m++] = "_parent"; /* taken from the row's own object */
        g->load.model = run->r->m;
        g->load.name = g->name[0] ? g->name : query;
        /* Columns of views and sequences, parts of dbtwin's own table, of a table made just now. */
        g->load.loose = true;
        if (!query_columns(&g->load, m, g->alias, err))
            return false;
    }
    return true;
}

static const char *at(const struct group *g, int place, const char *const *row)
{
    return place < 0 ? NULL : row[g->column[place]];
}

static bool run_row(struct run *run, const char *const *row, const size_t *lens, struct err *err)
{
    const struct map *ids = &run->r->m->by_id;
    const struct group *own = &run->groups[0];
    const char *own_id = at(own, own->id, row);

    for (unsigned i = 0; i < run->n_groups; i++) {
        struct group *g = &run->groups[i];
        const char *values[MAX_COLUMNS + 1];
        size_t lengths[MAX_COLUMNS + 1];
        const char *id = at(g, g->id, row);

        if (g->key >= 0 && !at(g, g->key, row))
            continue;
        if (i == 0 && run->n_groups > 1 && id && map_get(ids, id, strlen(id)))
            continue;
        for (unsigned k = 0; k < g->n; k++) {
            values[k] = row[g->column[k]];
            lengths[k] = lens[g->column[k]];
        }
        values[g->n] = own_id;
        lengths[g->n] = own_id ? strlen(own_id) : 0;
        if (!query_row(&g->load, g->n + (g->load.parent == (int)g->n), values, lengths, err))
            return false;
    }
    return true;
}

static bool run_rows(struct run *run, MYSQL_RES *res, struct err *err)
{
    _Static_assert(sizeof(unsigned long) == sizeof(size_t), "lengths are passed as they are");
    for (MYSQL_ROW row; (row = mysql_fetch_row(res));) {
        const size_t *lens = (const size_t *)mysql_fetch_lengths(res);
        if (!run_row(run, (const char *const *)row, lens, err))
            return false;
    }
    return true;
}

/* The whole result, which needs its session no longer. */
static bool store(struct my_session *s, const char *name, const char *sql, MYSQL_RES **ret,
                  struct err *err)
{
    double start = clock_now();
    MYSQL_RES *res = NULL;
    bool good = my_conn_query(s, sql, strlen(sql), err);
    if (good && !(res = mysql_store_result(s->db)))
        good = my_conn_fail(s, err);
    if (good && !(good = my_conn_rest(s, err)))
        mysql_free_result(res);
    if (!good)
        return err_context(err, "while reading the catalog (%s)", name);
    log_debug("catalog %s: %llu rows in %.0f ms", name, (unsigned long long)mysql_num_rows(res),
              (clock_now() - start) * 1000);
    *ret = res;
    return true;
}

bool my_read_load(struct my_read *r, const char *name, MYSQL_RES *res, struct err *err)
{
    struct run *run = arena_new(&r->arena, struct run);
    run->r = r;
    bool good = run_columns(run, res, name, err) && run_rows(run, res, err);
    for (unsigned i = 0; i < run->n_groups; i++)
        query_done(&run->groups[i].load);
    return good || err_context(err, "while reading the catalog (%s)", name);
}

bool my_read_sql(struct my_read *r, const char *name, const char *sql, struct err *err)
{
    MYSQL_RES *res;
    if (!store(r->s, name, sql, &res, err))
        return false;
    pthread_mutex_lock(&r->lock);
    bool good = my_read_load(r, name, res, err);
    pthread_mutex_unlock(&r->lock);
    mysql_free_result(res);
    return good;
}

/* The text of the query of that name, as far as it is for this server; empty: none of it. */
static bool query_text(const struct my_read *r, const char *name, struct buf *ret, struct err *err)
{
    for (const struct sql_file *f = sql_mysql; f->name; f++) {
        struct query_facts facts = {r->s->flavor, r->s->version, NULL};
        if (!str_eq(f->name, name))
            continue;
        if (!query_filter(f->text, &facts, ret, err))
            return false;
        if (query_is_empty(ret->data))
            buf_reset(ret);
        return true;
    }
    return err_set(err, ERR_RUNTIME, "there is no catalog query %s", name);
}

bool my_read_query(struct my_read *r, const char *name, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = query_text(r, name, &sql, err) && (!sql.len || my_read_sql(r, name, sql.data, err));
    buf_release(&sql);
    return good;
}

/*
 * A query of some tables, which ends in the WHERE of one view of information_schema. It must not go
 * through all tables of the database: that, done for each share, would be quadratic.
 *
 * MySQL finds a table by its name when a join gives it, and goes through the database for a list
 * (the name is a bare column only where names are kept as they are: lower_case_table_names = 0).
 * MariaDB goes through the database's folder (a microsecond a table) unless one name is given as
 * such, which takes a SELECT for each (some 130 microseconds): so much dearer that a list is better
 * until there are very many more tables than names.
 */
enum { MARIA_SELECT = 128 /* tables of the folder that one SELECT takes as long as */ };

static bool has_names_by_join(const struct my_read *r)
{
    return r->s->flavor == ENGINE_MY && r->s->version >= 80019 && r->s->lower_case == 0;
}

static void add_list(struct buf *sql, const char *const *names, size_t n, const char *before,
                     const char *after)
{
    for (size_t i = 0; i < n; i++) {
        buf_addf(sql, "%s%s", i ? "," : "", before);
        my_quote_text(sql, names[i], strlen(names[i]));
        buf_adds(sql, after);
    }
}

static bool add_join(struct buf *sql, const char *text, const char *const *names, size_t n)
{
    const char *from = strstr(text, "\nFROM information_schema.");
    if (!from)
        return false;
    from += strlen("\nFROM ");
    buf_add(sql, text, (size_t)(from - text));
    buf_adds(sql, "(VALUES ");
    add_list(sql, names, n, "ROW(", ")");
    buf_addf(sql,
             ") AS wanted (wanted_name) STRAIGHT_JOIN %s AND TABLE_NAME = CONVERT(wanted_name "
             "USING utf8mb3)",
             from);
    return true;
}

static void add_names(const struct my_read *r, struct buf *sql, const char *text,
                      const char *const *names, size_t n)
{
    bool maria = r->s->flavor == ENGINE_MA;
    if (has_names_by_join(r) && add_join(sql, text, names, n))
        return;
    if (maria && n * MARIA_SELECT < r->n_tables) {
        for (size_t i = 0; i < n; i++) {
            buf_addf(sql, "%s%s AND TABLE_NAME = ", i ? "\nUNION ALL\n" : "", text);
            my_quote_text(sql, names[i], strlen(names[i]));
        }
        return;
    }
    /* MariaDB compares names without case, and not the way that its tables are called. */
    bool fold = maria && r->s->lower_case == 0;
    buf_addf(sql, "%s AND %s IN (", text, fold ? "CAST(TABLE_NAME AS BINARY)" : "TABLE_NAME");
    add_list(sql, names, n, "", "");
    buf_addch(sql, ')');
}

bool my_read_some(struct my_read *r, struct my_session *s, const char *name,
                  const char *const *names, size_t n, MYSQL_RES **ret, struct err *err)
{
    struct buf text = BUF_INIT, sql = BUF_INIT;
    bool good = query_text(r, name, &text, err);
    if (good) {
        add_names(r, &sql, text.data, names, n);
        good = store(s, name, sql.data, ret, err);
    }
    buf_release(&text);
    buf_release(&sql);
    return good;
}

bool my_read_rows(struct my_read *r, const char *name, row_fn *fn, void *ctx, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = query_text(r, name, &sql, err) &&
                (!sql.len || my_conn_rows((struct session *)(void *)r->s, sql.data, fn, ctx, err) ||
                 err_context(err, "while reading the catalog (%s)", name));
    buf_release(&sql);
    return good;
}

struct object *my_read_find(const struct my_read *r, const char *id)
{
    return map_get(&r->m->by_id, id, strlen(id));
}

static bool each(struct my_read *r, struct object *o, enum kind_id kind, my_read_fn *fn,
                 struct err *err)
{
    /* fn may add children to o: those are not visited. */
    for (struct object *c = o->first, *next; c; c = next) {
        next = c->next;
        if (!each(r, c, kind, fn, err))
            return false;
    }
    return o->kind->id != kind || fn(r, o, err);
}

bool my_read_each(struct my_read *r, enum kind_id kind, my_read_fn *fn, struct err *err)
{
    return each(r, r->m->root, kind, fn, err);
}
