#include "cli.h"

#include <dbtwin/partial.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *path, struct slice text, struct err *err)
{
    while (text.len) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE && fd == STDOUT_FILENO)
            return true; /* whoever read has seen enough: | head */
        if (n < 0)
            return err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(errno));
        text.data += n;
        text.len -= (size_t)n;
    }
    return true;
}

bool output_open(struct output_file *o, const char *path, struct err *err)
{
    struct stat st;
    *o = (struct output_file){.fd = STDOUT_FILENO, .path = path, .partial = BUF_INIT};
    if (strcmp(path, "-") == 0) {
        o->path = "standard output";
        return true;
    }
    if (!partial_check(path, err))
        return false;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a pipe or device: no rename */
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        return o->fd >= 0 || err_set(err, ERR_RUNTIME, "cannot open %s: %s", path, strerror(errno));
    }
    if (partial_open(path, 0666, false, &o->partial, &o->fd, err))
        return true;
    buf_release(&o->partial);
    return false;
}

bool output_add(void *file, struct slice text, struct err *err)
{
    struct output_file *o = file;
    return write_all(o->fd, o->partial.len ? o->partial.data : o->path, text, err);
}

bool output_close(struct output_file *o, bool good, struct err *err)
{
    const char *name = o->partial.len ? o->partial.data : o->path;
    if (o->fd != STDOUT_FILENO && close(o->fd) != 0 && good)
        good = err_set(err, ERR_RUNTIME, "cannot write %s: %s", name, strerror(errno));
    if (good && o->partial.len && rename(name, o->path) != 0)
        good = err_set(err, ERR_RUNTIME, "cannot write %s: %s", o->path, strerror(errno));
    if (!good && o->partial.len)
        unlink(name);
    buf_release(&o->partial);
    return good;
}

bool output_write(const char *path, struct slice text, struct err *err)
{
    struct output_file o;
    return output_open(&o, path, err) && output_close(&o, output_add(&o, text, err), err);
}

bool output_append(const char *path, struct slice text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_set(err, ERR_RUNTIME, "cannot open %s: %s", path, strerror(errno));
    bool ok = write_all(fd, path, text, err);
    if (close(fd) != 0 && ok)
        ok = err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(errno));
    return ok;
}

const char *output_line(struct arena *a, const char *text)
{
    struct buf b = BUF_INIT;
    model_line(text ? text : "?", &b);
    const char *line = arena_strdup(a, b.data);
    buf_release(&b);
    return line;
}

bool output_colour(const struct cli *c, int fd)
{
    if (c->color != COLOR_AUTO)
        return c->color == COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE");
    if (force && *force && strcmp(force, "0") != 0 && !(no && *no))
        return true;
    return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

unsigned output_width(int fd)
{
    struct winsize w;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &w) != 0)
        return 0;
    return w.ws_col;
}

unsigned output_height(int fd)
{
    struct winsize w;
    return isatty(fd) && ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_row : 0;
}
