#include "rule.h"

#include <string.h>

/* Parameters by their type: one function reads one type, for all transformers. */

static bool wrong(const struct mask_rule *r, const struct mask_node *n, struct err *err,
                  const char *what)
{
    return mask_wrong(r, err, "%s: %s: %s", r->facts.transformer->name, n->name ? n->name : "it",
                      what);
}

static bool scalar(const struct mask_rule *r, const struct mask_node *n, struct err *err)
{
    return n->kind == MASK_SCALAR || wrong(r, n, err, "wants one value");
}

static bool read_count(const struct mask_rule *r, const struct mask_node *n, const char *text,
                       struct mask_arg *ret, struct err *err)
{
    uint64_t number;

    if (!str_parse_u64(text, &number) || number > 1000000000)
        return wrong(r, n, err, "wants a number from 0 to 1000000000");
    ret->number = (int64_t)number;
    return true;
}

/* A decimal number, perhaps with a sign. */
static bool is_number(const char *s)
{
    size_t digits;

    s += *s == '-' || *s == '+';
    digits = strspn(s, "0123456789");
    s += digits;
    if (*s == '.') {
        s++;
        digits += strspn(s, "0123456789");
        s += strspn(s, "0123456789");
    }
    return digits && digits <= 18 && !*s;
}

static bool read_number(const struct mask_rule *r, const struct mask_node *n, const char *text,
                        struct mask_arg *ret, struct err *err)
{
    if (!is_number(text))
        return wrong(r, n, err, "wants a number");
    if (!str_parse_i64(text, &ret->number))
        ret->number = 0;
    return true;
}

static bool read_amount(const struct mask_rule *r, const struct mask_node *n, const char *text,
                        struct mask_arg *ret, struct err *err)
{
    size_t len = strlen(text);
    char digits[20];
    size_t k = 0;
    uint64_t number;
    bool point = false;

    ret->scale = 0;
    ret->percent = len && text[len - 1] == '%';
    len -= ret->percent;
    for (size_t i = 0; i < len && k + 1 < sizeof digits; i++) {
        if (text[i] == '.' && !point && !ret->percent) {
            point = true;
            continue;
        }
        digits[k++] = text[i];
        ret->scale += point;
    }
    digits[k] = '\0';
    if (!str_parse_u64(digits, &number) || !number || number > (ret->percent ? 100 : INT64_MAX))
        return wrong(r, n, err, "wants a number above 0, or a number with % up to 100");
    ret->number = (int64_t)number;
    return true;
}

static bool read_bool(const struct mask_rule *r, const struct mask_node *n, const char *text,
                      struct mask_arg *ret, struct err *err)
{
    ret->number = str_eq(text, "yes") || str_eq(text, "true");
    return ret->number || str_eq(text, "no") || str_eq(text, "false") ||
           wrong(r, n, err, "wants yes or no");
}

static bool read_duration(const struct mask_rule *r, const struct mask_node *n, const char *text,
                          struct mask_arg *ret, struct err *err)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}, {'y', 31557600}};
    size_t digits = strspn(text, "0123456789");
    char number[12];
    uint64_t count;

    if (digits && digits < sizeof number && text[digits] && !text[digits + 1]) {
        memcpy(number, text, digits);
        number[digits] = '\0';
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
            if (units[i].unit != text[digits] || !str_parse_u64(number, &count) || !count ||
                count > 1000000)
                continue;
            ret->number = (int64_t)count * units[i].seconds;
            return true;
        }
    }
    return wrong(r, n, err, "wants a duration such as 90d, 12h or 30m");
}

/* The index of the word among "a|b|c". */
static bool read_word(const struct mask_rule *r, const struct mask_node *n, const char *words,
                      const char *text, struct mask_arg *ret, struct err *err)
{
    size_t len = strlen(text);

    ret->number = 0;
    for (const char *w = words; *w; ret->number++) {
        size_t one = strcspn(w, "|");

        if (one == len && memcmp(w, text, len) == 0)
            return true;
        w += one + (w[one] == '|');
    }
    return mask_wrong(r, err, "%s: %s: is one of %s", r->facts.transformer->name, n->name, words);
}

