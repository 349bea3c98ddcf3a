#include <dbtwin/sqlshape.h>

#include "pgtoken.h"
#include "sqlread.h"

static bool read_expression(struct sqlread *r)
{
    return sqlread_take_expression(r, r->n);
}

static bool read_query(struct sqlread *r)
{
    size_t to = r->n;

    if (to && sqlread_is(r, to - 1, ";")) /* as pg_get_viewdef() ends */
        to--;
    if (!sqlread_is_query(r, 0, to))
        return false;
    sqlread_add_part(r, to);
    r->at = r->n;
    return true;
}

static bool read_name(struct sqlread *r)
{
    return sqlread_take_name(r);
}

static bool read_type(struct sqlread *r)
{
    return sqlread_take_type(r);
}

static bool read_result(struct sqlread *r)
{
    if (sqlread_take(r, "setof"))
        return sqlread_take_type(r);
    if (!sqlread_is(r, 0, "table") || !sqlread_is(r, 1, "("))
        return sqlread_take_type(r);
    sqlread_add_tokens(r, 2);
    do
        if (!sqlread_is_identifier(r, r->at) ||
            (sqlread_add_tokens(r, r->at + 1), !sqlread_take_type(r)))
            return false;
    while (sqlread_take(r, ","));
    return sqlread_take(r, ")");
}

/* ---- arguments ----------------------------------------------------------------------------- */

static size_t list_item_end(const struct sqlread *r, size_t i)
{
    while (i < r->n && !sqlread_is(r, i, ",") && !sqlread_is(r, i, ")"))
        i = sqlread_next(r, i);
    return i;
}

static bool ends_argument(const struct sqlread *r, size_t i, size_t to)
{
    return i == to || sqlread_is(r, i, "default");
}

static bool take_argument(struct sqlread *r)
{
    static const char *const modes[] = {"in", "out", "inout", "variadic", NULL};
    size_t to = list_item_end(r, r->at), end;

    sqlread_take_one_of(r, modes);
    end = sqlread_type_end(r, r->at);
    if (end == r->at || !ends_argument(r, end, to)) { /* its name goes before the type */
        size_t type = r->at + 1;
        end = sqlread_type_end(r, type);
        if (!sqlread_is_identifier(r, r->at) || end == type)
            return false;
    }
    if (!ends_argument(r, end, to))
        return false;
    sqlread_add_tokens(r, end);
    return r->at == to || (sqlread_take(r, "default") && sqlread_take_expression(r, to));
}

static bool read_arguments(struct sqlread *r)
{
    if (!r->n)
        return true;
    do
        if (!take_argument(r))
            return false;
    while (sqlread_take(r, ","));
    return true;
}

/* ---- bodies -------------------------------------------------------------------------------- */

static size_t statement_end(const struct sqlread *r, size_t i, size_t to)
{
    while (i < to && !sqlread_is(r, i, ";"))
        i = sqlread_next(r, i);
    return i;
}

static bool is_atomic(const struct sqlread *r)
{
    size_t i = 2;

    if (r->n < 3 || !sqlread_is(r, 0, "begin") || !sqlread_is(r, 1, "atomic") ||
        !sqlread_is(r, r->n - 1, "end"))
        return false;
    while (i < r->n - 1) {
        size_t end = statement_end(r, i, r->n - 1);

        if (end == r->n - 1 || !sqlread_is_command(r, i, end, false))
            return false;
        i = end + 1;
    }
    return true;
}

static bool read_body(struct sqlread *r)
{
    if (sqlread_is(r, 0, "return") ? !sqlread_is_expression(r, 1, r->n) : !is_atomic(r))
        return false;
    sqlread_add_part(r, r->n);
    return true;
}

/* ---- parts: of keys, exclusions and statistics --------------------------------------------- */

/* A column, a call of a function or an expression in parentheses; not what follows it. */
static bool take_key(struct sqlread *r)
{
    size_t end = sqlread_name_end(r, r->at);

    if (sqlread_is(r, r->at, "("))
        return sqlread_take_expression(r, sqlread_next(r, r->at));
    if (end > r->at && sqlread_is(r, end, "("))
        return sqlread_take_expression(r, sqlread_next(r, end));
    return sqlread_take_name(r);
}

/* ( key suffix, … ); the suffix is a collation, an operator class, an operator. */
static bool take_keys(struct sqlread *r)
{
    size_t close = sqlread_token(r, r->at)->pair;

    if (!sqlread_take(r, "("))
        return false;
    do {
        if (!take_key(r))
            return false;
        size_t end = list_item_end(r, r->at);
        if (end > close || !sqlread_is_harmless(r, r->at, end, false))
            return false;
        sqlread_add_tokens(r, end);
    } while (sqlread_take(r, ","));
    return sqlread_take(r, ")");
}

