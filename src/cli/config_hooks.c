#include "config_read.h"

#include "webhook.h"

#include <string.h>

/*
 * on_success: and on_failure:, what a command's end is told: a URL, or a program with its arguments
 * as a list, which no shell reads; or a list of such lists.
 */

/* A URL that stands in the file itself, and not in the environment, is a secret of the file. */
static bool read_url(struct reading *r, const yaml_node_t *n, const char *url, struct err *err)
{
    r->file->has_webhook |= strstr((const char *)n->data.scalar.value, "://") != NULL;
    if (webhook_check(url, err))
        return true;
    if (!err->hint[0])
        err_hint(err, "a program can: [curl, -fsS, -H, \"Content-Type: application/json\", "
                      "--data-binary, \"@-\", URL]");
    return err_context(err, "%s", config_node_place(r, n));
}

static bool read_word(struct reading *r, const yaml_node_t *n, const char *key, struct vec *words,
                      struct err *err)
{
    const char *word = NULL;
    if (n->type != YAML_SCALAR_NODE)
        return config_node_fail(r, n, err,
                                "\"%s\" is a URL, or a program with its arguments as a list, or a "
                                "list of such lists",
                                key);
    if (!config_node_text(r, n, key, &word, err) || !config_node_expand(r, n, &word, err))
        return false;
    if (!words->len && !*word)
        return config_node_fail(r, n, err, "\"%s\" names no program", key);
    if (!words->len && strstr(word, "://") && !read_url(r, n, word, err))
        return false;
    VEC_PUSH(words, const char *, word);
    return true;
}

static bool read_command(struct reading *r, const yaml_node_t *n, const char *key,
                         const struct config_hook ***tail, struct err *err)
{
    struct vec words = VEC_INIT(const char *);
    bool ok = true;
    if (n->type == YAML_SEQUENCE_NODE)
        for (yaml_node_item_t *i = n->data.sequence.items.start;
             ok && i < n->data.sequence.items.top; i++)
            ok = read_word(r, config_node_at(r, *i), key, &words, err);
    else
        ok = read_word(r, n, key, &words, err);
    if (ok && !words.len)
        ok = config_node_fail(r, n, err, "\"%s\" names no program", key);
    const char *first = ok ? VEC_AT(&words, const char *, 0) : "";
    bool is_url = strstr(first, "://") != NULL;
    if (is_url && words.len > 1)
        ok = config_node_fail(r, n, err, "the URL of \"%s\" is followed by something", key);
    if (ok) {
        struct config_hook *h = arena_new(&r->c->arena, struct config_hook);
        h->url = is_url ? first : NULL;
        VEC_PUSH(&words, const char *, NULL);
        h->argv = arena_memdup(&r->c->arena, words.items, words.len * sizeof(const char *));
        h->place = config_node_place(r, n);
        **tail = h;
        *tail = (const struct config_hook **)(uintptr_t)&h->next;
    }
    vec_release(&words);
    return ok;
}

bool config_hooks_read(struct reading *r, const yaml_node_t *n, const char *key,
                       const struct config_hook **ret, struct err *err)
{
    const struct config_hook **tail = ret;
    *ret = NULL;
    bool many = n->type == YAML_SEQUENCE_NODE &&
                n->data.sequence.items.top > n->data.sequence.items.start &&
                config_node_at(r, *n->data.sequence.items.start)->type == YAML_SEQUENCE_NODE;
    if (!many)
        return read_command(r, n, key, &tail, err);
    for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
        const yaml_node_t *one = config_node_at(r, *i);
        if (one->type != YAML_SEQUENCE_NODE)
            return config_node_fail(
                r, one, err, "\"%s\" is a list of programs and URLs here, each of which is a list",
                key);
        if (!read_command(r, one, key, &tail, err))
            return false;
    }
    return true;
}
