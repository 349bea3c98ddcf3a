#include "cli.h"

#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSWORD_MAX = 65536, PASSWORD_SECONDS = 120 };

/* Where there is a terminal the command stays in its foreground: it may ask a person there. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static const char *plain(struct buf *b)
{
    while (b->len && b->data[b->len - 1] == '\r')
        buf_setlen(b, b->len - 1);
    return b->data;
}

static bool judge(struct child *r, const char *name, struct err *err)
{
    const char *password = plain(&r->out.text), *said = plain(&r->err.text);

    if (*password && strstr(said, password)) /* set -x and the like */
        said = "";
    if (!WIFEXITED(r->status) || WEXITSTATUS(r->status) != 0) {
        bool killed = WIFSIGNALED(r->status);
        err_set(err, ERR_RUNTIME, "the passwordcmd of %s failed (%s %d)%s%.500s", name,
                killed ? "signal" : "exit status",
                killed ? WTERMSIG(r->status) : WEXITSTATUS(r->status), *said ? ": " : "", said);
        return err_hint(err, "it must print the password as its first line and exit 0");
    }
    if (*said)
        log_info("passwordcmd of %s: %s", name, said);
    if (r->out.too_long)
        return err_set(err, ERR_RUNTIME, "the passwordcmd of %s printed a line of %d bytes or more",
                       name, PASSWORD_MAX);
    if (r->out.text.len == 0 || strlen(password) != r->out.text.len) {
        err_set(err, ERR_RUNTIME, "the passwordcmd of %s printed no password: its first line %s",
                name, r->out.text.len ? "holds a NUL" : "is empty");
        return err_hint(err, "it must print the password as its first line and exit 0");
    }
    return true;
}

static bool came_to_its_end(const struct child *r, enum child_end end, const char *name,
                            struct err *err)
{
    switch (end) {
    case CHILD_NOT_STARTED:
        return err_set(err, ERR_RUNTIME, "cannot run the passwordcmd of %s: %s", name,
                       strerror(r->code));
    case CHILD_INTERRUPTED:
        return err_set(err, ERR_INTERRUPTED, "interrupted while the passwordcmd of %s ran", name);
    case CHILD_TOO_LONG:
        return err_set(err, ERR_RUNTIME, "the passwordcmd of %s did not end within %d seconds",
                       name, PASSWORD_SECONDS);
    case CHILD_ENDED:
        break;
    }
    return true;
}

bool passwordcmd_run(struct cli *c, const struct config_database *d, const char **ret,
                     struct err *err)
{
    const char *argv[] = {"sh", "-c", d->passwordcmd, NULL};
    struct child_options o = {.program = "/bin/sh",
                              .argv = argv,
                              .seconds = PASSWORD_SECONDS,
                              .line_max = PASSWORD_MAX,
                              .own_group = !has_terminal()};
    struct child r;
    enum child_end end = child_run(&r, &o);
    bool good = came_to_its_end(&r, end, d->name, err) && judge(&r, d->name, err);
    if (good)
        *ret = arena_strdup(&c->arena, r.out.text.data);
    child_release(&r);
    return good;
}
