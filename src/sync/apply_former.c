#include "apply.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * MySQL and MariaDB drop a program at once and for good, before they make it again. Its text goes
 * into the history before that, where a person finds it if the new one cannot be made; once a whole
 * apply has succeeded nobody needs it any more.
 */

static const char *const words[] = {"PROCEDURE ", "FUNCTION ", "PACKAGE ", "VIEW ",
                                    "TRIGGER ",   "EVENT ",    NULL};

/* What follows SHOW CREATE; NULL: the step drops no program. */
static const char *dropped(const struct step *s)
{
    const char *rest = s->sql + strlen("DROP ");
    if (!str_starts(s->sql, "DROP ") || !s->object)
        return NULL;
    for (size_t i = 0; words[i]; i++)
        if (str_starts(rest, words[i]))
            return rest;
    return NULL;
}

static const char *key_of(const struct apply *a, const struct step *s)
{
    return arena_printf(a->arena, "%s %s", s->object->kind->name,
                        model_path_text(s->object, a->arena));
}

struct reading {
    struct arena *arena;
    const char *text;
};

/* Each kind has it in another column. */
static bool take(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                 struct err *err)
{
    struct reading *r = ctx;
    (void)err;
    for (unsigned i = 0; i < n && !r->text; i++)
        if (v[i] && str_starts(v[i], "CREATE "))
            r->text = arena_strndup(r->arena, v[i], lengths[i]);
    return true;
}

void apply_former_keep(struct apply *a, size_t i)
{
    const struct step *s = &VEC_AT(&a->plan->steps, struct step, i);
    const char *what = engine_of(a->facts.flavor)->ddl_transactions ? NULL : dropped(s);
    struct reading r = {a->arena, NULL};
    struct err why = ERR_INIT;
    if (!what)
        return;
    const char *key = key_of(a, s);
    if (!a->at->driver->source->rows(a->session, arena_printf(a->arena, "SHOW CREATE %s", what),
                                     take, &r, &why) ||
        !r.text) {
        apply_tell(a, LOG_DEBUG, "the text of %s is not kept: %s", key,
                   why.msg[0] ? why.msg : "this account may not see it");
        return;
    }
    map_put(&a->former, key, strlen(key), (void *)(uintptr_t)r.text);
    apply_journal_kept(a, arena_printf(a->arena, RUN_KEPT "%s: %s", key, r.text));
}

void apply_former_explain(struct apply *a, size_t i, struct buf *ret)
{
    const struct step *s = &VEC_AT(&a->plan->steps, struct step, i);
    const char *key = s->object ? key_of(a, s) : NULL;
    const char *text = key ? map_get(&a->former, key, strlen(key)) : NULL;
    if (!text)
        return;
    if (a->journal) {
        buf_addf(ret, "; what %s was is in the table dbtwin_run, where result begins with \"%s%s\"",
                 key, RUN_KEPT, key);
        return;
    }
    buf_addf(ret, "; what %s was is told above", key);
    apply_tell(a, LOG_WARN, "%s was: %s", key, text);
}
