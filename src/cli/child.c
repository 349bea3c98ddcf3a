#include "child.h"

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

static void line_take(struct child_line *l, unsigned max, const char *data, size_t n)
{
    const char *newline = memchr(data, '\n', n);
    size_t take = newline ? (size_t)(newline - data) : n;

    if (l->whole || l->too_long)
        return;
    l->too_long = l->text.len + take >= max;
    if (!l->too_long)
        buf_add(&l->text, data, take);
    l->whole = newline != NULL;
}

/* What is there now. */
static void line_read(struct child_line *l, unsigned max)
{
    char block[4096];
    ssize_t n;

    while (l->fd >= 0 && (n = read(l->fd, block, sizeof block)) >= 0) {
        line_take(l, max, block, (size_t)n);
        if (n == 0) {
            close(l->fd);
            l->fd = -1;
        }
    }
    explicit_bzero(block, sizeof block);
}

static void line_release(struct child_line *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->text.len)
        explicit_bzero(l->text.data, l->text.len);
    buf_release(&l->text);
}

/* A pipe that holds the text already: whoever does not read it keeps nobody waiting. */
static int input_of(struct slice text)
{
    int ends[2];

    if (!text.len)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    size_t n = text.len < CHILD_INPUT_MAX ? text.len : CHILD_INPUT_MAX;
    bool good = write(ends[1], text.data, n) == (ssize_t)n;
    close(ends[1]);
    if (good)
        return ends[0];
    close(ends[0]);
    errno = EIO;
    return -1;
}

static int spawn(struct child *c, const struct child_options *o, const int files[3])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t defaults;
    short flags = POSIX_SPAWN_SETSIGDEF;

    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; fd++)
        posix_spawn_file_actions_adddup2(&actions, files[fd], fd);
    posix_spawnattr_init(&attr);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setpgroup(&attr, 0);
    if (c->own_group)
        flags |= POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attr, flags);
    int code = posix_spawnp(&c->pid, o->program, &actions, &attr, (char *const *)(uintptr_t)o->argv,
                            environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static bool start(struct child *c, const struct child_options *o)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1}, input = input_of(o->input);

    if (input < 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
        c->code = errno;
    else
        c->code = spawn(c, o, (const int[]){input, out[1], errors[1]});
    c->out.fd = out[0];
    c->err.fd = errors[0];
    if (out[0] >= 0)
        fcntl(out[0], F_SETFL, O_NONBLOCK);
    if (errors[0] >= 0)
        fcntl(errors[0], F_SETFL, O_NONBLOCK);
    const int ours[] = {input, out[1], errors[1]};
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (ours[i] >= 0)
            close(ours[i]);
    return c->code == 0;
}

static enum child_end end_by_force(struct child *c, enum child_end why)
{
    kill(c->own_group ? -c->pid : c->pid, SIGKILL);
    while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
        ;
    c->ended = true;
    return why;
}

/* Until it has ended: what it left running may keep the pipes open for longer. */
static enum child_end wait_for(struct child *c, const struct child_options *o)
{
    double end = clock_now() + o->seconds;
    bool hears = !o->deaf || !log_cancelled();

    while (!c->ended) {
        struct pollfd fds[] = {{.fd = c->out.fd, .events = POLLIN},
                               {.fd = c->err.fd, .events = POLLIN}};
        poll(fds, 2, c->out.fd < 0 && c->err.fd < 0 ? 10 : 100);
        line_read(&c->out, c->line_max);
        line_read(&c->err, c->line_max);
        if (waitpid(c->pid, &c->status, WNOHANG) == c->pid)
            c->ended = true;
        else if (hears && log_cancelled())
            return end_by_force(c, CHILD_INTERRUPTED);
        else if (clock_now() > end)
            return end_by_force(c, CHILD_TOO_LONG);
    }
    line_read(&c->out, c->line_max); /* what it wrote last */
    line_read(&c->err, c->line_max);
    return CHILD_ENDED;
}

enum child_end child_run(struct child *ret, const struct child_options *o)
{
    *ret = (struct child){.line_max = o->line_max,
                          .own_group = o->own_group,
                          .out = {.fd = -1, .text = BUF_INIT},
                          .err = {.fd = -1, .text = BUF_INIT}};
    return start(ret, o) ? wait_for(ret, o) : CHILD_NOT_STARTED;
}

void child_release(struct child *c)
{
    line_release(&c->out);
    line_release(&c->err);
}
