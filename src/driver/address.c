#include <dbtwin/driver.h>

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Bytes of an address; an IPv4 one mapped into IPv6 is the same as itself. */
static struct slice bytes_of(const struct sockaddr *sa)
{
    if (sa && sa->sa_family == AF_INET)
        return (struct slice){
            (const char *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4};
    if (!sa || sa->sa_family != AF_INET6)
        return (struct slice){NULL, 0};
    const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(a))
        return (struct slice){(const char *)a + 12, 4};
    return (struct slice){(const char *)a, sizeof(*a)};
}

static bool same_bytes(struct slice a, struct slice b)
{
    return a.len && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_loopback(struct slice a)
{
    static const unsigned char v6[16] = {[15] = 1};
    return (a.len == 4 && a.data[0] == 127) || (a.len == 16 && memcmp(a.data, v6, 16) == 0);
}

static struct addrinfo *resolve(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    return getaddrinfo(host, NULL, &hints, &found) == 0 ? found : NULL;
}

/* Whether a name means this machine. */
static bool is_here(const char *host)
{
    struct addrinfo *all = resolve(host);
    struct ifaddrs *own = NULL;
    bool here = false;
    if (all && getifaddrs(&own) != 0)
        own = NULL;
    for (struct addrinfo *x = all; x && !here; x = x->ai_next) {
        here = is_loopback(bytes_of(x->ai_addr));
        for (struct ifaddrs *i = own; i && !here; i = i->ifa_next)
            here = same_bytes(bytes_of(x->ai_addr), bytes_of(i->ifa_addr));
    }
    if (own)
        freeifaddrs(own);
    if (all)
        freeaddrinfo(all);
    return here;
}

static bool meet(const char *a, const char *b)
{
    struct addrinfo *x = resolve(a), *y = resolve(b);
    bool same = false;
    for (struct addrinfo *i = x; i && !same; i = i->ai_next)
        for (struct addrinfo *k = y; k && !same; k = k->ai_next)
            same = same_bytes(bytes_of(i->ai_addr), bytes_of(k->ai_addr));
    if (x)
        freeaddrinfo(x);
    if (y)
        freeaddrinfo(y);
    return same;
}

static bool same_host(const char *a, const char *b)
{
    if (!a || !b)
        return (!a && !b) || is_here(a ? a : b);
    return strcasecmp(a, b) == 0 || meet(a, b) || (is_here(a) && is_here(b));
}

bool driver_address_same(const struct driver_address *a, const struct driver_address *b,
                         const char *database)
{
    if (a->database && strcasecmp(a->database, database) != 0)
        return false;
    if (a->port && b->port && a->port != b->port)
        return false;
    if (a->socket && b->socket && strcmp(a->socket, b->socket) != 0)
        return false;
    return same_host(a->host, b->host);
}
