#include <dbtwin/pack.h>

#include <limits.h>

#include <zlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

/* No DEFLATE stream grows by more than this (zlib.net, "zlib Technical Details"). A larger
 * expected_len is a lie, found before it is allocated. */
#define MAX_RATIO 1032u

static bool damaged(struct err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "compressed data is damaged: %s", what);
}

#ifdef HAVE_LIBDEFLATE

bool pack_gzip(struct slice in, int level, struct buf *ret_out, struct err *err)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
    size_t bound, len;

    if (!c)
        return err_set(err, ERR_RUNTIME, "cannot compress at level %d", level);
    bound = libdeflate_gzip_compress_bound(c, in.len);
    buf_grow(ret_out, bound);
    len = libdeflate_gzip_compress(c, in.len ? in.data : "", in.len, ret_out->data + ret_out->len,
                                   bound);
    libdeflate_free_compressor(c);
    if (len == 0)
        return err_set(err, ERR_RUNTIME, "cannot compress %zu bytes", in.len);
    buf_setlen(ret_out, ret_out->len + len);
    return true;
}

/* All members of `in` into exactly room bytes at out; NULL, or what is wrong. */
static const char *gunzip_into(struct slice in, char *out, size_t room)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    const char *wrong = NULL;

    if (!d)
        base_oom();
    do {
        size_t used, made;

        switch (libdeflate_gzip_decompress_ex(d, in.data, in.len, out, room, &used, &made)) {
        case LIBDEFLATE_SUCCESS:
            in.data += used;
            in.len -= used;
            out += made;
            room -= made;
            break;
        case LIBDEFLATE_INSUFFICIENT_SPACE:
            wrong = "more bytes than there should be";
            break;
        default:
            wrong = "invalid or truncated gzip stream";
        }
    } while (!wrong && in.len);
    libdeflate_free_decompressor(d);
    if (!wrong && room)
        wrong = "fewer bytes than there should be";
    return wrong;
}

uint32_t pack_crc32(struct slice in)
{
    return libdeflate_crc32(0, in.data, in.len);
}

#else

/* zlib counts in unsigned int: gives it the next piece of what is left. */
static uInt piece(size_t left)
{
    return left < UINT_MAX ? (uInt)left : UINT_MAX;
}

bool pack_gzip(struct slice in, int level, struct buf *ret_out, struct err *err)
{
    const size_t start = ret_out->len;
    z_stream z = {0};
    int rc = deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);

    if (rc == Z_MEM_ERROR)
        base_oom();
    if (rc != Z_OK)
        return err_set(err, ERR_RUNTIME, "cannot compress at level %d", level);
    z.next_in = (z_const Bytef *)in.data;
    do {
        size_t room;

        if (!z.avail_in) {
            z.avail_in = piece(in.len);
            in.len -= z.avail_in;
        }
        buf_grow(ret_out, 64 * 1024);
        room = ret_out->cap - ret_out->len;
        z.next_out = (Bytef *)ret_out->data + ret_out->len;
        z.avail_out = piece(room);
        room = z.avail_out;
        rc = deflate(&z, in.len ? Z_NO_FLUSH : Z_FINISH);
        buf_setlen(ret_out, ret_out->len + (room - z.avail_out));
    } while (rc == Z_OK || rc == Z_BUF_ERROR);
    deflateEnd(&z);
    if (rc != Z_STREAM_END) {
        buf_setlen(ret_out, start);
        return err_set(err, ERR_RUNTIME, "cannot compress: zlib error %d", rc);
    }
    return true;
}

/* All members of `in` into exactly room bytes at out; NULL, or what is wrong. */
static const char *gunzip_into(struct slice in, char *out, size_t room)
{
    const char *wrong = NULL;
    z_stream z = {0};
    unsigned char none;

    if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
        base_oom();
    z.next_in = (z_const Bytef *)in.data;
    while (!wrong && (in.len || z.avail_in)) {
        int rc = Z_OK;

        inflateReset(&z);
        while (rc == Z_OK) {
            uInt given;

            if (!z.avail_in) {
                z.avail_in = piece(in.len);
                in.len -= z.avail_in;
            }
            /* With no room left, one byte more shows whether the stream really ends here. */
            z.next_out = room ? (Bytef *)out : &none;
            z.avail_out = given = room ? piece(room) : 1;
            rc = inflate(&z, Z_NO_FLUSH);
            given -= z.avail_out;
            if (given > room) {
                wrong = "more bytes than there should be";
                break;
            }
            out += given;
            room -= given;
        }
        if (rc == Z_MEM_ERROR)
            base_oom();
        if (!wrong && rc != Z_STREAM_END)
            wrong = "invalid or truncated gzip stream";
    }
    inflateEnd(&z);
    if (!wrong && room)
        wrong = "fewer bytes than there should be";
    return wrong;
}

uint32_t pack_crc32(struct slice in)
{
    return (uint32_t)crc32_z(0, (const Bytef *)in.data, in.len);
}

#endif

bool pack_gunzip(struct slice in, size_t expected_len, struct buf *ret_out, struct err *err)
{
    const char *wrong;

    if (in.len == 0)
        return damaged(err, "invalid or truncated gzip stream");
    if (expected_len / MAX_RATIO > in.len)
        return damaged(err, "fewer bytes than there should be");
    buf_grow(ret_out, expected_len + 1);
    wrong = gunzip_into(in, ret_out->data + ret_out->len, expected_len);
    if (wrong) {
        buf_setlen(ret_out, ret_out->len); /* the NUL at its end was written over */
        return damaged(err, wrong);
    }
    buf_setlen(ret_out, ret_out->len + expected_len);
    return true;
}
