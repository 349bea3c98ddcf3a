#include <dbtwin/pack.h>

#include <string.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

static bool damaged(struct err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "compressed data is damaged: %s", what);
}

/* ---- gzip ---------------------------------------------------------------------------------- */

/* A member ends with its length modulo 2^32 (RFC 1952); ours are one member each. */
static bool gzip_size(struct slice in, uint64_t *ret)
{
    if (in.len < 18)
        return false;
    const unsigned char *p = (const unsigned char *)in.data + in.len - 4;
    *ret = (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
    return true;
}

static bool gzip_expand(struct slice in, struct buf *ret_out, struct err *err)
{
    uint64_t len;

    if (!gzip_size(in, &len))
        return damaged(err, "it is cut short");
    if (len > PACK_ROWS_MAX)
        return damaged(err, "it is too large");
    return pack_gunzip(in, (size_t)len, ret_out, err);
}

/* ---- zstd ---------------------------------------------------------------------------------- */

#ifdef HAVE_ZSTD

/* A block of 128 KB takes four bytes at least (RFC 8878, 3.1.1.2): a longer length is a lie. */
#define ZSTD_RATIO 33000u

static bool zstd_press(struct slice in, int level, struct buf *ret_out, struct err *err)
{
    size_t bound = ZSTD_compressBound(in.len);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    if (!c)
        base_oom();
    buf_grow(ret_out, bound);
    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t n = ZSTD_compress2(c, ret_out->data + ret_out->len, bound, in.data, in.len);
    ZSTD_freeCCtx(c);
    if (ZSTD_isError(n))
        return err_set(err, ERR_RUNTIME, "cannot compress: %s", ZSTD_getErrorName(n));
    buf_setlen(ret_out, ret_out->len + n);
    return true;
}

static bool zstd_size(struct slice in, uint64_t *ret)
{
    unsigned long long len = ZSTD_getFrameContentSize(in.data, in.len);

    *ret = len;
    return len != ZSTD_CONTENTSIZE_ERROR && len != ZSTD_CONTENTSIZE_UNKNOWN;
}

static bool zstd_expand(struct slice in, struct buf *ret_out, struct err *err)
{
    uint64_t len;

    if (!zstd_size(in, &len) || len / ZSTD_RATIO > in.len || len > PACK_ROWS_MAX)
        return damaged(err, "invalid zstd frame");
    buf_grow(ret_out, (size_t)len + 1);
    size_t n = ZSTD_decompress(ret_out->data + ret_out->len, (size_t)len, in.data, in.len);
    if (ZSTD_isError(n) || n != len) {
        buf_setlen(ret_out, ret_out->len); /* the NUL at its end was written over */
        return damaged(err, ZSTD_isError(n) ? ZSTD_getErrorName(n) : "it is cut short");
    }
    buf_setlen(ret_out, ret_out->len + (size_t)len);
    return true;
}

#else

static bool zstd_expand(struct slice in, struct buf *ret_out, struct err *err)
{
    (void)in, (void)ret_out;
    return err_set(err, ERR_RUNTIME, "this dbtwin was built without zstd");
}
#define zstd_press NULL

static bool zstd_size(struct slice in, uint64_t *ret)
{
    (void)in, (void)ret;
    return false;
}

#endif

/* ---- none ---------------------------------------------------------------------------------- */

static bool none_press(struct slice in, int level, struct buf *ret_out, struct err *err)
{
    (void)level, (void)err;
    buf_add(ret_out, in.data, in.len);
    return true;
}

static bool none_expand(struct slice in, struct buf *ret_out, struct err *err)
{
    return none_press(in, 0, ret_out, err);
}

static bool none_size(struct slice in, uint64_t *ret)
{
    *ret = in.len;
    return true;
}

static struct reader *none_unfold(struct reader *in)
{
    return in;
}

/* ---- the table ----------------------------------------------------------------------------- */

const struct pack_method pack_methods[] = {
    {"gzip", ".gz", 1, 9, 1, pack_gzip, gzip_expand, gzip_size, reader_gunzip},
    {"zstd", ".zst", 1, 19, 3, zstd_press, zstd_expand, zstd_size, reader_unzstd},
    {"none", "", 0, 0, 0, none_press, none_expand, none_size, none_unfold},
    {0},
};

bool pack_method_parse(const char *text, const struct pack_method **ret, int *ret_level,
                       struct err *err)
{
    const char *colon = strchrnul(text, ':');
    size_t len = (size_t)(colon - text);
    const struct pack_method *m = pack_methods;
    uint64_t level;

    while (m->name && (strlen(m->name) != len || memcmp(m->name, text, len) != 0))
        m++;
    if (!m->name) {
        err_set(err, ERR_USAGE, "\"%s\" is not a compression method", text);
        return err_hint(err, "gzip, gzip:1 to gzip:9, zstd, zstd:1 to zstd:19, or none");
    }
    if (!m->compress) {
        err_set(err, ERR_USAGE, "this dbtwin was built without %s", m->name);
        return err_hint(err, "gzip and none are always available");
    }
    level = (uint64_t)m->usual;
    if (*colon && (!m->most || !str_parse_u64(colon + 1, &level) || level < (uint64_t)m->least ||
                   level > (uint64_t)m->most)) {
        err_set(err, ERR_USAGE, "\"%s\": %s has no such level", text, m->name);
        return m->most ? err_hint(err, "%d to %d", m->least, m->most) : false;
    }
    *ret = m;
    *ret_level = (int)level;
    return true;
}

const struct pack_method *pack_method_of(const char *name)
{
    const struct pack_method *m = pack_methods;
    while (!str_ends(name, m->suffix)) /* every name ends in "" */
        m++;
    return m;
}
