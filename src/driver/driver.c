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

void chunk_release(struct chunk *c)
{
    buf_free(c->payload);
    c->payload = NULL;
}
