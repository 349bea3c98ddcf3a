#include "pgexpr.h"

#include <string.h>

#include <dbtwin/sqltoken.h>

#include "sqltext.h"

enum { DEPTH_MAX = 200 };

/* A token, or what stands between two parentheses or brackets. */
struct node {
    const char *text; /* of a token; NULL: a group */
    struct node *first, *next;
    char open;      /* '(' or '[' of a group */
    bool space;     /* a blank before it */
    bool extracted; /* its type is date_part's */
};

struct canon {
    struct arena *a;
    const char *at;
    unsigned mode, depth;
    bool failed;
};

/* ---- reading and writing -----------------------------------------------------------------------
 */

static struct node *new_token(struct canon *c, const char *text)
{
    struct node *n = arena_alloc(c->a, sizeof(*n));
    *n = (struct node){.text = text};
    return n;
}

static struct node *new_group(struct canon *c, struct node *first)
{
    struct node *n = arena_alloc(c->a, sizeof(*n));
    *n = (struct node){.first = first, .open = '('};
    if (first)
        first->space = false;
    return n;
}

/* The length of the token at p; 0 for a comment, or what does not end. */
static size_t token_length(const char *p)
{
    size_t n = 1;
    if (*p == '\'' || *p == '"')
        return sqltext_quoted(p, false);
    if (*p == '$')
        return sqltext_dollar(p);
    if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'))
        return 0;
    if (p[0] == ':' && p[1] == ':')
        return 2;
    if ((p[0] == 'E' || p[0] == 'B' || p[0] == 'X') && p[1] == '\'') {
        n = sqltext_quoted(p + 1, p[0] == 'E');
        return n ? n + 1 : 0;
    }
    if (sqltoken_is_word(*p))
        while (sqltoken_is_word(p[n]))
            n++;
    return n;
}

static bool ends_constant(const char *behind)
{
    return behind[-1] == '\'';
}

static struct node *read_list(struct canon *c, char close)
{
    struct node *first = NULL, **last = &first;
    if (++c->depth > DEPTH_MAX)
        c->failed = true;
    while (!c->failed && *c->at && *c->at != close) {
        size_t blanks = strspn(c->at, " \t\r\n");
        c->at += blanks;
        if (!*c->at || *c->at == close)
            break;
        struct node *n;
        if (*c->at == '(' || *c->at == '[') {
            char open = *c->at++;
            n = new_group(c, read_list(c, open == '(' ? ')' : ']'));
            n->open = open;
        } else {
            size_t len = *c->at == ')' || *c->at == ']' ? 0 : token_length(c->at);
            /* Two constants that a line break makes one: no deparser's. */
            c->failed |=
                !len || (*c->at == '\'' && first && blanks && ends_constant(c->at - blanks));
            n = new_token(c, arena_strndup(c->a, c->at, len));
            c->at += len;
        }
        n->space = blanks && first; /* none behind a parenthesis, and none before one */
        *last = n;
        last = &n->next;
    }
    c->depth--;
    if (close && !c->failed) {
        c->failed = *c->at != close;
        c->at += *c->at == close;
    }
    return first;
}

static void write_list(const struct node *n, struct buf *out)
{
    for (; n; n = n->next) {
        if (n->space)
            buf_addch(out, ' ');
        if (n->text) {
            buf_adds(out, n->text);
            continue;
        }
        buf_addch(out, n->open);
        write_list(n->first, out);
        buf_addch(out, n->open == '(' ? ')' : ']');
    }
}

/* ---- looking at lists --------------------------------------------------------------------------
 */

static bool is(const struct node *n, const char *text)
{
    return n && n->text && strcmp(n->text, text) == 0;
}

static bool is_one_of(const struct node *n, const char *const *list)
{
    for (; n && n->text && *list; list++)
        if (strcmp(n->text, *list) == 0)
            return true;
    return false;
}

static bool is_group(const struct node *n)
{
    return n && !n->text && n->open == '(';
}

static bool is_word(const struct node *n)
{
    return n && n->text && (n->text[0] == '"' || sqltoken_is_word(n->text[0]));
}

