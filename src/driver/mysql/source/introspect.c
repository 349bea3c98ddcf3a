#include "read.h"

#include <string.h>
#include <time.h>

static bool read_queries(struct my_read *r, const char *const *names, struct err *err)
{
    for (; *names; names++)
        if (!my_read_query(r, *names, err))
            return false;
    return true;
}

/* The first are read while other connections read tables; what belongs to tables comes after. */
static bool read_all(struct my_read *r, struct err *err)
{
    static const char *const first[] = {"database", "view",  "broken_view", "routine",
                                        "package",  "event", NULL};
    static const char *const then[] = {"trigger", "depend", NULL};
    struct my_fetch *tables;
    return my_fetch_start(r, &tables, err) && read_queries(r, first, err) &&
           my_fetch_finish(r, tables, err) && read_queries(r, then, err) &&
           (r->s->flavor != ENGINE_MA || my_show_sequences(r, err)) && my_show(r, err) &&
           my_literal_defaults(r, err) && my_literal_srids(r, err) && my_references(r, err) &&
           my_accounts(r, err) && my_probe(r, err);
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
    stamp(&r);
    pthread_mutex_init(&r.lock, NULL);
    r.pool = my_reader_pool_new(s, &r.arena);
    good = good && read_all(&r, err);
    my_reader_pool_close(r.pool);
    pthread_mutex_destroy(&r.lock);
    if (own && s->db) {
        struct err ignored = ERR_INIT;
        my_conn_run(s, "ROLLBACK", good ? err : &ignored);
    }
    map_release(&r.exact);
    map_release(&r.shown);
    arena_release(&r.arena);
    if (!good)
        return err_context(err, "%s", s->label);
    return model_freeze(m, err);
}
