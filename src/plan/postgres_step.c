#include "postgres.h"

#include <string.h>

#include <dbtwin/namemap.h>

struct step *postgres_template(struct plan_builder *b, const struct object *o,
                               const struct object *table, const char *text)
{
    struct buf sql = BUF_INIT;
    struct step *s;

    template_fill(&sql, &postgres_style, text, o);
    s = plan_step(b, PHASE_PRE, o, table, sql.data);
    buf_release(&sql);
    return s;
}

const char *postgres_get(const struct object *o, const char *prop)
{
    int slot = kind_prop(o->kind, prop);

    return slot >= 0 ? model_get(o, slot) : NULL;
}

static const char *comment_sql(struct plan_builder *b, const struct object *o)
{
    const char *comment = postgres_get(o, "comment"), *copy = NULL;
    struct buf sql = BUF_INIT;

    if (comment) {
        buf_adds(&sql, "COMMENT ON ");
        postgres_target(&sql, o);
        postgres_format(&sql, " IS %L", comment);
        copy = arena_strndup(b->arena, sql.data, sql.len);
    }
    buf_release(&sql);
    return copy;
}

static const char *owner_sql(struct plan_builder *b, const struct object *o)
{
    const char *owner = postgres_get(o, "owner"), *copy = NULL;
    struct buf sql = BUF_INIT;

    if (owner && b->opt->owners) {
        buf_adds(&sql, "ALTER ");
        postgres_target(&sql, o);
        postgres_format(&sql, " OWNER TO %I", owner);
        copy = arena_strndup(b->arena, sql.data, sql.len);
    }
    buf_release(&sql);
    return copy;
}

void postgres_comment(struct plan_builder *b, const struct object *o, const struct object *table)
{
    const char *comment = comment_sql(b, o);

    if (comment)
        plan_step(b, PHASE_PRE, o, table, comment);
}

void postgres_finish(struct plan_builder *b, const struct object *o, const struct object *table)
{
    const char *owner = owner_sql(b, o);

    postgres_comment(b, o, table);
    if (owner)
        plan_step_at(b, RANK_OWNER, o, owner);
    postgres_take_defaults(b, o);
}

void postgres_finish_at(struct plan_builder *b, enum plan_rank rank, const struct object *o)
{
    const char *comment = comment_sql(b, o), *owner = owner_sql(b, o);

    if (comment)
        plan_step_at(b, rank, o, comment);
    if (owner)
        plan_step_at(b, rank > RANK_OWNER ? rank : RANK_OWNER, o, owner);
}

void postgres_tablespace(struct plan_builder *b, const struct object *o, const struct object *table,
                         const char *what)
{
    int slot = kind_prop(o->kind, "tablespace");
    const char *space = slot >= 0 ? model_get(o, slot) : NULL;

    if (!space)
        return;
    if (namemap_is_tablespace(b->opt->map, space))
        postgres_step(b, o, table, "ALTER %s %Q SET TABLESPACE %I", what, o, space);
    else
        plan_leave_property(b, o, slot,
                            arena_printf(b->arena,
                                         "its tablespace %s: it is created in the default one "
                                         "(map: tablespaces can name another)",
                                         space));
}

const char *postgres_trimmed(struct plan_builder *b, const char *text)
{
    size_t len = strlen(text);

    while (len && strchr("; \n\t", text[len - 1]))
        len--;
    return arena_strndup(b->arena, text, len);
}

const char *postgres_enabled(const char *state)
{
    static const char *const states[][2] = {
        {"always", "ENABLE ALWAYS"},
        {"disabled", "DISABLE"},
        {"origin", "ENABLE"},
        {"replica", "ENABLE REPLICA"},
    };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (str_eq(state, states[i][0]))
            return states[i][1];
    return NULL;
}

bool postgres_too_old(struct plan_builder *b, const struct object *o, unsigned needs,
                      const char *what)
{
    if (b->opt->target_version >= needs)
        return false;
    plan_refuse(b, o,
                arena_printf(b->arena, "%s needs PostgreSQL %u, the target is %u", what,
                             needs / 10000, b->opt->target_version / 10000));
    return true;
}

/* ---- options ------------------------------------------------------------------------------ */

/* Storage options have plain names, with "toast." before those of the TOAST table. */
void postgres_option_name(struct buf *out, const char *name)
{
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")])
        postgres_identifier(out, name);
    else
        buf_adds(out, name);
}

/* Of a foreign table's column: those of its attribute, such as n_distinct; the others are the
 * wrapper's (option.sql). */
static const char attribute_prefix[] = "attribute.";

static bool is_foreign_column(const struct object *o)
{
    return o->kind->id == K_COLUMN && o->parent->kind->id == K_FOREIGN_TABLE;
}

static bool is_attribute_option(const struct object *option)
{
    return is_foreign_column(option->parent) && str_starts(option->name, attribute_prefix);
}

