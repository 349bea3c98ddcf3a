#include "pgexpr.h"

#include <string.h>

#include <dbtwin/sqltoken.h>

#include "pgcall.h"

/* ---- EXTRACT and its type -------------------------------------------------------------------- */

static const char *const passing_on[] = {
    "floor",    "ceil",   "ceiling", "round", "trunc",    "abs",  "sum",  "min",   "max", "avg",
    "COALESCE", "NULLIF", "LEAST",   "mod",   "GREATEST", "sign", "sqrt", "power", "pow", NULL};

/* Whether the value of a list is of the type of what is in it. */
static bool is_arithmetic(const struct sqlnode *list)
{
    for (; list; list = list->next)
        if (list->text &&
            (strchr("=<>!~", list->text[0]) ||
             (sqlnode_is_keyword(list) && !sqlnode_is(list, "CASE") && !sqlnode_is(list, "WHEN") &&
              !sqlnode_is(list, "THEN") && !sqlnode_is(list, "ELSE") && !sqlnode_is(list, "END"))))
            return false;
    return true;
}

/* The length of "::double precision" or "::numeric" in nodes. */
static size_t cast_length(const struct sqlnode *n)
{
    if (!sqlnode_is(n, "::") || !n->next)
        return 0;
    if (sqlnode_is(n->next, "double") && sqlnode_is(n->next->next, "precision"))
        return 3;
    return sqlnode_is(n->next, "numeric") &&
                   !(sqlnode_is_group(n->next->next) && !n->next->next->space)
               ? 2
               : 0;
}

static void drop_casts(struct sqlnode *list, const struct sqlnode *end);

/* (2100)::numeric: 2100. What is more than a constant, a name or a call keeps its parentheses. */
static void drop_cast(struct sqlnode *n, size_t length)
{
    struct sqlnode *rest = n->next, *in = n->first;
    for (; length; length--)
        rest = rest->next;
    n->next = rest;
    bool path = in != NULL;
    for (struct sqlnode *p = in; p; p = p->next)
        path &= p->text && (sqlnode_is_word(p) || p->text[0] == '.');
    if (!sqlnode_is_group(n) || !in ||
        (in->next && !path && !(sqlnode_is_call(in) && !in->next->next)))
        return;
    sqlnode_last(in)->next = rest;
    in->space = n->space;
    *n = *in;
}

static void drop_casts(struct sqlnode *list, const struct sqlnode *end)
{
    const struct sqlnode *before = NULL;
    for (struct sqlnode *n = list; n && n != end; before = n, n = n->next) {
        bool of_call =
            before && sqlnode_is_word(before) && !sqlnode_is_keyword(before) && !n->space;
        if (!n->text && !of_call && !sqlnode_is_query(n->first))
            drop_casts(n->first, NULL);
        for (size_t length; (length = cast_length(n->next));)
            drop_cast(n, length);
    }
}

/* Of a query: what it compares may be another view's EXTRACT, which its text does not show. There
 * the casts of numbers, (2000)::numeric, are left aside. */
static void drop_casts_of_numbers(struct sqlnode *list)
{
    for (struct sqlnode *n = list; n; n = n->next) {
        const struct sqlnode *in = n->first;
        bool number =
            sqlnode_is_group(n) && in && in->text && in->text[0] >= '0' && in->text[0] <= '9';
        for (; number && in; in = in->next)
            number = in->text && (sqltoken_is_word(in->text[0]) || in->text[0] == '.');
        size_t length = number ? cast_length(n->next) : 0;
        if (length)
            drop_cast(n, length);
        if (!n->text)
            drop_casts_of_numbers(n->first);
    }
}

/* And where what is cast is no number, nobody knows whether it stands beside one. */
static void drop_casts_within(struct sqlnode *list)
{
    drop_casts(list, NULL);
    for (struct sqlnode *n = list; n; n = n->next)
        if (!n->text)
            drop_casts_within(n->first);
}

static bool ends_segment(const struct sqlnode *n)
{
    static const char *const within[] = {"CASE",    "WHEN", "THEN", "ELSE", "END",   "ANY", "ALL",
                                         "BETWEEN", "NOT",  "IN",   "NULL", "ARRAY", NULL};
    return sqlnode_is(n, ",") ||
           (sqlnode_is_keyword(n) && !sqlnode_is_one_of(n, within) && !sqlnode_is_call(n));
}

/* Of a list: in what stands between commas and key words beside an EXTRACT, casts go. */
static bool settle_extract(struct sqlnode *list, bool of_call)
{
    bool any = false;
    for (struct sqlnode *n = list; n;) {
        struct sqlnode *end = n;
        bool here = false;
        for (; end && (end == n || of_call || !ends_segment(end)); end = end->next)
            here |= end->extracted;
        if (here)
            drop_casts(n, end);
        any |= here;
        n = end;
    }
    return any;
}