/* Key words are in capitals; no name without quotes is. */
static bool is_keyword(const struct node *n)
{
    return n && n->text && n->text[0] >= 'A' && n->text[0] <= 'Z' && !strchr(n->text, '\'');
}

static bool is_call(const struct node *n)
{
    return is_word(n) && is_group(n->next) && !n->next->space;
}

static bool is_query(const struct node *list)
{
    return is(list, "SELECT") || is(list, "WITH") || is(list, "VALUES");
}

/* The list up to `word`, cut off; *rest is what follows it. NULL where there is no such word, and
 * then nothing is cut. */
static struct node *cut(struct node *list, const char *word, struct node **rest)
{
    struct node *before = NULL;
    for (struct node *n = list; n; before = n, n = n->next) {
        if (!is(n, word) || !before)
            continue;
        before->next = NULL;
        *rest = n->next;
        return list;
    }
    return NULL;
}

static bool has(const struct node *list, const char *word)
{
    for (; list; list = list->next)
        if (is(list, word))
            return true;
    return false;
}

static struct node *last_of(struct node *n)
{
    while (n->next)
        n = n->next;
    return n;
}

/* ---- functions in SQL syntax -------------------------------------------------------------------
 */

enum { ARGS_MAX = 4 };

/* Whether the list is a type's name and nothing else. */
static bool is_type(const struct node *n, const char *name)
{
    struct buf b = BUF_INIT;
    write_list(n, &b);
    bool ret = b.len && strcmp(b.data + (b.data[0] == ' '), name) == 0;
    buf_release(&b);
    return ret;
}

/* (…)::type for one of these types: what was cast. */
static struct node *without_cast(struct node *arg, const char *const *types)
{
    if (!is_group(arg) || !is(arg->next, "::"))
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

static struct node *clean_argument(struct canon *c, const struct function *f, struct node *arg)
{
    arg = without_cast(arg, f->types);
    if (f->times && (c->mode & PGEXPR_PERHAPS))
        arg = without_cast(arg, time_types);
    return arg;
}

/* name(a, b, …) from lists of their own; what follows stays behind it. */
static void make_call(struct canon *c, struct node *at, const char *name, struct node **args,
                      size_t n, struct node *next)
{
    const struct function *f = function_of(name);
    struct node *group = new_group(c, NULL), **last = &group->first;
    for (size_t i = 0; i < n; i++) {
        struct node *arg = f ? clean_argument(c, f, args[i]) : args[i];
        if (i) {
            *last = new_token(c, ",");
            last = &(*last)->next;
        }
        arg->space = i > 0;
        *last = arg;
        last = &last_of(arg)->next;
    }
    group->next = next;
    *at = (struct node){.text = name, .next = group, .space = at->space};
}

static struct node *text_constant(struct canon *c, const char *word)
{
    char *text = arena_printf(c->a, "'%s'", word);
    for (char *p = text; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    struct node *n = new_token(c, text);
    n->next = new_token(c, "::");
    n->next->next = new_token(c, "text");
    return n;
}

/* Only (…): what is in the parentheses. */
static struct node *bare(struct node *list)
{
    return is_group(list) && !list->next && list->first ? list->first : list;
}

/* TRIM(LEADING b FROM a) */
static size_t read_trim(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    static const char *const names[][2] = {
        {"BOTH", "btrim"}, {"LEADING", "ltrim"}, {"TRAILING", "rtrim"}};
    (void)c;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!is(in, names[i][0]) || !in->next)
            continue;
        *ret = names[i][1];
        if (is(in->next, "FROM")) {
            args[0] = in->next->next;
            return args[0] ? 1 : 0;
        }
        args[1] = cut(in->next, "FROM", &args[0]);
        return args[1] && args[0] ? 2 : 0;
    }
    return 0;
}

/* POSITION((b) IN (a)), and XMLEXISTS((a) PASSING (b)) */
static size_t read_position(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    (void)c;
    *ret = "\"position\"";
    args[1] = bare(cut(in, "IN", &args[0]));
    args[0] = bare(args[0]);
    return args[1] && args[0] ? 2 : 0;
}

