#include "config_command.h"

enum { PATIENCE = 10 }; /* seconds */

bool config_try(const struct place *p, struct arena *a, struct config_tried *ret, struct err *err)
{
    const struct source_ops *ops = p->e.driver->source;
    struct source_options o = {.patience = PATIENCE};
    struct config_tried t = {0};
    struct session *s = NULL;
    struct err why = ERR_INIT;
    bool ok = ops->open(&p->e, DRIVER_SOURCE, &o, &s, err) && ops->facts(s, a, &t.facts, err);
    if (ok && !ops->noted(s, "role", a, &t.mark, &why)) /* it may have no rights on that */
        log_debug("%s: %s", p->e.label, why.msg);
    ops->close(s);
    if (ok)
        *ret = t;
    return ok;
}

void config_try_describe(const struct config_tried *t, struct buf *out)
{
    model_line(t->facts.server_version ? t->facts.server_version : "?", out);
    buf_adds(out, ", database ");
    model_line(t->facts.database ? t->facts.database : "(none)", out);
    if (t->facts.user) {
        buf_adds(out, " as ");
        model_line(t->facts.user, out);
    }
    if (t->facts.standby)
        buf_adds(out, ", a standby");
    if (str_eq(t->mark, "copy"))
        buf_adds(out, ", filled by dbtwin");
    if (str_eq(t->mark, "production"))
        buf_adds(out, ", marked as production");
}
