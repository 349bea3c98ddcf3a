#include "webhook.h"

#include <dbtwin/log.h>

#include <string.h>

#ifdef HAVE_CURL

#include <curl/curl.h>

enum { CONNECT_SECONDS = 10 };

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
           strcmp(host, "[::1]") == 0;
}

/* What it begins with and where it leads; false where it is no URL. */
static bool look_at(const char *url, bool *ret_https, bool *ret_loopback)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL;
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    if (ok) {
        *ret_https = strcmp(scheme, "https") == 0;
        *ret_loopback = is_loopback(host);
        ok = *ret_https || strcmp(scheme, "http") == 0;
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return ok;
}

bool webhook_check(const char *url, struct err *err)
{
    bool https = false, loopback = false;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (look_at(url, &https, &loopback) && (https || loopback))
        return true;
    err_set(err, ERR_USAGE, "the webhook's URL does not begin with https://");
    return err_hint(err, "http:// is taken to this very machine only (127.0.0.1, ::1, localhost)");
}

/* What it answers is of no use. */
static size_t take(char *data, size_t size, size_t n, void *ctx)
{
    (void)data, (void)ctx;
    return size * n;
}

static int watch(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const bool *hears = ctx;
    (void)a, (void)b, (void)c, (void)d;
    return *hears && log_cancelled();
}

static CURLcode post(CURL *c, const struct webhook *w, struct curl_slist *headers)
{
    bool https = false, loopback = false, hears = !w->deaf || !log_cancelled();
    if (!look_at(w->url, &https, &loopback) || (!https && !loopback))
        return CURLE_UNSUPPORTED_PROTOCOL;
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, https ? "https" : "http");
#else
    curl_easy_setopt(c, CURLOPT_PROTOCOLS, https ? (long)CURLPROTO_HTTPS : (long)CURLPROTO_HTTP);
#endif
    if (loopback)
        curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(c, CURLOPT_URL, w->url);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)w->seconds);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)w->json.len);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, w->json.data);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, &hears);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "dbtwin/" DBTWIN_VERSION);
    return curl_easy_perform(c);
}

bool webhook_send(const struct webhook *w, struct err *err)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *c = curl_easy_init();
    long answer = 0;
    CURLcode code = c ? post(c, w, headers) : CURLE_FAILED_INIT;
    if (code == CURLE_OK)
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(err, ERR_INTERRUPTED, "the webhook was not reached: interrupted");
    if (code != CURLE_OK)
        return err_set(err, ERR_CONNECTION, "the webhook was not reached: %s",
                       curl_easy_strerror(code));
    return (answer >= 200 && answer < 300) ||
           err_set(err, ERR_RUNTIME, "the webhook answered with status %ld", answer);
}

#else

bool webhook_check(const char *url, struct err *err)
{
    (void)url;
    return err_set(err, ERR_USAGE, "this dbtwin was built without libcurl, which webhooks need");
}

bool webhook_send(const struct webhook *w, struct err *err)
{
    return webhook_check(w->url, err);
}

#endif
