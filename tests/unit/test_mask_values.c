/* What single transformers make: values that other code, or people, would look at. */
#include "mask.h"

#include <time.h>

static bool luhn(const char *s)
{
    int sum = 0, n = 0;

    for (size_t i = strlen(s); i-- > 0;) {
        int d = s[i] - '0';

        if (s[i] < '0' || s[i] > '9')
            continue;
        if (n++ % 2)
            d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

static int iban_rest(const char *s)
{
    int rest = 0;
    char turned[64];

    snprintf(turned, sizeof turned, "%s%.4s", s + 4, s);
    for (const char *c = turned; *c; c++)
        rest = *c <= '9' ? (rest * 10 + *c - '0') % 97 : (rest * 100 + *c - 'A' + 10) % 97;
    return rest;
}

/* Whether both have digits, letters and all else at the same places. */
static bool same_format(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        bool da = *a >= '0' && *a <= '9', db = *b >= '0' && *b <= '9';
        bool la = (*a | 32) >= 'a' && (*a | 32) <= 'z', lb = (*b | 32) >= 'a' && (*b | 32) <= 'z';

        if (da != db || la != lb || (!da && !la && *a != *b))
            return false;
    }
    return *a == *b;
}

static void test_check_digits(void **state)
{
    static const char *const cards[] = {"4111 1111 1111 1111", "5500005555555559",
                                        "378282246310005"};
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
        const char *v = mask_once("\"digits\"", &c, cards[i], &a);

        assert_true(luhn(cards[i]) && luhn(v) && same_format(cards[i], v));
        assert_string_not_equal(v, cards[i]);
    }
    assert_false(luhn(mask_once("\"digits\"", &c, "4111111111111112", &a)));
    assert_int_equal(iban_rest("DE89370400440532013000"), 1);
    assert_int_equal(iban_rest(mask_once("\"digits\"", &c, "DE89370400440532013000", &a)), 1);
    assert_int_equal(iban_rest(mask_once("\"digits\"", &c, "FR1420041010050500013M02606", &a)), 1);
    assert_int_not_equal(iban_rest(mask_once("\"digits\"", &c, "DE88370400440532013000", &a)), 1);
    assert_memory_equal(mask_once("\"digits\"", &c, "GB29NWBK60161331926819", &a), "GB", 2);
    assert_true(same_format(mask_once("\"digits\"", &c, "AB 12-34 C", &a), "AB 12-34 C"));
    arena_release(&a);
}

static void test_phone(void **state)
{
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;
    const char *v;

    (void)state;
    v = mask_once("\"phone\"", &c, "+49 171 1234567", &a);
    assert_true(same_format(v, "+49 171 1234567"));
    assert_memory_equal(v, "+99 9", 5);
    v = mask_once("\"phone\"", &c, "(212) 867-5309 ext. 12", &a);
    assert_true(same_format(v, "(212) 867-5309 ext. 12"));
    assert_non_null(strstr(v, ") 555-01"));
    assert_memory_equal(mask_once("\"phone\"", &c, "0171 1234567", &a), "0099 9", 6);
    assert_string_equal(mask_once("\"phone\"", &c, "110", &a), "110");
    /* what is no number does not come along */
    assert_null(strstr(mask_once("\"phone\"", &c, "Ann: 0171 1234567", &a), "Ann"));
    assert_null(strstr(mask_once("\"phone\"", &c, "0171 1234567 or 0172 7654321", &a), "7654321"));
    assert_memory_equal(mask_once("{\"phone\": {\"keep_first\": 3}}", &c, "+49171555123", &a),
                        "+4910000", 8);
    arena_release(&a);
}

static void test_email(void **state)
{
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;
    struct err err = ERR_INIT;
    const char *v = mask_once("\"email\"", &c, "ann@example.com", &a);

    (void)state;
    assert_true(str_ends(v, "@example.invalid"));
    assert_string_equal(v, mask_once("\"email\"", &c, "Ann@Example.COM ", &a));
    assert_string_not_equal(v, mask_once("\"email\"", &c, "anna@example.com", &a));
    for (const char *s = v; *s; s++)
        assert_true((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || strchr(".@", *s));
    assert_string_equal(
        mask_once("{\"email\": {\"keep_hosts\": [\"ours.org\"]}}", &c, "qa@ours.org", &a),
        "qa@ours.org");
    assert_null(rule_of("{\"email\": {\"host\": \"gmail.com\"}}", &c, NULL, &a, &err));
    assert_non_null(err.hint);
    c.max_chars = 20;
    assert_null(rule_of("\"email\"", &c, NULL, &a, &err));
    c.max_chars = 30;
    assert_false(mask_rule_facts(rule_of("\"email\"", &c, NULL, &a, &err))->injective);
    arena_release(&a);
}

static void test_folding(void **state)
{
    static const char *const same[][2] = {
        {"ABC", "abc"},
        {"abc  ", "abc"},
        {"Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xc3\x89t\xc3\xa9", "ete"},
        {"e\xcc\x81", "\xc3\xa9"},
        {"\xd0\x9f\xd1\x80", "\xd0\xbf\xd1\x80"},
        {"\xce\xa3", "\xcf\x82"},
    };
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        c.fold = MASK_FOLD_CASE | MASK_FOLD_ACCENT | MASK_FOLD_TRAIL;
        assert_string_equal(mask_once("\"hash\"", &c, same[i][0], &a),
                            mask_once("\"hash\"", &c, same[i][1], &a));
        c.fold = 0;
        assert_string_not_equal(mask_once("\"hash\"", &c, same[i][0], &a),
                                mask_once("\"hash\"", &c, same[i][1], &a));
    }
    arena_release(&a);
}