static size_t read_xmlexists(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    (void)c;
    *ret = "\"xmlexists\"";
    args[0] = bare(cut(in, "PASSING", &args[1]));
    if (args[1] && is(args[1], "BY"))
        return 0;
    args[1] = bare(args[1]);
    return args[0] && args[1] ? 2 : 0;
}

/* Words in their order; those from `must` on may be missing. */
static size_t read_words(struct node *in, const char *const *words, size_t must, struct node **args)
{
    size_t n = 0;
    args[0] = in;
    for (; words[n]; n++) {
        struct node *rest = NULL;
        if (!cut(args[n], words[n], &rest) || !rest)
            break;
        args[n + 1] = rest;
    }
    return n >= must ? n + 1 : 0;
}

static size_t read_substring(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    static const char *const similar[] = {"SIMILAR", "ESCAPE", NULL};
    static const char *const from[] = {"FROM", "FOR", NULL};
    (void)c;
    *ret = "\"substring\"";
    return has(in, "SIMILAR") ? read_words(in, similar, 2, args) : read_words(in, from, 1, args);
}

static size_t read_overlay(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    static const char *const words[] = {"PLACING", "FROM", "FOR", NULL};
    (void)c;
    *ret = "\"overlay\"";
    return read_words(in, words, 2, args);
}

/* NORMALIZE(a, NFD) */
static size_t read_normalize(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    struct node *form = NULL;
    *ret = "\"normalize\"";
    args[0] = in;
    if (!cut(in, ",", &form))
        return in ? 1 : 0;
    if (!is_keyword(form) || form->next)
        return 0;
    args[1] = text_constant(c, form->text);
    return 2;
}

/* EXTRACT(year FROM a) */
static size_t read_extract(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    struct node *field = in;
    *ret = "date_part";
    if (!(c->mode & PGEXPR_EXTRACT) || !in || !in->text || !is(in->next, "FROM"))
        return 0;
    args[0] = text_constant(c, field->text);
    args[1] = in->next->next;
    return args[1] ? 2 : 0;
}

typedef size_t read_syntax_fn(struct canon *c, struct node *in, struct node **args,
                              const char **ret);
static const struct syntax {
    const char *word;
    read_syntax_fn *read; /* how many arguments; 0: not that syntax */
} syntaxes[] = {
    {"TRIM", read_trim},           {"POSITION", read_position}, {"SUBSTRING", read_substring},
    {"OVERLAY", read_overlay},     {"EXTRACT", read_extract},   {"NORMALIZE", read_normalize},
    {"XMLEXISTS", read_xmlexists},
};

static void spell_syntax(struct canon *c, struct node *n)
{
    struct node *args[ARGS_MAX] = {NULL};
    const char *name = NULL;
    for (size_t i = 0; i < ARRAY_LEN(syntaxes); i++) {
        if (!is(n, syntaxes[i].word))
            continue;
        size_t count = syntaxes[i].read(c, n->next->first, args, &name);
        if (count)
            make_call(c, n, name, args, count, n->next->next);
        else if (!is(n, "EXTRACT"))
            c->failed = true; /* and cut into pieces, perhaps */
        return;
    }
}

/* f(a, b): its arguments, without the casts that the other spelling does not show. */
static void spell_call(struct canon *c, struct node *n, const struct function *f)
{
    struct node **at = &n->next->first;
    while (*at) {
        struct node *arg = *at, *end = arg, *rest;
        while (end->next && !is(end->next, ","))
            end = end->next;
        rest = end->next;
        end->next = NULL;
        bool space = arg->space;
        arg = clean_argument(c, f, arg);
        arg->space = space;
        *at = arg;
        end = last_of(arg);
        end->next = rest;
        at = rest ? &rest->next : &end->next;
    }
    /* The form that an older version writes in small letters, as the grammar gave it. */
    if (strstr(n->text, "normalize"))
        for (struct node *a = n->next->first; a; a = a->next)
            if (a->text && a->text[0] == '\'' && str_starts(a->text, "'NF"))
                a->text =
                    text_constant(c, arena_strndup(c->a, a->text + 1, strlen(a->text) - 2))->text;
}

