#include "transformers.h"

#include "document.h"

#define ANY    MASK_T_ALL
#define NESTED (MASK_T_OTHER | MASK_T_HSTORE | MASK_T_XML | MASK_T_COMPOSITE | MASK_T_RANGE)
#define TEXT   MASK_T_TEXT
#define INT    MASK_T_INT
#define NUMBER (MASK_T_DECIMAL | MASK_T_FLOAT)
#define DATES  (MASK_T_DATE | MASK_T_TIMESTAMP)
#define BYTES  MASK_T_BYTES

#define DOES(name) name##_prepare, name##_apply

const struct mask_transformer mask_transformers[] = {
    {"bytes", NULL, 1, BYTES, 0, bytes_params, NULL, "random bytes",
     "{\"bytes\": {\"length\": 16}}", DOES(bytes)},
    {"choice", NULL, 1, TEXT | INT | NUMBER | MASK_T_BOOL | MASK_T_ENUM, MASK_OF_ROW, choice_params,
     NULL, "one of some values", "{\"choice\": {\"values\": [\"a\", \"b\"]}}", DOES(choice)},
    {"city", NULL, 1, TEXT, 0, NULL, NULL, "the name of a town", "{\"city\": {}}", DOES(list)},
    {"company", NULL, 1, TEXT, 0, NULL, NULL, "the name of a company", "{\"company\": {}}",
     DOES(company)},
    {"composite", NULL, 1, MASK_T_COMPOSITE, 0, composite_params, NULL,
     "a value of a composite type: a rule for each attribute",
     "{\"composite\": {\"others\": \"text\"}}", DOES(composite)},
    {"date", NULL, 1, DATES, MASK_OF_ROW, date_params, "1970-01-01|1900-01-01",
     "the date, moved by days: one distance for each person", "{\"date\": {\"within\": \"90d\"}}",
     DOES(date)},
    {"decimal", NULL, 1, NUMBER, MASK_OF_ROW, decimal_params, "0",
     "a number near the value, or within a range", "{\"decimal\": {\"noise\": \"10%\"}}",
     DOES(decimal)},
    {"digits", NULL, 1, TEXT, MASK_INJECTIVE | MASK_KEEPS_LENGTH, digits_params, NULL,
     "other digits and letters in the same format: numbers of cards, accounts, customers",
     "{\"digits\": {\"keep_first\": 2}}", DOES(digits)},
    {"email", NULL, 1, TEXT, MASK_INJECTIVE, email_params, NULL,
     "a mail address that no mail reaches", "{\"email\": {\"host\": \"example.invalid\"}}",
     DOES(email)},
    {"first", NULL, 1, TEXT, 0, NULL, NULL, "a first name", "{\"first\": {}}", DOES(list)},
    {"fixed", NULL, 1, ANY & ~NESTED, 0, fixed_params, NULL, "always the same value",
     "{\"fixed\": {\"value\": \"1\"}}", DOES(fixed)},
    {"hash", NULL, 1, TEXT, MASK_INJECTIVE, hash_params, NULL, "a keyed hash in letters and digits",
     "{\"hash\": {\"length\": 20}}", DOES(hash)},
    {"hstore", NULL, 1, MASK_T_HSTORE, 0, document_params, NULL,
     "keys and values: a rule for each key", "{\"hstore\": {\"$.mail\": {\"email\": {}}}}",
     document_prepare, hstore_apply},
    {"int", NULL, 1, INT, MASK_INJECTIVE | MASK_OF_ROW, int_params, "0|-1",
     "another whole number: of the whole range, one-to-one; near the value; or within a range",
     "{\"int\": {}}", DOES(int)},
    {"ip", NULL, 1, TEXT | BYTES | MASK_T_INET, 0, ip_params, NULL,
     "an address of 10.0.0.0/8 or 2001:db8::/32", "{\"ip\": {}}", DOES(ip)},
    {"json", NULL, 1, TEXT | MASK_T_JSON, 0, document_params, NULL,
     "a JSON document: a rule for each path", "{\"json\": {\"$.mail\": {\"email\": {}}}}",
     document_prepare, json_apply},
    {"keep", NULL, 1, ANY, MASK_INJECTIVE | MASK_KEEPS_LENGTH | MASK_SHOWS, keep_params, NULL,
     "the value itself", "\"keep\"", DOES(keep)},
    {"last", NULL, 1, TEXT, 0, NULL, NULL, "a last name", "{\"last\": {}}", DOES(list)},
    {"mac", NULL, 1, TEXT | MASK_T_MAC, 0, mac_params, "00:00:00:00:00:00",
     "a hardware address of nobody", "{\"mac\": {}}", DOES(mac)},
    {"name", NULL, 1, TEXT, 0, NULL, NULL, "first and last name", "{\"name\": {}}", DOES(name)},
    {"null", NULL, 1, ANY, 0, NULL, NULL, "NULL", "null", DOES(null)},
    {"password", NULL, 1, TEXT, MASK_KEEPS_LENGTH, password_params, NULL,
     "a password's hash that no password has; its scheme stays", "{\"password\": {}}",
     DOES(password)},
    {"phone", NULL, 1, TEXT, MASK_INJECTIVE, phone_params, NULL,
     "a telephone number that cannot be dialled", "{\"phone\": {\"unique\": \"yes\"}}",
     DOES(phone)},
    {"php", NULL, 1, TEXT, 0, document_params, NULL,
     "what PHP's serialize() wrote: a rule for each path",
     "{\"php\": {\"$.mail\": {\"email\": {}}}}", document_prepare, php_apply},
    {"range", NULL, 1, MASK_T_RANGE, MASK_OF_ROW, range_params, NULL,
     "both bounds of a range moved by one distance", "{\"range\": {\"within\": \"90d\"}}",
     DOES(range)},
    {"regex", NULL, 1, TEXT, 0, regex_params, NULL, "what matches is replaced",
     "{\"regex\": {\"pattern\": \"[0-9]+\", \"replace\": \"#\"}}", DOES(regex)},
    {"same_as", NULL, 1, TEXT, MASK_OF_ROW, same_as_params, NULL,
     "the masked value of another column of the row, perhaps spelled otherwise",
     "{\"same_as\": {\"column\": \"email\", \"form\": \"lower\"}}", DOES(same_as)},
    {"sql", NULL, 1, ANY, 0, sql_params, NULL,
     "what an expression gives on the source: its server sees it, and no key is in it",
     "{\"sql\": {\"expression\": \"md5(id::text)\"}}", sql_prepare, keep_apply},
    {"street", NULL, 1, TEXT, 0, NULL, NULL, "a house number and a street", "{\"street\": {}}",
     DOES(street)},
    {"text", NULL, 1, TEXT, 0, text_params, NULL, "other words; the length is rounded down",
     "{\"text\": {}}", DOES(text)},
    {"token", NULL, 1, TEXT, MASK_KEEPS_LENGTH, token_params, NULL,
     "other letters and digits, each of its sort", "{\"token\": {}}", DOES(token)},
    {"truncate", NULL, 1, TEXT, MASK_SHOWS, truncate_params, NULL,
     "the first characters of the value", "{\"truncate\": {\"chars\": 1}}", DOES(truncate)},
    {"url", NULL, 1, TEXT, MASK_INJECTIVE, url_params, NULL, "an address that leads nowhere",
     "{\"url\": {}}", DOES(url)},
    {"username", NULL, 1, TEXT, MASK_INJECTIVE, NULL, NULL, "a login name", "{\"username\": {}}",
     DOES(username)},
    {"uuid", NULL, 1, TEXT | BYTES | MASK_T_UUID, MASK_INJECTIVE, uuid_params, NULL,
     "another UUID, of version 4", "{\"uuid\": {}}", DOES(uuid)},
    {"xml", NULL, 1, TEXT | MASK_T_XML, 0, document_params, NULL,
     "texts and attributes of an XML document: a rule for each path",
     "{\"xml\": {\"$.order.mail\": {\"email\": {}}}}", document_prepare, xml_apply},
    {0},
};

const struct mask_transformer *mask_transformer_find(const char *name)
{
    return mask_transformer_in(mask_transformers, name);
}

bool mask_rule_new(const struct mask_node *spec, const struct mask_column *c, struct mask_key *key,
                   struct arena *a, const struct mask_rule **ret, struct err *err)
{
    return mask_rule_of(mask_transformers, spec, c, key, a, ret, err);
}
