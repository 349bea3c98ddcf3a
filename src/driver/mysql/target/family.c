#include "family.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>

/* ---- each of them -------------------------------------------------------------------------- */

/* Those that have one control session: it does one thing at a time. */
struct share {
    struct my_target *const *all;
    size_t n;
    const struct session *session;
    my_family_fn *fn;
    void *ctx;
    atomic_bool *stop;
    struct err err;
    pthread_t thread;
    bool started;
};

static void share_run(struct share *h)
{
    for (size_t i = 0; i < h->n && !atomic_load(h->stop); i++)
        if (h->all[i]->session == h->session && !h->fn(h->all[i], i, h->ctx, &h->err))
            atomic_store(h->stop, true);
}

static void *share_main(void *arg)
{
    mysql_thread_init();
    share_run(arg);
    mysql_thread_end();
    return NULL;
}

static size_t list_shares(struct my_target *const *all, size_t n, my_family_fn *fn, void *ctx,
                          atomic_bool *stop, struct share *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < found && ret[k].session != all[i]->session)
            k++;
        if (k == found)
            ret[found++] = (struct share){
                .all = all, .n = n, .session = all[i]->session, .fn = fn, .ctx = ctx, .stop = stop};
    }
    return found;
}

bool my_family_each(struct my_target *const *all, size_t n, my_family_fn *fn, void *ctx,
                    struct err *err)
{
    struct arena a = ARENA_INIT;
    struct share *shares = arena_calloc(&a, sizeof(*shares) * n);
    atomic_bool stop = false;
    size_t found = list_shares(all, n, fn, ctx, &stop, shares);
    bool good = true;
    for (size_t k = 1; k < found; k++)
        shares[k].started = pthread_create(&shares[k].thread, NULL, share_main, &shares[k]) == 0;
    share_run(&shares[0]);
    for (size_t k = 0; k < found; k++) {
        if (shares[k].started)
            pthread_join(shares[k].thread, NULL);
        else if (k)
            share_run(&shares[k]);
        if (good && err_is_set(&shares[k].err)) {
            *err = shares[k].err;
            good = false;
        }
    }
    arena_release(&a);
    return good;
}

/* ---- the journals name the others ---------------------------------------------------------- */

static void add_hex(struct buf *sql, const char *text)
{
    for (; *text; text++)
        buf_addf(sql, "%02X", (unsigned char)*text);
}

static bool write_one(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    (void)i;
    return !t->prepared ||
           (my_target_repin(t, err) &&
            my_target_run(t, err, "INSERT INTO %s." MY_JOURNAL_TABLE " (what, `sql`) VALUES %s",
                          t->q_shadow, ((const struct buf *)ctx)->data));
}

bool my_family_write(struct my_target *const *all, size_t n, struct err *err)
{
    struct buf rows = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        buf_addf(&rows, "%s('with', x'", i ? ", " : "");
        add_hex(&rows, all[i]->db);
        buf_adds(&rows, "')");
    }
    bool good = n < 2 || my_family_each(all, n, write_one, &rows, err);
    buf_release(&rows);
    return good;
}

/* ---- keys from elsewhere ------------------------------------------------------------------- */

static const char *label_of(struct my_target *const *all, size_t n, const char *db, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(all[i]->db) == len && strncasecmp(all[i]->db, db, len) == 0)
            return all[i]->endpoint->label;
    return all[0]->endpoint->label;
}

bool my_family_outer_keys(struct my_target *const *all, size_t n, struct err *err)
{
    struct my_target *t = all[0];
    struct vec found = VEC_INIT(const char *);
    struct buf into = BUF_INIT, from = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        const char *comma = i ? ", " : "", *db = my_target_literal(t, all[i]->db);
        buf_addf(&into, "%s%s", comma, db);
        buf_addf(&from, "%s%s, %s", comma, db, my_target_literal(t, all[i]->shadow));
    }
    bool good = my_target_names(
        t, &found, err,
        "SELECT CONCAT(UNIQUE_CONSTRAINT_SCHEMA, CHAR(10), CONSTRAINT_SCHEMA, '.', TABLE_NAME) "
        "FROM "
        "information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA IN (%s) AND "
        "CONSTRAINT_SCHEMA NOT IN (%s) LIMIT 1",
        into.data, from.data);
    if (good && found.len) {
        const char *key = VEC_AT(&found, const char *, 0), *slash = strchr(key, '\n');
        good = err_set(
            err, ERR_REFUSED, "%s: table %s of another database has a foreign key into it",
            label_of(all, n, key, slash ? (size_t)(slash - key) : 0), slash ? slash + 1 : key);
        err_hint(err, "it would keep pointing at the old tables: drop that foreign key first");
    }
    vec_release(&found);
    buf_release(&into);
    buf_release(&from);
    return good;
}
