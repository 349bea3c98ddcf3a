#include "classify.h"

#include <string.h>

enum {
    ONE_TO_ONE = 1, /* two values stay two: fits a unique column */
    MAKES_NULL = 2,
};

#define TEXT   TYPE_TEXT
#define NUMBER TYPE_NUMBER
#define INT    TYPE_INT

/*
 * The rules that a class may be masked with, the best first: the first that takes the type, has
 * room in it (characters) and keeps unique values unique. NONE stands for every class.
 */
static const struct {
    enum classify_class class;
    unsigned types; /* TYPE_…; 0: any */
    size_t room, most;
    unsigned flags;
    const char *rule;
} rules[] = {
    {CLASSIFY_EMAIL, TEXT, 32, 0, ONE_TO_ONE, "{\"email\": {}}"},
    {CLASSIFY_EMAIL, TEXT, 28, 0, 0, "{\"email\": {}}"},
    {CLASSIFY_PHONE, TEXT, 21, 0, ONE_TO_ONE, "{\"phone\": {\"unique\": \"yes\"}}"},
    {CLASSIFY_PHONE, TEXT, 0, 0, 0, "{\"phone\": {}}"},
    {CLASSIFY_NAME, TEXT, 8, 0, 0, "{\"name\": {}}"},
    {CLASSIFY_FIRST_NAME, TEXT, 4, 0, 0, "{\"first\": {}}"},
    {CLASSIFY_LAST_NAME, TEXT, 4, 0, 0, "{\"last\": {}}"},
    {CLASSIFY_USERNAME, TEXT, 16, 0, ONE_TO_ONE, "{\"username\": {}}"},
    {CLASSIFY_USERNAME, TEXT, 10, 0, 0, "{\"username\": {}}"},
    {CLASSIFY_PASSWORD, TEXT, 0, 0, 0, "{\"password\": {}}"},
    {CLASSIFY_TOKEN, TEXT, 0, 0, 0, "{\"token\": {}}"},
    {CLASSIFY_CARD, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_IBAN, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_NATIONAL_ID, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_TAX_ID, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_PASSPORT, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_ADDRESS, TEXT, 12, 0, 0, "{\"street\": {}}"},
    {CLASSIFY_CITY, TEXT, 6, 0, 0, "{\"city\": {}}"},
    {CLASSIFY_POSTCODE, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_COUNTRY, TEXT, 2, 2, 0,
     "{\"choice\": {\"values\": [\"DE\", \"FR\", \"GB\", \"US\"]}}"},
    {CLASSIFY_COUNTRY, TEXT, 3, 3, 0,
     "{\"choice\": {\"values\": [\"DEU\", \"FRA\", \"GBR\", \"USA\"]}}"},
    {CLASSIFY_COUNTRY, TEXT, 7, 0, 0,
     "{\"choice\": {\"values\": [\"France\", \"Germany\", \"Italy\", \"Spain\"]}}"},
    {CLASSIFY_BIRTH_DATE, TYPE_TIME, 0, 0, 0, "{\"date\": {\"within\": \"90d\"}}"},
    {CLASSIFY_BIRTH_DATE, INT, 0, 0, 0, "{\"int\": {\"noise\": \"2\"}}"},
    {CLASSIFY_BIRTH_DATE, TEXT, 10, 0, 0, "{\"fixed\": {\"value\": \"1970-01-01\"}}"},
    {CLASSIFY_GENDER, TEXT, 1, 5, 0, "{\"choice\": {\"values\": [\"f\", \"m\"]}}"},
    {CLASSIFY_GENDER, TEXT, 6, 0, 0, "{\"choice\": {\"values\": [\"female\", \"male\"]}}"},
    {CLASSIFY_GENDER, INT, 0, 0, 0, "{\"choice\": {\"values\": [\"1\", \"2\"]}}"},
    {CLASSIFY_IP, TEXT, 15, 0, 0, "{\"ip\": {}}"},
    {CLASSIFY_IP, TYPE_BYTES, 4, 0, 0, "{\"ip\": {}}"},
    {CLASSIFY_MAC, TEXT, 17, 0, 0, "{\"mac\": {}}"},
    {CLASSIFY_PHOTO, TYPE_BYTES, 0, 0, MAKES_NULL, "null"},
    {CLASSIFY_PHOTO, TEXT, 48, 0, ONE_TO_ONE, "{\"url\": {}}"},
    {CLASSIFY_URL, TEXT, 48, 0, ONE_TO_ONE, "{\"url\": {}}"},
    {CLASSIFY_COMPANY, TEXT, 16, 0, 0, "{\"company\": {}}"},
    {CLASSIFY_GEO, NUMBER, 0, 0, 0, "{\"decimal\": {\"range\": [-85, 85]}}"},
    {CLASSIFY_SENSITIVE, TYPE_BOOL, 0, 0, 0, "{\"fixed\": {\"value\": \"false\"}}"},
    {CLASSIFY_SENSITIVE, INT, 0, 0, 0, "{\"int\": {\"noise\": \"10%\"}}"},
    {CLASSIFY_SENSITIVE, NUMBER, 0, 0, 0, "{\"decimal\": {\"noise\": \"10%\"}}"},
    {CLASSIFY_NONE, TYPE_UUID, 0, 0, ONE_TO_ONE, "{\"uuid\": {}}"},
    {CLASSIFY_NONE, TYPE_INET, 0, 0, 0, "{\"ip\": {}}"},
    {CLASSIFY_NONE, TYPE_MAC, 0, 0, 0, "{\"mac\": {}}"},
    {CLASSIFY_NONE, TYPE_ENUM, 0, 0, 0, "{\"choice\": {}}"},
    {CLASSIFY_NONE, TYPE_TIME, 0, 0, 0, "{\"date\": {\"within\": \"90d\"}}"},
    {CLASSIFY_NONE, INT, 0, 0, ONE_TO_ONE, "{\"int\": {}}"},
    {CLASSIFY_NONE, NUMBER, 0, 0, 0, "{\"decimal\": {}}"},
    {CLASSIFY_NONE, TYPE_JSON, 0, 0, 0, "{\"json\": {}}"},
    {CLASSIFY_NONE, TYPE_JSON, 0, 0, 0, "{\"hstore\": {}}"},
    {CLASSIFY_NONE, TYPE_JSON, 0, 0, 0, "{\"xml\": {}}"},
    {CLASSIFY_NONE, TYPE_OTHER, 0, 0, 0, "{\"composite\": {}}"},
    {CLASSIFY_NONE, TYPE_OTHER | TYPE_PLAIN, 0, 0, 0, "{\"range\": {}}"},
    {CLASSIFY_NONE, TEXT, 0, 0, 0, "{\"text\": {}}"},
    {CLASSIFY_NONE, TEXT, 26, 0, ONE_TO_ONE, "{\"hash\": {}}"},
    {CLASSIFY_NONE, TEXT, 0, 0, ONE_TO_ONE, "{\"digits\": {}}"},
    {CLASSIFY_NONE, 0, 0, 0, MAKES_NULL, "null"},
    {CLASSIFY_NONE, TYPE_BYTES, 0, 0, ONE_TO_ONE, "{\"bytes\": {\"length\": 16}}"},
    {CLASSIFY_NONE, TYPE_BYTES, 0, 0, 0, "{\"bytes\": {}}"},
    {CLASSIFY_NONE, TYPE_BOOL, 0, 0, 0, "{\"fixed\": {\"value\": \"false\"}}"},
};

