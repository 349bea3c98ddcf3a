#include "classify.h"

#include <dbtwin/json.h>

#include <string.h>
#include <strings.h>

/*
 * What PostgreSQL Anonymizer calls its functions (anon.NAME), and the rule that does the same:
 * its inventions become dbtwin's own, which are the same for the same value every night.
 * Sorted; a name that ends in "*" is a beginning.
 */
static const struct {
    const char *name;
    const char *rule;
} functions[] = {
    {"digest", "{\"hash\": {}}"},
    {"dnoise", "{\"date\": {\"within\": \"90d\"}}"},
    {"dummy_cell*", "{\"phone\": {}}"},
    {"dummy_city*", "{\"city\": {}}"},
    {"dummy_company*", "{\"company\": {}}"},
    {"dummy_credit_card*", "{\"digits\": {}}"},
    {"dummy_email", "{\"email\": {}}"},
    {"dummy_first_name*", "{\"first\": {}}"},
    {"dummy_free_email", "{\"email\": {}}"},
    {"dummy_ip*", "{\"ip\": {}}"},
    {"dummy_last_name*", "{\"last\": {}}"},
    {"dummy_mac*", "{\"mac\": {}}"},
    {"dummy_name*", "{\"name\": {}}"},
    {"dummy_password", "{\"password\": {}}"},
    {"dummy_phone*", "{\"phone\": {}}"},
    {"dummy_postcode", "{\"digits\": {}}"},
    {"dummy_safe_email", "{\"email\": {}}"},
    {"dummy_street*", "{\"street\": {}}"},
    {"dummy_username", "{\"username\": {}}"},
    {"dummy_uuid*", "{\"uuid\": {}}"},
    {"dummy_zip*", "{\"digits\": {}}"},
    {"fake_address", "{\"street\": {}}"},
    {"fake_city*", "{\"city\": {}}"},
    {"fake_company", "{\"company\": {}}"},
    {"fake_email", "{\"email\": {}}"},
    {"fake_first_name", "{\"first\": {}}"},
    {"fake_iban", "{\"digits\": {}}"},
    {"fake_last_name", "{\"last\": {}}"},
    {"fake_postcode", "{\"digits\": {}}"},
    {"fake_siren", "{\"digits\": {}}"},
    {"fake_siret", "{\"digits\": {}}"},
    {"hash", "{\"hash\": {}}"},
    {"lorem_ipsum", "{\"text\": {}}"},
    {"noise", "{\"decimal\": {\"noise\": \"10%\"}}"},
    {"partial_email", "{\"email\": {}}"},
    {"pseudo_city", "{\"city\": {}}"},
    {"pseudo_company", "{\"company\": {}}"},
    {"pseudo_email", "{\"email\": {}}"},
    {"pseudo_first_name", "{\"first\": {}}"},
    {"pseudo_iban", "{\"digits\": {}}"},
    {"pseudo_last_name", "{\"last\": {}}"},
    {"pseudo_siren", "{\"digits\": {}}"},
    {"pseudo_siret", "{\"digits\": {}}"},
    {"random_date*", "{\"date\": {\"within\": \"90d\"}}"},
    {"random_first_name", "{\"first\": {}}"},
    {"random_hash", "{\"hash\": {}}"},
    {"random_id*", "{\"int\": {}}"},
    {"random_in_enum", "{\"choice\": {}}"},
    {"random_int", "{\"int\": {}}"},
    {"random_last_name", "{\"last\": {}}"},
    {"random_phone", "{\"phone\": {}}"},
    {"random_string", "{\"token\": {}}"},
    {"random_zip", "{\"digits\": {}}"},
};

static const char *skip_words(const char *s, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        s += strspn(s, " \t\n");
        if (strncasecmp(s, words, n) != 0)
            return NULL;
        s += n;
        words += n + strspn(words + n, " ");
    }
    return s + strspn(s, " \t\n");
}

