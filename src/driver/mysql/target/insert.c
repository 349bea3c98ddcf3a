#include "../source/data.h"

#include <dbtwin/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The size at which a batch is sent, when max_allowed_packet allows. */
#define INSERT_BATCH (1024 * 1024)

struct insert {
    struct my_session *session;
    const struct projection *p;
    struct buf sql;
    size_t head; /* length of "INSERT INTO … VALUES " */
    size_t packet;
    uint64_t in_batch, rows;
    bool typed; /* rows are a table from which they are selected: see insert_select */
};

static void add_filled(struct buf *b, const char *store, const char *value)
{
    const char *hole = store ? strstr(store, "%s") : NULL;
    if (!store)
        buf_adds(b, value);
    else if (!hole)
        buf_adds(b, store);
    else
        buf_addf(b, "%.*s%s%s", (int)(hole - store), store, value, hole + 2);
}

/* What is stored of a value that may be of two forms is a column's to work out, row by row: as
 * parts of a VALUES list some hundred such expressions are more than a statement may have. */
static void insert_select(struct insert *w)
{
    char value[32];
    buf_adds(&w->sql, ") SELECT ");
    for (uint32_t i = 0; i < w->p->n_columns; i++) {
        const struct projection_column *c = &w->p->columns[i];
        snprintf(value, sizeof(value), "v.c%u", i);
        buf_adds(&w->sql, i ? ", " : "");
        if (c->typed) {
            buf_addf(&w->sql, "IF(LEFT(%s, 1) = '!', ", value);
            add_filled(&w->sql, c->typed, value);
            buf_adds(&w->sql, ", CAST("); /* of one type with the other, or it would be text */
            add_filled(&w->sql, c->store, value);
            buf_adds(&w->sql, " AS JSON))");
        } else {
            add_filled(&w->sql, c->store, value);
        }
    }
    buf_adds(&w->sql, " FROM (VALUES ");
}

/* The table's name behind the rows, and its columns'. */
static void insert_tail(struct insert *w)
{
    buf_adds(&w->sql, ") AS v (");
    for (uint32_t i = 0; i < w->p->n_columns; i++)
        buf_addf(&w->sql, "%sc%u", i ? ", " : "", i);
    buf_addch(&w->sql, ')');
}

static void insert_head(struct insert *w)
{
    buf_adds(&w->sql, "INSERT INTO ");
    my_quote_name(&w->sql, w->p->table->name);
    buf_adds(&w->sql, " (");
    for (uint32_t i = 0; i < w->p->n_columns; i++) {
        if (i)
            buf_adds(&w->sql, ", ");
        my_quote_name(&w->sql, w->p->columns[i].column->name);
    }
    if (w->typed)
        insert_select(w);
    else
        buf_adds(&w->sql, ") VALUES ");
    w->head = w->sql.len;
}

static bool insert_send(struct insert *w, struct err *err)
{
    struct my_session *s = w->session;
    if (!w->in_batch)
        return true;
    if (w->typed)
        insert_tail(w);
    if (!my_conn_query(s, w->sql.data, w->sql.len, err)) {
        if (err->native == 1153 || err->native == 2020) /* packet too large */
            err_hint(err, "a row is larger than the target's max_allowed_packet: raise that, or "
                          "allow LOAD DATA LOCAL there (SET GLOBAL local_infile=1)");
        return false;
    }
    uint64_t stored = (uint64_t)mysql_affected_rows(s->db);
    if (mysql_warning_count(s->db))
        return my_load_warnings(s, w->p->table->name, err);
    if (stored != w->in_batch)
        return err_set(err, ERR_RUNTIME, "%s: table %s: %llu rows were sent and %llu stored",
                       s->label, w->p->table->name, (unsigned long long)w->in_batch,
                       (unsigned long long)stored);
    w->rows += stored;
    w->in_batch = 0;
    if (w->sql.cap > 8 * INSERT_BATCH) { /* one huge row must not keep its size */
        struct buf fresh = BUF_INIT;
        buf_add(&fresh, w->sql.data, w->head);
        buf_release(&w->sql);
        w->sql = fresh;
    }
    buf_setlen(&w->sql, w->head);
    return true;
}

/*
 * A field of a text row as a literal. The escapes of text rows are those of string literals
 * (sessions never have NO_BACKSLASH_ESCAPES): only the quote has to be escaped as well. _binary
 * stores the bytes as they are, as LOAD DATA with CHARACTER SET binary does; it also keeps a field
 * for a number a text, which a hexadecimal literal would not be.
 */