/* (a AT TIME ZONE b), ((a, b) OVERLAPS (c, d)), (a IS NFC NORMALIZED): the group becomes a call. */
static size_t read_infix(struct canon *c, struct node *in, struct node **args, const char **ret)
{
    struct node *rest = NULL;
    if (has(in, "AT") && cut(in, "AT", &rest)) {
        *ret = "timezone";
        bool zone = is(rest, "TIME") && is(rest->next, "ZONE") && rest->next->next;
        args[0] = zone ? rest->next->next : in;
        args[1] = in;
        c->failed |= !zone && !is(rest, "LOCAL");
        return zone ? 2 : 1;
    }
    if (is_group(in) && is(in->next, "OVERLAPS") && is_group(in->next->next)) {
        struct node *right = in->next->next;
        *ret = "\"overlaps\"";
        args[0] = in->first;
        args[2] = right->first;
        c->failed |= !cut(args[0], ",", &args[1]) || !cut(args[2], ",", &args[3]);
        return c->failed ? 0 : 4;
    }
    if (in && is(last_of(in), "NORMALIZED") && cut(in, "IS", &rest)) {
        *ret = "is_normalized";
        args[0] = in;
        args[1] = rest->next ? text_constant(c, rest->text) : NULL;
        return rest->next ? 2 : 1;
    }
    return 0;
}

static void spell_infix(struct canon *c, struct node *group, bool of_call)
{
    struct node *args[ARGS_MAX] = {NULL};
    const char *name = NULL;
    bool space = group->space;
    size_t n = read_infix(c, group->first, args, &name);
    if (!n)
        return;
    if (of_call) {
        group->first = new_token(c, "");
        make_call(c, group->first, name, args, n, NULL);
    } else {
        make_call(c, group, name, args, n, group->next);
        group->space = space;
    }
}

/* From 16 on what XMLSERIALIZE does by default is written (commit 483bdb2afe). */
static void drop_no_indent(struct node *n)
{
    if (!is(n, "XMLSERIALIZE") || !is_call(n))
        return;
    for (struct node *in = n->next->first; in; in = in->next)
        if (is(in->next, "NO") && is(in->next->next, "INDENT") && !in->next->next->next) {
            in->next = NULL;
        }
}

/* UPDATE t AS x, as the minor versions of late 2026 write it (15.20, 17.12), is UPDATE t x; DELETE
 * FROM likewise. */
static void drop_as(struct node *n)
{
    bool deletes = is(n, "DELETE") && is(n->next, "FROM");
    struct node *at = is(n, "UPDATE") ? n->next : deletes ? n->next->next : NULL;
    if (is(at, "ONLY"))
        at = at->next;
    if (!is_word(at) || is_keyword(at))
        return;
    while (is(at->next, ".") && is_word(at->next->next))
        at = at->next->next;
    if (is(at->next, "AS") && is_word(at->next->next))
        at->next = at->next->next;
}

/* COLLATION FOR (a) */
static void spell_collation_for(struct canon *c, struct node *n)
{
    if (!is(n, "COLLATION") || !is(n->next, "FOR") || !is_group(n->next->next))
        return;
    struct node *args[] = {bare(n->next->next->first)};
    make_call(c, n, "pg_collation_for", args, 1, n->next->next->next);
}

/* ---- EXTRACT and its type ----------------------------------------------------------------------
 */

static const char *const passing_on[] = {
    "floor",    "ceil",   "ceiling", "round", "trunc",    "abs",  "sum",  "min",   "max", "avg",
    "COALESCE", "NULLIF", "LEAST",   "mod",   "GREATEST", "sign", "sqrt", "power", "pow", NULL};

