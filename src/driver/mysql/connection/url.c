#include "my.h"

#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* NULL for a bad escape or an encoded NUL. */
static char *url_decode(struct slice s, struct arena *a)
{
    char *out = arena_alloc(a, s.len + 1);
    size_t o = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != '%') {
            out[o++] = s.data[i];
            continue;
        }
        int hi = s.len - i > 2 ? hex_digit(s.data[i + 1]) : -1;
        int lo = hi < 0 ? -1 : hex_digit(s.data[i + 2]);
        if (lo < 0 || hi * 16 + lo == 0)
            return NULL;
        out[o++] = (char)(hi * 16 + lo);
        i += 2;
    }
    out[o] = 0;
    return out;
}

/* Decodes a part; an empty one is "not said". */
static bool url_part(struct slice s, const char *what, struct arena *a, const char **ret,
                     struct err *err)
{
    const char *text = url_decode(s, a);
    if (!text)
        return err_set(err, ERR_USAGE, "the %s in the connection URL has a bad %%-escape", what);
    *ret = text[0] ? text : NULL;
    return true;
}

static bool url_tls(const char *value, enum my_tls *ret, struct err *err)
{
    static const struct {
        const char *name;
        enum my_tls mode;
    } modes[] = {
        {"disable", MY_TLS_DISABLED},       {"disabled", MY_TLS_DISABLED},
        {"preferred", MY_TLS_PREFERRED},    {"require", MY_TLS_REQUIRED},
        {"required", MY_TLS_REQUIRED},      {"verify-ca", MY_TLS_VERIFY_CA},
        {"verify-identity", MY_TLS_VERIFY}, {"verify_ca", MY_TLS_VERIFY_CA},
        {"verify_identity", MY_TLS_VERIFY},
    };
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (!strcasecmp(value, modes[i].name)) {
            *ret = modes[i].mode;
            return true;
        }
    }
    err_set(err, ERR_USAGE, "unknown ssl-mode '%s' in the connection URL",
            strchr(value, '@') ? "…" : value);
    return err_hint(err, "disabled, preferred, required, verify-ca or verify-identity");
}

static bool url_flag(const char *key, const char *value, bool *ret, struct err *err)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"no", "yes"}, {"false", "true"}, {"off", "on"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        for (int on = 0; on < 2; on++) {
            if (!strcasecmp(value, words[i][on])) {
                *ret = on;
                return true;
            }
        }
    }
    return err_set(err, ERR_USAGE, "%s in the connection URL is neither 1 nor 0", key);
}

/* Both libraries' spellings: connect_timeout, connect-timeout. */
static void url_dashes(char *key)
{
    for (; *key; key++)
        if (*key == '_')
            *key = '-';
}

static bool url_option(const char *key, const char *value, struct my_url *u, struct err *err)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"socket", &u->socket},
        {"ssl-ca", &u->ssl_ca},
        {"ssl-capath", &u->ssl_capath},
        {"ssl-cert", &u->ssl_cert},
        {"ssl-cipher", &u->ssl_cipher},
        {"ssl-key", &u->ssl_key},
        {"server-public-key-path", &u->server_key},
    };
    const struct {
        const char *name;
        bool *to;
    } flags[] = {{"compress", &u->compress}, {"get-server-public-key", &u->ask_key}};
    const struct {
        const char *name;
        unsigned *to;
    } seconds[] = {{"connect-timeout", &u->connect_timeout}, {"net-timeout", &u->net_timeout}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_eq(key, texts[i].name)) {
            *texts[i].to = value;
            return true;
        }
    }
    if (str_eq(key, "ssl-mode"))
        return url_tls(value, &u->tls, err);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (str_eq(key, flags[i].name))
            return url_flag(key, value, flags[i].to, err);
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        uint64_t n;
        if (!str_eq(key, seconds[i].name))
            continue;
        if (!str_parse_u64(value, &n) || n == 0 || n > 86400)
            return err_set(err, ERR_USAGE, "%s in the connection URL is not a number of seconds",
                           key);
        *seconds[i].to = (unsigned)n;
        return true;
    }
    /* A password with a raw ? in it puts the @ behind, and itself where options stand. */
    bool shown = !strchr(value, '@');
    err_set(err, ERR_USAGE, "unknown option '%s' in the connection URL", shown ? key : "…");
    return err_hint(err,
                    "known: socket, ssl-mode, ssl-ca, ssl-capath, ssl-cert, ssl-key, "
                    "ssl-cipher, compress, connect-timeout, net-timeout, server-public-key-path, "
                    "get-server-public-key");
}

