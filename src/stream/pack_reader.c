#include <dbtwin/pack.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dbtwin/log.h>

#define BLOCK (256u * 1024)
/* A tar is filled up to its block (512 bytes times the blocking factor) with zeros, not for ever.
 */
#define FILL_MAX (64 << 20)
#define END_RECORDS                                                              \
    1024 /* POSIX pax: an archive ends with two records of zeros, 512 bytes each \
          */

struct pack_reader {
    struct arena arena;
    struct archive *tar;
    const char *path; /* as people call it */
    int fd;
    bool seekable;
    uint64_t size;        /* of a plain file, else 0 */
    struct err failure;   /* of reading the file itself */
    int64_t total;        /* bytes read */
    int64_t content_ends; /* after the last byte read that is not zero */
    char block[BLOCK];
};

static ssize_t read_block(struct pack_reader *r)
{
    ssize_t got, last;

    /* what is not there yet, or never ends, may be long */
    do
        got = log_cancelled() ? -1 : read(r->fd, r->block, BLOCK);
    while (got < 0 && errno == EINTR && !log_cancelled());
    if (got < 0) {
        if (log_cancelled())
            err_set(&r->failure, ERR_INTERRUPTED, "interrupted while reading %s", r->path);
        else
            err_set(&r->failure, ERR_RUNTIME, "cannot read %s: %s", r->path, strerror(errno));
        return -1;
    }
    for (last = got; last > 0 && r->block[last - 1] == 0;)
        last--;
    if (last > 0)
        r->content_ends = r->total + last;
    r->total += got;
    return got;
}

static la_ssize_t read_some(struct archive *tar, void *ctx, const void **ret_block)
{
    struct pack_reader *r = ctx;
    ssize_t got = read_block(r);

    if (got < 0)
        archive_set_error(tar, EIO, "read");
    *ret_block = r->block;
    return got;
}

static bool corrupt(struct pack_reader *r, struct err *err, const char *what)
{
    if (err_is_set(&r->failure)) {
        *err = r->failure;
        return false;
    }
    return err_set(err, ERR_CORRUPT, "%s is damaged: %s", r->path, what);
}

static bool tar_corrupt(struct pack_reader *r, struct err *err)
{
    const char *what = archive_error_string(r->tar);

    return corrupt(r, err, what ? what : "it is not a tar archive");
}

static bool open_source(struct pack_reader *r, const char *path, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        r->path = "the standard input";
        r->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    } else {
        r->path = arena_strdup(&r->arena, path);
        r->fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (r->fd < 0 || fstat(r->fd, &st) != 0)
        return err_set(err, ERR_RUNTIME, "cannot open %s: %s", r->path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "%s is a directory", r->path);
    /* standard input cannot be opened a second time, whatever it is */
    r->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    r->seekable = strcmp(path, "-") != 0 && S_ISREG(st.st_mode) && lseek(r->fd, 0, SEEK_CUR) >= 0;
    return true;
}

bool pack_open(struct pack_reader **ret, const char *path, struct err *err)
{
    struct arena arena = {.block_size = 8192};
    struct pack_reader *r = arena_new(&arena, struct pack_reader);

    r->arena = arena;
    r->fd = -1;
    r->tar = archive_read_new();
    if (!r->tar)
        base_oom();
    if (!open_source(r, path, err)) {
        pack_close(r);
        return false;
    }
    archive_read_support_format_tar(r->tar);
    archive_read_support_format_empty(r->tar);
    if (archive_read_open(r->tar, r, NULL, read_some, NULL) != ARCHIVE_OK) {
        tar_corrupt(r, err);
        pack_close(r);
        return false;
    }
    *ret = r;
    return true;
}

/*
 * libarchive takes a file that was cut between two members for a whole one, and never looks past
 * the end records. Both are told here by where the last header was looked for.
 */
static int end(struct pack_reader *r, struct err *err)
{
    int64_t where = archive_read_header_position(r->tar);
    ssize_t got;

    if (r->total == 0) {
        corrupt(r, err, "it is empty");
        return -1;
    }
    if (r->total < where + END_RECORDS) {
        corrupt(r, err, "it ends early");
        return -1;
    }
    do
        got = read_block(r);
    while (got > 0 && r->total - where < FILL_MAX);
    if (got > 0) {
        corrupt(r, err, "endless zeros follow its end");
        return -1;
    }
    if (got < 0 || r->content_ends > where) {
        corrupt(r, err, "something follows its end");
        return -1;
    }
    return 0;
}

/* By name: members of rows lie in folders, next to what describes them. */
static int64_t size_limit(const char *name)
{
    return strchr(name, '/') && !str_ends(name, ".json") ? (int64_t)PACK_ROWS_MAX
                                                         : (int64_t)PACK_OTHER_MAX;
}

/* Appends the member's bytes. Its size is only believed as far as bytes do come. */
static bool read_member(struct pack_reader *r, struct archive_entry *entry, struct buf *ret_bytes,
                        struct err *err)
{
    int64_t left = archive_entry_size(entry);

    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        !archive_entry_size_is_set(entry) || archive_entry_sparse_count(entry) > 0)
        return corrupt(r, err, "it holds something other than plain files");
    if (left > size_limit(archive_entry_pathname(entry)))
        return corrupt(r, err, "a member is too large");
    while (left > 0) {
        size_t want = left < (int64_t)BLOCK ? (size_t)left : BLOCK;
        la_ssize_t got;

        buf_grow(ret_bytes, want);
        got = archive_read_data(r->tar, ret_bytes->data + ret_bytes->len, want);
        if (got == 0)
            return corrupt(r, err, "a member ends early");
        if (got < 0)
            return tar_corrupt(r, err);
        buf_setlen(ret_bytes, ret_bytes->len + (size_t)got);
        left -= got;
    }
    return true;
}

int pack_next(struct pack_reader *r, const char **ret_name, struct buf *ret_bytes, struct err *err)
{
    const size_t start = ret_bytes->len;
    struct archive_entry *entry;
    const char *name;

    switch (archive_read_next_header(r->tar, &entry)) {
    case ARCHIVE_OK:
    case ARCHIVE_WARN: /* about a name's character set: names are bytes here */
        break;
    case ARCHIVE_EOF:
        return end(r, err);
    default:
        tar_corrupt(r, err);
        return -1;
    }
    name = archive_entry_pathname(entry);
    if (!name) {
        corrupt(r, err, "a member has no readable name");
        return -1;
    }
    if (!read_member(r, entry, ret_bytes, err)) {
        buf_setlen(ret_bytes, start);
        return -1;
    }
    *ret_name = name;
    return 1;
}

bool pack_is_empty(const struct pack_reader *r)
{
    return r->total == 0;
}

void pack_position(const struct pack_reader *r, uint64_t *ret_read, uint64_t *ret_size)
{
    *ret_read = (uint64_t)r->total;
    *ret_size = r->size;
}

bool pack_is_seekable(const struct pack_reader *r)
{
    return r->seekable;
}

void pack_close(struct pack_reader *r)
{
    struct arena arena;

    if (!r)
        return;
    archive_read_free(r->tar);
    if (r->fd >= 0)
        close(r->fd);
    arena = r->arena;
    arena_release(&arena);
}
