#include "pgcall.h"

#include <string.h>

#include "pgexpr.h"

/* ---- functions in SQL syntax ----------------------------------------------------------------- */

enum { ARGS_MAX = 4 };

/* Whether the list is a type's name and nothing else. */
static bool is_type(const struct sqlnode *n, const char *name)
{
    struct buf b = BUF_INIT;
    sqlnode_write(n, &b);
    bool ret = b.len && strcmp(b.data + (b.data[0] == ' '), name) == 0;
    buf_release(&b);
    return ret;
}

/* (…)::type for one of these types: what was cast. */
static struct sqlnode *without_cast(struct sqlnode *arg, const char *const *types)
{
    if (!sqlnode_is_group(arg) || !arg->first || !sqlnode_is(arg->next, "::"))
        return arg;
    for (; *types; types++)
        if (is_type(arg->next->next, *types)) {
            return arg->first;
        }
    return arg;
}

static const char *const text_types[] = {"text", "integer", "\"bit\"", NULL};
static const char *const no_types[] = {NULL};
static const char *const time_types[] = {"timestamp with time zone",
                                         "timestamp without time zone",
                                         "time with time zone",
                                         "time without time zone",
                                         "interval",
                                         NULL};

/* Functions that have both spellings, and the types that an argument can only be meant to have. */
static const struct function {
    const char *name;
    const char *const *types;
    bool times; /* its arguments are dates and times */
} functions[] = {
    {"btrim", text_types, false},         {"ltrim", text_types, false},
    {"rtrim", text_types, false},         {"\"position\"", text_types, false},
    {"\"substring\"", text_types, false}, {"\"overlay\"", text_types, false},
    {"\"normalize\"", text_types, false}, {"is_normalized", text_types, false},
    {"\"xmlexists\"", text_types, false}, {"pg_collation_for", no_types, false},
    {"timezone", text_types, true},       {"\"overlaps\"", no_types, true},
    {"date_part", no_types, true},
};

static const struct function *function_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

static struct sqlnode *clean_argument(struct sqlnode_reader *c, const struct function *f,
                                      struct sqlnode *arg)
{
    arg = without_cast(arg, f->types);
    if (f->times && (c->mode & PGEXPR_PERHAPS))
        arg = without_cast(arg, time_types);
    return arg;
}

/* name(a, b, …) from lists of their own; what follows stays behind it. */
static void make_call(struct sqlnode_reader *c, struct sqlnode *at, const char *name,
                      struct sqlnode **args, size_t n, struct sqlnode *next)
{
    const struct function *f = function_of(name);
    for (size_t i = 0; i < n; i++)
        c->failed |= !args[i];
    if (c->failed)
        return;
    struct sqlnode *group = sqlnode_group(c, NULL), **last = &group->first;
    for (size_t i = 0; i < n; i++) {
        struct sqlnode *arg = f ? clean_argument(c, f, args[i]) : args[i];
        if (i) {
            *last = sqlnode_token(c, ",");
            last = &(*last)->next;
        }
        arg->space = i > 0;
        *last = arg;
        last = &sqlnode_last(arg)->next;
    }
    group->next = next;
    *at = (struct sqlnode){.text = name, .next = group, .space = at->space};
}

static struct sqlnode *text_constant(struct sqlnode_reader *c, const char *word)
{
    char *text = arena_printf(c->a, "'%s'", word);
    for (char *p = text; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    struct sqlnode *n = sqlnode_token(c, text);
    n->next = sqlnode_token(c, "::");
    n->next->next = sqlnode_token(c, "text");
    return n;
}

/* Only (…): what is in the parentheses. */
static struct sqlnode *bare(struct sqlnode *list)
{
    return sqlnode_is_group(list) && !list->next && list->first ? list->first : list;
}

/* TRIM(LEADING b FROM a) */
static size_t read_trim(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                        const char **ret)
{
    static const char *const names[][2] = {
        {"BOTH", "btrim"}, {"LEADING", "ltrim"}, {"TRAILING", "rtrim"}};
    (void)c;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!sqlnode_is(in, names[i][0]) || !in->next)
            continue;
        *ret = names[i][1];
        if (sqlnode_is(in->next, "FROM")) {
            args[0] = in->next->next;
            return args[0] ? 1 : 0;
        }
        args[1] = sqlnode_cut(in->next, "FROM", &args[0]);
        return args[1] && args[0] ? 2 : 0;
    }
    return 0;
}

