/* The container of a snapshot: members in, members out, and what is damaged. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "pack.h"

static void expect_member(struct pack_reader *r, const char *want_name, struct slice want)
{
    struct buf bytes = BUF_INIT;
    struct err err = ERR_INIT;
    const char *name;

    buf_adds(&bytes, "kept");
    assert_int_equal(pack_next(r, &name, &bytes, &err), 1);
    assert_string_equal(name, want_name);
    assert_int_equal(bytes.len, 4 + want.len);
    if (want.len)
        assert_memory_equal(bytes.data + 4, want.data, want.len);
    buf_release(&bytes);
}

static void file_round_trip(void **state)
{
    struct place *place = *state;
    struct pack_reader *r;
    struct err err = ERR_INIT;
    struct buf bytes = BUF_INIT;
    const char *name;
    struct stat st;

    write_sample(place->file, false);
    assert_int_equal(partials(place), 0);
    assert_int_equal(stat(place->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_true(pack_open(&r, place->file, &err));
    assert_true(pack_is_seekable(r));
    expect_member(r, "model.xml", text("<model/>"));
    expect_member(r, "data/1.gz", (struct slice){"a\0b", 3});
    expect_member(r, "empty", text(""));
    expect_member(r, "manifest", text("end"));
    assert_int_equal(pack_next(r, &name, &bytes, &err), 0);
    pack_close(r);
    buf_release(&bytes);
}

static void names_are_bytes(void **state)
{
    static const char *const good[] = {"data/caf\xc3\xa9 \xe2\x82\xac.gz", "not utf-8 \xff\xfe",
                                       "..x", "a..", "'\"\\ %"};
    static const char *const bad[] = {"",       "/etc/passwd", "..",   "../x",
                                      "a/../b", "a/..",        "a\nb", "dir/"};
    struct place *place = *state;
    struct pack_writer *w;
    struct pack_reader *r;
    struct err err = ERR_INIT;
    char longest[101]; /* what ustar holds without a folder */

    memset(longest, 'n', 100);
    longest[100] = '\0';
    assert_true(pack_create(&w, place->file, false, &err));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err_clear(&err);
        assert_false(pack_write(w, bad[i], text("x"), &err));
        assert_true(err_is_set(&err));
    }
    /* That was the caller's mistake, and does not end the snapshot. */
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(pack_write(w, good[i], text(good[i]), &err));
    assert_true(pack_write(w, longest, text("long"), &err));
    assert_true(pack_finish(w, &err));
    assert_true(pack_open(&r, place->file, &err));
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        expect_member(r, good[i], text(good[i]));
    expect_member(r, longest, text("long"));
    pack_close(r);
}

struct pipe_job {
    int fd;
    int members;
};

static void *write_pipe(void *arg)
{
    struct pipe_job *job = arg;
    struct pack_writer *w;
    struct err err = ERR_INIT;
    struct buf bytes = BUF_INIT;
    char path[64], name[64];

    snprintf(path, sizeof(path), "/dev/fd/%d", job->fd);
    if (!pack_create(&w, path, false, &err))
        return NULL;
    for (int i = 0; i < job->members; i++) {
        buf_addf(&bytes, "row %d of a table that grows and grows\n", i);
        snprintf(name, sizeof(name), "data/%05d", i);
        if (!pack_write(w, name, buf_slice(&bytes), &err)) {
            pack_abort(w);
            return NULL;
        }
    }
    buf_release(&bytes);
    return pack_finish(w, &err) ? arg : NULL;
}

static void pipe_round_trip(void **state)
{
    struct pipe_job job = {-1, 300};
    struct pack_reader *r;
    struct buf want = BUF_INIT, bytes = BUF_INIT;
    struct err err = ERR_INIT;
    const char *name;
    pthread_t thread;
    void *done;
    char path[64];
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    job.fd = fds[1];
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    assert_int_equal(pthread_create(&thread, NULL, write_pipe, &job), 0);
    assert_true(pack_open(&r, path, &err));
    assert_false(pack_is_seekable(r));
    for (int i = 0; i < job.members; i++) {
        buf_addf(&want, "row %d of a table that grows and grows\n", i);
        buf_reset(&bytes);
        assert_int_equal(pack_next(r, &name, &bytes, &err), 1);
        assert_int_equal(bytes.len, want.len);
        assert_memory_equal(bytes.data, want.data, want.len);
    }
    pthread_join(thread, &done);
    assert_non_null(done);
    close(fds[1]);
    assert_int_equal(pack_next(r, &name, &bytes, &err), 0);
    pack_close(r);
    close(fds[0]);
    buf_release(&want);
    buf_release(&bytes);
}

