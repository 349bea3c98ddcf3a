/*
 * What a server may ask for before libpq reads it.
 *
 * libpq sends the bare password to any server that asks for it (AuthenticationCleartextPassword),
 * on any connection and at any time of the login; only from 16 on can it be told not to, and then
 * on an encrypted connection as well. So over TCP, as long as nothing is encrypted, libpq does not
 * read the socket itself: it has one end of a pair of sockets, and here the server's messages are
 * taken one by one, looked at, and handed on. What libpq has not been given it cannot answer,
 * however a server may time or join its messages. The socket is libpq's again as soon as TLS or GSS
 * begins, or the login is over.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
#include "login_filter.h"

#include "pg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TICK_MS = 200,
    HEAD = 5,
    AUTH_OK = 0,
    AUTH_PASSWORD = 3,
    ASK_TLS = 80877103,
    ASK_GSS = 80877104,
    TLS_HANDSHAKE = 22, /* RFC 8446, 5.1 */
};

static uint32_t number(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_local(PGconn *conn)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;

    return getsockname(PQsocket(conn), (struct sockaddr *)&name, &len) == 0 &&
           name.ss_family == AF_UNIX;
}

bool pg_filter_wanted(PGconn *conn)
{
    return PQstatus(conn) == CONNECTION_MADE && !PQsslInUse(conn) && !PQgssEncInUse(conn) &&
           !is_local(conn);
}

bool pg_filter_begin(struct login_filter *f, PGconn *conn)
{
    int pair[2], fd = PQsocket(conn);

    *f = (struct login_filter){.server = -1, .ours = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    f->server = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (f->server < 0 || dup3(pair[1], fd, O_CLOEXEC) < 0) {
        close(pair[0]);
        close(pair[1]);
        pg_filter_drop(f);
        return false;
    }
    close(pair[1]);
    f->ours = pair[0];
    f->on = true;
    return true;
}

void pg_filter_drop(struct login_filter *f)
{
    if (f->server >= 0)
        close(f->server);
    if (f->ours >= 0)
        close(f->ours);
    *f = (struct login_filter){.server = -1, .ours = -1};
}

/* The socket is libpq's again, with all that the server says from here on. */
static enum filtered give_back(struct login_filter *f, PGconn *conn)
{
    bool good = dup3(f->server, PQsocket(conn), O_CLOEXEC) >= 0;

    pg_filter_drop(f);
    return good ? FILTERED_WAIT : FILTERED_FAILED;
}

/* ---- what libpq says ------------------------------------------------------------------------ */

static bool send_all(int fd, const unsigned char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        struct pollfd room = {.fd = fd, .events = POLLOUT};

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent < 0 && poll(&room, 1, TICK_MS) <= 0)
            return false;
        p += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* Eight bytes that ask for TLS or GSS get an answer of one byte; all else, messages; and a
 * handshake of TLS may begin without being asked for. False: libpq has hung up. */
static bool hand_out(struct login_filter *f)
{
    unsigned char b[4096];
    ssize_t n;

    while ((n = recv(f->ours, b, sizeof b, 0)) > 0) {
        uint32_t code = n == 8 && number(b) == 8 ? number(b + 4) : 0;
        f->one_byte = code == ASK_TLS || code == ASK_GSS;
        f->done |= b[0] == TLS_HANDSHAKE;
        if (!send_all(f->server, b, (size_t)n))
            return false;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* ---- what the server says ------------------------------------------------------------------- */

/* S and G: what follows is encrypted, and libpq reads that answer itself. */
static enum filtered hand_answer(struct login_filter *f, PGconn *conn)
{
    ssize_t n = recv(f->server, f->message, 1, MSG_PEEK);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return FILTERED_WAIT;
    if (n <= 0 || f->message[0] == 'S' || f->message[0] == 'G')
        return give_back(f, conn);
    f->one_byte = false;
    if (f->message[0] != 'N') /* an error, as a message */
        return FILTERED_WAIT;
    return recv(f->server, f->message, 1, 0) == 1 && send_all(f->ours, f->message, 1)
               ? FILTERED_READY
               : FILTERED_FAILED;
}

static enum filtered hand_message(struct login_filter *f, size_t len)
{
    uint32_t kind = f->message[0] == 'R' && len >= HEAD + 4 ? number(f->message + HEAD) : ~0u;

    if (kind == AUTH_PASSWORD)
        return FILTERED_PASSWORD;
    f->have = 0;
    if (!send_all(f->ours, f->message, len))
        return FILTERED_FAILED;
    f->done = kind == AUTH_OK;
    return FILTERED_READY;
}

/* The rest of one message; more is not read. */
static enum filtered hand_in(struct login_filter *f, PGconn *conn)
{
    if (f->one_byte)
        return hand_answer(f, conn);
    for (;;) {
        uint32_t length = f->have >= HEAD ? number(f->message + 1) : 4;
        size_t want = 1 + (size_t)length;

        if (length < 4 || want > sizeof f->message)
            return FILTERED_STRANGE;
        if (f->have >= HEAD && f->have == want)
            return hand_message(f, want);
        ssize_t n = recv(f->server, f->message + f->have, want - f->have, 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return give_back(f, conn);
        if (n < 0)
            return FILTERED_WAIT;
        if (n == 0)
            return give_back(f, conn); /* libpq says what that means */
        f->have += (size_t)n;
    }
}

enum filtered pg_filter_run(struct login_filter *f, PGconn *conn, bool reading)
{
    struct pollfd p = {.fd = f->server, .events = POLLIN};

    if (!hand_out(f)) { /* libpq begins with another connection, or is about to say why not */
        pg_filter_drop(f);
        return FILTERED_WAIT;
    }
    if (f->done)
        return give_back(f, conn);
    if (!reading)
        return FILTERED_READY;
    return poll(&p, 1, TICK_MS) > 0 ? hand_in(f, conn) : FILTERED_WAIT;
}
