#include "config_read.h"

#include <string.h>

/*
 * on_success: and on_failure:, what is run after a command: a program with its arguments as a list,
 * or a list of such lists. No shell reads them.
 */

static bool is_url(const char *text)
{
    return str_starts(text, "http://") || str_starts(text, "https://");
}

static bool read_word(struct reading *r, const yaml_node_t *n, const char *key, struct vec *words,
                      struct err *err)
{
    const char *word = NULL;
    if (n->type != YAML_SCALAR_NODE)
        return config_node_fail(r, n, err,
                                "\"%s\" is a program with its arguments, as a list, or a list of "
                                "such lists",
                                key);
    if (!config_node_text(r, n, key, &word, err) || !config_node_expand(r, n, &word, err))
        return false;
    if (!words->len && is_url(word)) {
        config_node_fail(r, n, err, "\"%s\" names a URL, and this dbtwin posts to none", key);
        return err_hint(err, "a program can: [curl, -fsS, -H, \"Content-Type: application/json\", "
                             "--data-binary, \"@-\", URL]");
    }
    if (!words->len && !*word)
        return config_node_fail(r, n, err, "\"%s\" names no program", key);
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
    if (ok) {
        struct config_hook *h = arena_new(&r->c->arena, struct config_hook);
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
                r, one, err, "\"%s\" is a list of programs here, each of which is a list", key);
        if (!read_command(r, one, key, &tail, err))
            return false;
    }
    return true;
}