static void standard_streams(void **state)
{
    struct place *place = *state;
    int fd = open(place->file, O_RDWR | O_CREAT, 0600), out = dup(1), in = dup(0), got;
    struct err err = ERR_INIT;

    fflush(stdout);
    dup2(fd, 1);
    write_sample("-", false);
    dup2(out, 1);
    lseek(fd, 0, SEEK_SET);
    dup2(fd, 0);
    got = count_members("-", &err);
    dup2(in, 0);
    close(fd);
    close(out);
    close(in);
    assert_int_equal(got, 4);
}
static void every_truncation_is_found(void **state)
{
    struct place *place = *state;
    struct buf whole = BUF_INIT;
    struct err err = ERR_INIT;

    write_sample(place->file, false);
    read_file(place->file, &whole);
    assert_int_equal(count_members(place->file, &err), 4);
    for (size_t len = 0; len < whole.len; len++) {
        write_file(place->file, whole.data, len);
        err_clear(&err);
        assert_int_equal(count_members(place->file, &err), -1);
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
    buf_release(&whole);
}

static void what_is_behind_the_end(void **state)
{
    struct place *place = *state;
    struct buf whole = BUF_INIT;
    struct err err = ERR_INIT;
    size_t len;

    write_sample(place->file, false);
    read_file(place->file, &whole);
    len = whole.len;
    buf_grow(&whole, 1 << 20);
    memset(whole.data + len, 0, 1 << 20);
    write_file(place->file, whole.data, len + (1 << 20)); /* GNU tar pads like this */
    assert_int_equal(count_members(place->file, &err), 4);
    whole.data[len + 700000] = 'x';
    write_file(place->file, whole.data, len + (1 << 20));
    assert_int_equal(count_members(place->file, &err), -1);
    assert_int_equal(err.cls, ERR_CORRUPT);
    /* A file written twice, as by >> */
    memcpy(whole.data + len, whole.data, len);
    write_file(place->file, whole.data, 2 * len);
    assert_int_equal(count_members(place->file, &err), -1);
    assert_int_equal(err.cls, ERR_CORRUPT);
    buf_release(&whole);
}

static void strange_files(void **state)
{
    struct place *place = *state;
    struct buf whole = BUF_INIT;
    struct err err = ERR_INIT;

    write_file(place->file, "CREATE TABLE t (a int);\n", 24);
    assert_int_equal(count_members(place->file, &err), -1);
    assert_int_equal(err.cls, ERR_CORRUPT);

    assert_int_equal(count_members(place->folder, &err), -1);
    assert_int_equal(err.cls, ERR_USAGE);
    assert_int_equal(count_members(place->partial, &err), -1);
    assert_int_equal(err.cls, ERR_RUNTIME);
    assert_non_null(strstr(err.msg, "No such file"));

    /* Any one flipped byte of a header is found by its checksum. */
    write_sample(place->file, true);
    read_file(place->file, &whole);
    for (size_t i = 0; i < 100; i++) {
        whole.data[i] ^= 0x10;
        write_file(place->file, whole.data, whole.len);
        assert_int_equal(count_members(place->file, &err), -1);
        assert_int_equal(err.cls, ERR_CORRUPT);
        whole.data[i] ^= 0x10;
    }
    buf_release(&whole);
}

static struct pack_writer *shared;

static void *write_many(void *arg)
{
    struct err err = ERR_INIT;
    char name[64], bytes[3000];

    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "%c/%d", *(char *)arg, i);
        memset(bytes, *(char *)arg, sizeof(bytes));
        if (!pack_write(shared, name, (struct slice){bytes, (size_t)i * 10}, &err))
            return NULL;
    }
    return arg;
}

static void members_from_several_threads(void **state)
{
    struct place *place = *state;
    struct pack_reader *r;
    struct buf bytes = BUF_INIT;
    struct err err = ERR_INIT;
    char letters[] = "abcd";
    pthread_t threads[4];
    const char *name;
    int got, n = 0;

    assert_true(pack_create(&shared, place->file, false, &err));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &letters[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *done;

        pthread_join(threads[i], &done);
        assert_non_null(done);
    }
    assert_true(pack_finish(shared, &err));
    assert_true(pack_open(&r, place->file, &err));
    while ((got = pack_next(r, &name, &bytes, &err)) > 0) {
        assert_int_equal(bytes.len, atol(name + 2) * 10);
        for (size_t i = 0; i < bytes.len; i++)
            assert_int_equal(bytes.data[i], name[0]);
        buf_reset(&bytes);
        n++;
    }
    assert_int_equal(got, 0);
    assert_int_equal(n, 800);
    pack_close(r);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(file_round_trip),
        PLACED(names_are_bytes),
        cmocka_unit_test(pipe_round_trip),
        PLACED(standard_streams),
        PLACED(every_truncation_is_found),
        PLACED(what_is_behind_the_end),
        PLACED(strange_files),
        PLACED(members_from_several_threads),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