static bool read_partition_key(struct sqlread *r)
{
    static const char *const methods[] = {"range", "list", "hash", NULL};

    return sqlread_take_one_of(r, methods) && take_keys(r);
}

static bool take_clauses(struct sqlread *r)
{
    while (r->at < r->n) {
        if (sqlread_take(r, "where")) {
            if (!sqlread_take_in_parentheses(r))
                return false;
            continue;
        }
        size_t end = sqlread_next(r, r->at);
        if (!sqlread_is_harmless(r, r->at, end, false))
            return false;
        sqlread_add_tokens(r, end);
    }
    return true;
}

static bool read_exclusion(struct sqlread *r)
{
    if (!sqlread_take(r, "exclude") || (sqlread_take(r, "using") && !sqlread_take_name(r)))
        return false;
    return take_keys(r) && take_clauses(r);
}

static bool read_statistics(struct sqlread *r)
{
    if (!sqlread_take(r, "create") || !sqlread_take(r, "statistics") || !sqlread_take_name(r))
        return false;
    if (sqlread_is_modifier(r, r->at)) /* the kinds */
        sqlread_add_tokens(r, sqlread_next(r, r->at));
    if (!sqlread_take(r, "on"))
        return false;
    do
        if (!take_key(r))
            return false;
    while (sqlread_take(r, ","));
    if (!sqlread_take(r, "from") || sqlread_name_end(r, r->at) == r->at)
        return false;
    r->out.table = sqlread_text_of(r, r->at, sqlread_name_end(r, r->at));
    return sqlread_take_name(r);
}

/* ---- bounds of partitions ------------------------------------------------------------------- */

static bool take_constants(struct sqlread *r)
{
    static const char *const words[] = {"null", "true", "false", "minvalue", "maxvalue", NULL};

    if (!sqlread_take(r, "("))
        return false;
    do {
        enum pgtoken_type t = sqlread_token(r, r->at)->type;
        if (t == PGTOKEN_STRING || t == PGTOKEN_NUMBER)
            sqlread_add_tokens(r, r->at + 1);
        else if (!sqlread_take_one_of(r, words))
            return false;
    } while (sqlread_take(r, ","));
    return sqlread_take(r, ")");
}

static bool take_number_named(struct sqlread *r, const char *name)
{
    if (!sqlread_take(r, name) || sqlread_token(r, r->at)->type != PGTOKEN_NUMBER)
        return false;
    sqlread_add_tokens(r, r->at + 1);
    return true;
}

static bool read_bound(struct sqlread *r)
{
    if (sqlread_take(r, "default"))
        return true;
    if (!sqlread_take(r, "for") || !sqlread_take(r, "values"))
        return false;
    if (sqlread_take(r, "in"))
        return take_constants(r);
    if (sqlread_take(r, "with"))
        return sqlread_take(r, "(") && take_number_named(r, "modulus") && sqlread_take(r, ",") &&
               take_number_named(r, "remainder") && sqlread_take(r, ")");
    return sqlread_take(r, "from") && take_constants(r) && sqlread_take(r, "to") &&
           take_constants(r);
}

/* ---- triggers ------------------------------------------------------------------------------ */

/* EXECUTE FUNCTION name('…', …) */
static bool take_execute(struct sqlread *r)
{
    static const char *const words[] = {"function", "procedure", NULL};

    if (!sqlread_take(r, "execute") || !sqlread_take_one_of(r, words) || !sqlread_take_name(r) ||
        !sqlread_take(r, "("))
        return false;
    if (sqlread_take(r, ")"))
        return true;
    do {
        if (sqlread_token(r, r->at)->type != PGTOKEN_STRING)
            return false;
        sqlread_add_tokens(r, r->at + 1);
    } while (sqlread_take(r, ","));
    return sqlread_take(r, ")");
}

static bool read_trigger(struct sqlread *r)
{
    static const char *const times[] = {"before", "after", "instead", NULL};

    if (!sqlread_take(r, "create"))
        return false;
    sqlread_take(r, "constraint");
    if (!sqlread_take(r, "trigger") || !sqlread_is_identifier(r, r->at))
        return false;
    sqlread_add_tokens(r, r->at + 1);
    if (!sqlread_take_one_of(r, times))
        return false;
    while (!sqlread_is(r, r->at, "when") &&
           !(sqlread_is(r, r->at, "execute") &&
             (sqlread_is(r, r->at + 1, "function") || sqlread_is(r, r->at + 1, "procedure")))) {
        if (!sqlread_is_identifier(r, r->at) && !sqlread_is(r, r->at, ",") &&
            !sqlread_is(r, r->at, "."))
            return false;
        sqlread_add_tokens(r, r->at + 1);
    }
    return (!sqlread_take(r, "when") || sqlread_take_in_parentheses(r)) && take_execute(r);
}

/* ---- rules --------------------------------------------------------------------------------- */

