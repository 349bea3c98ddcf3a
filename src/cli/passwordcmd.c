#include "cli.h"

#include <dbtwin/clock.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PASSWORD_MAX = 65536, PASSWORD_SECONDS = 120 };

/* The first line of what comes by a pipe; the rest is read and forgotten, or the command would
 * find nobody to write to. */
struct line {
    int fd; /* -1: at its end */
    struct buf text;
    bool whole, too_long;
};

struct command_run {
    const char *name; /* of the database */
    pid_t pid;
    bool own_group, ended;
    int status;
    struct line out, err;
};

static void line_take(struct line *l, const char *data, size_t n)
{
    const char *newline = memchr(data, '\n', n);
    size_t take = newline ? (size_t)(newline - data) : n;

    if (l->whole || l->too_long)
        return;
    l->too_long = l->text.len + take >= PASSWORD_MAX;
    if (!l->too_long)
        buf_add(&l->text, data, take);
    l->whole = newline != NULL;
}

/* What is there now. */
static void line_read(struct line *l)
{
    char block[4096];
    ssize_t n;

    while (l->fd >= 0 && (n = read(l->fd, block, sizeof block)) >= 0) {
        line_take(l, block, (size_t)n);
        if (n == 0) {
            close(l->fd);
            l->fd = -1;
        }
    }
    explicit_bzero(block, sizeof block);
}

static void line_release(struct line *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->text.len)
        explicit_bzero(l->text.data, l->text.len);
    buf_release(&l->text);
}

/* Where there is a terminal the command stays in its foreground: it may ask a person there. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int spawn(struct command_run *r, const char *command, int out, int err)
{
    struct arena a = ARENA_INIT;
    char sh[] = "sh", c[] = "-c", *argv[] = {sh, c, arena_strdup(&a, command), NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t defaults;
    short flags = POSIX_SPAWN_SETSIGDEF;

    r->own_group = !has_terminal();
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    posix_spawnattr_init(&attr);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setpgroup(&attr, 0);
    if (r->own_group)
        flags |= POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attr, flags);
    int code = posix_spawn(&r->pid, "/bin/sh", &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    arena_release(&a);
    return code;
}

static bool command_start(struct command_run *r, const char *command, struct err *err)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1}, code;

    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
        code = errno;
    else
        code = spawn(r, command, out[1], errors[1]);
    r->out.fd = out[0];
    r->err.fd = errors[0];
    for (int i = 0; i < 2; i++) {
        int fd = i ? errors[0] : out[0], other = i ? errors[1] : out[1];
        if (fd >= 0)
            fcntl(fd, F_SETFL, O_NONBLOCK);
        if (other >= 0)
            close(other);
    }
    return code == 0 || err_set(err, ERR_RUNTIME, "cannot run the passwordcmd of %s: %s", r->name,
                                strerror(code));
}

static void command_kill(struct command_run *r)
{
    kill(r->own_group ? -r->pid : r->pid, SIGKILL);
    while (waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
        ;
    r->ended = true;
}

/* Until it has ended: what it left running may keep the pipes open for longer. */
static bool command_wait(struct command_run *r, struct err *err)
{
    double end = clock_now() + PASSWORD_SECONDS;

    while (!r->ended) {
        struct pollfd fds[] = {{.fd = r->out.fd, .events = POLLIN},
                               {.fd = r->err.fd, .events = POLLIN}};
        poll(fds, 2, r->out.fd < 0 && r->err.fd < 0 ? 10 : 100);
        line_read(&r->out);
        line_read(&r->err);
        if (waitpid(r->pid, &r->status, WNOHANG) == r->pid) {
            r->ended = true;
        } else if (log_cancelled()) {
            command_kill(r);
            return err_set(err, ERR_INTERRUPTED, "interrupted while the passwordcmd of %s ran",
                           r->name);
        } else if (clock_now() > end) {
            command_kill(r);
            return err_set(err, ERR_RUNTIME, "the passwordcmd of %s did not end within %d seconds",
                           r->name, PASSWORD_SECONDS);
        }
    }
    line_read(&r->out); /* what it wrote last */
    line_read(&r->err);
    return true;
}

static const char *plain(struct buf *b)
{
    while (b->len && b->data[b->len - 1] == '\r')
        buf_setlen(b, b->len - 1);
    return b->data;
}

static bool command_judge(struct command_run *r, struct err *err)
{
    const char *password = plain(&r->out.text), *said = plain(&r->err.text);

    if (*password && strstr(said, password)) /* set -x and the like */
        said = "";
    if (!WIFEXITED(r->status) || WEXITSTATUS(r->status) != 0) {
        bool killed = WIFSIGNALED(r->status);
        err_set(err, ERR_RUNTIME, "the passwordcmd of %s failed (%s %d)%s%.500s", r->name,
                killed ? "signal" : "exit status",
                killed ? WTERMSIG(r->status) : WEXITSTATUS(r->status), *said ? ": " : "", said);
        return err_hint(err, "it must print the password as its first line and exit 0");
    }
    if (*said)
        log_info("passwordcmd of %s: %s", r->name, said);
    if (r->out.too_long)
        return err_set(err, ERR_RUNTIME, "the passwordcmd of %s printed a line of %d bytes or more",
                       r->name, PASSWORD_MAX);
    if (r->out.text.len == 0 || strlen(password) != r->out.text.len) {
        err_set(err, ERR_RUNTIME, "the passwordcmd of %s printed no password: its first line %s",
                r->name, r->out.text.len ? "holds a NUL" : "is empty");
        return err_hint(err, "it must print the password as its first line and exit 0");
    }
    return true;
}

bool passwordcmd_run(struct cli *c, const struct config_database *d, const char **ret,
                     struct err *err)
{
    struct command_run r = {.name = d->name, .out = {-1, BUF_INIT, false, false}};
    r.err = r.out;
    bool good =
        command_start(&r, d->passwordcmd, err) && command_wait(&r, err) && command_judge(&r, err);
    if (good)
        *ret = arena_strdup(&c->arena, r.out.text.data);
    line_release(&r.out);
    line_release(&r.err);
    return good;
}
