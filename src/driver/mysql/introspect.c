#include "read.h"

#include <dbtwin/log.h>

#include <string.h>
#include <time.h>

static bool is_partitioned(const struct my_read *r)
{
    if (r->s->flavor == ENGINE_MY)
        return true; /* the question costs nothing there, and CREATE_OPTIONS do not always say */
    for (const struct object *o = r->m->root->first; o; o = o->next) {
        const char *options = o->kind->id == K_TABLE ? model_get(o, P_TABLE_DEFINITION) : NULL;
        if (options && strstr(options, "partitioned"))
            return true;
    }
    return false;
}

static bool read_foreign_keys(struct my_read *r, struct err *err)
{
    /* MariaDB opens every table for it, InnoDB knows at once whether there are any. */
    const char *n = NULL;
    struct err denied = ERR_INIT;
    if (r->s->flavor == ENGINE_MA &&
        my_conn_value(r->s, "SELECT 1 FROM information_schema.INNODB_SYS_FOREIGN LIMIT 1",
                      &r->arena, &n, &denied) &&
        !n)
        return true;
    return my_read_query(r, "foreign_key", err);
}

static bool read_all(struct my_read *r, struct err *err)
{
    static const char *const relations[] = {"database", "table", "column", "index", "check"};
    static const char *const others[] = {"view",    "trigger", "routine",
                                         "package", "event",   "depend"};

    for (size_t i = 0; i < ARRAY_LEN(relations); i++) {
        if (!my_read_query(r, relations[i], err))
            return false;
    }
    if (is_partitioned(r) && !my_read_query(r, "partition", err))
        return false;
    if (!read_foreign_keys(r, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (!my_read_query(r, others[i], err))
            return false;
    }
    for (const struct object *o = r->m->root->first; o; o = o->next)
        r->n_tables += o->kind->id == K_TABLE;
    if (r->s->flavor == ENGINE_MA && !my_show_sequences(r, err))
        return false;
    return my_show(r, err) && my_create_defaults(r, err) && my_create_srids(r, err) &&
           my_key_order(r, err) && my_fixup(r, err) && my_probe(r, err);
}

static void stamp(struct my_read *r)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!r->m->taken_at)
        r->m->taken_at = arena_strdup(&r->m->arena, text);
}

bool my_introspect(struct session *session, struct model *m, struct err *err)
{
    struct my_read r = {.s = my_session(session), .m = m};
    struct my_session *s = r.s;
    struct server_facts facts;
    bool own = !s->in_snapshot;

    arena_init(&r.arena);
    m->flavor = s->flavor;
    m->version = s->version;
    m->server_version = arena_strdup(&m->arena, s->server_version);
    m->database = arena_strdup(&m->arena, s->database);
    model_add(m, &kinds[K_DATABASE], NULL, s->database ? s->database : "");
    bool good = my_conn_facts(session, &m->arena, &facts, err);
    if (good)
        m->server_id = facts.server_id;
    if (good && own)
        good = my_conn_run(s, "START TRANSACTION READ ONLY", err);
    /* Counters and AUTO_INCREMENT as they are now, not as they were a day ago. */
    if (good && s->flavor == ENGINE_MY && s->version >= 80000)
        good = my_conn_run(s, "SET SESSION information_schema_stats_expiry=0", err);
    stamp(&r);
    good = good && read_all(&r, err);
    if (own && s->db) {
        struct err ignored = ERR_INIT;
        my_conn_run(s, "ROLLBACK", good ? err : &ignored);
    }
    map_release(&r.exact);
    arena_release(&r.arena);
    if (!good)
        return err_context(err, "%s", s->label);
    return model_freeze(m, err);
}
