#include <dbtwin/pack.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dbtwin/log.h>
#include <dbtwin/partial.h>

struct pack_writer {
    struct arena arena;
    struct archive *tar;
    pthread_mutex_t lock; /* over tar and failure */
    uint64_t written;     /* atomic */
    int fd;
    bool overwrite;
    bool discard;        /* given up: what libarchive still writes goes nowhere */
    const char *path;    /* as people call it */
    const char *final;   /* where it ends up; NULL when fd is not a file of our own */
    const char *partial; /* where it is until then */
    struct err failure;  /* the first one: nothing is written after it */
};

static bool cannot_write(struct err *err, const char *path, int code)
{
    if (code == EINTR && log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted while writing %s", path);
    err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(code));
    if (code == ENOSPC || code == EDQUOT)
        err_hint(err, "Free some space, or write the snapshot to another file system.");
    else if (code == EFBIG)
        err_hint(err, "The limit on the size of files is reached: see ulimit -f.");
    else if (code == EPIPE)
        err_hint(err, "The program that was reading the snapshot has ended.");
    return false;
}

/*
 * After a failure nothing is written any more, but libarchive is not told: it would leak its own
 * state then (seen with 3.6.2). Whoever calls it looks at w->failure afterwards.
 */
static la_ssize_t write_some(struct archive *tar, void *ctx, const void *bytes, size_t n)
{
    struct pack_writer *w = ctx;
    ssize_t done;

    (void)tar;
    if (w->discard || err_is_set(&w->failure))
        return (la_ssize_t)n;
    do
        done = write(w->fd, bytes, n);
    while (done < 0 && errno == EINTR && !log_cancelled());
    if (done < 0) {
        cannot_write(&w->failure, w->path, errno);
        return (la_ssize_t)n;
    }
    __atomic_fetch_add(&w->written, (uint64_t)done, __ATOMIC_RELAXED);
    return done;
}

static bool open_stdout(struct pack_writer *w, struct err *err)
{
    w->path = "the standard output";
    w->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return w->fd >= 0 || cannot_write(err, w->path, errno);
}

static bool open_target(struct pack_writer *w, const char *path, struct err *err)
{
    char real[PATH_MAX];
    struct stat st;

    if (strcmp(path, "-") == 0)
        return open_stdout(w, err);
    w->path = w->final = arena_strdup(&w->arena, path);
    if (!partial_check(path, err))
        return false;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return err_set(err, ERR_USAGE, "%s is a directory", path);
        if (!S_ISREG(st.st_mode)) {
            /* A pipe or a device is written to: renaming over it would replace it. */
            w->final = NULL;
            w->fd = open(path, O_WRONLY | O_CLOEXEC);
            return w->fd >= 0 || cannot_write(err, path, errno);
        }
        if (!w->overwrite) {
            err_set(err, ERR_RUNTIME, "%s already exists", path);
            return err_hint(err, "name another file, or replace it: --force");
        }
        /* What a symbolic link names is replaced, not the link. */
        if (realpath(path, real))
            w->final = arena_strdup(&w->arena, real);
    }
    struct buf name = BUF_INIT;
    bool ok = partial_open(w->final, 0600, true, &name, &w->fd, err);
    if (ok)
        w->partial = arena_strdup(&w->arena, name.data);
    buf_release(&name);
    return ok;
}

static bool start_tar(struct pack_writer *w, struct err *err)
{
    w->tar = archive_write_new();
    if (!w->tar)
        base_oom();
    /* ustar, because tools warn of pax headers that they do not know. Unbuffered: members are big,
     * and an error of writing belongs to the member that met it. */
    if (archive_write_set_format_ustar(w->tar) == ARCHIVE_OK &&
        archive_write_set_bytes_per_block(w->tar, 0) == ARCHIVE_OK &&
        archive_write_open(w->tar, w, NULL, write_some, NULL) == ARCHIVE_OK)
        return true;
    return err_set(err, ERR_RUNTIME, "cannot start a snapshot: %s", archive_error_string(w->tar));
}

bool pack_create(struct pack_writer **ret, const char *path, bool overwrite, struct err *err)
{
    struct arena arena = {.block_size = 8192};
    struct pack_writer *w = arena_new(&arena, struct pack_writer);

    w->arena = arena;
    w->fd = -1;
    w->overwrite = overwrite;
    pthread_mutex_init(&w->lock, NULL);
    if (!open_target(w, path, err) || !start_tar(w, err)) {
        pack_abort(w);
        return false;
    }
    *ret = w;
    return true;
}