static bool url_query(struct slice q, struct arena *a, struct my_url *u, struct err *err)
{
    const char *p = q.data, *end = q.data + q.len;
    while (p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        if (!amp)
            amp = end;
        const char *eq = memchr(p, '=', (size_t)(amp - p));
        if (amp > p) {
            struct slice k = {p, (size_t)((eq ? eq : amp) - p)};
            struct slice v = {eq ? eq + 1 : amp, eq ? (size_t)(amp - eq - 1) : 0};
            const char *key = NULL, *value = NULL;
            if (!url_part(k, "query", a, &key, err) || !url_part(v, "query", a, &value, err))
                return false;
            if (!key || !value)
                return err_set(err, ERR_USAGE, "an option without a %s in the connection URL",
                               key ? "value" : "name");
            char *name = arena_strdup(a, key);
            url_dashes(name);
            if (!url_option(name, value, u, err))
                return false;
        }
        p = amp + 1;
    }
    return true;
}

static bool url_port(struct slice s, struct arena *a, struct my_url *u, struct err *err)
{
    uint64_t n;
    if (s.len == 0)
        return true;
    if (!str_parse_u64(arena_strndup(a, s.data, s.len), &n) || n == 0 || n > 65535) {
        err_set(err, ERR_USAGE, "the port in the connection URL is not a number from 1 to 65535");
        return err_hint(err, "in a password write / as %%2F, @ as %%40, : as %%3A, ? as %%3F, "
                             "# as %%23");
    }
    u->port = (unsigned)n;
    return true;
}

/* [user[:password]@]host[:port], host also [v6] */
static bool url_authority(struct slice s, struct arena *a, struct my_url *u, struct err *err)
{
    const char *end = s.data + s.len, *host = s.data;
    const char *at = memrchr(s.data, '@', s.len);
    if (at) {
        const char *colon = memchr(s.data, ':', (size_t)(at - s.data));
        struct slice user = {s.data, (size_t)((colon ? colon : at) - s.data)};
        if (!url_part(user, "user", a, &u->user, err))
            return false;
        if (colon) {
            struct slice pw = {colon + 1, (size_t)(at - colon - 1)};
            const char *text = url_decode(pw, a);
            if (!text)
                return err_set(err, ERR_USAGE,
                               "the password in the connection URL has a bad %%-escape");
            u->password = text; /* an empty one is said: no other is looked for */
        }
        host = at + 1;
    }
    const char *host_end = end, *port = NULL;
    if (host < end && *host == '[') {
        host_end = memchr(host, ']', (size_t)(end - host));
        if (!host_end)
            return err_set(err, ERR_USAGE, "no ] after the address in the connection URL");
        host++;
        if (host_end + 1 < end && host_end[1] != ':')
            return err_set(err, ERR_USAGE, "bad address in the connection URL");
        port = host_end + 1 < end ? host_end + 2 : NULL;
    } else {
        const char *colon = memrchr(host, ':', (size_t)(end - host));
        if (colon) {
            host_end = colon;
            port = colon + 1;
        }
    }
    struct slice h = {host, (size_t)(host_end - host)};
    struct slice p = {port ? port : end, port ? (size_t)(end - port) : 0};
    return url_part(h, "host", a, &u->host, err) && url_port(p, a, u, err);
}

bool my_url_parse(const char *url, struct arena *a, struct my_url *ret, struct err *err)
{
    struct my_url u = {0};
    const char *p = strstr(url, "://");
    if (!p)
        return err_set(err, ERR_USAGE, "not a connection URL");
    p += 3;
    size_t n = strcspn(p, "/?#");
    struct slice authority = {p, n};
    if (!url_authority(authority, a, &u, err))
        return false;
    p += n;
    if (*p == '/') {
        n = strcspn(p + 1, "?#");
        struct slice path = {p + 1, n};
        if (memchr(path.data, '/', path.len)) {
            err_set(err, ERR_USAGE, "more than one / after the host in the connection URL");
            return err_hint(err, "write a / in a password or a database's name as %%2F");
        }
        if (!url_part(path, "database", a, &u.database, err))
            return false;
        p += 1 + n;
    }
    if (*p == '#') {
        err_set(err, ERR_USAGE, "a raw # in the connection URL");
        return err_hint(err, "write it as %%23");
    }
    if (*p == '?') {
        struct slice q = {p + 1, strlen(p + 1)};
        if (!url_query(q, a, &u, err))
            return false;
    }
    *ret = u;
    return true;
}
