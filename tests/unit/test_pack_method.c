/* Methods of compression, by their names and at their ends. */
#include "pack.h"

static void gzip_round_trip(void **state)
{
    struct place *place = *state;
    struct buf gz = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    const size_t sizes[] = {0, 1, 100, 70000, 3000000};

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char *data = arena_alloc(&place->arena, sizes[i]);
        struct slice in = {data, sizes[i]};

        for (size_t k = 0; k < sizes[i]; k++)
            data[k] = (char)(k % 1000 < 500 ? k * k >> 8 : 'x');
        for (int level = 1; level <= 9; level += 4) {
            buf_reset(&gz);
            buf_reset(&out);
            buf_adds(&gz, "pre");
            assert_true(pack_gzip(in, level, &gz, &err));
            assert_memory_equal(gz.data, "pre\x1f\x8b", 5);
            buf_adds(&out, "kept");
            assert_true(pack_gunzip((struct slice){gz.data + 3, gz.len - 3}, in.len, &out, &err));
            assert_int_equal(out.len, 4 + in.len);
            assert_memory_equal(out.data, "kept", 4);
            if (in.len)
                assert_memory_equal(out.data + 4, data, in.len);
            assert_int_equal(out.data[out.len], 0);
        }
    }
    /* Members that follow each other are one content. */
    buf_reset(&gz);
    buf_reset(&out);
    assert_true(pack_gzip(text("ab"), 6, &gz, &err));
    assert_true(pack_gzip(text(""), 6, &gz, &err));
    assert_true(pack_gzip(text("cd"), 6, &gz, &err));
    assert_true(pack_gunzip(buf_slice(&gz), 4, &out, &err));
    assert_string_equal(out.data, "abcd");
    buf_release(&gz);
    buf_release(&out);
}

static void gunzip_of_damaged_buffers(void **state)
{
    struct buf gz = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    const char *content = "some text, some text, other text";
    size_t len = strlen(content);
    int unused = 0;

    (void)state;
    assert_true(pack_gzip(text(content), 6, &gz, &err));
    buf_adds(&out, "kept");
    for (size_t n = 0; n < gz.len; n++) {
        err_clear(&err);
        assert_false(pack_gunzip((struct slice){gz.data, n}, len, &out, &err));
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
    for (size_t i = 0; i < gz.len; i++) {
        if (i >= 4 && i <= 9)
            continue; /* time stamp, level, system: free */
        gz.data[i] ^= 0x40;
        err_clear(&err);
        if (pack_gunzip(buf_slice(&gz), len, &out, &err)) {
            assert_string_equal(out.data + 4, content);
            buf_setlen(&out, 4);
            unused++; /* a bit that fills up the last byte before the checksum */
        } else {
            assert_int_equal(err.cls, ERR_CORRUPT);
        }
        gz.data[i] ^= 0x40;
    }
    assert_true(unused <= 1);
    for (size_t wrong = 0; wrong < 100; wrong++) {
        if (wrong != len)
            assert_false(pack_gunzip(buf_slice(&gz), wrong, &out, &err));
    }
    /* A size that cannot be true is not allocated. */
    assert_false(pack_gunzip(buf_slice(&gz), SIZE_MAX / 2, &out, &err));
    buf_adds(&gz, "garbage");
    assert_false(pack_gunzip(buf_slice(&gz), len, &out, &err));
    assert_string_equal(out.data, "kept");
    assert_int_equal(out.len, 4);
    buf_release(&gz);
    buf_release(&out);
}

/* Every method at its ends: what goes in comes out, and what was cut or bent does not. */
static void methods_round_trip(void **state)
{
    struct buf in = BUF_INIT;

    (void)state;
    for (unsigned i = 0; i < 30000; i++)
        buf_addf(&in, "%u\t%x\n", i, i * 2654435761u);
    for (const struct pack_method *m = pack_methods; m->name; m++) {
        for (int end = 0; m->compress && end < 2; end++) {
            int level = end ? m->most : m->least;
            struct buf packed = BUF_INIT, out = BUF_INIT;
            struct err err = ERR_INIT;

            buf_adds(&out, "kept");
            assert_true(m->compress(buf_slice(&in), level, &packed, &err));
            assert_true(!m->most || packed.len < in.len);
            assert_true(m->expand(buf_slice(&packed), &out, &err));
            assert_int_equal(out.len, in.len + 4);
            assert_memory_equal(out.data + 4, in.data, in.len);
            for (size_t cut = 0; m->most && cut < packed.len; cut += 997) {
                buf_setlen(&out, 4);
                assert_false(m->expand((struct slice){packed.data, cut}, &out, &err));
                assert_int_equal(err.cls, ERR_CORRUPT);
            }
            packed.data[packed.len / 2] ^= 1;
            buf_setlen(&out, 4);
            assert_true(!m->most || !m->expand(buf_slice(&packed), &out, &err));
            assert_int_equal(out.len, 4);
            buf_release(&packed);
            buf_release(&out);
        }
    }
    buf_release(&in);
}

static void methods_by_name(void **state)
{
    static const char *const bad[] = {"",        "gzi",    "gzip:", "gzip:0", "gzip:10",
                                      "gzip:1x", "none:1", "lz4",   ":"};
    const struct pack_method *m = NULL;
    struct err err = ERR_INIT;
    int level = 0;

    (void)state;
    assert_true(pack_method_parse("gzip", &m, &level, &err));
    assert_string_equal(m->suffix, ".gz");
    assert_int_equal(level, 1);
    assert_true(pack_method_parse("gzip:9", &m, &level, &err));
    assert_int_equal(level, 9);
    assert_true(pack_method_parse("none", &m, &level, &err));
    assert_string_equal(m->suffix, "");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err_clear(&err);
        assert_false(pack_method_parse(bad[i], &m, &level, &err));
        assert_int_equal(err.cls, ERR_USAGE);
    }
    assert_string_equal(pack_method_of("data/1/000001.tsv.gz")->name, "gzip");
    assert_string_equal(pack_method_of("data/1/000001.tsv.zst")->name, "zstd");
    assert_string_equal(pack_method_of("data/1/000001.tsv")->name, "none");
}

