#include "../source/data.h"

#include <dbtwin/log.h>

#include <string.h>

#ifdef MARIADB_PACKAGE_VERSION

/* What one statement takes: enough to hide its round trip, far from any max_allowed_packet. */
enum { BULK_BYTES = 512 * 1024, BULK_CELLS = 64 * 1024, BULK_ROWS = 2048 };

struct bulk {
    struct my_session *session;
    const struct chunk *chunk;
    struct arena arena;
    MYSQL_STMT *stmt;
    uint32_t n_columns, max_rows;
    MYSQL_BIND *binds;
    char **values; /* by column, max_rows each */
    unsigned long *lengths;
    char *indicators;
    struct buf plain; /* fields whose escapes were undone */
    unsigned rows;    /* in this statement */
    size_t bytes;
    uint64_t sent;
};

bool my_bulk_can(const struct my_session *s)
{
    unsigned long long more = 0;
    return s->flavor == ENGINE_MA &&
           mariadb_get_infov(s->db, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) == 0 &&
           (more & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32));
}

/* ---- the statement ------------------------------------------------------------------------- */

static void bulk_sql(const struct projection *p, struct buf *sql)
{
    buf_adds(sql, "INSERT INTO ");
    my_quote_name(sql, p->table->name);
    for (uint32_t i = 0; i < p->n_columns; i++) {
        buf_adds(sql, i ? ", " : " (");
        my_quote_name(sql, p->columns[i].column->name);
    }
    buf_adds(sql, ") VALUES (");
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const char *store = p->columns[i].store, *hole = store ? strstr(store, "%s") : NULL;
        buf_adds(sql, i ? ", " : "");
        if (hole)
            buf_addf(sql, "%.*s?%s", (int)(hole - store), store, hole + 2);
        else
            buf_addch(sql, '?');
    }
    buf_addch(sql, ')');
}

/* A fault of the library is the statement's own; one of the server is the connection's, too. */
static bool bulk_fail(struct bulk *b, struct err *err)
{
    if (mysql_errno(b->session->db))
        return my_conn_fail(b->session, err);
    return err_set(err, ERR_RUNTIME, "%s: %s", b->session->label,
                   b->stmt ? mysql_stmt_error(b->stmt) : "no memory");
}

/* The values are given as BLOBs: bytes, which no character set changes on the way. */
static bool bulk_open(struct bulk *b, struct err *err)
{
    struct buf sql = BUF_INIT;
    uint32_t n = b->n_columns;

    b->max_rows = BULK_CELLS / n < 16          ? 16
                  : BULK_CELLS / n > BULK_ROWS ? BULK_ROWS
                                               : BULK_CELLS / n;
    b->binds = arena_calloc(&b->arena, n * sizeof *b->binds);
    b->values = arena_alloc(&b->arena, (size_t)n * b->max_rows * sizeof *b->values);
    b->lengths = arena_alloc(&b->arena, (size_t)n * b->max_rows * sizeof *b->lengths);
    b->indicators = arena_alloc(&b->arena, (size_t)n * b->max_rows);
    for (uint32_t i = 0; i < n; i++) {
        b->binds[i].buffer_type = MYSQL_TYPE_BLOB;
        b->binds[i].buffer = b->values + (size_t)i * b->max_rows;
        b->binds[i].length = b->lengths + (size_t)i * b->max_rows;
        b->binds[i].u.indicator = b->indicators + (size_t)i * b->max_rows;
    }
    bulk_sql(b->chunk->projection, &sql);
    b->stmt = mysql_stmt_init(b->session->db);
    bool good = (b->stmt && !mysql_stmt_prepare(b->stmt, sql.data, sql.len)) || bulk_fail(b, err);
    buf_release(&sql);
    return good;
}

