/*
 * pack.h - a folder for each test of snapshot files, and a small snapshot in it.
 */
#ifndef DBTWIN_TESTS_PACK_H
#define DBTWIN_TESTS_PACK_H

#include <dbtwin/pack.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* A folder of its own for each test, with the paths that most of them use. */
struct place {
    struct arena arena;
    char *folder, *file, *partial;
};

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
    struct place *place = *state;
    struct arena arena = place->arena;
    int rc;

    unlink(place->file);
    rc = rmdir(place->folder); /* fails when a test left something behind */
    arena_release(&arena);
    return rc;
}

static inline bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* How many files that are being written the folder has. */
static inline int partials(const struct place *place)
{
    DIR *d = opendir(place->folder);
    int n = 0;

    for (struct dirent *e; (e = readdir(d));)
        n += str_ends(e->d_name, ".partial");
    closedir(d);
    return n;
}

static inline struct slice text(const char *s)
{
    return (struct slice){s, strlen(s)};
}

static inline void read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    int c;

    assert_non_null(f);
    buf_reset(out);
    while ((c = getc(f)) != EOF)
        buf_addch(out, (char)c);
    fclose(f);
}

static inline void write_file(const char *path, const char *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void write_sample(const char *path, bool overwrite)
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
static inline int count_members(const char *path, struct err *err)
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

#define PLACED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