/* POSITION((b) IN (a)), and XMLEXISTS((a) PASSING (b)) */
static size_t read_position(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                            const char **ret)
{
    (void)c;
    *ret = "\"position\"";
    args[1] = bare(sqlnode_cut(in, "IN", &args[0]));
    args[0] = bare(args[0]);
    return args[1] && args[0] ? 2 : 0;
}

static size_t read_xmlexists(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                             const char **ret)
{
    (void)c;
    *ret = "\"xmlexists\"";
    args[0] = bare(sqlnode_cut(in, "PASSING", &args[1]));
    if (args[1] && sqlnode_is(args[1], "BY"))
        return 0;
    args[1] = bare(args[1]);
    return args[0] && args[1] ? 2 : 0;
}

/* Words in their order; those from `must` on may be missing. */
static size_t read_words(struct sqlnode *in, const char *const *words, size_t must,
                         struct sqlnode **args)
{
    size_t n = 0;
    args[0] = in;
    for (; words[n]; n++) {
        struct sqlnode *rest = NULL;
        if (!sqlnode_cut(args[n], words[n], &rest) || !rest)
            break;
        args[n + 1] = rest;
    }
    return n >= must ? n + 1 : 0;
}

static size_t read_substring(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                             const char **ret)
{
    static const char *const similar[] = {"SIMILAR", "ESCAPE", NULL};
    static const char *const from[] = {"FROM", "FOR", NULL};
    (void)c;
    *ret = "\"substring\"";
    return sqlnode_has(in, "SIMILAR") ? read_words(in, similar, 2, args)
                                      : read_words(in, from, 1, args);
}

static size_t read_overlay(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                           const char **ret)
{
    static const char *const words[] = {"PLACING", "FROM", "FOR", NULL};
    (void)c;
    *ret = "\"overlay\"";
    return read_words(in, words, 2, args);
}

/* NORMALIZE(a, NFD) */
static size_t read_normalize(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                             const char **ret)
{
    struct sqlnode *form = NULL;
    *ret = "\"normalize\"";
    args[0] = in;
    if (!sqlnode_cut(in, ",", &form))
        return in ? 1 : 0;
    if (!sqlnode_is_keyword(form) || form->next)
        return 0;
    args[1] = text_constant(c, form->text);
    return 2;
}

/* EXTRACT(year FROM a) */
static size_t read_extract(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                           const char **ret)
{
    struct sqlnode *field = in;
    *ret = "date_part";
    if (!(c->mode & PGEXPR_EXTRACT) || !in || !in->text || !sqlnode_is(in->next, "FROM"))
        return 0;
    args[0] = text_constant(c, field->text);
    args[1] = in->next->next;
    return args[1] ? 2 : 0;
}

typedef size_t read_syntax_fn(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                              const char **ret);
static const struct syntax {
    const char *word;
    read_syntax_fn *read; /* how many arguments; 0: not that syntax */
} syntaxes[] = {
    {"TRIM", read_trim},           {"POSITION", read_position}, {"SUBSTRING", read_substring},
    {"OVERLAY", read_overlay},     {"EXTRACT", read_extract},   {"NORMALIZE", read_normalize},
    {"XMLEXISTS", read_xmlexists},
};

void pgcall_spell_syntax(struct sqlnode_reader *c, struct sqlnode *n)
{
    struct sqlnode *args[ARGS_MAX] = {NULL};
    const char *name = NULL;
    for (size_t i = 0; i < ARRAY_LEN(syntaxes); i++) {
        if (!sqlnode_is(n, syntaxes[i].word))
            continue;
        size_t count = syntaxes[i].read(c, n->next->first, args, &name);
        if (count)
            make_call(c, n, name, args, count, n->next->next);
        else if (!sqlnode_is(n, "EXTRACT"))
            c->failed = true; /* and cut into pieces, perhaps */
        return;
    }
}

/* f(a, b): its arguments, without the casts that the other spelling does not show. */
void pgcall_spell_arguments(struct sqlnode_reader *c, struct sqlnode *n)
{
    const struct function *f = function_of(n->text);
    if (!f)
        return;
    struct sqlnode **at = &n->next->first;
    while (*at) {
        struct sqlnode *arg = *at, *end = arg, *rest;
        while (end->next && !sqlnode_is(end->next, ","))
            end = end->next;
        rest = end->next;
        end->next = NULL;
        bool space = arg->space;
        arg = clean_argument(c, f, arg);
        arg->space = space;
        *at = arg;
        end = sqlnode_last(arg);
        end->next = rest;
        at = rest ? &rest->next : &end->next;
    }
    /* The form that an older version writes in small letters, as the grammar gave it. */
    if (strstr(n->text, "normalize"))
        for (struct sqlnode *a = n->next->first; a; a = a->next)
            if (a->text && a->text[0] == '\'' && str_starts(a->text, "'NF"))
                a->text =
                    text_constant(c, arena_strndup(c->a, a->text + 1, strlen(a->text) - 2))->text;
}