void postgres_options(struct plan_builder *b, const struct object *o, struct buf *out,
                      const char *prefix, const char *suffix)
{
    const char *between = prefix;

    for (const struct object *c = plan_part(b, o, K_OPTION, NULL); c;
         c = plan_part(b, o, K_OPTION, c)) {
        const char *value = model_get(c, P_OPTION_VALUE);
        bool own = is_attribute_option(c);

        if (own != is_foreign_column(o))
            continue;
        buf_adds(out, between);
        postgres_option_name(out, c->name + (own ? strlen(attribute_prefix) : 0));
        if (value) {
            buf_addch(out, '=');
            postgres_literal(out, value);
        }
        between = ", ";
    }
    if (between != prefix)
        buf_adds(out, suffix);
}

void postgres_foreign_options(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const char *between = " OPTIONS (";

    for (const struct object *c = plan_part(b, o, K_OPTION, NULL); c;
         c = plan_part(b, o, K_OPTION, c)) {
        const char *value = model_get(c, P_OPTION_VALUE);

        if (is_attribute_option(c))
            continue;
        postgres_format(out, "%s%I %L", between, c->name, value ? value : "");
        between = ", ";
    }
    if (*between == ',')
        buf_addch(out, ')');
}

/* What is found out once for a plan: builder->engine. */
struct postgres_state {
    const struct object **sequences, **sequences_to; /* by the column's id: its sequence */
    uint8_t *done;                                   /* by TO's id: postgres_first_time */
    bool *parents;                                   /* by FROM's id: other tables inherit it */
};

/* ---- names back to objects ---------------------------------------------------------------- */

/* Takes the next identifier of a qualified name off *at; NULL at its end. */
static const char *next_name(struct arena *a, const char **at)
{
    const char *s = *at;
    char *name = arena_alloc(a, strlen(s) + 1), *to = name;

    if (!*s)
        return NULL;
    if (*s == '"') {
        for (s++; *s && (*s != '"' || s[1] == '"'); s++) {
            if (*s == '"')
                s++;
            *to++ = *s;
        }
        s += *s == '"';
    } else {
        while (*s && *s != '.')
            *to++ = *s++;
    }
    *to = '\0';
    *at = *s == '.' ? s + 1 : s;
    return name;
}

const struct object *postgres_relation_in(struct plan_builder *b, const struct model *m,
                                          const char *qualified, const struct object **ret_column)
{
    const char *schema = next_name(b->arena, &qualified), *name = next_name(b->arena, &qualified);
    const char *column = next_name(b->arena, &qualified);
    const struct object *o = schema ? model_child(m, m->root, SPACE_SCHEMA, schema) : NULL;

    o = o && name ? model_child(m, o, SPACE_RELATION, name) : NULL;
    if (o && ret_column)
        *ret_column = column ? model_child(m, o, SPACE_COLUMN, column) : NULL;
    return o;
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* The end of a list of texts of varying characters, or NULL where there is another thing in it. */
static const char *end_of_list(const char *at)
{
    static const char cast[] = "::character varying";

    for (;;) {
        if (*at++ != '\'')
            return NULL;
        while (*at && (*at != '\'' || at[1] == '\''))
            at += *at == '\'' ? 2 : 1;
        if (!str_starts(at, "'") || !str_starts(at + 1, cast))
            return NULL;
        at += 1 + strlen(cast);
        if (!str_starts(at, ", "))
            return at;
        at += 2;
    }
}

static bool is_varying(struct plan_builder *b, const struct object *table, const char *name,
                       size_t len)
{
    const char *at = arena_strndup(b->arena, name, len), *column = next_name(b->arena, &at);
    const struct object *c =
        column && !*at ? model_child(b->model, table, SPACE_COLUMN, column) : NULL;

    return c && str_starts(model_get(c, P_COLUMN_TYPE) ? model_get(c, P_COLUMN_TYPE) : "",
                           "character varying");
}

/* `(c)::text = ANY ((ARRAY[…])::text[])`, at the end of the first: writes it shorter, and the place
 * behind; NULL: it is something else. */
static const char *shorten(struct plan_builder *b, const struct object *table, const char *at,
                           struct buf *out)
{
    static const char *const forms[] = {")::text = ANY ((ARRAY[", ")::text <> ALL ((ARRAY["};
    static const char tail[] = "])::text[])";

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const char *list = at + strlen(forms[i]), *end;
        size_t open = out->len;

        if (!str_starts(at, forms[i]))
            continue;
        while (open && out->data[open - 1] != '(')
            open--;
        end = end_of_list(list);
        if (!open || !end || !str_starts(end, tail) ||
            !is_varying(b, table, out->data + open, out->len - open))
            return NULL;
        memmove(out->data + open - 1, out->data + open, out->len - open);
        buf_setlen(out, out->len - 1);
        buf_addf(out, " %s (ARRAY[", i ? "<> ALL" : "= ANY");
        buf_add(out, list, (size_t)(end - list));
        buf_adds(out, "])");
        return end + strlen(tail);
    }
    return NULL;
}

