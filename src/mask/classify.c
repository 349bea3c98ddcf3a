#include "classify.h"

#include <string.h>
#include <strings.h>

static const char *const class_names[CLASSIFY_N] = {
    [CLASSIFY_NONE] = "none",
    [CLASSIFY_EMAIL] = "email",
    [CLASSIFY_PHONE] = "phone",
    [CLASSIFY_NAME] = "name",
    [CLASSIFY_FIRST_NAME] = "first_name",
    [CLASSIFY_LAST_NAME] = "last_name",
    [CLASSIFY_USERNAME] = "username",
    [CLASSIFY_PASSWORD] = "password",
    [CLASSIFY_TOKEN] = "token",
    [CLASSIFY_CARD] = "card",
    [CLASSIFY_IBAN] = "iban",
    [CLASSIFY_NATIONAL_ID] = "national_id",
    [CLASSIFY_TAX_ID] = "tax_id",
    [CLASSIFY_PASSPORT] = "passport",
    [CLASSIFY_ADDRESS] = "address",
    [CLASSIFY_CITY] = "city",
    [CLASSIFY_POSTCODE] = "postcode",
    [CLASSIFY_COUNTRY] = "country",
    [CLASSIFY_BIRTH_DATE] = "birth_date",
    [CLASSIFY_GENDER] = "gender",
    [CLASSIFY_IP] = "ip",
    [CLASSIFY_MAC] = "mac",
    [CLASSIFY_PHOTO] = "photo",
    [CLASSIFY_COMPANY] = "company",
    [CLASSIFY_FREE_TEXT] = "free_text",
    [CLASSIFY_GEO] = "geo",
    [CLASSIFY_SENSITIVE] = "sensitive",
    [CLASSIFY_URL] = "url",
    [CLASSIFY_OTHER] = "other",
};

const char *classify_class_name(enum classify_class c)
{
    return class_names[c];
}

const char *classify_verdict_name(enum classify_verdict v)
{
    static const char *const names[] = {"harmless", "unknown", "personal"};
    return names[v];
}

static void settle(struct classify_result *r, enum classify_verdict verdict,
                   enum classify_class class, unsigned confidence, const char *reason)
{
    r->verdict = verdict;
    r->class = class;
    r->confidence = confidence;
    r->reason = reason;
}

static bool share(size_t part, const struct value_facts *f, unsigned percent)
{
    return f->n > 0 && part * 100 >= f->n * percent;
}

/* So few different values among many that they are a list of choices. */
static bool is_choice(const struct value_facts *f)
{
    return f->n >= 20 && f->distinct * 8 <= f->n && f->distinct <= 20;
}

/* ---- what the name says ------------------------------------------------------------------- */
/* Why the values cannot be what the name says, or NULL. */
static const char *contradiction(const struct classify_column *c, const struct type_facts *t,
                                 const struct name_verdict *n, const struct value_facts *f,
                                 bool persons)
{
    if (f->n < 5 || (t->type != TYPE_TEXT && t->type != TYPE_BYTES))
        return NULL;
    bool text = t->type == TYPE_TEXT;
    (void)c;
    switch (n->class) {
    case CLASSIFY_PHONE:
        return f->digits == 0 && f->distinct * 2 <= f->n ? "its values have no digits" : NULL;
    case CLASSIFY_EMAIL:
        return is_choice(f) && f->inside == 0 ? "its few values are no addresses" : NULL;
    case CLASSIFY_IP:
        return is_choice(f) && text && f->shape[CLASSIFY_IP] == 0
                   ? "its few values are no addresses"
                   : NULL;
    case CLASSIFY_TOKEN:
    case CLASSIFY_PASSWORD:
        return is_choice(f) && f->longest < 16 ? "its few short values are no secrets" : NULL;
    case CLASSIFY_NAME:
    case CLASSIFY_USERNAME:
        return is_choice(f) && n->strength < 3 && !persons ? "its few values are a list of choices"
                                                           : NULL;
    case CLASSIFY_FREE_TEXT:
        return is_choice(f) && f->prose == 0 ? "its few values are a list of choices" : NULL;
    default:
        return NULL;
    }
}

