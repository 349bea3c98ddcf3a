#include "config_command.h"

#include "suggest.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(struct cli *c, const char *file, struct err *err);
} verbs[] = {
    {"check", config_check},
    {"init", config_init},
};

int cmd_config(struct cli *c, struct err *err)
{
    struct suggestion s = {.word = c->args[0]};
    const char *file = c->n_args > 1 ? c->args[1] : NULL;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(c->args[0], verbs[i].name) == 0)
            return verbs[i].run(c, file, err);
        suggest_offer(&s, verbs[i].name);
    }
    err_set(err, ERR_USAGE, "unknown config command: %s", c->args[0]);
    err_hint(err, s.best ? "did you mean %s?" : "config has check and init", s.best);
    return -1;
}