static const char *quoted_rule(struct arena *a, const char *before, const char *text)
{
    struct buf b = BUF_INIT;
    buf_adds(&b, before);
    json_dump_str(text, &b);
    buf_adds(&b, "}}");
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

/* 'it''s' or $tag$it's$tag$ at s: its text, and where it ends; NULL: no constant. */
static const char *take_constant(const char **s, struct arena *a)
{
    const char *p = *s;
    struct buf text = BUF_INIT;
    const char *ret = NULL;
    if (*p == '\'') {
        for (p++; *p && !(p[0] == '\'' && p[1] != '\''); p++) {
            p += *p == '\'';
            buf_addch(&text, *p);
        }
        if (*p == '\'') {
            ret = arena_strdup(a, text.data);
            *s = p + 1;
        }
    } else if (*p == '$') {
        size_t tag = strcspn(p + 1, "$") + 2;
        const char *mark = arena_strndup(a, p, tag);
        const char *end = p[tag - 1] == '$' ? strstr(p + tag, mark) : NULL;
        if (end) {
            ret = arena_strndup(a, p + tag, (size_t)(end - p) - tag);
            *s = end + tag;
        }
    }
    buf_release(&text);
    return ret;
}

static const char *literal(struct arena *a, const char *text)
{
    struct buf b = BUF_INIT;
    for (; *text; text++)
        buf_addf(&b, *text == '\'' ? "''" : "%c", *text);
    const char *ret = arena_printf(a, "'%s'", b.data);
    buf_release(&b);
    return ret;
}

/* partial(phone, 2, $$***$$, 2): the ends stay. The same in the server's own words. */
static const char *partial_rule(const char *args, struct arena *a)
{
    size_t n = strcspn(args, ",");
    const char *column = arena_strndup(a, args, n), *s = args + n;
    uint64_t head, tail;
    if (*s++ != ',')
        return NULL;
    s += strspn(s, " ");
    n = strspn(s, "0123456789");
    const char *first = arena_strndup(a, s, n);
    s += n;
    s += strspn(s, " ,");
    const char *middle = take_constant(&s, a);
    if (!middle)
        return NULL;
    s += strspn(s, " ,");
    n = strspn(s, "0123456789");
    const char *last = arena_strndup(a, s, n);
    if (!str_parse_u64(first, &head) || !str_parse_u64(last, &tail))
        return NULL;
    const char *sql = arena_printf(a, "left(%s, %s) || %s || right(%s, %s)", column, first,
                                   literal(a, middle), column, last);
    return quoted_rule(a, "{\"sql\": {\"expression\": ", sql);
}

/* random_int_between(1, 10) */
static const char *range_rule(const char *args, struct arena *a)
{
    size_t n = strspn(args, "-0123456789");
    const char *to = args + n + strspn(args + n, " ,");
    size_t m = strspn(to, "-0123456789");
    if (n == 0 || m == 0 || n > 19 || m > 19)
        return NULL;
    return arena_printf(a, "{\"int\": {\"range\": [%.*s, %.*s]}}", (int)n, args, (int)m, to);
}

static const char *known_function(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        size_t n = strlen(functions[i].name);
        bool begins = functions[i].name[n - 1] == '*';
        n -= begins;
        if ((begins ? len >= n : len == n) && strncasecmp(functions[i].name, name, n) == 0)
            return functions[i].rule;
    }
    return NULL;
}

static const char *function_rule(const char *call, struct arena *a)
{
    const char *s = call;
    if (strncasecmp(s, "anon.", 5) == 0)
        s += 5;
    size_t len = strcspn(s, "(");
    const char *args = s[len] ? s + len + 1 : s + len, *rule = NULL;
    args += strspn(args, " ");
    if (len == 7 && strncasecmp(s, "partial", len) == 0)
        rule = partial_rule(args, a);
    else if (len == 18 && strncasecmp(s, "random_int_between", len) == 0)
        rule = range_rule(args, a);
    else
        rule = known_function(s, len);
    return rule ? rule : quoted_rule(a, "{\"sql\": {\"expression\": ", call);
}

static const char *value_rule(const char *value, struct arena *a)
{
    const char *s = value, *text;
    if (strncasecmp(value, "NULL", 4) == 0)
        return "null";
    text = take_constant(&s, a);
    if (!text && value[strspn(value, "-+.0123456789")] == '\0')
        text = value;
    return text ? quoted_rule(a, "{\"fixed\": {\"value\": ", text)
                : quoted_rule(a, "{\"sql\": {\"expression\": ", value);
}

const char *classify_label_rule(const char *label, struct arena *a)
{
    const char *what;
    if ((what = skip_words(label, "MASKED WITH FUNCTION")))
        return function_rule(what, a);
    if ((what = skip_words(label, "MASKED WITH VALUE")))
        return value_rule(what, a);
    if (skip_words(label, "NOT MASKED"))
        return "\"keep\"";
    return NULL;
}

void classify_label(const struct object *column, struct arena *a, struct classified *c)
{
    for (const struct object *o = column->first; o; o = o->next) {
        const char *label = o->kind->id == K_SECURITY_LABEL && strcmp(o->name, "anon") == 0
                                ? model_get(o, P_SECURITY_LABEL_LABEL)
                                : NULL;
        const char *rule = label ? classify_label_rule(label, a) : NULL;
        if (!rule)
            continue;
        bool keeps = strcmp(rule, "\"keep\"") == 0;
        c->result.verdict = keeps ? CLASSIFY_HARMLESS : CLASSIFY_PERSONAL;
        if (!keeps && c->result.class == CLASSIFY_NONE)
            c->result.class = CLASSIFY_OTHER;
        c->result.confidence = 100;
        c->result.rule = rule;
        c->result.reason = "declared for PostgreSQL Anonymizer";
        c->declared = true;
    }
}
