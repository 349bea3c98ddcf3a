/* The file that a snapshot is written to: complete, or not there. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "pack.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(abort_leaves_no_trace),
        PLACED(an_aborted_stream_has_no_end),
        PLACED(existing_files),
        PLACED(a_file_that_appears_meanwhile_is_kept),
        PLACED(a_stale_partial_is_removed),
        PLACED(a_planted_partial_is_refused),
        PLACED(a_symbolic_link_stays),
        PLACED(a_write_that_fails),
        cmocka_unit_test(a_full_device),
        cmocka_unit_test(a_reader_that_went_away),
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests_name("pack_file", tests, NULL, NULL);
}
