#include "classify.h"

/*
 * The rule that a class is masked with, by the sort of its column's type. Rows are tried in order;
 * the last of a class takes any type. What no row fits becomes null or, in a tree, empty.
 */
static const struct {
    enum classify_class class;
    unsigned types; /* TYPE_…; 0: any */
    const char *rule;
} rules[] = {
    {CLASSIFY_EMAIL, TYPE_TEXT, "{email: {}}"},
    {CLASSIFY_PHONE, TYPE_TEXT, "{phone: {}}"},
    {CLASSIFY_PHONE, TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_NAME, TYPE_TEXT, "{name: {}}"},
    {CLASSIFY_FIRST_NAME, TYPE_TEXT, "{first: {}}"},
    {CLASSIFY_LAST_NAME, TYPE_TEXT, "{last: {}}"},
    {CLASSIFY_USERNAME, TYPE_TEXT, "{username: {}}"},
    {CLASSIFY_PASSWORD, TYPE_TEXT, "{password: {}}"},
    {CLASSIFY_TOKEN, TYPE_TEXT, "{token: {}}"},
    {CLASSIFY_TOKEN, TYPE_UUID, "{uuid: {}}"},
    {CLASSIFY_CARD, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_IBAN, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_NATIONAL_ID, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_TAX_ID, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_PASSPORT, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_ADDRESS, TYPE_TEXT, "{street: {}}"},
    {CLASSIFY_CITY, TYPE_TEXT, "{city: {}}"},
    {CLASSIFY_POSTCODE, TYPE_TEXT | TYPE_INT | TYPE_NUMBER, "{digits: {}}"},
    {CLASSIFY_BIRTH_DATE, TYPE_TIME, "{date: {within: 90d}}"},
    {CLASSIFY_IP, TYPE_TEXT | TYPE_INET, "{ip: {}}"},
    {CLASSIFY_MAC, TYPE_TEXT | TYPE_MAC, "{mac: {}}"},
    {CLASSIFY_PHOTO, TYPE_TEXT, "{url: {}}"},
    {CLASSIFY_COMPANY, TYPE_TEXT, "{company: {}}"},
    {CLASSIFY_FREE_TEXT, TYPE_TEXT, "{text: {}}"},
    {CLASSIFY_GEO, TYPE_NUMBER, "{decimal: {noise: 0.05}}"},
    {CLASSIFY_URL, TYPE_TEXT, "{url: {}}"},
    {CLASSIFY_NONE, TYPE_TEXT, "{text: {}}"},
    {CLASSIFY_NONE, TYPE_INT, "{int: {}}"},
    {CLASSIFY_NONE, TYPE_NUMBER, "{decimal: {}}"},
    {CLASSIFY_NONE, 0, "null"},
};

const char *classify_rule(const struct classify_column *c, const struct type_facts *t,
                          enum classify_class class, struct arena *a)
{
    (void)c;
    (void)a;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if ((rules[i].class == class || rules[i].class == CLASSIFY_NONE) &&
            (!rules[i].types || rules[i].types & t->type))
            return rules[i].rule;
    return "keep";
}