static void test_dates(void **state)
{
    struct mask_column c = column_of(MASK_T_TIMESTAMP);
    struct arena a = ARENA_INIT;
    const char *v = mask_once("\"date\"", &c, "2020-02-29 23:59:59.5+00", &a);

    (void)state;
    assert_true(str_ends(v, " 23:59:59.5+00"));
    assert_memory_not_equal(v, "2020-02-29", 10);
    assert_memory_equal(v, "20", 2);
    assert_string_equal(mask_once("\"date\"", &c, "infinity", &a), "infinity");
    assert_string_equal(mask_once("\"date\"", &c, "0000-00-00 00:00:00", &a),
                        "0000-00-00 00:00:00");
    c.date_only_1970 = true;
    v = mask_once("{\"date\": {\"within\": \"9999d\"}}", &c, "2038-01-10 00:00:00", &a);
    assert_true(strcmp(v, "2038-01-19") < 0 && strcmp(v, "1970-01-01") > 0);
    arena_release(&a);
}

static void test_documents(void **state)
{
    struct mask_column c = column_of(MASK_T_JSON);
    struct arena a = ARENA_INIT;
    const char *rule = "{\"json\": {\"$.contact.mail\": {\"email\": {}}, \"$.token\": null,"
                       " \"$.list[*].n\": {\"fixed\": {\"value\": \"7\"}}, \"others\": \"keep\"}}";
    const char *v = mask_once(
        rule, &c,
        "{ \"contact\":{\"mail\":\"ann\\u0040x.org\", \"age\":1.10},\"token\":\"t\","
        "\"list\":[{\"n\":12345678901234567890}], \"z\": [true,null,\"\\ud83d\\ude00\"] }",
        &a);

    (void)state;
    assert_memory_equal(v, "{ \"contact\":{\"mail\":\"", 20);
    assert_non_null(
        strstr(v, "@example.invalid\", \"age\":1.10},\"token\":null,\"list\":[{\"n\":7}], \"z\": "
                  "[true,null,\"\xf0\x9f\x98\x80\"] }"));
    v = mask_once("\"json\"", &c,
                  "{\"a\":\"Ann Brown\",\"tel\":4917112345,\"n\":12,\"ann@x.org\":1}", &a);
    assert_null(strstr(v, "Ann Brown"));
    assert_null(strstr(v, "4917112345"));
    assert_null(strstr(v, "ann@x.org"));
    assert_non_null(strstr(v, "\"n\":12,"));
    v = mask_once(
        "{\"json\": {\"$..mail\": {\"fixed\": {\"value\": \"x\"}}, \"others\": \"keep\"}}", &c,
        "{\"mail\":\"1\",\"a\":{\"b\":[{\"mail\":[\"2\",3]}]}}", &a);
    assert_string_equal(v, "{\"mail\":\"x\",\"a\":{\"b\":[{\"mail\":[\"x\",\"x\"]}]}}");
    c.type = MASK_T_TEXT;
    assert_null(strchr(mask_once("\"json\"", &c, "{\"a\":", &a), '{'));
    v = mask_once(
        "{\"php\": {\"$.mail\": {\"fixed\": {\"value\": \"x@y.test\"}}, \"others\": \"keep\"}}", &c,
        "a:2:{s:4:\"mail\";s:3:\"\xc3\xa9@\";i:5;O:1:\"A\":1:{s:1:\"b\";b:1;}}", &a);
    assert_string_equal(v, "a:2:{s:4:\"mail\";s:8:\"x@y.test\";i:5;O:1:\"A\":1:{s:1:\"b\";b:1;}}");
    arena_release(&a);
}