static bool fits(size_t i, enum classify_class class, const struct classify_wants *w)
{
    const struct type_facts *t = &w->type;
    return (rules[i].class == class || rules[i].class == CLASSIFY_NONE) &&
           (!rules[i].types || rules[i].types & t->type) &&
           (t->max_len == 0 ? rules[i].most == 0
                            : t->max_len >= rules[i].room &&
                                  (rules[i].most == 0 || t->max_len <= rules[i].most)) &&
           (!w->unique || rules[i].flags & ONE_TO_ONE) &&
           (!w->not_null || !(rules[i].flags & MAKES_NULL));
}

const char *classify_rule(enum classify_class class, const struct classify_wants *w)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (fits(i, class, w) && (!w->proven || w->proven(w->ctx, rules[i].rule)))
            return rules[i].rule;
    return NULL;
}

/* ---- YAML ------------------------------------------------------------------------------------ */
/* A word that YAML reads as itself without quotes, as nothing else and as no number. */
static bool is_plain_word(const char *s, size_t len)
{
    static const char *const others[] = {"null", "true", "false", "yes", "no",
                                         "on",   "off",  "y",     "n"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strlen(others[i]) == len && memcmp(others[i], s, len) == 0)
            return false;
    for (size_t i = 0; i < len; i++)
        if (!(s[i] >= 'a' && s[i] <= 'z') && s[i] != '_')
            return false;
    return len > 0;
}

void classify_rule_yaml(const char *json, struct buf *out)
{
    while (*json) {
        if (*json != '"') {
            buf_addch(out, *json++);
            continue;
        }
        const char *end = json + 1;
        while (*end && *end != '"')
            end += 1 + (*end == '\\' && end[1]);
        size_t len = (size_t)(end - json) - 1;
        if (is_plain_word(json + 1, len))
            buf_add(out, json + 1, len);
        else
            for (const char *s = json; s <= end && *s; s++) /* YAML takes no DEL */
                buf_addf(out, *s == 0x7f ? "\\u007f" : "%c", *s);
        json = *end ? end + 1 : end;
    }
}
