#include "cli.h"

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
        if (n < 0)
            return err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(errno));
        text.data += n;
        text.len -= (size_t)n;
    }
    return true;
}

static bool write_new(const char *path, const char *partial, struct slice text, struct err *err)
{
    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_set(err, ERR_RUNTIME, "cannot create %s: %s", partial, strerror(errno));
    bool ok = write_all(fd, partial, text, err);
    if (close(fd) != 0 && ok)
        ok = err_set(err, ERR_RUNTIME, "cannot write %s: %s", partial, strerror(errno));
    if (ok && rename(partial, path) != 0)
        ok = err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(errno));
    if (!ok)
        unlink(partial);
    return ok;
}

bool output_write(const char *path, struct slice text, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, "standard output", text, err);
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a pipe or device: no rename */
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return err_set(err, ERR_RUNTIME, "cannot open %s: %s", path, strerror(errno));
        bool ok = write_all(fd, path, text, err);
        return (close(fd) == 0 && ok) ||
               (ok && err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(errno)));
    }
    struct buf partial = BUF_INIT;
    buf_addf(&partial, "%s.partial", path);
    bool ok = write_new(path, partial.data, text, err);
    buf_release(&partial);
    return ok;
}

bool output_colour(const struct cli *c, int fd)
{
    if (c->color && strcmp(c->color, "always") == 0)
        return true;
    if (c->color && strcmp(c->color, "never") == 0)
        return false;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

unsigned output_width(int fd)
{
    struct winsize w;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &w) != 0)
        return 0;
    return w.ws_col;
}
