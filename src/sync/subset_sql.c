#include "subset.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

const char *subset_quoted(const struct job *j, const char *name)
{
    struct buf b = BUF_INIT;
    engine_quote(j->model.flavor, name, &b);
    const char *text = arena_strdup(j->arena, b.data);
    buf_release(&b);
    return text;
}

const char *subset_qualified(const struct job *j, const struct object *table)
{
    struct buf b = BUF_INIT;
    engine_quote_table(j->model.flavor, table, &b);
    const char *text = arena_strdup(j->arena, b.data);
    buf_release(&b);
    return text;
}

const char *subset_requoted(const struct job *j, const char *written)
{
    char q = engine_of(j->model.flavor)->quote;
    struct buf b = BUF_INIT;
    bool open = false, quoted = false;
    for (const char *p = written; *p; p++) {
        if (*p == q && !open) {
            open = quoted = true;
            buf_addch(&b, q);
        } else if (*p == q && open && p[1] != q) {
            open = false;
            buf_addch(&b, q);
        } else if (*p == q) {
            buf_addf(&b, "%c%c", q, q);
            p++;
        } else if (*p == '.' && !open) {
            if (!quoted)
                buf_addch(&b, q);
            buf_addch(&b, '.');
            quoted = false;
        } else {
            if (!open && !quoted && (p == written || p[-1] == '.'))
                buf_addch(&b, q);
            buf_addch(&b, *p);
        }
    }
    if (!quoted)
        buf_addch(&b, q);
    const char *text = arena_strdup(j->arena, b.data);
    buf_release(&b);
    return text;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_number(const char *value, size_t len)
{
    size_t digits = 0, dots = 0;
    for (size_t i = 0; i < len; i++) {
        digits += value[i] >= '0' && value[i] <= '9';
        dots += value[i] == '.';
    }
    return digits && dots <= 1 && digits + dots + (value[0] == '-') == len;
}

static bool has_type(const struct object *column, const char *const *words)
{
    const char *type = model_get(column, P_COLUMN_TYPE);
    for (; type && *words; words++)
        if (strstr(type, *words))
            return true;
    return false;
}

static void add_hex(const char *value, size_t len, struct buf *out)
{
    buf_adds(out, "X'");
    for (size_t i = 0; i < len; i++)
        buf_addf(out, "%02x", (unsigned char)value[i]);
    buf_addch(out, '\'');
}

void subset_literal(const struct job *j, const struct object *column, const char *value, size_t len,
                    struct buf *out)
{
    static const char *const numbers[] = {"int", "numeric", "decimal", NULL};
    static const char *const bytes[] = {"binary", "blob", "bit", NULL};
    bool dollars = engine_of(j->model.flavor)->dollars;
    if (has_type(column, numbers) && is_number(value, len)) {
        buf_add(out, value, len);
        return;
    }
    if (!dollars && has_type(column, bytes)) {
        add_hex(value, len, out);
        return;
    }
    if (dollars && memchr(value, '\\', len))
        buf_addch(out, 'E');
    buf_addch(out, '\'');
    for (size_t i = 0; i < len; i++) {
        if (value[i] == '\'' || value[i] == '\\')
            buf_addch(out, value[i]);
        buf_addch(out, value[i]);
    }
    buf_addch(out, '\'');
}

/*
 * PostgreSQL makes an OR of a list of tuples, and an index scan of each of its terms; a table of
 * them it joins. Of that, a literal's type is text until a cast says what it is.
 */
static void add_tuples(const struct subset_table *t, struct buf *out)
{
    buf_adds(out, "SELECT ");
    for (uint32_t i = 0; i < t->n_key; i++)
        buf_addf(out, "%scolumn%u::%s", i ? ", " : "", i + 1,
                 model_get(t->key_columns[i], P_COLUMN_TYPE));
    buf_adds(out, " FROM (VALUES ");
}

bool subset_has_one_text(const struct object *column)
{
    static const char *const types[] = {
        "bigint",  "integer", "int",       "int(",     "mediumint",    "smallint",       "tinyint",
        "bigint(", "uuid",    "smallint(", "tinyint(", "int unsigned", "bigint unsigned"};
    const char *type = model_get(column, P_COLUMN_TYPE);
    for (size_t i = 0; type && i < ARRAY_LEN(types); i++) {
        size_t len = strlen(types[i]);
        if (strcmp(type, types[i]) == 0 ||
            (types[i][len - 1] == '(' && strncmp(type, types[i], len) == 0))
            return true;
    }
    return false;
}

/* One literal, which is parsed much faster than a list of them. */
static void add_array(const struct subset_table *t, const struct vec *keys, size_t first, size_t n,
                      struct buf *out)
{
    buf_adds(out, " = ANY ('{");
    for (size_t i = 0; i < n; i++) {
        const char *key = VEC_AT(keys, const char *, first + i);
        size_t quote = *key == '\'', len = strlen(key) - 2 * quote;
        buf_adds(out, i ? "," : "");
        buf_add(out, key + quote, len);
    }
    buf_addf(out, "}'::%s[])", model_get(t->key_columns[0], P_COLUMN_TYPE));
}

void subset_list(const struct job *j, const struct subset_table *t, const struct vec *keys,
                 size_t first, size_t n, struct buf *out)
{
    bool arrays = engine_of(j->model.flavor)->dollars;
    if (arrays && t->n_key == 1 && subset_has_one_text(t->key_columns[0])) {
        add_array(t, keys, first, n, out);
        return;
    }
    buf_adds(out, " IN (");
    if (arrays && t->n_key > 1)
        add_tuples(t, out);
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? "," : "", VEC_AT(keys, const char *, first + i));
    buf_adds(out, arrays && t->n_key > 1 ? ") v)" : ")");
}

