#include "target.h"

/* What a database holds: found, and dropped. */

/* Tables and sequences of a database. */
bool my_contents_tables(struct my_target *t, const char *database, struct vec *ret, struct err *err)
{
    return my_target_names(t, ret, err,
                           "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                           "%s AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') "
                           "ORDER BY TABLE_NAME",
                           my_target_literal(t, database));
}

bool my_contents_exists(struct my_target *t, const char *database, bool *ret, struct err *err)
{
    struct vec found = VEC_INIT(const char *);
    bool good = my_target_names(
        t, &found, err,
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
        my_target_literal(t, database));
    *ret = found.len > 0;
    vec_release(&found);
    return good;
}

/* MariaDB before 11.3 knows packages in its other grammar only. */
static bool drop_one(struct my_target *t, const char *database, const char *drop, const char *name,
                     struct err *err)
{
    bool oracle = str_eq(drop, "PACKAGE");
    bool good = (!oracle || my_target_run(t, err, "SET SESSION sql_mode='ORACLE'")) &&
                my_target_run(t, err, "DROP %s IF EXISTS %s.%s", drop,
                              my_target_quoted(t, database), my_target_quoted(t, name));
    struct err ignored = ERR_INIT;
    return (!oracle || my_target_repin(t, good ? err : &ignored)) && good;
}

static bool drop_listed(struct my_target *t, const char *database, const char *drop,
                        const char *query, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good = my_target_names(t, &names, err, "%s = %s", query, my_target_literal(t, database));
    for (size_t i = 0; good && i < names.len; i++)
        good = drop_one(t, database, drop, VEC_AT(&names, const char *, i), err);
    vec_release(&names);
    return good;
}

/* What belonged to the old state, or was made by an earlier try. Views that the shadow has, too,
 * are replaced by the journal's statements instead, so that no reader finds none. */
bool my_contents_drop_movables(struct my_target *t, const char *database, const char *but_views_of,
                               struct err *err)
{
    static const struct {
        const char *drop, *query;
        unsigned engines;
    } sorts[] = {
        {"EVENT", "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA",
         ENGINE_MYSQL},
        {"TRIGGER",
         "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA",
         ENGINE_MYSQL},
        {"VIEW",
         "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_NAME NOT IN (SELECT "
         "TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = @dbtwin_shadow) AND "
         "TABLE_SCHEMA",
         ENGINE_MYSQL},
        {"PACKAGE",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'PACKAGE' AND "
         "ROUTINE_SCHEMA",
         ENGINE_MA},
        {"PROCEDURE",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'PROCEDURE' "
         "AND ROUTINE_SCHEMA",
         ENGINE_MYSQL},
        {"FUNCTION",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION' "
         "AND ROUTINE_SCHEMA",
         ENGINE_MYSQL},
    };
    if (!my_target_run(t, err, "SET @dbtwin_shadow = CONVERT(%s USING utf8mb3)",
                       my_target_literal(t, but_views_of)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
        if ((sorts[i].engines & my_session(t->session)->flavor) &&
            !drop_listed(t, database, sorts[i].drop, sorts[i].query, err))
            return false;
    }
    return true;
}

bool my_contents_clear(struct my_target *t, const char *database, struct err *err)
{
    return my_contents_drop_movables(t, database, "", err);
}

/* Drops a database that make_places made, if it is as empty as it was made. */
bool my_contents_unmake(struct my_target *t, const char *database, struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool good = my_contents_tables(t, database, &tables, err) &&
                (tables.len || my_target_drop(t, my_target_quoted(t, database), err));
    vec_release(&tables);
    return good;
}