static void test_arrays(void **state)
{
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;

    (void)state;
    c.array = true;
    assert_string_equal(mask_once("{\"fixed\": {\"value\": \"a,b\"}}", &c,
                                  "{x,\"y, \\\"z\",NULL,\"NULL\",\"\"}", &a),
                        "{\"a,b\",\"a,b\",NULL,\"a,b\",\"\"}");
    assert_string_equal(
        mask_once("{\"fixed\": {\"value\": \"q\"}}", &c, "[2:3][0:0]={{a},{b}}", &a),
        "[2:3][0:0]={{q},{q}}");
    assert_string_equal(mask_once("{\"fixed\": {\"value\": \"q\"}}", &c, "{}", &a), "{}");
    arena_release(&a);
}

static void test_latin1(void **state)
{
    struct mask_column c = column_of(MASK_T_TEXT), u = c;
    struct arena a = ARENA_INIT;

    (void)state;
    c.charset = MASK_CS_LATIN1;
    c.charset_name = "latin1";
    assert_string_equal(mask_once("\"hash\"", &c, "M\xfcller", &a),
                        mask_once("\"hash\"", &u, "M\xc3\xbcller", &a));
    assert_string_equal(mask_once("{\"truncate\": {\"chars\": 2}}", &c, "M\xfcller", &a), "M\xfc");
    arena_release(&a);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *rule, *said;
    } rows[] = {
        {"\"emails\"", "no transformer \"emails\""},
        {"{\"email\": {}, \"name\": {}}", "one transformer"},
        {"{\"email\": {\"hots\": \"x\"}}", "no parameter \"hots\""},
        {"{\"hash\": {\"length\": 3}}", "do not fit"},
        {"{\"hash\": {\"length\": \"-3\"}}", "wants a number"},
        {"{\"fixed\": {\"value\": \"far too long\"}}", "longer than"},
        {"{\"email\": {}, \"on_collision\": \"drop\"}", "on_collision"},
        {"null", "NOT NULL"},
        {"\"int\"", "cannot mask a column of type"},
        {"{\"date\": {}}", "cannot mask"},
        {"{}", "names no transformer"},
        {"{\"digits\": {\"keep_first\": 6, \"keep_last\": 4}}", "give the number back"},
    };
    struct mask_column c = column_of(MASK_T_TEXT);
    struct arena a = ARENA_INIT;

    (void)state;
    c.not_null = true;
    c.max_chars = 10;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;

        assert_null(rule_of(rows[i].rule, &c, NULL, &a, &err));
        assert_int_equal(err.cls, ERR_USAGE);
        if (!strstr(err.msg, rows[i].said) || !strstr(err.msg, "t.c"))
            fail_msg("%s: %s", rows[i].rule, err.msg);
    }
    arena_release(&a);
}

/* What has a form keeps it: every part is masked, the rest stays byte for byte. */
static void test_nested(void **state)
{
#define X "{\"fixed\": {\"value\": \"X\"}}"
    static const struct {
        enum mask_type type;
        const char *rule, *value, *wanted;
    } rows[] = {
        {MASK_T_HSTORE, "{\"hstore\": {\"$.m\": " X ", \"others\": \"keep\"}}",
         "\"m\"=>\"a \\\"q\\\" b\", \"n\"=>NULL, \"k\"=>\"=>,\"",
         "\"m\"=>\"X\", \"n\"=>NULL, \"k\"=>\"=>,\""},
        {MASK_T_HSTORE, "{\"hstore\": {\"$.m\": null, \"others\": \"keep\"}}", "\"m\"=>\"a\"",
         "\"m\"=>NULL"},
        {MASK_T_HSTORE, "{\"hstore\": {\"others\": \"null\"}}", "\"m\"=>\"a\", \"b\"=>\"7\"",
         "\"m\"=>NULL, \"b\"=>NULL"},
        {MASK_T_XML, "{\"xml\": {\"$..m\": " X ", \"others\": \"keep\"}}",
         "<?xml version=\"1.0\"?>\n<a b='&lt;' c=\"d\"><m>J&#246;rg &amp; Co</m><m/> <n>k</n></a>",
         "<?xml version=\"1.0\"?>\n<a b=\"&lt;\" c=\"d\"><m>X</m><m/> <n>k</n></a>"},
        {MASK_T_XML, "{\"xml\": {\"$.a.@m\": " X ", \"others\": \"null\"}}",
         "<a m=\"x@y.z\" n='b' xmlns:p=\"urn:q\"><!-- Jo --><![CDATA[<Jo>]]><?jo x?></a>",
         "<a m=\"X\" n=\"\" xmlns:p=\"urn:q\"></a>"},
        {MASK_T_COMPOSITE, "{\"composite\": {\"$.mail\": " X ", \"$.number\": \"keep\"}}",
         "(\"a, \"\"b\"\"\",7)", "(X,7)"},
        {MASK_T_COMPOSITE, "{\"composite\": {\"others\": \"keep\"}}", "(\"a, \"\"b\"\"\",)",
         "(\"a, \"\"b\"\"\",)"},
        {MASK_T_COMPOSITE, "{\"composite\": {\"others\": \"null\"}}", "(a,7)", "(,)"},
        {MASK_T_RANGE, "{\"range\": {}}", "empty", "empty"},
        {MASK_T_RANGE, "{\"range\": {}}", "(,infinity]", "(,infinity]"},
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mask_column c = column_of(rows[i].type);

        assert_string_equal(mask_once(rows[i].rule, &c, rows[i].value, &a), rows[i].wanted);
    }
    arena_release(&a);
#undef X
}