static void insert_field(struct buf *b, const char *field, size_t n)
{
    if (n == 2 && field[0] == '\\' && field[1] == 'N') {
        buf_adds(b, "NULL");
        return;
    }
    buf_adds(b, "_binary'");
    for (const char *end = field + n; field < end;) {
        const char *quote = memchr(field, '\'', (size_t)(end - field));
        const char *stop = quote ? quote : end;
        buf_add(b, field, (size_t)(stop - field));
        if (quote)
            buf_adds(b, "\\'");
        field = quote ? quote + 1 : end;
    }
    buf_addch(b, '\'');
}

static void insert_value(struct insert *w, uint32_t column, const char *field, size_t n)
{
    const char *store = w->p->columns[column].store;
    const char *hole = store ? strstr(store, "%s") : NULL;
    if (!store || w->typed) {
        insert_field(&w->sql, field, n);
        return;
    }
    buf_add(&w->sql, store, hole ? (size_t)(hole - store) : strlen(store));
    if (hole) {
        insert_field(&w->sql, field, n);
        buf_adds(&w->sql, hole + 2);
    }
}

/* One line without its newline. */
static bool insert_line(struct insert *w, const char *line, size_t n, struct err *err)
{
    size_t start = w->sql.len;
    uint32_t column = 0;
    const char *end = line + n;

    buf_adds(&w->sql, w->in_batch ? "," : "");
    buf_adds(&w->sql, w->typed ? "ROW(" : "(");
    for (bool last = w->p->n_columns == 0; !last;) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        last = !tab;
        if (column == w->p->n_columns)
            break;
        if (column)
            buf_addch(&w->sql, ',');
        insert_value(w, column++, line, (size_t)((tab ? tab : end) - line));
        line = tab ? tab + 1 : end;
        if (last != (column == w->p->n_columns))
            return err_set(err, ERR_CORRUPT, "a row of table %s does not have %u fields",
                           w->p->table->name, w->p->n_columns);
    }
    buf_addch(&w->sql, ')');
    w->in_batch++;
    if (w->sql.len < w->packet)
        return true;
    /* Full: what was there before this row goes, and the row opens the next batch. */
    if (w->in_batch > 1 && w->sql.len > w->packet) {
        struct buf row = BUF_INIT;
        buf_add(&row, w->sql.data + start + 1, w->sql.len - start - 1);
        buf_setlen(&w->sql, start);
        w->in_batch--;
        bool good = insert_send(w, err);
        buf_add(&w->sql, row.data, row.len);
        buf_release(&row);
        w->in_batch = 1;
        if (!good || w->sql.len < w->packet)
            return good;
    }
    return insert_send(w, err);
}

/* Takes whole lines out of the blocks; what is left of a block waits in `rest`. */
static bool insert_block(struct insert *w, struct buf *rest, struct slice block, struct err *err)
{
    const char *p = block.data, *end = p + block.len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline)
            break;
        bool good;
        if (rest->len) {
            buf_add(rest, p, (size_t)(newline - p));
            good = insert_line(w, rest->data, rest->len, err);
            buf_reset(rest);
        } else {
            good = insert_line(w, p, (size_t)(newline - p), err);
        }
        if (!good)
            return false;
        p = newline + 1;
    }
    buf_add(rest, p, (size_t)(end - p));
    return true;
}

static bool insert_packet(struct my_session *s, size_t *ret, struct err *err)
{
    const char *text;
    uint64_t n;
    if (!my_conn_value(s, "SELECT @@max_allowed_packet", &s->arena, &text, err))
        return false;
    *ret = INSERT_BATCH;
    if (text && str_parse_u64(text, &n) && n / 2 < INSERT_BATCH)
        *ret = (size_t)(n / 2);
    return true;
}

bool my_insert(struct my_session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
               struct err *err)
{
    struct insert w = {.session = s, .p = c->projection, .sql = BUF_INIT};
    for (uint32_t i = 0; i < w.p->n_columns; i++)
        w.typed |= w.p->columns[i].typed != NULL;
    struct buf rest = BUF_INIT;
    struct slice block;
    int more = -1;

    insert_head(&w);
    bool good = insert_packet(s, &w.packet, err);
    while (good && (more = reader_next(in, &block, err)) > 0) {
        if (log_cancelled())
            good = err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
        else
            good = insert_block(&w, &rest, block, err);
    }
    good = good && more == 0;
    if (good && rest.len)
        good = err_set(err, ERR_CORRUPT, "the last row of table %s is incomplete",
                       c->projection->table->name);
    good = good && insert_send(&w, err);
    buf_release(&rest);
    buf_release(&w.sql);
    if (good)
        *ret_rows = w.rows;
    return good;
}
