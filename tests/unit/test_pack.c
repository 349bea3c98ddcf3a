#include <dbtwin/pack.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* A folder of its own for each test, with the paths that most of them use. */
struct place {
    struct arena arena;
    char *folder, *file, *partial;
};

static int setup(void **state)
{
    struct arena arena = ARENA_INIT;
    struct place *place = arena_new(&arena, struct place);
    const char *tmp = getenv("TMPDIR");

    place->folder = arena_printf(&arena, "%s/dbtwin-pack-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(place->folder))
        return -1;
    place->file = arena_printf(&arena, "%s/a.dbtwin", place->folder);
    place->partial = arena_printf(&arena, "%s.partial", place->file);
    place->arena = arena;
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    struct arena arena = place->arena;
    int rc;

    unlink(place->file);
    rc = rmdir(place->folder); /* fails when a test left something behind */
    arena_release(&arena);
    return rc;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* How many files that are being written the folder has. */
static int partials(const struct place *place)
{
    DIR *d = opendir(place->folder);
    int n = 0;

    for (struct dirent *e; (e = readdir(d));)
        n += str_ends(e->d_name, ".partial");
    closedir(d);
    return n;
}

static struct slice text(const char *s)
{
    return (struct slice){s, strlen(s)};
}

static void read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    int c;

    assert_non_null(f);
    buf_reset(out);
    while ((c = getc(f)) != EOF)
        buf_addch(out, (char)c);
    fclose(f);
}

static void write_file(const char *path, const char *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void write_sample(const char *path, bool overwrite)
{
    struct pack_writer *w = NULL;
    struct err err = ERR_INIT;

    assert_true(pack_create(&w, path, overwrite, &err));
    assert_true(pack_write(w, "model.xml", text("<model/>"), &err));
    assert_true(pack_write(w, "data/1.gz", (struct slice){"a\0b", 3}, &err));
    assert_true(pack_write(w, "empty", (struct slice){NULL, 0}, &err));
    assert_true(pack_write(w, "manifest", text("end"), &err));
    assert_true(pack_finish(w, &err));
}

/* Reads until the end or an error; the number of members, or -1. */
static int count_members(const char *path, struct err *err)
{
    struct pack_reader *r = NULL;
    struct buf bytes = BUF_INIT;
    const char *name;
    int got, n = 0;

    if (!pack_open(&r, path, err))
        return -1;
    while ((got = pack_next(r, &name, &bytes, err)) > 0)
        n++;
    pack_close(r);
    buf_release(&bytes);
    return got < 0 ? -1 : n;
}

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

static void abort_leaves_no_trace(void **state)
{
    struct place *place = *state;
    struct pack_writer *w;
    struct err err = ERR_INIT;

    assert_true(pack_create(&w, place->file, false, &err));
    assert_true(pack_write(w, "a", text("b"), &err));
    assert_int_equal(partials(place), 1);
    assert_false(exists(place->file));
    assert_true(pack_written(w) >= 513);
    pack_abort(w);
    assert_int_equal(partials(place), 0);
    assert_false(exists(place->file));
    pack_abort(NULL);
}

static void an_aborted_stream_has_no_end(void **state)
{
    struct place *place = *state;
    struct pack_writer *w;
    struct err err = ERR_INIT;
    char path[64];
    int fd = open(place->file, O_RDWR | O_CREAT, 0600), fds[2];
    char bytes[4096];
    ssize_t n;

    assert_int_equal(pipe(fds), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
    assert_true(pack_create(&w, path, false, &err));
    assert_true(pack_write(w, "a", text("b"), &err));
    pack_abort(w);
    close(fds[1]);
    while ((n = read(fds[0], bytes, sizeof(bytes))) > 0)
        assert_int_equal(write(fd, bytes, (size_t)n), n);
    close(fds[0]);
    close(fd);
    assert_int_equal(count_members(place->file, &err), -1);
    assert_int_equal(err.cls, ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "ends early"));
}

static void existing_files(void **state)
{
    struct place *place = *state;
    struct pack_writer *w = NULL, *second = NULL;
    struct err err = ERR_INIT;

    write_file(place->file, "mine", 4);
    assert_false(pack_create(&w, place->file, false, &err));
    assert_null(w);
    assert_non_null(strstr(err.msg, "already exists"));
    assert_int_equal(partials(place), 0);

    assert_true(pack_create(&w, place->file, true, &err));
    assert_false(pack_create(&second, place->file, true, &err));
    assert_non_null(strstr(err.msg, "another process"));
    assert_int_equal(partials(place), 1); /* the loser must not take it away */
    pack_abort(w);
    assert_int_equal(count_members(place->file, &err), -1); /* still "mine" */
    write_sample(place->file, true);
    assert_int_equal(count_members(place->file, &err), 4);

    assert_false(pack_create(&w, place->folder, true, &err));
    assert_non_null(strstr(err.msg, "is a directory"));
}

static void a_file_that_appears_meanwhile_is_kept(void **state)
{
    struct place *place = *state;
    struct pack_writer *w;
    struct err err = ERR_INIT;
    struct buf bytes = BUF_INIT;

    assert_true(pack_create(&w, place->file, false, &err));
    assert_true(pack_write(w, "a", text("b"), &err));
    write_file(place->file, "theirs", 6);
    assert_false(pack_finish(w, &err));
    assert_non_null(strstr(err.msg, "File exists"));
    assert_int_equal(partials(place), 0);
    read_file(place->file, &bytes);
    assert_string_equal(bytes.data, "theirs");
    buf_release(&bytes);
}

static void a_stale_partial_is_removed(void **state)
{
    struct place *place = *state;
    char *private = arena_printf(&place->arena, "%s.0123abcd.partial", place->file);
    char *other = arena_printf(&place->arena, "%s.0123abcg.partial", place->file);
    struct err err = ERR_INIT;

    write_file(place->partial, "old", 3);
    write_file(private, "old", 3);
    write_file(other, "x", 1); /* of the file a.dbtwin.0123abcg */
    write_sample(place->file, false);
    assert_int_equal(count_members(place->file, &err), 4);
    assert_int_equal(partials(place), 1);
    assert_int_equal(unlink(other), 0);
}

/* Whatever else bears that name is neither written to nor removed. */
static void a_planted_partial_is_refused(void **state)
{
    struct place *place = *state;
    char *secret = arena_printf(&place->arena, "%s/secret", place->folder);
    char *private = arena_printf(&place->arena, "%s.0123abcd.partial", place->file);
    struct pack_writer *w = NULL;
    struct err err = ERR_INIT;
    struct buf bytes = BUF_INIT;

    write_file(secret, "mine", 4);
    assert_int_equal(symlink(secret, place->partial), 0);
    assert_false(pack_create(&w, place->file, false, &err));
    assert_int_equal(err.cls, ERR_REFUSED);
    assert_int_equal(unlink(place->partial), 0);
    assert_int_equal(link(secret, place->partial), 0);
    assert_false(pack_create(&w, place->file, false, &err));
    assert_int_equal(unlink(place->partial), 0);
    assert_int_equal(mkfifo(place->partial, 0600), 0);
    assert_false(pack_create(&w, place->file, false, &err));
    assert_int_equal(unlink(place->partial), 0);
    assert_int_equal(symlink(secret, private), 0);
    write_sample(place->file, false);
    assert_int_equal(partials(place), 1);
    assert_int_equal(unlink(private), 0);
    read_file(secret, &bytes);
    assert_string_equal(bytes.data, "mine");
    assert_int_equal(unlink(secret), 0);
    buf_release(&bytes);
}

static void a_symbolic_link_stays(void **state)
{
    struct place *place = *state;
    char *link = arena_printf(&place->arena, "%s/latest", place->folder);
    struct err err = ERR_INIT;
    struct stat st;

    write_file(place->file, "old", 3);
    assert_int_equal(symlink(place->file, link), 0);
    write_sample(link, true);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(count_members(place->file, &err), 4);
    unlink(link);
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

/* A disk that is full, or a file size limit: both are an errno of write(). */
static void a_write_that_fails(void **state)
{
    struct place *place = *state;
    struct rlimit before, small = {40000, RLIM_INFINITY};
    static char big[30000];
    struct pack_writer *w;
    struct err err = ERR_INIT, again = ERR_INIT;

    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    assert_true(pack_create(&w, place->file, false, &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_true(pack_write(w, "a", (struct slice){big, sizeof(big)}, &err));
    assert_false(pack_write(w, "b", (struct slice){big, sizeof(big)}, &err));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(err.cls, ERR_RUNTIME);
    assert_non_null(strstr(err.msg, "File too large"));
    /* Once failed, failed: room that comes back later would leave a hole. */
    assert_false(pack_write(w, "c", text("d"), &again));
    assert_string_equal(again.msg, err.msg);
    assert_false(pack_finish(w, &again));
    assert_string_equal(again.msg, err.msg);
    assert_int_equal(partials(place), 0);
    assert_false(exists(place->file));
}

static void a_full_device(void **state)
{
    struct pack_writer *w;
    struct err err = ERR_INIT;

    (void)state;
    if (!exists("/dev/full"))
        skip();
    assert_true(pack_create(&w, "/dev/full", true, &err));
    assert_false(pack_write(w, "a", text("b"), &err));
    assert_non_null(strstr(err.msg, "/dev/full: No space left on device"));
    assert_non_null(strstr(err.hint, "space"));
    pack_abort(w);
    assert_true(exists("/dev/full"));
}

static void a_reader_that_went_away(void **state)
{
    struct pack_writer *w;
    struct err err = ERR_INIT;
    char path[64];
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
    assert_true(pack_create(&w, path, false, &err));
    close(fds[0]);
    assert_false(pack_write(w, "a", text("b"), &err));
    assert_non_null(strstr(err.msg, "Broken pipe"));
    assert_false(pack_finish(w, &err));
    close(fds[1]);
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

#define PLACED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(file_round_trip),
        PLACED(names_are_bytes),
        cmocka_unit_test(pipe_round_trip),
        PLACED(standard_streams),
        PLACED(abort_leaves_no_trace),
        PLACED(an_aborted_stream_has_no_end),
        PLACED(existing_files),
        PLACED(a_file_that_appears_meanwhile_is_kept),
        PLACED(a_stale_partial_is_removed),
        PLACED(a_planted_partial_is_refused),
        PLACED(a_symbolic_link_stays),
        PLACED(every_truncation_is_found),
        PLACED(what_is_behind_the_end),
        PLACED(strange_files),
        PLACED(a_write_that_fails),
        cmocka_unit_test(a_full_device),
        cmocka_unit_test(a_reader_that_went_away),
        PLACED(members_from_several_threads),
        PLACED(gzip_round_trip),
        cmocka_unit_test(gunzip_of_damaged_buffers),
        cmocka_unit_test(methods_round_trip),
        cmocka_unit_test(methods_by_name),
        cmocka_unit_test(crc32_check_value),
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