/* Both bounds move by one distance, all ranges of a value alike, and nothing stays. */
static void test_ranges(void **state)
{
    static const char value[] = "{[2020-01-10,2020-01-20),[2020-03-10,2020-03-11)}";
    struct mask_column c = column_of(MASK_T_RANGE);
    struct arena a = ARENA_INIT;
    const char *made = mask_once("{\"range\": {\"within\": \"20d\"}}", &c, value, &a);
    unsigned y[4], m[4], d[4];
    long day[4];

    (void)state;
    assert_string_not_equal(made, value);
    assert_int_equal(sscanf(made, "{[%u-%u-%u,%u-%u-%u),[%u-%u-%u,%u-%u-%u)}", &y[0], &m[0], &d[0],
                            &y[1], &m[1], &d[1], &y[2], &m[2], &d[2], &y[3], &m[3], &d[3]),
                     12);
    for (int i = 0; i < 4; i++) {
        struct tm t = {.tm_year = (int)y[i] - 1900, .tm_mon = (int)m[i] - 1, .tm_mday = (int)d[i]};

        day[i] = timegm(&t) / 86400;
    }
    assert_int_equal(day[1] - day[0], 10);
    assert_int_equal(day[2] - day[0], 60);
    assert_int_equal(day[3] - day[2], 1);
    assert_int_not_equal(day[0], 18271); /* 2020-01-10 */
    assert_int_equal((day[0] - 18271) % 7, 0);
    c.parts = &test_attributes[0];
    {
        struct mask_key *k = key_of(KEY_A);
        struct err err = ERR_INIT;

        assert_null(rule_of("{\"range\": {}}", &c, k, &a, &err));
        assert_non_null(strstr(err.msg, "bounds of type text"));
        mask_key_free(k);
    }
    arena_release(&a);
}

static void test_keep_values(void **state)
{
    struct mask_column c = column_of(MASK_T_TEXT), n = column_of(MASK_T_INT);
    struct arena a = ARENA_INIT;
    bool seen[100] = {false};

    (void)state;
    c.fold = MASK_FOLD_CASE;
    assert_string_equal(
        mask_once("{\"email\": {}, \"keep_values\": [\"qa@ours.org\"]}", &c, "QA@ours.org", &a),
        "QA@ours.org");
    n.min = 0;
    n.max = 99;
    for (unsigned i = 1; i < 100; i++) {
        char text[8];
        uint64_t to;

        snprintf(text, sizeof text, "%u", i);
        assert_true(
            str_parse_u64(mask_once("{\"int\": {}, \"keep_values\": [7, 50]}", &n, text, &a), &to));
        assert_true(to < 100 && !seen[to]);
        seen[to] = true;
        assert_true((i != 7 && i != 50) || to == i);
    }
    arena_release(&a);
}

static void test_key(void **state)
{
    static const char *const bad[] = {"", "secret", "00112233", "00000000000000000000000000000000",
                                      "zz"};
    struct mask_key *k, *b;
    char id[MASK_ID_SIZE], other[MASK_ID_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;

        assert_false(mask_key_new(text_slice(bad[i]), &k, &err));
        assert_true(strstr(err.hint, "openssl rand") != NULL);
        assert_true(!bad[i][0] || bad[i][1] == '0' || !strstr(err.msg, bad[i]));
    }
    k = key_of(KEY_A);
    b = key_of(KEY_A "\n");
    mask_key_id(k, id);
    mask_key_id(b, other);
    assert_string_equal(id, other); /* the newline of a file does not count */
    mask_key_free(b);
    b = key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    mask_key_id(b, other);
    assert_string_equal(id, other); /* base64 of the same bytes */
    mask_key_free(b);
    b = key_of(KEY_B);
    mask_key_id(b, other);
    assert_string_not_equal(id, other);
    assert_null(strstr(KEY_A, id));
    mask_key_free(b);
    mask_key_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_digits), cmocka_unit_test(test_phone),
        cmocka_unit_test(test_email),        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_dates),        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_arrays),       cmocka_unit_test(test_latin1),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_keep_values),
        cmocka_unit_test(test_key),          cmocka_unit_test(test_nested),
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