void subset_in(const struct job *j, const struct subset_table *t, const struct vec *keys,
               size_t first, size_t n, struct buf *out)
{
    buf_addf(out, "(%s)", t->key);
    subset_list(j, t, keys, first, n, out);
}

/* ---- rows of a query ------------------------------------------------------------------------- */

struct taking {
    struct subset *s;
    struct subset_table *t;
    bool chosen;
    struct buf key;
    struct vec *shares; /* struct share: instead of the key sets; or NULL */
};
struct share {
    uint64_t hash;
    const char *key, *cover;
};

/* The key of a row whose first columns are the key's; a key with NULL in it (of a unique index) is
 * none. */
static bool read_key(struct taking *k, const char *const *values, const size_t *lengths)
{
    buf_reset(&k->key);
    if (k->t->n_key > 1)
        buf_addch(&k->key, '(');
    for (uint32_t i = 0; i < k->t->n_key; i++) {
        if (!values[i])
            return false;
        buf_adds(&k->key, i ? "," : "");
        subset_literal(k->s->job, k->t->key_columns[i], values[i], lengths[i], &k->key);
    }
    if (k->t->n_key > 1)
        buf_addch(&k->key, ')');
    return true;
}

static bool add_key(struct subset *s, struct subset_table *t, const char *key, bool chosen,
                    struct err *err)
{
    size_t len = strlen(key);
    int64_t most = s->config->max_rows ? s->config->max_rows : SUBSET_MAX_ROWS;
    const char *known = map_get(&t->known, key, len);
    if (!known) {
        known = arena_strndup(s->job->arena, key, len);
        map_put(&t->known, known, len, (void *)(uintptr_t)known);
        VEC_PUSH(&t->keys, const char *, known);
        if (++s->n_keys > (uint64_t)most) {
            err_set(err, ERR_REFUSED, "rows: more than %lld rows would be chosen, at last of %s",
                    (long long)most, model_path_text(t->table, s->job->arena));
            return err_hint(err, "nothing was moved; choose fewer under start: and children:, or "
                                 "allow more by max_rows:");
        }
    }
    if (chosen && !map_get(&t->known_chosen, known, len)) {
        map_put(&t->known_chosen, known, len, (void *)(uintptr_t)known);
        VEC_PUSH(&t->chosen, const char *, known);
    }
    return true;
}

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct taking *k = ctx;
    struct arena *a = k->s->job->arena;
    (void)n;
    if (!read_key(k, values, lengths))
        return true;
    if (!k->shares)
        return add_key(k->s, k->t, k->key.data, k->chosen, err);
    struct buf cover = BUF_INIT;
    for (unsigned i = k->t->n_key; i < n; i++)
        buf_addf(&cover, "%zu:%s,", values[i] ? lengths[i] + 1 : 0, values[i] ? values[i] : "");
    struct share share = {.key = arena_strdup(a, k->key.data), .cover = NULL};
    if (cover.len)
        share.cover = arena_strdup(a, cover.data);
    buf_release(&cover);
    /* By the table too, so that the same numbers are not chosen in all tables. */
    buf_adds(&k->key, k->t->name);
    share.hash = hash_bytes64(k->key.data, k->key.len);
    VEC_PUSH(k->shares, struct share, share);
    return true;
}

