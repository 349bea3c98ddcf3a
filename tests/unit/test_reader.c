#include <dbtwin/reader.h>

#include <string.h>

#include <zlib.h>

#include "unit.h"

/* Gives its bytes in pieces of `step`, checks the contract of its puller, counts its close. */
struct pieces {
    struct reader base;
    struct slice rest;
    size_t step;
    int fail_after; /* -1: never */
    bool over;
    int *closed;
};

static int pieces_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct pieces *p = (struct pieces *)r;
    size_t n = p->rest.len < p->step ? p->rest.len : p->step;

    assert_false(p->over);
    p->over = n == 0 || p->fail_after == 0;
    if (p->fail_after >= 0 && p->fail_after-- == 0) {
        err_set(err, ERR_RUNTIME, "the disk is on fire");
        return -1;
    }
    if (n == 0)
        return 0;
    *ret = (struct slice){p->rest.data, n};
    p->rest.data += n;
    p->rest.len -= n;
    return 1;
}

static void pieces_close(struct reader *r)
{
    ++*((struct pieces *)r)->closed;
}

static const struct reader_ops pieces_ops = {pieces_next, pieces_close};

/* Reads to the end and closes; the last result. */
static int drain(struct reader *r, struct buf *out, struct err *err)
{
    struct slice block;
    int got;

    while ((got = reader_next(r, &block, err)) > 0) {
        assert_true(block.len > 0);
        buf_add(out, block.data, block.len);
    }
    reader_close(r);
    return got;
}

static void memory(void **state)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(drain(reader_memory("a\0b", 3), &out, &err), 0);
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.data, "a\0b", 3);
    assert_int_equal(drain(reader_memory(NULL, 0), &out, &err), 0);
    assert_int_equal(out.len, 3);
    reader_close(reader_memory("x", 1)); /* never read */
    reader_close(NULL);
    buf_release(&out);
}

static void meter_counts(void **state)
{
    int closed = 0;
    struct pieces p = {{&pieces_ops}, {"0123456789", 10}, 3, -1, false, &closed};
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    uint64_t bytes = 5;

    (void)state;
    assert_int_equal(drain(reader_meter(&p.base, &bytes), &out, &err), 0);
    assert_string_equal(out.data, "0123456789");
    assert_int_equal(bytes, 15);
    assert_int_equal(closed, 1);
    buf_release(&out);
}

static bool tap(void *ctx, struct slice block, struct err *err)
{
    struct buf *copy = ctx;

    if (memchr(block.data, '!', block.len))
        return err_set(err, ERR_RUNTIME, "the tap says no");
    buf_add(copy, block.data, block.len);
    return true;
}

static void tee_shows_and_stops(void **state)
{
    int closed = 0;
    struct pieces p = {{&pieces_ops}, {"01234567", 8}, 3, -1, false, &closed};
    struct pieces q = {{&pieces_ops}, {"0123!567", 8}, 3, -1, false, &closed};
    struct buf out = BUF_INIT, seen = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(drain(reader_tee(&p.base, tap, &seen), &out, &err), 0);
    assert_string_equal(out.data, "01234567");
    assert_string_equal(seen.data, "01234567");
    buf_reset(&out);
    assert_int_equal(drain(reader_tee(&q.base, tap, &seen), &out, &err), -1);
    assert_string_equal(out.data, "012");
    assert_string_equal(err.msg, "the tap says no");
    assert_int_equal(closed, 2);
    buf_release(&out);
    buf_release(&seen);
}

static void ahead_takes_nothing(void **state)
{
    int closed = 0;
    struct pieces p = {{&pieces_ops}, {"01234567", 8}, 3, -1, false, &closed};
    struct pieces q = {{&pieces_ops}, {"0123", 4}, 3, 0, false, &closed};
    struct reader *none = reader_memory("", 0);
    struct reader_ahead a;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(reader_ahead(&a, &p.base, &err), 1);
    assert_int_equal(a.first.len, 3);
    assert_int_equal(drain(&a.base, &out, &err), 0);
    assert_string_equal(out.data, "01234567");
    buf_reset(&out);
    assert_int_equal(reader_ahead(&a, none, &err), 0);
    assert_int_equal(drain(&a.base, &out, &err), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(reader_ahead(&a, &q.base, &err), -1);
    assert_true(err_is_set(&err));
    assert_int_equal(closed, 0);
    reader_close(none);
    buf_release(&out);
}

static void errors_pass_through(void **state)
{
    int closed = 0;
    struct pieces p = {{&pieces_ops}, {"0123456789", 10}, 3, 2, false, &closed};
    struct buf out = BUF_INIT, seen = BUF_INIT;
    struct err err = ERR_INIT;
    uint64_t bytes = 0;

    (void)state;
    assert_int_equal(drain(reader_meter(reader_tee(&p.base, tap, &seen), &bytes), &out, &err), -1);
    assert_string_equal(err.msg, "the disk is on fire");
    assert_int_equal(bytes, 6);
    assert_int_equal(closed, 1);
    buf_release(&out);
    buf_release(&seen);
}

/* One gzip member, by zlib directly, appended. */
static void add_member(struct buf *gz, const char *p, size_t n)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    buf_grow(gz, n + 1000);
    z.next_in = (z_const Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)gz->data + gz->len;
    z.avail_out = (uInt)(gz->cap - gz->len);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    buf_setlen(gz, gz->len + z.total_out);
    deflateEnd(&z);
}

