#include <dbtwin/driver.h>

#include <string.h>
#include <strings.h>

static const struct driver *const drivers[] = {&driver_postgres, &driver_mysql, &driver_archive};

const struct driver *driver_for_url(const char *url)
{
    const char *end = strstr(url, "://");
    size_t len = end ? (size_t)(end - url) : 0;

    if (!end)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
        for (const char *const *s = drivers[i]->url_schemes; s && *s; s++)
            if (strlen(*s) == len && strncasecmp(url, *s, len) == 0)
                return drivers[i];
    return NULL;
}

static void add_encoded(const char *text, struct buf *out)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("-._~", *p);
        if (plain)
            buf_addch(out, (char)*p);
        else
            buf_addf(out, "%%%02X", *p);
    }
}

/* libpq takes the database's name from the query, too, and that one would win. */
static void add_query(const char *query, struct buf *out)
{
    char between = '?';

    while (*query) {
        size_t n = strcspn(query, "&");
        if (n && strncmp(query, "dbname=", 7) != 0) {
            buf_addch(out, between);
            buf_add(out, query, n);
            between = '&';
        }
        query += n + (query[n] == '&');
    }
}

const char *driver_url_database(const char *url, const char *database, struct arena *a)
{
    const char *authority = strstr(url, "://"), *path, *query;
    struct buf b = BUF_INIT;

    authority = authority ? authority + 3 : url;
    path = authority + strcspn(authority, "/?");
    query = path + strcspn(path, "?");
    buf_add(&b, url, (size_t)(path - url));
    buf_addch(&b, '/');
    add_encoded(database, &b);
    if (*query)
        add_query(query + 1, &b);
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

void chunk_release(struct chunk *c)
{
    buf_free(c->payload);
    c->payload = NULL;
}
