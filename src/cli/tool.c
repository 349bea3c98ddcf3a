#include "tool.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SAID_MAX = 4096, TICK_MS = 100 };

struct run {
    const struct tool *c;
    pid_t pid;
    int in, out, said; /* our ends; -1: closed */
    size_t written;
    int status;
    bool ended;
};

static void end_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static char **with_env(const char *const *first, struct arena *a)
{
    size_t n = 0, m = 0;
    while (environ[n])
        n++;
    while (first && first[m])
        m++;
    char **ret = arena_calloc(a, (n + m + 1) * sizeof(*ret));
    for (size_t i = 0; i < m; i++)
        ret[i] = arena_strdup(a, first[i]);
    memcpy(ret + m, environ, n * sizeof(*ret));
    return ret;
}

static int spawn(struct run *r, int in, int out, int said)
{
    struct arena a = ARENA_INIT;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t defaults;
    size_t n = 0;
    while (r->c->argv[n])
        n++;
    char **argv = arena_calloc(&a, (n + 1) * sizeof(*argv));
    for (size_t i = 0; i < n; i++)
        argv[i] = arena_strdup(&a, r->c->argv[i]);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
    posix_spawnattr_init(&attr);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setpgroup(&attr, 0); /* ^C is ours to pass on */
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int code = posix_spawnp(&r->pid, argv[0], &files, &attr, argv, with_env(r->c->env, &a));
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    arena_release(&a);
    return code;
}

static bool start(struct run *r, struct err *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, said[2] = {-1, -1}, code;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(said, O_CLOEXEC) != 0)
        code = errno;
    else
        code = spawn(r, in[0], out[1], said[1]);
    r->in = in[1];
    r->out = out[0];
    r->said = said[0];
    end_close(&in[0]);
    end_close(&out[1]);
    end_close(&said[1]);
    for (int i = 0; i < 3; i++)
        fcntl(i == 0 ? r->in : i == 1 ? r->out : r->said, F_SETFL, O_NONBLOCK);
    return code == 0 || err_set(err, code == ENOENT ? ERR_USAGE : ERR_RUNTIME, "cannot run %s: %s",
                                r->c->argv[0], strerror(code));
}

static void feed(struct run *r)
{
    if (r->in < 0)
        return;
    if (r->written < r->c->in.len) {
        ssize_t n = write(r->in, r->c->in.data + r->written, r->c->in.len - r->written);
        if (n > 0)
            r->written += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            r->written = r->c->in.len;
    }
    if (r->written >= r->c->in.len)
        end_close(&r->in);
}

/* What is there now; false: more than `most`. What exceeds it of `said` is dropped. */
static bool drain(int *fd, struct buf *to, size_t most, bool strict)
{
    char block[65536];
    ssize_t n;
    while (*fd >= 0 && (n = read(*fd, block, sizeof(block))) >= 0) {
        size_t room = most - to->len, take = (size_t)n < room ? (size_t)n : room;
        buf_add(to, block, take);
        if (strict && take < (size_t)n)
            return false;
        if (n == 0)
            end_close(fd);
    }
    return true;
}

static void kill_it(struct run *r)
{
    kill(-r->pid, SIGKILL);
    while (waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
        ;
    r->ended = true;
}

static bool wait_for(struct run *r, struct buf *out, struct buf *said, struct err *err)
{
    double end = r->c->seconds > 0 ? clock_now() + r->c->seconds : 0;
    const char *name = r->c->argv[0];
    while (!r->ended) {
        struct pollfd fds[] = {{.fd = r->out, .events = POLLIN},
                               {.fd = r->said, .events = POLLIN},
                               {.fd = r->in, .events = POLLOUT}};
        poll(fds, 3, r->out < 0 && r->said < 0 && r->in < 0 ? 5 : TICK_MS);
        feed(r);
        drain(&r->said, said, SAID_MAX, false);
        if (!drain(&r->out, out, r->c->most, true)) {
            kill_it(r);
            return err_set(err, ERR_RUNTIME, "%s wrote more than %zu bytes", name, r->c->most);
        }
        if (waitpid(r->pid, &r->status, WNOHANG) == r->pid) {
            r->ended = true;
        } else if (log_cancelled()) {
            kill_it(r);
            return err_set(err, ERR_INTERRUPTED, "interrupted while %s ran", name);
        } else if (end > 0 && clock_now() > end) {
            kill_it(r);
            return err_set(err, ERR_RUNTIME, "%s did not end within %.0f seconds", name,
                           r->c->seconds);
        }
    }
    drain(&r->said, said, SAID_MAX, false);
    return drain(&r->out, out, r->c->most, true) ||
           err_set(err, ERR_RUNTIME, "%s wrote more than %zu bytes", name, r->c->most);
}

bool tool_run(const struct tool *c, struct buf *ret_out, struct buf *ret_said, int *ret_code,
              struct err *err)
{
    struct run r = {.c = c, .in = -1, .out = -1, .said = -1};
    bool ok = start(&r, err) && wait_for(&r, ret_out, ret_said, err);
    end_close(&r.in);
    end_close(&r.out);
    end_close(&r.said);
    if (ok)
        *ret_code = WIFEXITED(r.status) ? WEXITSTATUS(r.status) : 128 + WTERMSIG(r.status);
    return ok;
}

const char *tool_line(const struct buf *said, struct arena *a)
{
    struct buf b = BUF_INIT, safe = BUF_INIT;
    const char *p = said->data + strspn(said->data, " \t\r\n");
    buf_add(&b, p, strcspn(p, "\r\n"));
    for (const char *q = b.data; *q; q++)
        buf_addch(&safe, (unsigned char)*q < ' ' || *q == 127 ? '?' : *q);
    const char *ret = arena_strdup(a, safe.data);
    buf_release(&safe);
    buf_release(&b);
    return ret;
}