static void by_name(const struct classifier *k, const struct classify_column *c,
                    const struct type_facts *t, const struct name_verdict *n,
                    const struct value_facts *f, struct arena *a, struct classify_result *ret)
{
    static const unsigned sure[] = {70, 75, 85, 95};
    bool persons = classify_table(k, c->table) == TABLE_PERSONS;
    const char *not = contradiction(c, t, n, f, persons);
    if (not ) {
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 60,
               arena_printf(a, "the name says %s, but %s", class_names[n->class], not ));
        return;
    }
    unsigned confidence = sure[n->strength];
    const char *reason = arena_printf(a, "the name says %s", class_names[n->class]);
    size_t fits = f->shape[n->class];
    if (f->n > 0 && fits > 0) {
        confidence = share(fits, f, 50) ? 99 : confidence;
        reason = arena_printf(a, "%s; %zu %% of the values fit", reason, fits * 100 / f->n);
    }
    settle(ret, CLASSIFY_PERSONAL, n->class, confidence, reason);
}

/* ---- what the values say ------------------------------------------------------------------ */
static bool by_shape(const struct value_facts *f, struct arena *a, struct classify_result *ret)
{
    static const struct {
        enum classify_class class;
        unsigned percent; /* of the values must have the shape */
        size_t distinct;  /* and so many must differ: chance makes a few cards */
    } rules[] = {
        {CLASSIFY_EMAIL, 20, 1}, {CLASSIFY_PASSWORD, 50, 1},    {CLASSIFY_TOKEN, 30, 1},
        {CLASSIFY_IBAN, 30, 1},  {CLASSIFY_CARD, 60, 4},        {CLASSIFY_MAC, 50, 2},
        {CLASSIFY_IP, 50, 2},    {CLASSIFY_NATIONAL_ID, 50, 3}, {CLASSIFY_PHONE, 60, 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        size_t fits = f->shape[rules[i].class];
        if (fits == 0 || !share(fits, f, rules[i].percent) || f->distinct < rules[i].distinct)
            continue;
        settle(ret, CLASSIFY_PERSONAL, rules[i].class, 80,
               arena_printf(a, "%zu %% of the values look like %s", fits * 100 / f->n,
                            class_names[rules[i].class]));
        return true;
    }
    if (f->inside > 0 && f->inside * 50 >= f->n) {
        settle(ret, CLASSIFY_PERSONAL, CLASSIFY_FREE_TEXT, 75,
               "values hold e-mail addresses, cards or account numbers");
        return true;
    }
    return false;
}

static void by_text(const struct type_facts *t, const struct name_verdict *n,
                    const struct value_facts *f, struct arena *a, struct classify_result *ret)
{
    if (by_shape(f, a, ret))
        return;
    if (n->settled)
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 80, "the name is no person's");
    else if (t->max_len > 0 && t->max_len <= 3)
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 80, "too short for more than a code");
    else if (f->n == 0)
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50,
               "no value was seen, and the name says nothing");
    else if (is_choice(f))
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 80, "few values: a list of choices");
    else if (f->n < 5)
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 30,
               "hardly a value was seen, and the name says nothing");
    else if (share(f->names, f, 60))
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NAME, 50, "values could be names of persons");
    else if (share(f->json, f, 50))
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50,
               "values are documents that can hold anything");
    else if (share(f->prose, f, 20))
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_FREE_TEXT, 50,
               "values are texts that somebody wrote");
    else if (share(f->hex, f, 80))
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_TOKEN, 50, "values could be secrets or digests");
    else
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 60, "neither name nor values are a person's");
}

/* ---- what the type says --------------------------------------------------------------------- */
static bool is_gender(const char *const *labels)
{
    static const char *const words[] = {"male", "female", "homme",  "femme", "mann",    "frau",
                                        "man",  "woman",  "hombre", "mujer", "maschio", "femmina"};
    size_t hits = 0;
    for (; labels && *labels; labels++)
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            hits += strcasecmp(*labels, words[i]) == 0;
    return hits >= 2;
}

