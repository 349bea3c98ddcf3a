#include "value.h"

#include <string.h>
#include <strings.h>

#include "model.h"

enum { DIGEST_HEX = 64 };

/* All models have these in common: mostly, that two are equal is then seen without reading them. */
static const char yes[] = "yes", no[] = "no";

static const char *bool_text(const char *text)
{
    static const struct {
        const char *text;
        const char *means;
    } spellings[] = {
        {"0", no},   {"1", yes},  {"f", no},  {"false", no}, {"n", no},  {"no", no},
        {"off", no}, {"on", yes}, {"t", yes}, {"true", yes}, {"y", yes}, {"yes", yes},
    };

    /* PostgreSQL's, and a file's, by the million. */
    if ((text[0] == 't' || text[0] == 'f') && !text[1])
        return text[0] == 't' ? yes : no;
    if (strcmp(text, yes) == 0)
        return yes;
    if (strcmp(text, no) == 0)
        return no;
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (strcasecmp(text, spellings[i].text) == 0)
            return spellings[i].means;
    return NULL;
}

static bool store_bool(const struct prop *p, enum value_origin origin, const char *text,
                       const char **ret, struct err *err)
{
    const char *means = bool_text(text);

    if (!means || (origin == VALUE_FROM_FILE && strcmp(means, text) != 0))
        return err_set(err, ERR_RUNTIME, "property %s: \"%s\" is neither yes nor no", p->name,
                       text);
    *ret = means;
    return true;
}

static bool is_int(const char *text)
{
    text += *text == '-';
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool is_digest(const char *text, size_t len)
{
    return len == strlen(VALUE_DIGEST) + DIGEST_HEX && str_starts(text, VALUE_DIGEST) &&
           strspn(text + strlen(VALUE_DIGEST), "0123456789abcdef") == DIGEST_HEX;
}

static const char *secret_text(struct model *m, const char *text, size_t len)
{
    char hex[DIGEST_HEX + 1];
    char digest[sizeof(VALUE_DIGEST) + DIGEST_HEX] = VALUE_DIGEST;

    hash_sha256_hex(text, len, hex);
    memcpy(digest + strlen(VALUE_DIGEST), hex, sizeof(hex));
    return model_intern(m, digest);
}

bool value_store(struct model *m, const struct prop *p, enum value_origin origin, const char *text,
                 size_t len, const char **ret, struct err *err)
{
    if (m->flavor && !(p->engines & m->flavor))
        return err_set(err, ERR_RUNTIME,
                       "property %s has a value, and this kind of server has no such property",
                       p->name);
    if (p->flags & F_SECRET) {
        bool done = origin == VALUE_FROM_FILE && is_digest(text, len);

        *ret = done ? model_intern(m, text) : secret_text(m, text, len);
        return true;
    }
    if (p->type == T_BOOL)
        return store_bool(p, origin, text, ret, err);
    if (p->type == T_INT && !is_int(text))
        return err_set(err, ERR_RUNTIME, "property %s: \"%s\" is not a whole number", p->name,
                       text);
    *ret = intern_bytes(&m->strings, text, len);
    return true;
}