bool subset_take_values(struct subset *s, struct subset_table *t, const char *const *values,
                        const size_t *lengths, bool chosen, struct err *err)
{
    struct taking k = {.s = s, .t = t, .key = BUF_INIT};
    bool ok = !read_key(&k, values, lengths) || add_key(s, t, k.key.data, chosen, err);
    buf_release(&k.key);
    return ok;
}

bool subset_take(struct subset *s, struct subset_table *t, const char *sql, bool chosen,
                 struct err *err)
{
    struct job *j = s->job;
    struct taking k = {.s = s, .t = t, .chosen = chosen, .key = BUF_INIT};
    bool ok = j->source->driver->source->rows(j->first, sql, take_row, &k, err);
    buf_release(&k.key);
    return ok;
}

/* ---- a share of a table's rows --------------------------------------------------------------- */

static int by_hash(const void *left, const void *right)
{
    const struct share *a = left, *b = right;
    return a->hash < b->hash ? -1 : a->hash > b->hash ? 1 : strcmp(a->key, b->key);
}

/* The same rows every night: a row is in by its key's hash alone, and 5 % lie within 10 %. */
static bool take_shares(struct subset *s, struct subset_table *t, struct vec *shares,
                        struct err *err)
{
    const struct subset_start *start = t->start;
    double limit = start->percent / 100 * 18446744073709551616.0;
    struct map covered = MAP_INIT;
    bool ok = true;
    if (shares->len)
        qsort(shares->items, shares->len, sizeof(struct share), by_hash);
    for (size_t i = 0; ok && i < shares->len; i++) {
        const struct share *share = &VEC_AT(shares, struct share, i);
        bool in = (double)share->hash < limit || i < start->at_least;
        if (share->cover && !map_get(&covered, share->cover, strlen(share->cover))) {
            map_put(&covered, share->cover, strlen(share->cover), (void *)(uintptr_t)share->cover);
            in = true;
        }
        if (in)
            ok = add_key(s, t, share->key, true, err);
    }
    map_release(&covered);
    return ok;
}

bool subset_start(struct subset *s, struct subset_table *t, struct err *err)
{
    struct job *j = s->job;
    const struct subset_start *start = t->start;
    struct vec shares = VEC_INIT(struct share);
    bool all = start->percent >= 100;
    struct taking k = {
        .s = s, .t = t, .chosen = true, .key = BUF_INIT, .shares = all ? NULL : &shares};
    struct buf sql = BUF_INIT;
    buf_addf(&sql, "SELECT %s%s%s FROM %s", t->key, start->cover && !all ? ", " : "",
             start->cover && !all ? start->cover : "", t->name);
    if (start->condition)
        buf_addf(&sql, " WHERE (%s)", start->condition);
    bool ok = j->source->driver->source->rows(j->first, sql.data, take_row, &k, err);
    if (!ok)
        err_context(err, "%s:%u: while choosing rows of %s", s->config->file, start->line,
                    start->table);
    ok = ok && (all || take_shares(s, t, &shares, err));
    buf_release(&sql);
    buf_release(&k.key);
    vec_release(&shares);
    return ok;
}