static void by_type(const struct classify_column *c, const struct type_facts *t,
                    const struct name_verdict *n, const struct value_facts *f, struct arena *a,
                    struct classify_result *ret)
{
    switch (t->type) {
    case TYPE_INET:
    case TYPE_MAC:
        if (n->settled || strcasecmp(c->type, "cidr") == 0)
            settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 60,
                   "the name says that it is no person's");
        else
            settle(ret, CLASSIFY_PERSONAL, t->type == TYPE_MAC ? CLASSIFY_MAC : CLASSIFY_IP, 70,
                   "addresses lead to persons, and the name says nothing else");
        break;
    case TYPE_ENUM:
        if (is_gender(c->labels))
            settle(ret, CLASSIFY_PERSONAL, CLASSIFY_GENDER, 85, "its labels are genders");
        else
            settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 90, "a list of choices");
        break;
    case TYPE_JSON:
        if (!by_shape(f, a, ret))
            settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50, "documents can hold anything");
        break;
    case TYPE_BYTES:
        if (t->max_len > 0 && t->max_len <= 255)
            by_text(t, n, f, a, ret);
        else if (!by_shape(f, a, ret))
            settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50, "bytes can hold anything");
        break;
    case TYPE_TEXT:
        by_text(t, n, f, a, ret);
        break;
    case TYPE_GEO:
        settle(ret, n->settled ? CLASSIFY_HARMLESS : CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50,
               "places can be where somebody lives");
        break;
    case TYPE_DERIVED:
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50, "made of other columns");
        break;
    case TYPE_OTHER:
        settle(ret, CLASSIFY_UNKNOWN, CLASSIFY_NONE, 50, "a type that can hold anything");
        break;
    case TYPE_INT:
    case TYPE_NUMBER:
        if (f->distinct >= 10 && share(f->shape[CLASSIFY_CARD], f, 90)) {
            settle(ret, CLASSIFY_PERSONAL, CLASSIFY_CARD, 80, "values have a card's check digit");
            break;
        } /* else: */
        __attribute__((fallthrough));
    default:
        settle(ret, CLASSIFY_HARMLESS, CLASSIFY_NONE, 80, "the type cannot say who");
    }
}

/* ---- what people say ------------------------------------------------------------------------- */
/* Whether a comment declares it: words that stand by themselves. */
static bool is_declared(const char *comment)
{
    static const char *const marks[] = {"pii",
                                        "gdpr",
                                        "dsgvo",
                                        "rgpd",
                                        "avg-gegevens",
                                        "personal data",
                                        "personally identifiable",
                                        "personenbezogen",
                                        "personenbezogene",
                                        "donnees personnelles",
                                        "données personnelles",
                                        "donnée personnelle",
                                        "datos personales",
                                        "dati personali",
                                        "dados pessoais",
                                        "persoonsgegevens",
                                        "sensitive data",
                                        "hipaa"};
    for (size_t i = 0; comment && i < ARRAY_LEN(marks); i++) {
        const char *at = strcasestr(comment, marks[i]);
        char after = at ? at[strlen(marks[i])] : 'x', before = at && at > comment ? at[-1] : ' ';
        bool word = !((after | 0x20) >= 'a' && (after | 0x20) <= 'z') &&
                    !((before | 0x20) >= 'a' && (before | 0x20) <= 'z');
        bool denied = at && at - comment >= 3 &&
                      (strncasecmp(at - 3, "no ", 3) == 0 ||
                       strncasecmp(at - 4 < comment ? at - 3 : at - 4, "not ", 4) == 0);
        if (at && word && !denied)
            return true;
    }
    return false;
}

static void by_comment(const struct classifier *k, const struct classify_column *c,
                       const struct type_facts *t, struct classify_result *ret)
{
    struct name_verdict said = {0};
    if (!c->comment || ret->verdict == CLASSIFY_PERSONAL)
        return;
    if (t->type & (TYPE_TEXT | TYPE_BYTES | TYPE_INET | TYPE_JSON))
        classify_phrase(k, c->comment, &said);
    if (said.class)
        settle(ret, CLASSIFY_PERSONAL, said.class, 75, "the comment says so");
    else if (is_declared(c->comment))
        settle(ret, CLASSIFY_PERSONAL, CLASSIFY_OTHER, 90, "the comment declares personal data");
}

void classify_column(const struct classifier *k, const struct classify_column *c, struct arena *a,
                     struct classify_result *ret)
{
    struct type_facts t;
    struct name_verdict n;
    struct value_facts f;
    classify_type(c->type, c->labels != NULL, &t);
    classify_values(c, &t, a, &f);
    classify_name(k, c, &t, &n);
    if (n.class)
        by_name(k, c, &t, &n, &f, a, ret);
    else
        by_type(c, &t, &n, &f, a, ret);
    by_comment(k, c, &t, ret);
    struct classify_wants w = {t, c->unique, c->not_null, NULL, NULL};
    ret->rule = ret->verdict == CLASSIFY_PERSONAL ? classify_rule(ret->class, &w) : NULL;
    ret->rule = ret->rule ? ret->rule : "\"keep\"";
}
