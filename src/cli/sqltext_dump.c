#include "sqltext.h"

#include "tool.h"

#include <dbtwin/pack.h>
#include <dbtwin/reader.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK_MS = 200, RESTORE_SECONDS = 600 };

/* ---- a descriptor as a reader ---------------------------------------------------------------- */

struct from_fd {
    struct reader base;
    int fd;
    const char *name;
    char block[65536];
};

/* A signal may wake another thread than this one, so a silent pipe is asked again and again. */
static int fd_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct from_fd *f = (struct from_fd *)r;
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    ssize_t n = -1;
    errno = EINTR;
    while (n < 0 && (errno == EINTR || errno == EAGAIN) && !log_cancelled())
        n = poll(&p, 1, TICK_MS) > 0 ? read(f->fd, f->block, sizeof(f->block))
                                     : (errno = EINTR, -1);
    if (log_cancelled())
        err_set(err, ERR_INTERRUPTED, "interrupted while reading %s", f->name);
    else if (n < 0)
        err_set(err, ERR_RUNTIME, "cannot read %s: %s", f->name, strerror(errno));
    *ret = (struct slice){f->block, n > 0 ? (size_t)n : 0};
    return n < 0 || log_cancelled() ? -1 : n > 0;
}

static void fd_close(struct reader *r)
{
    (void)r; /* it is the caller's */
}

/* What the reader gives, until it is more than is taken of all files together. */
static bool take_all(struct sqltext *t, struct reader *r, const char *name, struct buf *ret,
                     struct err *err)
{
    struct slice block;
    int got;
    while ((got = reader_next(r, &block, err)) == 1) {
        buf_add(ret, block.data, block.len);
        if (t->bytes + ret->len > SQLTEXT_MAX) {
            err_set(err, ERR_USAGE, "%s: SQL of more than 1 GB is not loaded", name);
            return err_hint(err, "dump the schema without rows: pg_dump --schema-only, mysqldump "
                                 "--no-data");
        }
    }
    return got == 0 || err_context(err, "%s", name);
}

/* ---- pg_restore ------------------------------------------------------------------------------ */

static bool no_pg_restore(const char *name, struct err *err)
{
    err_set(err, ERR_USAGE, "%s is a dump of pg_dump's own format, and there is no pg_restore here",
            name);
    return err_hint(err,
                    "install the package postgresql-client, or make a plain dump: pg_restore -f "
                    "dump.sql FILE");
}

/* Its SQL, without rows, owners and privileges; pg_restore runs nothing of it. file NULL: it is in.
 */
static bool restore(struct sqltext *t, const char *path, const char *name, const char *file,
                    struct slice in, struct err *err)
{
    const char *argv[] = {"pg_restore", "--schema-only", "--no-owner", "--no-acl", "-f", "-", file,
                          NULL};
    static const char *const env[] = {"LC_ALL=C", NULL};
    struct tool c = {
        .argv = argv, .env = env, .in = in, .most = SQLTEXT_MAX, .seconds = RESTORE_SECONDS};
    struct buf out = BUF_INIT, said = BUF_INIT;
    int code = 0;
    bool ok = tool_run(&c, &out, &said, &code, err);
    if (!ok && err->cls == ERR_USAGE)
        no_pg_restore(name, err);
    if (ok && code != 0)
        ok = err_set(err, ERR_USAGE, "%s: %s", name, tool_line(&said, &t->arena));
    if (ok)
        log_info("%s: read by pg_restore; rows, owners and privileges are left out", name);
    ok = ok && sqltext_add(t, name, path, &out, err);
    buf_release(&out);
    buf_release(&said);
    return ok;
}

bool sqltext_is_dump(const char *folder)
{
    struct stat st;
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s/toc.dat", folder);
    bool is = stat(b.data, &st) == 0 && S_ISREG(st.st_mode);
    buf_release(&b);
    return is;
}

/* ---- what it is ------------------------------------------------------------------------------ */

static bool begins(const struct buf *b, const char *bytes, size_t n)
{
    return b->len >= n && memcmp(b->data, bytes, n) == 0;
}

static bool unpack(struct sqltext *t, const char *name, struct buf *b, struct err *err)
{
    struct buf out = BUF_INIT;
    bool ok = true;
    if (begins(b, "\x1f\x8b", 2)) {
        struct reader *r = reader_gunzip(reader_memory(b->data, b->len));
        ok = take_all(t, r, name, &out, err);
        reader_close(r);
    } else if (begins(b, "\x28\xb5\x2f\xfd", 4)) {
        ok = pack_method_of("sql.zst")->expand(buf_slice(b), &out, err) ||
             err_context(err, "%s", name);
    } else {
        return true;
    }
    buf_release(b);
    *b = out;
    return ok;
}

static bool in_folder(struct sqltext *t, const char *path, const char *name, struct err *err)
{
    const char *file = *name == '-' ? arena_printf(&t->arena, "./%s", name) : name;
    return restore(t, path, name, file, (struct slice){"", 0}, err);
}

bool sqltext_file(struct sqltext *t, const char *path, const char *name, int fd, struct err *err)
{
    struct from_fd f = {.fd = fd, .name = name};
    static const struct reader_ops ops = {fd_next, fd_close};
    struct buf b = BUF_INIT;
    struct stat st;
    f.base.ops = &ops;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return in_folder(t, path, name, err);
    bool ok = take_all(t, &f.base, name, &b, err) && unpack(t, name, &b, err);
    if (ok && (begins(&b, "PGDMP", 5) || begins(&b, "toc.dat", 8))) {
        ok = restore(t, path, name, NULL, buf_slice(&b), err);
    } else if (ok) {
        ok = sqltext_add(t, name, path, &b, err);
    }
    buf_release(&b);
    return ok;
}