static bool read_list(const struct mask_rule *r, const struct mask_node *n, struct err *err)
{
    bool ok = n->kind == MASK_LIST && n->first;

    for (const struct mask_node *c = n->first; c && ok; c = c->next)
        ok = c->kind == MASK_SCALAR;
    return ok || wrong(r, n, err, "wants a list of values: [a, b]");
}

static bool read_range(const struct mask_rule *r, const struct mask_node *n, struct err *err)
{
    const struct mask_node *from = n->kind == MASK_LIST ? n->first : NULL;
    const struct mask_node *to = from ? from->next : NULL;

    if (!to || to->next || from->kind != MASK_SCALAR || to->kind != MASK_SCALAR ||
        !is_number(from->text) || !is_number(to->text))
        return wrong(r, n, err, "wants two numbers: [from, to]");
    return true;
}

static bool read_one(const struct mask_rule *r, const struct mask_param *p,
                     const struct mask_node *n, struct mask_arg *ret, struct err *err)
{
    ret->node = n;
    if (p->type == MASK_P_LIST)
        return read_list(r, n, err);
    if (p->type == MASK_P_RANGE)
        return read_range(r, n, err);
    if (!scalar(r, n, err))
        return false;
    ret->text = n->text;
    switch (p->type) {
    case MASK_P_COUNT:
        return read_count(r, n, n->text, ret, err);
    case MASK_P_NUMBER:
        return read_number(r, n, n->text, ret, err);
    case MASK_P_BOOL:
        return read_bool(r, n, n->text, ret, err);
    case MASK_P_WORD:
        return read_word(r, n, p->words, n->text, ret, err);
    case MASK_P_DURATION:
        return read_duration(r, n, n->text, ret, err);
    case MASK_P_AMOUNT:
        return read_amount(r, n, n->text, ret, err);
    default:
        return n->text[0] || p->type != MASK_P_COLUMN || wrong(r, n, err, "wants a column");
    }
}

static bool fall_back(struct mask_rule *r, const struct mask_param *p, struct mask_arg *ret,
                      struct err *err)
{
    struct mask_node n = {p->name, p->fallback, MASK_SCALAR, 0, 0, NULL, NULL};
    bool ok = !p->fallback || read_one(r, p, &n, ret, err);

    ret->node = NULL;
    return ok;
}

static int index_of(const struct mask_param *params, const char *name)
{
    int paths = -1;

    for (int i = 0; params && params[i].name; i++) {
        if (str_eq(params[i].name, name))
            return i;
        if (params[i].type == MASK_P_PATHS && (name[0] == '$' || name[0] == '.'))
            paths = i;
    }
    return paths;
}

bool param_read(struct mask_rule *r, const struct mask_node *given, struct err *err)
{
    const struct mask_param *params = r->facts.transformer->params;

    if (given && given->kind != MASK_MAP && given->kind != MASK_NULL)
        return mask_wrong(r, err, "%s: wants its parameters as {name: value}",
                          r->facts.transformer->name);
    for (int i = 0; params && params[i].name; i++)
        if (params[i].type != MASK_P_PATHS && !fall_back(r, &params[i], &r->args[i], err))
            return false;
    for (const struct mask_node *n = given ? given->first : NULL; n; n = n->next) {
        int i = index_of(params, n->name);

        if (i < 0)
            return mask_wrong(r, err, "%s has no parameter \"%s\"", r->facts.transformer->name,
                              n->name);
        if (params[i].type == MASK_P_PATHS)
            r->args[i].node = given;
        else if (!read_one(r, &params[i], n, &r->args[i], err))
            return false;
    }
    return true;
}