/* The name of such a column that nobody named. */
static void settle_alias(struct sqlnode *n)
{
    if (!sqlnode_is(n, "AS") || !sqlnode_is(n->next, "\"extract\""))
        return;
    n->next->text = "date_part";
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool spell_list(struct sqlnode_reader *c, struct sqlnode *list, bool of_call);

static void spell_node(struct sqlnode_reader *c, struct sqlnode *n, const struct sqlnode *before)
{
    bool of_call = before && sqlnode_is_word(before) && !n->space;
    if (!n->text) {
        bool extracted = spell_list(c, n->first, of_call);
        n->extracted = extracted && !of_call && is_arithmetic(n->first);
        if (n->open == '(')
            pgcall_spell_infix(c, n, of_call);
    }
}

static bool spell_list(struct sqlnode_reader *c, struct sqlnode *list, bool of_call)
{
    const struct sqlnode *before = NULL;
    for (struct sqlnode *n = list; n; before = n, n = n->next) {
        bool inside = n->text == NULL;
        spell_node(c, n, before);
        if (inside && n->text) /* a call now: on with its arguments */
            n = n->next;
    }
    before = NULL;
    for (struct sqlnode *n = list; n && !c->failed; before = n, n = n->next) {
        if (sqlnode_is_call(n) && !sqlnode_is(before, ".")) {
            pgcall_spell_syntax(c, n);
            pgcall_spell_arguments(c, n);
        }
        pgcall_spell_words(c, n);
        if (!(c->mode & PGEXPR_EXTRACT))
            continue;
        settle_alias(n);
        if (sqlnode_is_call(n) && sqlnode_is(n, "date_part") && !sqlnode_is(before, "."))
            n->extracted = true;
        else if (sqlnode_is_call(n) && sqlnode_is_one_of(n, passing_on))
            for (const struct sqlnode *a = n->next->first; a; a = a->next)
                n->extracted |= a->extracted;
    }
    return c->mode & PGEXPR_EXTRACT && settle_extract(list, of_call);
}

/* ---- a view of one table --------------------------------------------------------------------- */

static const char *const clauses[] = {"WHERE",  "GROUP", "HAVING", "WINDOW",      "ORDER", "LIMIT",
                                      "OFFSET", "FETCH", "FOR",    "TABLESAMPLE", ";",     NULL};
static const char *const many[] = {",",     "JOIN",  "CROSS",     "LEFT",   "RIGHT",   "FULL",
                                   "INNER", "UNION", "INTERSECT", "EXCEPT", "NATURAL", NULL};

/* The name by which the query calls its only table; NULL where there are more, or none. */
static const char *only_table(const struct sqlnode *list)
{
    const struct sqlnode *from = list, *n;
    const char *name = NULL;
    while (from && !sqlnode_is(from, "FROM"))
        from = from->next;
    if (!from)
        return NULL;
    for (n = list; n; n = n->next)
        if (sqlnode_is(n, "UNION") || sqlnode_is(n, "INTERSECT") || sqlnode_is(n, "EXCEPT"))
            return NULL;
    for (n = from->next; n && !sqlnode_is_one_of(n, clauses); n = n->next) {
        if (sqlnode_is_one_of(n, many))
            return NULL;
        if (sqlnode_is_word(n) && !sqlnode_is_keyword(n))
            name = n->text; /* the last: behind the schema, and an alias behind the table */
        else if (sqlnode_is(n, "XMLTABLE"))
            name = "\"xmltable\"";
    }
    return name;
}

/* x.a is a, but for x.*: a whole row has no shorter name. Not in queries within. */
static void drop_table(struct sqlnode **at, const char *table)
{
    const struct sqlnode *before = NULL;
    for (struct sqlnode *n; (n = *at); before = n, at = &n->next) {
        if (!n->text && !sqlnode_is_query(n->first))
            drop_table(&n->first, table);
        if (sqlnode_is(before, ".") || !sqlnode_is(n, table) || !sqlnode_is(n->next, ".") ||
            !sqlnode_is_word(n->next->next))
            continue;
        n->next->next->space = n->space;
        *at = n = n->next->next;
    }
}

static void shorten_columns(struct sqlnode *list)
{
    struct sqlnode *from = list, **at = &from;
    const char *table =
        sqlnode_is(list, "SELECT") || sqlnode_is(list, "WITH") ? only_table(list) : NULL;
    if (!table)
        return;
    while (*at && !sqlnode_is(*at, "FROM"))
        at = &(*at)->next;
    struct sqlnode *rest = *at;
    *at = NULL;
    drop_table(&from, table);
    for (at = &from; *at;)
        at = &(*at)->next;
    *at = rest;
    while (*at && !sqlnode_is_one_of(*at, clauses))
        at = &(*at)->next;
    drop_table(at, table);
}

const char *pgexpr_canon(const char *text, unsigned mode, struct arena *a)
{
    struct sqlnode_reader c = {.a = a, .at = text, .mode = mode};
    struct sqlnode *list = sqlnode_read(&c, '\0');
    if (c.failed || !list)
        return text;
    spell_list(&c, list, false);
    shorten_columns(list);
    if (mode & PGEXPR_EXTRACT && sqlnode_is_query(list))
        drop_casts_of_numbers(list);
    if (mode & PGEXPR_PERHAPS && sqlnode_is_query(list))
        drop_casts_within(list);
    if (c.failed)
        return text;
    if (sqlnode_is_group(list) && !list->next && sqlnode_is_call(list->first) &&
        !list->first->next->next) {
        list = list->first; /* an expression of an index */
    }
    struct buf b = BUF_INIT;
    sqlnode_write(list, &b);
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return strcmp(ret, text) == 0 ? text : ret;
}