/* Whether the value of a list is of the type of what is in it. */
static bool is_arithmetic(const struct node *list)
{
    for (; list; list = list->next)
        if (list->text && (strchr("=<>!~", list->text[0]) ||
                           (is_keyword(list) && !is(list, "CASE") && !is(list, "WHEN") &&
                            !is(list, "THEN") && !is(list, "ELSE") && !is(list, "END"))))
            return false;
    return true;
}

/* The length of "::double precision" or "::numeric" in nodes. */
static size_t cast_length(const struct node *n)
{
    if (!is(n, "::") || !n->next)
        return 0;
    if (is(n->next, "double") && is(n->next->next, "precision"))
        return 3;
    return is(n->next, "numeric") && !(is_group(n->next->next) && !n->next->next->space) ? 2 : 0;
}

static void drop_casts(struct node *list, const struct node *end);

/* (2100)::numeric: 2100. What is more than a constant, a name or a call keeps its parentheses. */
static void drop_cast(struct node *n, size_t length)
{
    struct node *rest = n->next, *in = n->first;
    for (; length; length--)
        rest = rest->next;
    n->next = rest;
    bool path = in != NULL;
    for (struct node *p = in; p; p = p->next)
        path &= p->text && (is_word(p) || p->text[0] == '.');
    if (!is_group(n) || !in || (in->next && !path && !(is_call(in) && !in->next->next)))
        return;
    last_of(in)->next = rest;
    in->space = n->space;
    *n = *in;
}

static void drop_casts(struct node *list, const struct node *end)
{
    const struct node *before = NULL;
    for (struct node *n = list; n && n != end; before = n, n = n->next) {
        bool of_call = before && is_word(before) && !is_keyword(before) && !n->space;
        if (!n->text && !of_call && !is_query(n->first))
            drop_casts(n->first, NULL);
        for (size_t length; (length = cast_length(n->next));)
            drop_cast(n, length);
    }
}

/* Of a query: what it compares may be another view's EXTRACT, which its text does not show. There
 * the casts of numbers, (2000)::numeric, are left aside. */
