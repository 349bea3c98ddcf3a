#include "cli.h"

#include "config_mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES = 4096 };

static bool unreadable(const char *path, const char *why, struct err *err)
{
    err_set(err, ERR_USAGE, "the key for masking, %s: %s", path, why);
    return err_hint(err, "make one with: (umask 077; openssl rand -hex 32 > %s)", path);
}

/* Nobody else may read it, and nobody may put another file in its place by a link. */
static bool is_private(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return unreadable(path, strerror(errno), err);
    if (!S_ISREG(st.st_mode))
        return unreadable(path, "it is no regular file", err);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return unreadable(path, "it belongs to somebody else", err);
    if (!(st.st_mode & 077))
        return true;
    err_set(err, ERR_REFUSED, "the key for masking, %s: others may read or write it", path);
    return err_hint(err, "chmod 600 %s", path);
}

static bool from_file(const char *path, struct buf *ret, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return unreadable(path, errno == ELOOP ? "it is a symbolic link" : strerror(errno), err);
    bool ok = is_private(fd, path, err);
    buf_grow(ret, KEY_BYTES);
    ssize_t n = ok ? read(fd, ret->data, KEY_BYTES) : 0;
    if (n < 0)
        ok = unreadable(path, strerror(errno), err);
    else
        buf_setlen(ret, (size_t)n);
    close(fd);
    return ok;
}

static bool from_command(struct cli *c, const char *command, struct buf *ret, struct err *err)
{
    struct config_database d = {.name = "the key for masking", .passwordcmd = command};
    const char *text = NULL;
    if (!passwordcmd_run(c, &d, &text, err))
        return err_context(err, "mask: key_command");
    buf_adds(ret, text);
    return true;
}

static bool from_environment(struct buf *ret, struct err *err)
{
    const char *text = getenv("DBTWIN_MASK_KEY");
    if (text) {
        buf_adds(ret, text);
        return true;
    }
    err_set(err, ERR_USAGE,
            "mask: there is no key: neither key_file nor key_command, and the "
            "environment has no DBTWIN_MASK_KEY");
    return err_hint(err, "make one with: (umask 077; openssl rand -hex 32 > mask.key), and write "
                         "key_file: under mask:");
}

/* A core dump would have the key, and rows as production has them. The limit alone does not do
 * where the kernel pipes dumps to a program. */
static void forbid_dumps(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

bool mask_key_load(struct cli *c, const struct config_mask *m, struct mask_key **ret,
                   struct err *err)
{
    struct buf text = BUF_INIT;
    forbid_dumps();
    bool ok = m->key_file      ? from_file(m->key_file, &text, err)
              : m->key_command ? from_command(c, m->key_command, &text, err)
                               : from_environment(&text, err);
    ok = ok && mask_key_new(buf_slice(&text), ret, err);
    explicit_bzero(text.data, text.cap);
    buf_release(&text);
    return ok;
}
