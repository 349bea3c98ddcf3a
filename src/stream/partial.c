#include <dbtwin/partial.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".partial"
enum { HEX = 8, TRIES = 100 };

/* The folder of a path, as a path; the rest is its name. */
static void split(const char *path, struct buf *folder, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        buf_adds(folder, ".");
    else
        buf_add(folder, path, slash == path ? 1 : (size_t)(slash - path));
    *ret_name = slash ? slash + 1 : path;
}

bool partial_check(const char *file, struct err *err)
{
    struct buf folder = BUF_INIT;
    struct stat at, in;
    const char *name;
    bool ok = true;
    split(file, &folder, &name);
    if (lstat(file, &at) == 0 && stat(folder.data, &in) == 0 && !S_ISREG(at.st_mode) &&
        !S_ISDIR(at.st_mode) && (in.st_mode & S_ISVTX) && (in.st_mode & (S_IWOTH | S_IWGRP)) &&
        at.st_uid != geteuid() && at.st_uid != in.st_uid) {
        ok = err_set(err, ERR_REFUSED, "%s is %s that another account put there", file,
                     S_ISLNK(at.st_mode) ? "a symbolic link" : "a pipe or device");
        err_hint(err, "name a file in a folder that only this account may write to");
    }
    buf_release(&folder);
    return ok;
}

/* Of "<file>.partial" and "<file>.0a1b2c3d.partial" the length of <file>; 0 for other names. */
static size_t file_of(const char *name, bool *ret_private)
{
    size_t n = strlen(name), tail = strlen(SUFFIX);
    if (n <= tail || strcmp(name + n - tail, SUFFIX) != 0)
        return 0;
    n -= tail;
    *ret_private = n > HEX + 1 && name[n - HEX - 1] == '.' &&
                   strspn(name + n - HEX, "0123456789abcdef") >= HEX;
    return *ret_private ? n - HEX - 1 : n;
}

enum found { FOUND_NONE, FOUND_BUSY, FOUND_FOREIGN };

/* Removes it, if it is a file of this account's that nobody writes. */
static enum found sweep_one(int folder, const char *name)
{
    struct stat at, opened;
    if (fstatat(folder, name, &at, AT_SYMLINK_NOFOLLOW) != 0)
        return FOUND_NONE;
    if (!S_ISREG(at.st_mode) || at.st_uid != geteuid() || at.st_nlink != 1)
        return FOUND_FOREIGN;
    int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FOUND_NONE : FOUND_FOREIGN;
    enum found found = FOUND_NONE;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        found = FOUND_BUSY;
    else if (fstat(fd, &opened) == 0 && opened.st_ino == at.st_ino && opened.st_dev == at.st_dev)
        unlinkat(folder, name, 0);
    close(fd);
    return found;
}

static bool refuse(const char *file, const char *name, enum found found, struct err *err)
{
    if (found == FOUND_BUSY) {
        err_set(err, ERR_RUNTIME, "%s is being written by another process (%s)", file, name);
        return err_hint(err, "Wait for it to end, or write to another file.");
    }
    err_set(err, ERR_REFUSED, "%s" SUFFIX " exists and does not belong to this account", file);
    return err_hint(err, "remove it, or write to another file");
}

/* What other runs left or still write beside a file. */
static bool sweep_file(const char *file, bool alone, struct err *err)
{
    struct buf folder = BUF_INIT;
    const char *name;
    bool ok = true;
    split(file, &folder, &name);
    DIR *d = opendir(folder.data);
    buf_release(&folder);
    for (struct dirent *e; ok && d && (e = readdir(d));) {
        bool private = false;
        size_t n = file_of(e->d_name, &private);
        if (!n || n != strlen(name) || strncmp(e->d_name, name, n) != 0)
            continue;
        enum found found = sweep_one(dirfd(d), e->d_name);
        if ((found == FOUND_BUSY && alone) || (found == FOUND_FOREIGN && !private))
            ok = refuse(file, e->d_name, found, err);
    }
    if (d)
        closedir(d);
    return ok;
}

/* One that was just made and is not locked yet may have been swept: then it has no name. */
static bool lock_named(int fd)
{
    struct stat st;
    /* Not every file system has locks; then nobody can tell a dead run's. */
    return (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(fd, &st) == 0 &&
           st.st_nlink == 1;
}

bool partial_open(const char *file, mode_t mode, bool alone, struct buf *ret_name, int *ret_fd,
                  struct err *err)
{
    size_t before = ret_name->len;
    if (!sweep_file(file, alone, err))
        return false;
    for (int tries = 0; tries < TRIES; tries++) {
        uint32_t number;
        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
            return err_set(err, ERR_RUNTIME, "cannot name a file: %s", strerror(errno));
        buf_setlen(ret_name, before);
        buf_addf(ret_name, "%s.%08x" SUFFIX, file, number);
        int fd = open(ret_name->data + before, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      mode);
        if (fd >= 0 && lock_named(fd)) {
            *ret_fd = fd;
            return true;
        }
        if (fd >= 0)
            close(fd);
        else if (errno != EEXIST)
            break;
    }
    err_set(err, ERR_RUNTIME, "cannot create %s: %s", ret_name->data + before, strerror(errno));
    buf_setlen(ret_name, before);
    return false;
}

void partial_sweep(const char *folder, bool (*is_ours)(void *ctx, const char *name, size_t len),
                   void *ctx)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        bool private = false;
        size_t n = file_of(e->d_name, &private);
        if (n && is_ours(ctx, e->d_name, n))
            sweep_one(dirfd(d), e->d_name);
    }
    if (d)
        closedir(d);
}