static bool tar_failed(struct pack_writer *w, const char *name)
{
    if (!err_is_set(&w->failure))
        err_set(&w->failure, ERR_RUNTIME, "cannot write %s to %s: %s", name, w->path,
                archive_error_string(w->tar));
    return false;
}

static bool write_member(struct pack_writer *w, const char *name, struct slice bytes)
{
    struct archive_entry *entry = archive_entry_new2(w->tar);
    bool ok;

    if (!entry)
        base_oom();
    archive_entry_copy_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)bytes.len);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    ok = archive_write_header(w->tar, entry) == ARCHIVE_OK;
    archive_entry_free(entry);
    while (ok && bytes.len) {
        la_ssize_t done = archive_write_data(w->tar, bytes.data, bytes.len);

        ok = done > 0;
        if (ok) {
            bytes.data += done;
            bytes.len -= (size_t)done;
        }
    }
    if (!ok || archive_write_finish_entry(w->tar) != ARCHIVE_OK)
        return tar_failed(w, name);
    return !err_is_set(&w->failure);
}

/* So that people can unpack a snapshot with tar without looking at it first. */
static bool is_safe_name(const char *name)
{
    if (*name == '\0' || *name == '/' || str_ends(name, "/") || strlen(name) >= PATH_MAX)
        return false;
    for (const char *p = name; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
        if ((p == name || p[-1] == '/') && p[0] == '.' && p[1] == '.' &&
            (p[2] == '/' || p[2] == '\0'))
            return false;
    }
    return true;
}

bool pack_write(struct pack_writer *w, const char *name, struct slice bytes, struct err *err)
{
    bool ok;

    if (!is_safe_name(name))
        return err_set(err, ERR_RUNTIME, "\"%s\" cannot be the name of a snapshot's member", name);
    pthread_mutex_lock(&w->lock);
    ok = !err_is_set(&w->failure) && write_member(w, name, bytes);
    if (!ok)
        *err = w->failure;
    pthread_mutex_unlock(&w->lock);
    return ok;
}

uint64_t pack_written(const struct pack_writer *w)
{
    return __atomic_load_n(&w->written, __ATOMIC_RELAXED);
}

/* The name is as durable as the content only when the folder is synced, too. */
static bool sync_folder(struct pack_writer *w, struct err *err)
{
    int fd = open(dirname(arena_strdup(&w->arena, w->final)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    int code = errno;

    if (fd >= 0)
        close(fd);
    return ok || cannot_write(err, w->path, code);
}

static bool put_in_place(struct pack_writer *w, struct err *err)
{
    if (w->overwrite) {
        if (rename(w->partial, w->final) != 0)
            return cannot_write(err, w->path, errno);
    } else if (renameat2(AT_FDCWD, w->partial, AT_FDCWD, w->final, RENAME_NOREPLACE) != 0) {
        /* Not every file system knows RENAME_NOREPLACE. */
        if ((errno == EINVAL && access(w->final, F_OK) != 0) || errno == ENOSYS) {
            if (rename(w->partial, w->final) != 0)
                return cannot_write(err, w->path, errno);
        } else {
            return cannot_write(err, w->path, errno == EINVAL ? EEXIST : errno);
        }
    }
    w->partial = NULL;
    return sync_folder(w, err);
}

static bool finish(struct pack_writer *w, struct err *err)
{
    int fd = w->fd;

    if (!err_is_set(&w->failure) && archive_write_close(w->tar) != ARCHIVE_OK)
        tar_failed(w, "the end");
    if (err_is_set(&w->failure)) {
        *err = w->failure;
        return false;
    }
    /* A pipe cannot be synced, and says EINVAL. */
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        return cannot_write(err, w->path, errno);
    if (w->partial && !put_in_place(w, err))
        return false;
    w->fd = -1;
    return close(fd) == 0 || errno == EINTR || cannot_write(err, w->path, errno);
}

bool pack_finish(struct pack_writer *w, struct err *err)
{
    bool ok = finish(w, err);

    pack_abort(w);
    return ok;
}

void pack_abort(struct pack_writer *w)
{
    struct arena arena;

    if (!w)
        return;
    /* Freeing an archive that is still open writes an end to it. */
    w->discard = true;
    archive_write_free(w->tar);
    /* Removed before the lock goes with the close, so that no other writer loses its file. */
    if (w->partial && w->fd >= 0)
        unlink(w->partial);
    if (w->fd >= 0)
        close(w->fd);
    pthread_mutex_destroy(&w->lock);
    arena = w->arena;
    arena_release(&arena);
}
