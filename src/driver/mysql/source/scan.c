#include "data.h"

#include <dbtwin/log.h>

#include <string.h>
#include <strings.h>

#define SCAN_BLOCK (256 * 1024)

struct scan {
    struct reader reader;
    struct my_session *session;
    MYSQL_RES *res;
    unsigned n_fields;
    bool done;
    struct buf block;
    struct arena arena;
};

/* ---- rows to text -------------------------------------------------------------------------- */

/* What LOAD DATA takes for something else, and the letter that stands for it. */
static const char scan_escape[256] = {[0] = '0', ['\t'] = 't', ['\n'] = 'n', ['\\'] = '\\'};

/* Sixteen bytes at a time, as long as none of them has to be escaped. */
typedef unsigned char scan_bytes __attribute__((vector_size(16)));
typedef uint64_t scan_words __attribute__((vector_size(16)));

static inline bool scan_any_escape(scan_bytes v)
{
    scan_words any = (scan_words)((v == 0) | (v == '\t') | (v == '\n') | (v == '\\'));
    return any[0] | any[1];
}

static inline char *scan_copy_bytes(char *to, const char *from, size_t n)
{
    for (const char *end = from + n; from < end; from++) {
        char c = scan_escape[(unsigned char)*from];
        if (__builtin_expect(c != 0, 0))
            *to++ = '\\';
        else
            c = *from;
        *to++ = c;
    }
    return to;
}

/* There is room for twice n bytes at `to`. */
static inline char *scan_copy(char *to, const char *from, size_t n)
{
    scan_bytes v;
    for (; n >= sizeof v; n -= sizeof v, from += sizeof v) {
        memcpy(&v, from, sizeof v);
        if (__builtin_expect(scan_any_escape(v), 0)) {
            to = scan_copy_bytes(to, from, sizeof v);
        } else {
            memcpy(to, &v, sizeof v);
            to += sizeof v;
        }
    }
    return scan_copy_bytes(to, from, n);
}

static void scan_row(struct buf *b, unsigned n, MYSQL_ROW row, const unsigned long *lens)
{
    size_t most = 3 * (size_t)n;
    for (unsigned i = 0; i < n; i++)
        most += 2 * lens[i];
    buf_grow(b, most);
    char *to = b->data + b->len;
    for (unsigned i = 0; i < n; i++) {
        if (i)
            *to++ = '\t';
        if (row[i]) {
            to = scan_copy(to, row[i], lens[i]);
        } else {
            *to++ = '\\';
            *to++ = 'N';
        }
    }
    *to++ = '\n';
    buf_setlen(b, (size_t)(to - b->data));
}

/* ---- the reader ---------------------------------------------------------------------------- */

static int scan_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct scan *scan = (struct scan *)(void *)r;

    buf_reset(&scan->block);
    /* One huge row must not keep its size for the rest of the table. */
    if (scan->block.cap > 8 * SCAN_BLOCK)
        buf_release(&scan->block);
    while (!scan->done && scan->block.len < SCAN_BLOCK) {
        MYSQL_ROW row = mysql_fetch_row(scan->res);
        if (row) {
            scan_row(&scan->block, scan->n_fields, row, mysql_fetch_lengths(scan->res));
        } else {
            scan->done = true;
            if (mysql_errno(scan->session->db)) {
                my_conn_fail(scan->session, err);
                err_context(err, "while reading rows");
                return -1;
            }
        }
    }
    if (log_cancelled()) {
        err_set(err, ERR_INTERRUPTED, "%s: interrupted", scan->session->label);
        return -1;
    }
    *ret = buf_slice(&scan->block);
    return ret->len ? 1 : 0;
}

static void scan_close(struct reader *r)
{
    struct scan *scan = (struct scan *)(void *)r;
    struct my_session *s = scan->session;
    struct err ignored = ERR_INIT;

    /* Freeing a result reads what is left of it: of a big table the server must be stopped. */
    if (!scan->done) {
        bool before = atomic_load(&s->cancelled);
        my_conn_cancel((struct session *)(void *)s);
        atomic_store(&s->cancelled, before);
    }
    mysql_free_result(scan->res);
    my_conn_run(s, "SET character_set_results=utf8mb4", &ignored);
    buf_release(&scan->block);
    struct arena arena = scan->arena;
    arena_release(&arena);
}

static const struct reader_ops scan_ops = {scan_next, scan_close};

/* ---- the statement ------------------------------------------------------------------------- */

static bool has_primary(const struct object *table)
{
    for (const struct object *i = table->first; i; i = i->next) {
        if (i->kind->id == K_INDEX && str_eq(i->name, "PRIMARY"))
            return true;
    }
    return false;
}

static void scan_sql(const struct chunk *c, struct buf *sql)
{
    const struct projection *p = c->projection;
    const char *engine = p->table->kind->id == K_TABLE ? model_get(p->table, P_TABLE_ENGINE) : NULL;

    buf_adds(sql, "SELECT /*dbtwin*/ ");
    for (uint32_t i = 0; i < p->n_columns; i++)
        buf_addf(sql, "%s%s", i ? ", " : "", p->columns[i].read);
    if (!p->n_columns)
        buf_adds(sql, "NULL");
    buf_adds(sql, " FROM ");
    my_quote_name(sql, p->table->name);
    /* Rows in the order of the key load fastest; a covering index would give another. */
    if (engine && !strcasecmp(engine, "InnoDB") && has_primary(p->table))
        buf_adds(sql, " FORCE INDEX (PRIMARY)");
    if (c->condition)
        buf_addf(sql, " WHERE %s", c->condition);
}

bool my_scan(struct session *session, const struct chunk *c, struct reader **ret, struct err *err)
{
    struct my_session *s = my_session(session);
    struct buf sql = BUF_INIT;
    MYSQL_RES *res = NULL;

    scan_sql(c, &sql);
    if (my_conn_run(s, "SET character_set_results=NULL", err) &&
        my_conn_query(s, sql.data, sql.len, err)) {
        res = mysql_use_result(s->db);
        if (!res)
            my_conn_fail(s, err);
    }
    buf_release(&sql);
    if (!res)
        return err_context(err, "while reading %s", c->projection->table->name);
    struct arena arena = ARENA_INIT;
    struct scan *scan = arena_new(&arena, struct scan);
    scan->arena = arena; /* which holds scan itself */
    scan->reader.ops = &scan_ops;
    scan->session = s;
    scan->res = res;
    scan->n_fields = mysql_num_fields(res);
    buf_init(&scan->block);
    *ret = &scan->reader;
    return true;
}
