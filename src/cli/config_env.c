#include "config_read.h"

#include "suggest.h"

#include <stdlib.h>
#include <string.h>

/*
 * environments: what --env NAME or DBTWIN_ENV changes. Below a name stand the keys of the file:
 * those of a database replace that database's one by one, any other replaces the files'.
 */

/* "ci:", "ci: ~" */
static bool is_nothing(const yaml_node_t *n)
{
    const char *text = n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : "x";
    return !*text || (n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                      (str_eq(text, "~") || str_eq(text, "null")));
}

static bool note(struct reading *r, const yaml_node_t *k, const char *name, const yaml_node_t *v,
                 void *of, struct err *err)
{
    const char *wanted = of;
    if (!config_node_once(r, k, arena_printf(&r->c->arena, "environments/%s", name), err))
        return false;
    VEC_PUSH(&r->config->environments, const char *, name);
    bool nothing = is_nothing(v);
    if (v->type != YAML_MAPPING_NODE && !nothing)
        return config_node_fail(r, v, err,
                                "environment \"%s\" must be a mapping of what it changes", name);
    if (str_eq(wanted, name)) {
        r->environment = nothing ? NULL : v;
        r->environment_file = r->file;
        r->config->environment = name;
    }
    return true;
}

static bool unknown(const struct reading *r, const char *wanted, struct err *err)
{
    struct buf names = BUF_INIT;
    struct suggestion s = {.word = wanted};
    for (size_t i = 0; i < r->config->environments.len; i++) {
        const char *name = VEC_AT(&r->config->environments, const char *, i);
        buf_addf(&names, "%s%s", i ? ", " : "", name);
        suggest_offer(&s, name);
    }
    if (r->config->path)
        err_set(err, ERR_USAGE, "%s has no environment \"%s\"", r->config->path, wanted);
    else
        err_set(err, ERR_USAGE, "there is no config, and so no environment \"%s\"", wanted);
    if (s.best)
        err_hint(err, "did you mean %s? There are: %s", s.best, names.data);
    else if (names.len)
        err_hint(err, "there are: %s", names.data);
    else
        err_hint(err, "the key environments: names them, dbtwin.conf(5)");
    buf_release(&names);
    return false;
}

bool config_env_choose(struct reading *r, struct err *err)
{
    const char *wanted = r->c->env ? r->c->env : getenv("DBTWIN_ENV");
    if (wanted && !*wanted)
        wanted = NULL;
    for (size_t i = 0; i < r->config->files.len; i++) {
        r->file = VEC_AT(&r->config->files, struct config_file *, i);
        const yaml_node_t *root = yaml_document_get_root_node(&r->file->doc);
        const yaml_node_t *n = config_node_get(r->file, root, "environments");
        if (n && n->type != YAML_MAPPING_NODE)
            return config_node_fail(r, n, err,
                                    "\"environments\" must be a mapping of names to what each "
                                    "changes");
        if (n && !config_node_keys(r, n, note, (void *)(uintptr_t)wanted, err))
            return false;
    }
    return !wanted || r->config->environment || unknown(r, wanted, err);
}

bool config_env_replaces(const struct reading *r, const char *key)
{
    return r->environment && strcmp(key, "databases") != 0 &&
           config_node_get(r->environment_file, r->environment, key);
}

const yaml_node_t *config_env_database(const struct reading *r, const char *name)
{
    if (!r->environment)
        return NULL;
    const yaml_node_t *all = config_node_get(r->environment_file, r->environment, "databases");
    return config_node_get(r->environment_file, all, name);
}
