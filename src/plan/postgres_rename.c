#include "postgres.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <dbtwin/namemap.h>
#include <dbtwin/sqltoken.h>

/*
 * map: schemas. All is built, filled and proven under production's names, and the schemas get
 * their own at the end: the server then carries every name along that it holds as a name (views,
 * defaults, keys, policies, bodies in standard SQL). What it holds as text is refused by name,
 * but for search_path, which is set again.
 */

static const char *new_name(const struct plan_builder *b, const struct object *schema)
{
    const char *to = namemap_schema(b->opt->map, schema->name);

    return strcmp(to, schema->name) != 0 ? to : NULL;
}

/* ---- texts --------------------------------------------------------------------------------- */

/* What follows the name: the end of quotes, blanks, a dot? */
static bool is_qualifier(const char *p)
{
    p += *p == '"';
    p += strspn(p, " \t\r\n");
    return *p == '.';
}

/* 'app.ids'::regclass: the server holds a name. */
static bool is_name_constant(const char *p)
{
    const char *end = strchr(p, '\'');

    return end && str_starts(end + 1, "::reg");
}

/* Whether the text names the schema where the server sees no name: anywhere in it, or, where it is
 * an expression, within its constants. */
static bool text_names(const char *text, const char *schema, bool expression)
{
    bool path = !expression && strstr(text, "search_path"), quoted = false;
    size_t n = strlen(schema);

    for (const char *p = text; *p; p++) {
        quoted ^= *p == '\'';
        if (strncasecmp(p, schema, n) != 0 || (p > text && sqltoken_is_word(p[-1])) ||
            sqltoken_is_word(p[n]) || (expression && (!quoted || is_name_constant(p))))
            continue;
        if (path || is_qualifier(p + n) || (p > text && p[-1] == '\'' && p[n] == '\''))
            return true;
    }
    return false;
}

static void refuse_text(struct plan_builder *b, const struct object *o, const struct prop *p,
                        const char *text, const struct object *schema)
{
    bool body = p->type == T_BODY && strcmp(p->name, "body") == 0;

    if (!(body || p->type == T_EXPR) ||
        !text_names(text, schema->name, !body || namemap_is_standard(o)))
        return;
    plan_refuse(b, o,
                arena_printf(b->arena,
                             "its %s names schema %s in a text, which map: schemas cannot follow "
                             "to %s",
                             p->name, schema->name, new_name(b, schema)));
}

static void refuse_texts(struct plan_builder *b, const struct object *schema)
{
    for (uint32_t i = 1; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];

        if (plan_is_left_out(b, o))
            continue;
        if (o->kind->id == K_EXTENSION && str_eq(model_get(o, P_EXTENSION_SCHEMA), schema->name))
            plan_refuse(b, o,
                        arena_printf(b->arena,
                                     "its functions may name schema %s, which map: schemas gives "
                                     "another name",
                                     schema->name));
        for (unsigned s = 0; s < o->kind->n_props; s++)
            if (model_get(o, (int)s))
                refuse_text(b, o, &o->kind->props[s], model_get(o, (int)s), schema);
    }
}

/* ---- statements ---------------------------------------------------------------------------- */

static void add(struct plan_builder *b, const struct buf *sql)
{
    VEC_PUSH(&b->plan->renames, const char *, arena_strdup(b->arena, sql->data));
}

static void rename_schema(struct plan_builder *b, const char *from, const char *to)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER SCHEMA %I RENAME TO %I", from, to);
    add(b, &sql);
    buf_release(&sql);
}

/* The object's qualified name as it is after the renaming. */
static const char *routine_after(struct plan_builder *b, const struct object *routine)
{
    const struct object *schema = routine->parent;
    const char *types = strchr(routine->name, '(');
    struct buf name = BUF_INIT;
    const char *text;

    postgres_format(&name, "%I.%I%s", namemap_schema(b->opt->map, schema->name),
                    arena_strndup(b->arena, routine->name, (size_t)(types - routine->name)),
                    namemap_text(b->opt->map, b->arena, b->model, types));
    text = arena_strdup(b->arena, name.data);
    buf_release(&name);
    return text;
}

static void set_search_path(struct plan_builder *b, const struct object *o)
{
    const char *was = model_get(o, P_SETTING_VALUE);
    const char *path = was ? namemap_schemas(b->opt->map, b->arena, b->model, was) : NULL;
    struct buf sql = BUF_INIT;

    if (!path || strcmp(path, was) == 0 || plan_is_left_out(b, o))
        return;
    if (o->parent->parent)
        postgres_format(&sql, "ALTER ROUTINE %s SET search_path TO %s", routine_after(b, o->parent),
                        path);
    else
        postgres_database_setting(b, o, path, &sql);
    add(b, &sql);
    buf_release(&sql);
}

static bool is_taken(const struct plan_builder *b, const char *name)
{
    return model_child(b->model, b->model->root, SPACE_SCHEMA, name) != NULL;
}

void plan_rename(struct plan_builder *b)
{
    struct vec schemas = VEC_INIT(const struct object *);

    for (const struct object *o = b->model->root->first; o; o = o->next)
        if (o->kind->id == K_SCHEMA && new_name(b, o) && !plan_is_left_out(b, o))
            VEC_PUSH(&schemas, const struct object *, o);
    for (size_t i = 0; i < schemas.len; i++) {
        const struct object *o = VEC_AT(&schemas, const struct object *, i);
        const struct object *other =
            model_child(b->model, b->model->root, SPACE_SCHEMA, new_name(b, o));

        refuse_texts(b, o);
        if (other && !new_name(b, other))
            plan_refuse(b, o,
                        arena_printf(b->arena,
                                     "map: schemas gives it the name %s, which another "
                                     "schema has",
                                     other->name));
        /* Names may change places. */
        if (other)
            rename_schema(b, o->name, arena_printf(b->arena, "dbtwin_rename_%zu", i));
    }
    for (size_t i = 0; i < schemas.len; i++) {
        const struct object *o = VEC_AT(&schemas, const struct object *, i);

        rename_schema(b,
                      is_taken(b, new_name(b, o)) ? arena_printf(b->arena, "dbtwin_rename_%zu", i)
                                                  : o->name,
                      new_name(b, o));
    }
    for (uint32_t i = 1; schemas.len && i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];

        if (o->kind->id == K_SETTING && str_starts(o->name, "search_path"))
            set_search_path(b, o);
    }
    vec_release(&schemas);
}