/* Bytes that hardly compress, the same every time. */
static char *noise(struct arena *a, size_t n)
{
    char *p = arena_alloc(a, n);
    uint32_t x = 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (char)(x >> 24);
    }
    return p;
}

static int gunzip(struct slice gz, size_t step, struct buf *out, struct err *err)
{
    int closed = 0, got;
    struct pieces p = {{&pieces_ops}, gz, step, -1, false, &closed};

    buf_reset(out);
    got = drain(reader_gunzip(&p.base), out, err);
    assert_int_equal(closed, 1);
    return got;
}

static void gunzip_joins_members(void **state)
{
    enum { N = 600000 };
    struct arena a = ARENA_INIT;
    struct buf gz = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    char *data = noise(&a, N);

    (void)state;
    add_member(&gz, "hello ", 6);
    add_member(&gz, "", 0);
    add_member(&gz, data, N);
    add_member(&gz, "", 0);
    add_member(&gz, "bye", 3);
    for (size_t step = 1; step < 2 * gz.len; step = step * 7 + 1) {
        assert_int_equal(gunzip(buf_slice(&gz), step, &out, &err), 0);
        assert_int_equal(out.len, 6 + N + 3);
        assert_memory_equal(out.data, "hello ", 6);
        assert_memory_equal(out.data + 6, data, N);
        assert_memory_equal(out.data + 6 + N, "bye", 3);
    }
    buf_reset(&gz);
    add_member(&gz, "", 0);
    assert_int_equal(gunzip(buf_slice(&gz), 5, &out, &err), 0);
    assert_int_equal(out.len, 0);
    buf_release(&gz);
    buf_release(&out);
    arena_release(&a);
}

static void gunzip_of_a_block_of_its_size(void **state)
{
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    /* Contents that end where an output block does. */
    for (size_t n = 256 * 1024 - 1; n <= 256 * 1024 + 1; n++) {
        struct buf gz = BUF_INIT;
        char *data = noise(&a, n);

        add_member(&gz, data, n);
        assert_int_equal(gunzip(buf_slice(&gz), 4096, &out, &err), 0);
        assert_int_equal(out.len, n);
        assert_memory_equal(out.data, data, n);
        buf_release(&gz);
    }
    buf_release(&out);
    arena_release(&a);
}

static void gunzip_finds_truncation(void **state)
{
    struct buf gz = BUF_INIT, out = BUF_INIT;
    size_t first;

    (void)state;
    add_member(&gz, "some text, some text", 20);
    first = gz.len;
    add_member(&gz, "more of it", 10);
    for (size_t len = 0; len < gz.len; len++) {
        struct err err = ERR_INIT;
        int got = gunzip((struct slice){gz.data, len}, 3, &out, &err);

        if (len == first) { /* a whole file as well */
            assert_int_equal(got, 0);
            continue;
        }
        assert_int_equal(got, -1);
        assert_int_equal(err.cls, ERR_CORRUPT);
        assert_non_null(strstr(err.msg, "ends early"));
    }
    buf_release(&gz);
    buf_release(&out);
}

static void gunzip_finds_damage(void **state)
{
    static const char content[] = "some text, some text, other text";
    struct buf gz = BUF_INIT, out = BUF_INIT;
    size_t len;
    int unused = 0;

    (void)state;
    add_member(&gz, content, strlen(content));
    len = gz.len;
    for (size_t i = 0; i < len; i++) {
        struct err err = ERR_INIT;

        /* Time stamp, level and system (RFC 1952, 2.3) mean nothing and are not covered. */
        if (i >= 4 && i <= 9)
            continue;
        gz.data[i] ^= 0x40;
        if (gunzip(buf_slice(&gz), 1000, &out, &err) == 0) {
            assert_string_equal(out.data, content);
            unused++; /* a bit that fills up the last byte before the checksum */
        } else {
            assert_int_equal(err.cls, ERR_CORRUPT);
        }
        gz.data[i] ^= 0x40;
    }
    assert_true(unused <= 1);
    for (int garbage = 0; garbage < 2; garbage++) {
        struct err err = ERR_INIT;

        buf_setlen(&gz, len);
        buf_add(&gz, garbage ? "garbage behind" : "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
        assert_int_equal(gunzip(buf_slice(&gz), 1000, &out, &err), -1);
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
    buf_release(&gz);
    buf_release(&out);
}

static void gunzip_passes_errors_on(void **state)
{
    int closed = 0;
    struct buf gz = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    struct pieces p = {{&pieces_ops}, {0}, 4, 2, false, &closed};

    (void)state;
    add_member(&gz, "some text, some text", 20);
    p.rest = buf_slice(&gz);
    assert_int_equal(drain(reader_gunzip(&p.base), &out, &err), -1);
    assert_string_equal(err.msg, "the disk is on fire");
    assert_int_equal(err.cls, ERR_RUNTIME);
    buf_release(&gz);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory),
        cmocka_unit_test(meter_counts),
        cmocka_unit_test(tee_shows_and_stops),
        cmocka_unit_test(ahead_takes_nothing),
        cmocka_unit_test(errors_pass_through),
        cmocka_unit_test(gunzip_joins_members),
        cmocka_unit_test(gunzip_of_a_block_of_its_size),
        cmocka_unit_test(gunzip_finds_truncation),
        cmocka_unit_test(gunzip_finds_damage),
        cmocka_unit_test(gunzip_passes_errors_on),
    };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
