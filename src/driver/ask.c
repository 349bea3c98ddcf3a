#include "ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "query.h"

bool ask_wants(const struct asking *q, const char *topic)
{
    return !q->topic || str_eq(q->topic, topic);
}

void ask_add(const struct asking *q, const char *topic, const char *name, const char *value,
             const char *more)
{
    struct answer *x = vec_push(q->ret);

    *x = (struct answer){topic, name, arena_strdup(q->a, value), arena_strdup(q->a, more)};
}

struct rows {
    const struct asking *q;
    const char *topic;
};

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    const struct rows *r = ctx;

    (void)lengths;
    if (n != 3 || !values[0])
        return err_set(err, ERR_RUNTIME, "an unexpected row");
    ask_add(r->q, r->topic, arena_strdup(r->q->a, values[0]), values[1], values[2]);
    return true;
}

static bool ask_one(struct session *s, const struct asking *q, const struct sql_file *file,
                    struct err *err)
{
    const char *words[] = {q->side == DRIVER_SOURCE ? "source" : "target", NULL};
    struct query_facts f = {.flavor = q->flavor, .version = q->version, .words = words};
    struct rows r = {q, file->name};
    struct buf sql = BUF_INIT;
    bool good = query_filter(file->text, &f, &sql, err);
    struct err why = ERR_INIT;

    if (good && !query_is_empty(sql.data) && !q->rows(s, sql.data, take_row, &r, &why)) {
        good = why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED;
        if (good)
            ask_add(q, file->name, NULL, NULL, why.msg);
        else
            *err = why;
    }
    buf_release(&sql);
    return good || err_context(err, "while asking for: %s", file->name);
}

bool ask_queries(struct session *s, const struct asking *q, struct err *err)
{
    for (const struct sql_file *f = q->files; f->name; f++)
        if (ask_wants(q, f->name) && !ask_one(s, q, f, err))
            return false;
    return true;
}

void ask_free_bytes(const struct asking *q, const char *folder)
{
    struct statvfs v;
    char text[24];

    if (!folder || !*folder || statvfs(folder, &v) != 0 || v.f_blocks == 0)
        return;
    snprintf(text, sizeof text, "%" PRIu64, (uint64_t)v.f_bavail * (uint64_t)v.f_frsize);
    ask_add(q, "fact", "free_bytes", text, folder);
}