static void drop_casts_of_numbers(struct node *list)
{
    for (struct node *n = list; n; n = n->next) {
        const struct node *in = n->first;
        bool number = is_group(n) && in && in->text && in->text[0] >= '0' && in->text[0] <= '9';
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
static void drop_casts_within(struct node *list)
{
    drop_casts(list, NULL);
    for (struct node *n = list; n; n = n->next)
        if (!n->text)
            drop_casts_within(n->first);
}

static bool ends_segment(const struct node *n)
{
    static const char *const within[] = {"CASE",    "WHEN", "THEN", "ELSE", "END",   "ANY", "ALL",
                                         "BETWEEN", "NOT",  "IN",   "NULL", "ARRAY", NULL};
    return is(n, ",") || (is_keyword(n) && !is_one_of(n, within) && !is_call(n));
}

/* Of a list: in what stands between commas and key words beside an EXTRACT, casts go. */
static bool settle_extract(struct node *list, bool of_call)
{
    bool any = false;
    for (struct node *n = list; n;) {
        struct node *end = n;
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
static void settle_alias(struct node *n)
{
    if (!is(n, "AS") || !is(n->next, "\"extract\""))
        return;
    n->next->text = "date_part";
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static bool spell_list(struct canon *c, struct node *list, bool of_call);

static void spell_node(struct canon *c, struct node *n, const struct node *before)
{
    bool of_call = before && is_word(before) && !n->space;
    if (!n->text) {
        bool extracted = spell_list(c, n->first, of_call);
        n->extracted = extracted && !of_call && is_arithmetic(n->first);
        if (n->open == '(')
            spell_infix(c, n, of_call);
    }
}

static bool spell_list(struct canon *c, struct node *list, bool of_call)
{
    const struct node *before = NULL;
    for (struct node *n = list; n; before = n, n = n->next) {
        bool inside = n->text == NULL;
        spell_node(c, n, before);
        if (inside && n->text) /* a call now: on with its arguments */
            n = n->next;
    }
    before = NULL;
    for (struct node *n = list; n && !c->failed; before = n, n = n->next) {
        const struct function *f;
        if (is_call(n) && !is(before, ".")) {
            spell_syntax(c, n);
            if ((f = function_of(n->text)))
                spell_call(c, n, f);
        }
        spell_collation_for(c, n);
        drop_no_indent(n);
        drop_as(n);
        if (!(c->mode & PGEXPR_EXTRACT))
            continue;
        settle_alias(n);
        if (is_call(n) && is(n, "date_part") && !is(before, "."))
            n->extracted = true;
        else if (is_call(n) && is_one_of(n, passing_on))
            for (const struct node *a = n->next->first; a; a = a->next)
                n->extracted |= a->extracted;
    }
    return c->mode & PGEXPR_EXTRACT && settle_extract(list, of_call);
}

/* ---- a view of one table -----------------------------------------------------------------------
 */

static const char *const clauses[] = {"WHERE",  "GROUP", "HAVING", "WINDOW",      "ORDER", "LIMIT",
                                      "OFFSET", "FETCH", "FOR",    "TABLESAMPLE", ";",     NULL};
static const char *const many[] = {",",     "JOIN",  "CROSS",     "LEFT",   "RIGHT",   "FULL",
                                   "INNER", "UNION", "INTERSECT", "EXCEPT", "NATURAL", NULL};

/* The name by which the query calls its only table; NULL where there are more, or none. */
static const char *only_table(const struct node *list)
{
    const struct node *from = list, *n;
    const char *name = NULL;
    while (from && !is(from, "FROM"))
        from = from->next;
    if (!from)
        return NULL;
    for (n = list; n; n = n->next)
        if (is(n, "UNION") || is(n, "INTERSECT") || is(n, "EXCEPT"))
            return NULL;
    for (n = from->next; n && !is_one_of(n, clauses); n = n->next) {
        if (is_one_of(n, many))
            return NULL;
        if (is_word(n) && !is_keyword(n))
            name = n->text; /* the last: behind the schema, and an alias behind the table */
        else if (is(n, "XMLTABLE"))
            name = "\"xmltable\"";
    }
    return name;
}

/* x.a is a, but for x.*: a whole row has no shorter name. Not in queries within. */
static void drop_table(struct node **at, const char *table)
{
    const struct node *before = NULL;
    for (struct node *n; (n = *at); before = n, at = &n->next) {
        if (!n->text && !is_query(n->first))
            drop_table(&n->first, table);
        if (is(before, ".") || !is(n, table) || !is(n->next, ".") || !is_word(n->next->next))
            continue;
        n->next->next->space = n->space;
        *at = n = n->next->next;
    }
}

static void shorten_columns(struct node *list)
{
    struct node *from = list, **at = &from;
    const char *table = is(list, "SELECT") || is(list, "WITH") ? only_table(list) : NULL;
    if (!table)
        return;
    while (*at && !is(*at, "FROM"))
        at = &(*at)->next;
    struct node *rest = *at;
    *at = NULL;
    drop_table(&from, table);
    for (at = &from; *at;)
        at = &(*at)->next;
    *at = rest;
    while (*at && !is_one_of(*at, clauses))
        at = &(*at)->next;
    drop_table(at, table);
}

const char *pgexpr_canon(const char *text, unsigned mode, struct arena *a)
{
    struct canon c = {.a = a, .at = text, .mode = mode};
    struct node *list = read_list(&c, '\0');
    if (c.failed || !list)
        return text;
    spell_list(&c, list, false);
    shorten_columns(list);
    if (mode & PGEXPR_EXTRACT && is_query(list))
        drop_casts_of_numbers(list);
    if (mode & PGEXPR_PERHAPS && is_query(list))
        drop_casts_within(list);
    if (c.failed)
        return text;
    if (is_group(list) && !list->next && is_call(list->first) && !list->first->next->next) {
        list = list->first; /* an expression of an index */
    }
    struct buf b = BUF_INIT;
    write_list(list, &b);
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return strcmp(ret, text) == 0 ? text : ret;
}
