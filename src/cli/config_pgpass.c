#include "config_pgpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A field of the file, in which ":" and "\" are escaped; %41 of a URL is A. */
static void add_field(const char *text, bool of_url, struct buf *b)
{
    for (const char *p = text; *p; p++) {
        char ch = *p;
        if (of_url && ch == '%' && p[1] && str_hex_digit(p[1]) >= 0 && str_hex_digit(p[2]) >= 0) {
            ch = (char)(str_hex_digit(p[1]) * 16 + str_hex_digit(p[2]));
            p += 2;
        }
        if (ch == ':' || ch == '\\')
            buf_addch(b, '\\');
        buf_addch(b, ch);
    }
}

static bool append(const char *path, struct slice line, struct err *err)
{
    struct stat st;
    char last = '\n';
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    if (ok && (st.st_mode & 077)) {
        close(fd);
        return err_set(err, ERR_RUNTIME, "others may read %s, so PostgreSQL ignores it: chmod 600",
                       path);
    }
    if (ok && st.st_size > 0)
        ok = pread(fd, &last, 1, st.st_size - 1) == 1;
    ok = ok && (last == '\n' || write(fd, "\n", 1) == 1) &&
         write(fd, line.data, line.len) == (ssize_t)line.len;
    int code = errno;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(code));
}

bool config_pgpass_add(struct cli *c, const struct driver_address *at,
                       const struct server_facts *facts, const char *password, struct err *err)
{
    const char *named = getenv("PGPASSFILE"), *home = getenv("HOME");
    struct buf b = BUF_INIT;
    if (strpbrk(password, "\r\n") || ((!named || !*named) && (!home || !*home)))
        return err_set(err, ERR_RUNTIME, "~/.pgpass cannot hold this password");
    const char *path = named && *named ? named : arena_printf(&c->arena, "%s/.pgpass", home);
    add_field(at->host, false, &b);
    buf_addf(&b, ":%u:", at->port ? at->port : 5432);
    add_field(facts->database ? facts->database : "*", false, &b);
    buf_addch(&b, ':');
    add_field(facts->user ? facts->user : "*", false, &b);
    buf_addch(&b, ':');
    add_field(password, true, &b);
    buf_addch(&b, '\n');
    bool ok = append(path, buf_slice(&b), err);
    explicit_bzero(b.data, b.len);
    buf_release(&b);
    return ok;
}