const char *postgres_expression(struct plan_builder *b, const struct object *table,
                                const char *text)
{
    struct buf out = BUF_INIT;
    const char *copy;
    bool quoted = false; /* what stands in a text is no expression */

    while (*text) {
        const char *behind = *text == ')' && !quoted ? shorten(b, table, text, &out) : NULL;

        quoted ^= *text == '\'';
        if (behind)
            text = behind;
        else
            buf_addch(&out, *text++);
    }
    copy = arena_strndup(b->arena, out.data ? out.data : "", out.len);
    buf_release(&out);
    return copy;
}

static const struct object *range_of(const struct object *schema, const char *multirange)
{
    const struct object *r = plan_child(schema, K_RANGE, NULL);

    while (r && !str_eq(model_get(r, P_RANGE_MULTIRANGE), multirange))
        r = plan_child(schema, K_RANGE, r);
    return r;
}

const struct object *postgres_type_in(struct plan_builder *b, const struct model *m,
                                      const char *type)
{
    const char *text = arena_strndup(b->arena, type, strcspn(type, "([")), *at = text;
    const char *schema = next_name(b->arena, &at), *name = next_name(b->arena, &at);
    const struct object *o = name ? model_child(m, m->root, SPACE_SCHEMA, schema) : NULL, *found;

    found = o ? model_child(m, o, SPACE_TYPE, name) : NULL;
    found = found || !o ? found : model_child(m, o, SPACE_RELATION, name);
    return found || !o ? found : range_of(o, text);
}

bool postgres_is_named(struct plan_builder *b, const struct object *o, const char *name)
{
    const char *first = next_name(b->arena, &name), *second = next_name(b->arena, &name);

    return first && strcmp(second ? second : first, o->name) == 0;
}

const struct object *postgres_relation(struct plan_builder *b, const char *qualified,
                                       const struct object **ret_column)
{
    return postgres_relation_in(b, b->model, qualified, ret_column);
}

const char *postgres_relation_name(struct plan_builder *b, const char *qualified)
{
    const struct object *o = postgres_relation(b, qualified, NULL);
    struct buf text = BUF_INIT;
    const char *name = qualified;

    if (o) {
        postgres_qualified(&text, o);
        name = arena_strndup(b->arena, text.data, text.len);
    }
    buf_release(&text);
    return name;
}

static const struct object **sequences_of(struct plan_builder *b, const struct model *m)
{
    const struct object **list = arena_calloc(b->arena, m->n_objects * sizeof(*list));

    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i], *owner = NULL;
        const char *owned = o->kind->id == K_SEQUENCE ? model_get(o, P_SEQUENCE_OWNED_BY) : NULL;

        if (owned && postgres_relation_in(b, m, owned, &owner) && owner)
            list[owner->id] = o;
    }
    return list;
}

static bool *parents_of(struct plan_builder *b, const struct model *m)
{
    bool *list = arena_calloc(b->arena, m->n_objects * sizeof(bool));

    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);

        if (d->from->kind->id == K_TABLE || d->from->kind->id == K_FOREIGN_TABLE)
            list[d->to->id] = true;
    }
    return list;
}

static struct postgres_state *state_of(struct plan_builder *b)
{
    struct postgres_state *s = b->engine;

    if (!s) {
        b->engine = s = arena_calloc(b->arena, sizeof(*s));
        s->sequences = sequences_of(b, b->model);
        s->parents = parents_of(b, b->model);
        s->done = b->to ? arena_calloc(b->arena, b->to->n_objects) : NULL;
        s->sequences_to = b->to ? sequences_of(b, b->to) : NULL;
    }
    return s;
}

const struct object *postgres_sequence_of(struct plan_builder *b, const struct object *column)
{
    return state_of(b)->sequences[column->id];
}

const struct object *postgres_sequence_there(struct plan_builder *b, const struct object *column)
{
    return state_of(b)->sequences_to[column->id];
}

bool postgres_has_children(struct plan_builder *b, const struct object *table)
{
    return state_of(b)->parents[table->id];
}

bool postgres_first_time(struct plan_builder *b, const struct object *to, enum postgres_once what)
{
    uint8_t *done = &state_of(b)->done[to->id];
    bool first = !(*done & what);

    *done |= (uint8_t)what;
    return first;
}

bool postgres_is_initdbs(const struct plan_builder *b, const struct object *schema)
{
    return schema->kind->id == K_SCHEMA && model_yes(schema, P_SCHEMA_INITIAL_OWNER) &&
           b->model->version >= 150000 && b->opt->target_version < 150000;
}
