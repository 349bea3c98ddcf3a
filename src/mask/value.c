#include "rule.h"

#include <string.h>

#include "canon.h"
#include "fold.h"
#include "prf.h"

struct mask_worker *mask_worker_new(struct mask_key *k)
{
    struct arena a = ARENA_INIT;
    struct mask_worker *w = arena_new(&a, struct mask_worker);

    w->arena = a;
    w->key = k;
    w->prf = k ? prf_new(k, &w->arena) : NULL;
    vec_init(&w->opened, sizeof(struct cipher *));
    vec_init(&w->charsets, sizeof(struct charset_pair *));
    buf_init(&w->canon);
    for (size_t i = 0; i < MASK_DEEPEST; i++) {
        buf_init(&w->frames[i].plain);
        buf_init(&w->frames[i].made);
        buf_init(&w->frames[i].part);
    }
    return w;
}

void mask_worker_free(struct mask_worker *w)
{
    struct arena a;

    if (!w)
        return;
    prf_free(w->prf);
    permute_end(w);
    charset_end(w);
    buf_release(&w->canon);
    for (size_t i = 0; i < MASK_DEEPEST; i++) {
        buf_release(&w->frames[i].plain);
        buf_release(&w->frames[i].made);
        buf_release(&w->frames[i].part);
    }
    a = w->arena;
    arena_release(&a);
}

struct slice mask_canon(struct mask_worker *w, const struct mask_rule *r, struct slice value)
{
    buf_reset(&w->canon);
    canon_value(r, value, &w->canon);
    return buf_slice(&w->canon);
}

void mask_block_of(struct mask_worker *w, const struct mask_rule *r, struct slice canonical,
                   uint8_t ret[MASK_BLOCK])
{
    prf_block(w->prf, r->prefix, canonical, ret);
}

void mask_block(struct mask_worker *w, const struct mask_rule *r, struct slice value,
                uint8_t ret[MASK_BLOCK])
{
    mask_block_of(w, r, mask_canon(w, r, value), ret);
}

static bool is_kept(struct mask_worker *w, const struct mask_rule *r, struct slice value)
{
    struct slice c;

    if (!r->n_kept)
        return false;
    c = mask_canon(w, r, value);
    for (size_t i = 0; i < r->n_kept; i++)
        if (r->kept[i].len == c.len && memcmp(r->kept[i].data, c.data, c.len) == 0)
            return true;
    return false;
}

/* What tells two rows apart whose values became one: from the row's key, so it stays over nights.
 * Before the host of a mail address, else at the end. */
static void add_suffix(struct mask_worker *w, const struct mask_rule *r, struct slice key,
                       struct buf *made)
{
    const char *host = memchr(made->data, '@', made->len);
    size_t at = host ? (size_t)(host - made->data) : made->len, keep;
    uint64_t room = mask_room(r->column), local = host ? 64 - MASK_SUFFIX : room;
    struct buf tail = BUF_INIT, id = BUF_INIT;
    uint8_t block[MASK_BLOCK];

    buf_addch(&id, 'r');
    buf_add(&id, key.data, key.len);
    mask_block_of(w, r, buf_slice(&id), block);
    buf_addch(&tail, '-');
    mask_base32(block, MASK_SUFFIX - 1, &tail);
    if (host)
        buf_add(&tail, host, made->len - at);
    room = room > tail.len ? room - tail.len : 0;
    keep = fold_cut((struct slice){made->data, at}, room < local ? room : local);
    buf_setlen(made, keep);
    buf_add(made, tail.data, tail.len);
    buf_release(&tail);
    buf_release(&id);
}

/* As the server gives the value back. */
static void pad(const struct mask_column *c, size_t before, struct buf *out)
{
    struct slice made = {out->data + before, out->len - before};
    bool text = c->type == MASK_T_TEXT;
    uint64_t n = text ? fold_count(made) : made.len, to = text ? c->max_chars : c->max_bytes;

    for (; n < to && to != MASK_NO_LIMIT; n++)
        buf_addch(out, text ? ' ' : '\0');
}

static bool too_long(const struct mask_column *c, struct slice v)
{
    if (v.len <= c->max_bytes && v.len <= c->max_chars)
        return false;
    return v.len > c->max_bytes || fold_count(v) > c->max_chars;
}

/* Text in UTF-8 → masked text in UTF-8. */
static bool transform(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                      struct buf *out, bool *ret_null, struct err *err)
{
    const struct mask_transformer *t = r->facts.transformer;
    size_t before = out->len;
    struct slice made;

    if (r->facts.keeps || is_kept(w, r, in->value)) {
        buf_add(out, in->value.data, in->value.len);
        return true;
    }
    if (!t->apply(w, r, in, out, ret_null, err)) {
        err_context(err, "masking %s", r->column->path);
        return false;
    }
    if (*ret_null)
        return true;
    if (r->facts.suffix && !before)
        add_suffix(w, r, in->row_key, out);
    if (r->column->padded)
        pad(r->column, before, out);
    made = (struct slice){out->data + before, out->len - before};
    if (r->column->type == MASK_T_TEXT && charset_is_plain(r->column) && too_long(r->column, made))
        return err_set(err, ERR_RUNTIME,
                       "masking %s: %s makes a value that is longer than %s allows",
                       r->column->path, t->name, r->column->type_text);
    return true;
}

/* A column of another character set: decoded, masked, encoded. */
static bool translated(struct mask_worker *w, const struct mask_rule *r,
                       const struct mask_input *in, struct mask_frame *f, struct buf *out,
                       bool *ret_null, struct err *err)
{
    struct mask_input plain = *in;

    buf_reset(&f->plain);
    buf_reset(&f->made);
    if (!charset_decode(w, r->column, in->value, &f->plain)) {
        buf_reset(&f->plain);
        buf_add(&f->plain, in->value.data, in->value.len);
    }
    plain.value = buf_slice(&f->plain);
    if (!transform(w, r, &plain, &f->made, ret_null, err))
        return false;
    if (*ret_null || charset_encode(w, r->column, buf_slice(&f->made), out))
        return true;
    return err_set(err, ERR_RUNTIME, "masking %s: %s makes a value that %s cannot hold",
                   r->column->path, r->facts.transformer->name, r->column->charset_name);
}

bool mask_single(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    bool ok;

    if (!in->value.len && !r->empty_too)
        return true;
    if (w->depth >= MASK_DEEPEST)
        return err_set(err, ERR_RUNTIME, "masking %s: documents within documents, %d levels deep",
                       r->column->path, MASK_DEEPEST);
    w->depth++;
    if (charset_is_plain(r->column))
        ok = transform(w, r, in, out, ret_null, err);
    else
        ok = translated(w, r, in, &w->frames[w->depth - 1], out, ret_null, err);
    w->depth--;
    return ok;
}

bool mask_value(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    *ret_null = false;
    if (r->column->array && !r->facts.keeps && !r->empty_too)
        return array_value(w, r, in, out, err);
    return mask_single(w, r, in, out, ret_null, err);
}

void mask_fold(struct slice s, struct buf *out)
{
    fold_text(s, MASK_FOLD_CASE | MASK_FOLD_ACCENT, out);
}