static void crc32_check_value(void **state)
{
    (void)state;
    /* The check value of CRC-32/ISO-HDLC. */
    assert_int_equal(pack_crc32(text("123456789")), 0xCBF43926u);
    assert_int_equal(pack_crc32((struct slice){NULL, 0}), 0);
}

/* What comes out block by block; -1 where it ends in an error. */
static long long unfolded(const struct pack_method *m, struct slice in, struct buf *ret,
                          struct err *err)
{
    struct reader *r = m->unfold(reader_memory(in.data, in.len));
    struct slice block;
    long long n = 0;
    int got;

    while ((got = reader_next(r, &block, err)) == 1) {
        assert_true(block.len > 0);
        n += (long long)block.len;
        if (ret)
            buf_add(ret, block.data, block.len);
    }
    reader_close(r);
    return got < 0 ? -1 : n;
}

static void methods_unfold(void **state)
{
    struct buf in = BUF_INIT;

    (void)state;
    for (unsigned i = 0; i < 200000; i++)
        buf_addf(&in, "%u\t%x\n", i, i * 2654435761u);
    for (const struct pack_method *m = pack_methods; m->name; m++) {
        struct buf packed = BUF_INIT, out = BUF_INIT;
        struct err err = ERR_INIT;
        uint64_t size = 0;

        if (!m->compress) {
            buf_release(&packed);
            continue;
        }
        assert_true(m->compress(buf_slice(&in), m->usual, &packed, &err));
        assert_true(m->size(buf_slice(&packed), &size));
        assert_int_equal(size, in.len);
        assert_int_equal(unfolded(m, buf_slice(&packed), &out, &err), in.len);
        assert_memory_equal(out.data, in.data, in.len);
        /* two of them are one behind the other, as gzip has it */
        assert_true(m->compress(buf_slice(&in), m->usual, &packed, &err));
        assert_int_equal(unfolded(m, buf_slice(&packed), NULL, &err), 2 * in.len);
        for (size_t cut = 0; m->most && cut < packed.len / 2 - 1; cut += 9973) {
            err_clear(&err);
            assert_int_equal(unfolded(m, (struct slice){packed.data, cut}, NULL, &err), -1);
            assert_int_equal(err.cls, ERR_CORRUPT);
        }
        buf_release(&packed);
        buf_release(&out);
    }
    buf_release(&in);
}

/* A frame of `blocks` blocks of 128 KB, each one byte that is repeated (RFC 8878, 3.1.1), which
 * says that it holds `size`, in a window of 2^log. */
static void add_frame(struct buf *b, unsigned blocks, uint64_t size, unsigned log)
{
    static const char head[] = {'\x28', '\xb5', '\x2f', '\xfd', '\xc0'};

    buf_add(b, head, sizeof(head));
    buf_addch(b, (char)((log - 10) << 3));
    for (unsigned i = 0; i < 8; i++)
        buf_addch(b, (char)(size >> (8 * i)));
    for (unsigned i = 1; i <= blocks; i++) {
        uint32_t block = (i == blocks) | 1u << 1 | (128u * 1024) << 3;
        buf_addch(b, (char)block);
        buf_addch(b, (char)(block >> 8));
        buf_addch(b, (char)(block >> 16));
        buf_addch(b, 'a');
    }
}

static void a_small_frame_of_gigabytes(void **state)
{
    const struct pack_method *m = pack_method_of("x.zst");
    const uint64_t three = UINT64_C(3) << 30;
    struct buf b = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    uint64_t size;

    (void)state;
    if (!m->compress) {
        skip();
        return;
    }
    add_frame(&b, 24 * 1024, three, 17);
    assert_true(b.len < 100 * 1024);
    assert_true(m->size(buf_slice(&b), &size));
    assert_true(size == three);
    assert_false(m->expand(buf_slice(&b), &out, &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    assert_int_equal(out.cap, 0);
    err_clear(&err);
    assert_true(unfolded(m, buf_slice(&b), NULL, &err) == (long long)three);
    /* a row without an end is given up */
    struct reader *r = reader_rows(m->unfold(reader_memory(b.data, b.len)), 1 << 20);
    struct slice block;
    assert_int_equal(reader_next(r, &block, &err), -1);
    assert_int_equal(err.cls, ERR_CORRUPT);
    reader_close(r);
    /* one that lies about its size; one that wants a window of a gigabyte, which costs nothing */
    for (int i = 0; i < 2; i++) {
        buf_reset(&b);
        add_frame(&b, 8, i ? 1 << 20 : (1 << 20) + 1, i ? 30 : 17);
        err_clear(&err);
        assert_int_equal(unfolded(m, buf_slice(&b), NULL, &err), -1);
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
    buf_release(&b);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(gzip_round_trip),
        cmocka_unit_test(gunzip_of_damaged_buffers),
        cmocka_unit_test(methods_round_trip),
        cmocka_unit_test(methods_by_name),
        cmocka_unit_test(crc32_check_value),
        cmocka_unit_test(methods_unfold),
        cmocka_unit_test(a_small_frame_of_gigabytes),
    };

    return cmocka_run_group_tests_name("pack_method", tests, NULL, NULL);
}