/* (a AT TIME ZONE b), ((a, b) OVERLAPS (c, d)), (a IS NFC NORMALIZED): the group becomes a call. */
static size_t read_infix(struct sqlnode_reader *c, struct sqlnode *in, struct sqlnode **args,
                         const char **ret)
{
    struct sqlnode *rest = NULL;
    if (sqlnode_has(in, "AT") && sqlnode_cut(in, "AT", &rest)) {
        *ret = "timezone";
        bool zone = sqlnode_is(rest, "TIME") && sqlnode_is(rest->next, "ZONE") && rest->next->next;
        args[0] = zone ? rest->next->next : in;
        args[1] = in;
        c->failed |= !zone && !sqlnode_is(rest, "LOCAL");
        return zone ? 2 : 1;
    }
    if (sqlnode_is_group(in) && sqlnode_is(in->next, "OVERLAPS") &&
        sqlnode_is_group(in->next->next)) {
        struct sqlnode *right = in->next->next;
        *ret = "\"overlaps\"";
        args[0] = in->first;
        args[2] = right->first;
        c->failed |= !sqlnode_cut(args[0], ",", &args[1]) || !sqlnode_cut(args[2], ",", &args[3]);
        return c->failed ? 0 : 4;
    }
    if (in && sqlnode_is(sqlnode_last(in), "NORMALIZED") && sqlnode_cut(in, "IS", &rest)) {
        *ret = "is_normalized";
        args[0] = in;
        c->failed |= rest->next && !sqlnode_is_keyword(rest);
        args[1] = rest->next && !c->failed ? text_constant(c, rest->text) : NULL;
        return rest->next ? 2 : 1;
    }
    return 0;
}

void pgcall_spell_infix(struct sqlnode_reader *c, struct sqlnode *group, bool of_call)
{
    struct sqlnode *args[ARGS_MAX] = {NULL};
    const char *name = NULL;
    bool space = group->space;
    size_t n = read_infix(c, group->first, args, &name);
    if (!n)
        return;
    if (of_call) {
        group->first = sqlnode_token(c, "");
        make_call(c, group->first, name, args, n, NULL);
    } else {
        make_call(c, group, name, args, n, group->next);
        group->space = space;
    }
}

/* From 16 on what XMLSERIALIZE does by default is written (commit 483bdb2afe). */
static void drop_no_indent(struct sqlnode *n)
{
    if (!sqlnode_is(n, "XMLSERIALIZE") || !sqlnode_is_call(n))
        return;
    for (struct sqlnode *in = n->next->first; in; in = in->next)
        if (sqlnode_is(in->next, "NO") && sqlnode_is(in->next->next, "INDENT") &&
            !in->next->next->next) {
            in->next = NULL;
        }
}

/* UPDATE t AS x, as the minor versions of late 2026 write it (15.20, 17.12), is UPDATE t x; DELETE
 * FROM likewise. */
static void drop_as(struct sqlnode *n)
{
    bool deletes = sqlnode_is(n, "DELETE") && sqlnode_is(n->next, "FROM");
    struct sqlnode *at = sqlnode_is(n, "UPDATE") ? n->next : deletes ? n->next->next : NULL;
    if (sqlnode_is(at, "ONLY"))
        at = at->next;
    if (!sqlnode_is_word(at) || sqlnode_is_keyword(at))
        return;
    while (sqlnode_is(at->next, ".") && sqlnode_is_word(at->next->next))
        at = at->next->next;
    if (sqlnode_is(at->next, "AS") && sqlnode_is_word(at->next->next))
        at->next = at->next->next;
}

/* COLLATION FOR (a) */
static void spell_collation_for(struct sqlnode_reader *c, struct sqlnode *n)
{
    if (!sqlnode_is(n, "COLLATION") || !sqlnode_is(n->next, "FOR") ||
        !sqlnode_is_group(n->next->next))
        return;
    struct sqlnode *args[] = {bare(n->next->next->first)};
    make_call(c, n, "pg_collation_for", args, 1, n->next->next->next);
}

void pgcall_spell_words(struct sqlnode_reader *c, struct sqlnode *n)
{
    spell_collation_for(c, n);
    drop_no_indent(n);
    drop_as(n);
}