static bool bulk_send(struct bulk *b, struct err *err)
{
    struct my_session *s = b->session;
    const char *table = b->chunk->projection->table->name;
    if (!b->rows)
        return true;
    if (log_cancelled() || atomic_load(&s->cancelled))
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
    if (mysql_stmt_attr_set(b->stmt, STMT_ATTR_ARRAY_SIZE, &b->rows) ||
        mysql_stmt_bind_param(b->stmt, b->binds) || mysql_stmt_execute(b->stmt))
        return bulk_fail(b, err);
    uint64_t stored = mysql_stmt_affected_rows(b->stmt);
    if (mysql_warning_count(s->db))
        return my_load_warnings(s, table, err);
    if (stored != b->rows)
        return err_set(err, ERR_RUNTIME, "%s: table %s: %u rows were sent and %llu stored",
                       s->label, table, b->rows, (unsigned long long)stored);
    b->sent += stored;
    b->rows = 0;
    b->bytes = 0;
    buf_reset(&b->plain);
    return true;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The field without its escapes. There is room for it. */
static struct slice bulk_plain(struct buf *plain, struct slice field)
{
    char *to = plain->data + plain->len, *start = to;
    for (const char *p = field.data, *end = p + field.len; p < end; p++) {
        if (*p != '\\' || p + 1 == end) {
            *to++ = *p;
            continue;
        }
        p++;
        *to++ = *p == 't' ? '\t' : *p == 'n' ? '\n' : *p == '0' ? '\0' : *p;
    }
    buf_setlen(plain, plain->len + (size_t)(to - start));
    return (struct slice){start, (size_t)(to - start)};
}

static void bulk_field(struct bulk *b, uint32_t column, struct slice field)
{
    size_t at = (size_t)column * b->max_rows + b->rows;
    bool null = field.len == 2 && field.data[0] == '\\' && field.data[1] == 'N';
    if (!null && memchr(field.data, '\\', field.len))
        field = bulk_plain(&b->plain, field);
    b->values[at] = (char *)(uintptr_t)field.data; /* the library only reads it */
    b->lengths[at] = field.len;
    b->indicators[at] = null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
}

/* One row without its newline. */
static bool bulk_row(struct bulk *b, struct slice row, struct err *err)
{
    const char *p = row.data, *end = p + row.len;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        if (!tab != (i + 1 == b->n_columns))
            return err_set(err, ERR_CORRUPT, "a row of table %s does not have %u fields",
                           b->chunk->projection->table->name, b->n_columns);
        bulk_field(b, i, (struct slice){p, (size_t)((tab ? tab : end) - p)});
        p = tab ? tab + 1 : end;
    }
    b->rows++;
    b->bytes += row.len;
    return true;
}

/* Rows stay in the block until they are sent: before the next block all are. */
static bool bulk_block(struct bulk *b, struct slice block, my_bulk_large *large, struct err *err)
{
    const char *p = block.data, *end = p + block.len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline)
            return err_set(err, ERR_CORRUPT, "the last row of table %s is incomplete",
                           b->chunk->projection->table->name);
        struct slice row = {p, (size_t)(newline - p)};
        p = newline + 1;
        if (row.len > BULK_BYTES) {
            uint64_t one = 0;
            if (!bulk_send(b, err) ||
                !large(b->session, b->chunk, (struct slice){row.data, row.len + 1}, &one, err))
                return false;
            b->sent += one;
            continue;
        }
        if ((b->rows == b->max_rows || b->bytes + row.len > BULK_BYTES) && !bulk_send(b, err))
            return false;
        if (!b->rows) /* what is there points into it: it must not move */
            buf_grow(&b->plain, BULK_BYTES);
        if (!bulk_row(b, row, err))
            return false;
    }
    return bulk_send(b, err);
}

bool my_bulk(struct my_session *s, const struct chunk *c, struct reader *in, my_bulk_large *large,
             uint64_t *ret_rows, struct err *err)
{
    struct bulk b = {
        .session = s, .chunk = c, .n_columns = c->projection->n_columns, .plain = BUF_INIT};
    struct slice block;
    int more = -1;
    bool good = bulk_open(&b, err);
    while (good && (more = reader_next(in, &block, err)) > 0)
        good = bulk_block(&b, block, large, err);
    good = good && more == 0;
    if (b.stmt)
        mysql_stmt_close(b.stmt);
    buf_release(&b.plain);
    arena_release(&b.arena);
    if (good)
        *ret_rows = b.sent;
    return good;
}

#else /* Oracle's library cannot */

bool my_bulk_can(const struct my_session *s)
{
    (void)s;
    return false;
}

bool my_bulk(struct my_session *s, const struct chunk *c, struct reader *in, my_bulk_large *large,
             uint64_t *ret_rows, struct err *err)
{
    (void)c, (void)in, (void)large, (void)ret_rows;
    return err_set(err, ERR_RUNTIME,
                   "%s: this dbtwin was this dbtwin was built without bulk statements", s->label);
}

#endif
