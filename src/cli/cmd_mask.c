#include "cli.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(struct cli *c, const char *place, struct err *err);
} verbs[] = {
    {"audit", mask_audit},
    {"check", mask_check},
    {"suggest", mask_suggest},
};

int cmd_mask(struct cli *c, struct err *err)
{
    struct buf known = BUF_INIT;
    if (c->list)
        return mask_list(c, err);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(c->args[0], verbs[i].name) == 0)
            return verbs[i].run(c, c->args[1], err);
        buf_addf(&known, "%s%s", i ? ", " : "", verbs[i].name);
    }
    err_set(err, ERR_USAGE, "unknown mask command: %s", c->args[0]);
    err_hint(err, "mask has %s", known.data);
    buf_release(&known);
    return -1;
}