/* NOTHING; one command; (command; command) */
static bool take_commands(struct sqlread *r, size_t to)
{
    if (sqlread_is(r, r->at, "nothing") && r->at + 1 == to) {
        sqlread_add_tokens(r, to);
        return true;
    }
    bool list = sqlread_is(r, r->at, "(") && sqlread_next(r, r->at) == to;
    size_t end_of_list = list ? to - 1 : to;

    r->at += list;
    while (r->at < end_of_list) {
        size_t end = statement_end(r, r->at, end_of_list);

        if (!sqlread_is_command(r, r->at, end, true) || (end < end_of_list && !list))
            return false;
        sqlread_add_part(r, end);
        sqlread_add_mark(r, "?");
        r->at += r->at < end_of_list;
    }
    r->at = to;
    return r->parts.len > 0;
}

static bool take_condition(struct sqlread *r)
{
    size_t end = r->at;

    while (end < r->n && !sqlread_is(r, end, "do"))
        end = sqlread_next(r, end);
    if (!sqlread_is_expression(r, r->at, end))
        return false;
    r->out.condition = sqlread_text_of(r, r->at, end);
    sqlread_add_mark(r, "?");
    r->at = end;
    return true;
}

static bool take_event(struct sqlread *r)
{
    static const char *const events[] = {"INSERT", "UPDATE", "DELETE"};

    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (sqlread_take(r, events[i])) {
            r->out.event = events[i];
            return true;
        }
    return false;
}

static bool read_rule(struct sqlread *r)
{
    size_t to = r->n;

    if (!sqlread_take(r, "create") || !sqlread_take(r, "rule") || !sqlread_is_identifier(r, r->at))
        return false;
    sqlread_add_tokens(r, r->at + 1);
    if (!sqlread_take(r, "as") || !sqlread_take(r, "on") || !take_event(r) ||
        !sqlread_take(r, "to") || !sqlread_take_name(r))
        return false;
    if (sqlread_take(r, "where") && !take_condition(r))
        return false;
    if (!sqlread_take(r, "do"))
        return false;
    r->out.instead = sqlread_take(r, "instead");
    if (sqlread_is(r, to - 1, ";"))
        to--;
    if (r->at >= to || !take_commands(r, to))
        return false;
    r->at = r->n;
    return true;
}

/* ---- which of them ------------------------------------------------------------------------- */

static const struct shape {
    const char *name;
    bool (*read)(struct sqlread *r);
} shapes[SQLSHAPE_COUNT] = {
    [SQLSHAPE_EXPRESSION] = {"one expression", read_expression},
    [SQLSHAPE_QUERY] = {"one query", read_query},
    [SQLSHAPE_NAME] = {"a name", read_name},
    [SQLSHAPE_DATA_TYPE] = {"a data type", read_type},
    [SQLSHAPE_RESULT] = {"the type of a result", read_result},
    [SQLSHAPE_ARGUMENTS] = {"a list of arguments", read_arguments},
    [SQLSHAPE_BODY] = {"a body in standard SQL", read_body},
    [SQLSHAPE_PARTITION_KEY] = {"a partition key", read_partition_key},
    [SQLSHAPE_BOUND] = {"a partition's bound of constants", read_bound},
    [SQLSHAPE_EXCLUSION] = {"an exclusion constraint", read_exclusion},
    [SQLSHAPE_STATISTICS] = {"one CREATE STATISTICS", read_statistics},
    [SQLSHAPE_TRIGGER] = {"one CREATE TRIGGER", read_trigger},
    [SQLSHAPE_RULE] = {"one CREATE RULE", read_rule},
};

bool sqlshape_read(enum sqlshape_type type, const char *text, struct arena *a, struct sqlshape *ret)
{
    struct vec tokens = VEC_INIT(struct pgtoken);
    struct sqlread r = {.a = a, .skeleton = BUF_INIT, .parts = VEC_INIT(const char *)};
    bool good = text && pgtoken_read(text, &tokens);

    if (good) {
        r.tokens = tokens.items;
        r.n = tokens.len;
        good = shapes[type].read(&r) && r.at == r.n;
    }
    if (good) {
        r.out.skeleton = arena_strndup(a, r.skeleton.data, r.skeleton.len);
        r.out.n_parts = r.parts.len;
        r.out.parts =
            r.parts.len ? arena_memdup(a, r.parts.items, r.parts.len * sizeof(const char *)) : NULL;
        *ret = r.out;
    }
    buf_release(&r.skeleton);
    vec_release(&r.parts);
    vec_release(&tokens);
    return good;
}

bool sqlshape_is(enum sqlshape_type type, const char *text)
{
    struct arena a = ARENA_INIT;
    struct sqlshape s;
    bool good = sqlshape_read(type, text, &a, &s);

    arena_release(&a);
    return good;
}

const char *sqlshape_name(enum sqlshape_type type)
{
    return shapes[type].name;
}
