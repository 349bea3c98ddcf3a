#include "throwaway.h"

#include <dbtwin/log.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "dbtwin-scratch."
#define LOCK   "lock"
#define PID    "pid"

enum {
    PATH_LONGEST = 80, /* with a socket's name behind it 107 bytes are the most */
    YOUNG_SECONDS = 60,
    END_TICKS = 200, /* of 50 ms */
};

static const char *parent_folder(void)
{
    const char *t = getenv("TMPDIR");
    return t && *t == '/' && strlen(t) + strlen("/" PREFIX "XXXXXX") <= PATH_LONGEST ? t : P_tmpdir;
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool cannot(const char *path, struct err *err)
{
    return err_set(err, ERR_RUNTIME, "cannot make the folder of a scratch server, %s: %s", path,
                   strerror(errno));
}

/* The server's user may pass through our folder, and has all of server/. */
static bool make_inner(const struct throwaway *t, const struct throwaway_user *u, struct err *err)
{
    const char *inner = arena_printf(t->arena, "%s/server", t->folder);
    if (mkdir(inner, 0700) != 0)
        return cannot(inner, err);
    if (!u->other)
        return true;
    return (chown(inner, u->uid, u->gid) == 0 && chown(t->folder, (uid_t)-1, u->gid) == 0 &&
            chmod(t->folder, 0710) == 0) ||
           cannot(inner, err);
}

bool throwaway_folder_make(struct throwaway *t, const struct throwaway_user *u, struct err *err)
{
    char *path = arena_printf(t->arena, "%s/" PREFIX "XXXXXX", parent_folder());
    if (!mkdtemp(path))
        return cannot(path, err);
    const char *lock = arena_printf(t->arena, "%s/" LOCK, path);
    int fd = open(lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        cannot(lock, err);
        if (fd >= 0)
            close(fd);
        unlink(lock);
        rmdir(path);
        return false;
    }
    t->folder = path;
    t->lock = fd;
    return make_inner(t, u, err);
}

bool throwaway_folder_note(const struct throwaway *t, struct err *err)
{
    const char *path = arena_printf(t->arena, "%s/" PID, t->folder);
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)t->pid);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, text, (size_t)n) == n;
    if (fd >= 0)
        close(fd);
    return ok || cannot(path, err);
}

/* ---- deleting -------------------------------------------------------------------------------- */

/* What is in a folder; links in it are not followed, whoever puts them there meanwhile. */
static void empty_folder(int fd, unsigned depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), e->d_name, 0) == 0 || depth == 0)
            continue;
        int in = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (in >= 0)
            empty_folder(in, depth - 1);
        unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

enum { DEEPEST = 16 };

void throwaway_folder_remove(struct throwaway *t)
{
    if (!t->folder)
        return;
    int fd = open(t->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        empty_folder(fd, DEEPEST);
    if (rmdir(t->folder) != 0)
        log_warn("the folder of a scratch server remains, delete it: %s: %s", t->folder,
                 strerror(errno));
    close(t->lock);
    t->folder = NULL;
}

/* ---- what killed runs left ------------------------------------------------------------------- */

/* Its process, if it still is the server of that folder. */
static pid_t left_server(int folder, const char *path)
{
    char text[64] = "", line[4096] = "";
    int fd = openat(folder, PID, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    int64_t pid;
    text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
    if (!str_parse_i64(text, &pid) || pid <= 1)
        return 0;
    snprintf(text, sizeof(text), "/proc/%lld/cmdline", (long long)pid);
    fd = open(text, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, line, sizeof(line) - 1) : -1;
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n; i++)
        line[i] = line[i] ? line[i] : ' ';
    return n > 0 && strstr(line, path) ? (pid_t)pid : 0;
}

static void end_server(pid_t pid)
{
    const struct timespec tick = {.tv_nsec = 50000000};
    kill(pid, SIGQUIT);
    for (int i = 0; i < END_TICKS && kill(pid, 0) == 0; i++) {
        if (i == END_TICKS / 2)
            kill(pid, SIGKILL);
        nanosleep(&tick, NULL);
    }
}

/* Ours, and its lock is free; or it never came to have one. */
static bool is_left(int folder, int *ret_lock)
{
    struct stat st;
    if (fstat(folder, &st) != 0 || st.st_uid != geteuid())
        return false;
    *ret_lock = openat(folder, LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (*ret_lock < 0)
        return errno == ENOENT && time(NULL) - st.st_mtime > YOUNG_SECONDS;
    return flock(*ret_lock, LOCK_EX | LOCK_NB) == 0;
}

static void sweep_one(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), lock = -1;
    if (fd < 0)
        return;
    if (is_left(fd, &lock)) {
        pid_t pid = left_server(fd, path);
        if (pid)
            end_server(pid);
        empty_folder(fd, DEEPEST); /* closes it */
        fd = -1;
        if (rmdir(path) == 0)
            log_info("deleted the scratch server %s, which a killed run left", path);
    }
    if (fd >= 0)
        close(fd);
    if (lock >= 0)
        close(lock);
}

void throwaway_folder_sweep(struct arena *a)
{
    const char *parent = parent_folder();
    DIR *dir = opendir(parent);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (str_starts(e->d_name, PREFIX) && strlen(e->d_name) == strlen(PREFIX "XXXXXX"))
            sweep_one(arena_printf(a, "%s/%s", parent, e->d_name));
    if (dir)
        closedir(dir);
}
