/* Every transformer of the table: what all of them promise, on one set of values. */
#include "mask.h"

#include <pthread.h>
#include <stdatomic.h>

/* Values as they come: short, long, of many scripts, of other kinds than the transformer's. */
static const char *const texts[] = {
    "a",
    "Ann Brown",
    "ann@example.com",
    "Ann.Brown+x@Mail.Example.ORG ",
    "@",
    "é",
    "e\xcc\x81",                        /* e and a combining acute */
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", /* right to left */
    "\xd8\xb9\xd9\x84\xd9\x8a",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", /* joined from characters of 4 bytes */
    "\xe6\xbc\xa2\xe5\xad\x97",
    "\xff\xfe", /* no UTF-8 */
    "+49 171 123-4567 ext. 12",
    "(212) 555-1234",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "550e8400-e29b-41d4-a716-446655440000",
    "192.168.17.4",
    "2001:db8::1",
    "00:1b:44:11:3a:b7",
    "https://example.com/a/b?c=d#e",
    "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "{\"a\": [1, \"x\", null, {\"mail\": \"a@b.c\"}]}",
    "a:1:{s:4:\"mail\";s:5:\"a@b.c\";}",
    "line\nbreak\ttab\\slash",
    "12",
    "-1",
    "0",
    "123456.789",
    "1988-02-29",
    "2020-02-29 23:59:59.999999+00",
    "infinity",
    "\\x00ff10",
    "true",
};

static const char *const of_type[][9] = {
    [0] = {"1", "-1", "0", "2147483647", "-2147483648", "42", NULL},
    [1] = {"1.50", "-0.01", "0", "0.00", "99999999.99", "12345", NULL},
    [2] = {"1988-02-29", "0001-01-01", "9999-12-31", "infinity", "0000-00-00", "1970-01-01", NULL},
    [3] = {"2020-02-29 23:59:59.999999+00", "1970-01-01 00:00:01", "2038-01-19 03:14:07",
           "-infinity", NULL},
    [4] = {"(ann@example.com,7)", "(\"Ann \"\"B\"\" Brown\",)", "(,)", "(\"a\\\\b, c\",12)", NULL},
    [5] = {"[2020-01-01,2020-02-01)", "empty", "(,2020-01-01]", "[2020-01-01,)",
           "{[2020-01-01,2020-01-05),[2020-02-01,infinity)}", "{}", NULL},
};

static const char *const *values_of(enum mask_type type, size_t *ret_n)
{
    const char *const *v = type == MASK_T_INT         ? of_type[0]
                           : type == MASK_T_DECIMAL   ? of_type[1]
                           : type == MASK_T_FLOAT     ? of_type[1]
                           : type == MASK_T_DATE      ? of_type[2]
                           : type == MASK_T_TIMESTAMP ? of_type[3]
                           : type == MASK_T_COMPOSITE ? of_type[4]
                           : type == MASK_T_RANGE     ? of_type[5]
                                                      : NULL;

    *ret_n = ARRAY_LEN(texts);
    if (v)
        for (*ret_n = 0; v[*ret_n];)
            ++*ret_n;
    return v ? v : texts;
}

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* Calls fn for each transformer in a column of each type that it takes. */
static void each(void (*fn)(const struct mask_transformer *t, const struct mask_rule *r,
                            const struct mask_column *c, struct mask_key *k, struct arena *a))
{
    for (const struct mask_transformer *t = mask_transformers; t->name; t++) {
        for (unsigned type = 1; type < MASK_T_ALL; type <<= 1) {
            struct arena a = ARENA_INIT;
            struct mask_column c = column_of((enum mask_type)type);
            struct mask_key *k = key_of(KEY_A);
            struct err err = ERR_INIT;
            const struct mask_rule *r;
            static const char *const labels[] = {"a", "b", "1", NULL};

            if (type == MASK_T_ENUM)
                c.labels = labels;
            if (type == MASK_T_BOOL && str_eq(t->name, "choice"))
                r = rule_of("{\"choice\": {\"values\": [\"t\", \"f\"]}}", &c, k, &a, &err);
            else if (type == MASK_T_BOOL && str_eq(t->name, "fixed"))
                r = rule_of("{\"fixed\": {\"value\": \"t\"}}", &c, k, &a, &err);
            else if (type == MASK_T_INT && str_eq(t->name, "choice"))
                r = rule_of("{\"choice\": {\"values\": [1, 2]}}", &c, k, &a, &err);
            else
                r = rule_of(t->example, &c, k, &a, &err);
#ifndef HAVE_PCRE2
            if (str_eq(t->name, "regex")) {
                assert_null(r);
                mask_key_free(k);
                arena_release(&a);
                continue;
            }
#endif
            if (t->types & type) {
                if (!r)
                    fail_msg("%s: %s", t->name, err.msg);
                fn(t, r, &c, k, &a);
            } else {
                assert_null(r);
                assert_int_equal(err.cls, ERR_USAGE);
            }
            mask_key_free(k);
            arena_release(&a);
        }
    }
}

/* The same in another worker, after other values, in any order. */
static void check_deterministic(const struct mask_transformer *t, const struct mask_rule *r,
                                const struct mask_column *c, struct mask_key *k, struct arena *a)
{
    size_t n;
    const char *const *values = values_of(c->type, &n);
    struct mask_worker *one = mask_worker_new(k), *two = mask_worker_new(k);
    const char *first[64];

    for (size_t i = 0; i < n; i++)
        first[i] = masked(one, r, values[i], a);
    for (size_t i = n; i-- > 0;)
        if (!str_eq(masked(two, r, values[i], a), first[i]))
            fail_msg("%s is not the same twice: %s", t->name, values[i]);
    mask_worker_free(one);
    mask_worker_free(two);
}

static void test_deterministic(void **state)
{
    (void)state;
    each(check_deterministic);
}

static void check_empty(const struct mask_transformer *t, const struct mask_rule *r,
                        const struct mask_column *c, struct mask_key *k, struct arena *a)
{
    struct mask_worker *w = mask_worker_new(k);

    (void)c;
    assert_string_equal(masked(w, r, "", a), str_eq(t->name, "null") ? "NULL" : "");
    mask_worker_free(w);
}

static void test_empty_stays(void **state)
{
    (void)state;
    each(check_empty);
}

static void check_length(const struct mask_transformer *t, const struct mask_rule *r,
                         const struct mask_column *c, struct mask_key *k, struct arena *a)
{
    const struct mask_rule_facts *f = mask_rule_facts(r);
    struct mask_worker *w = mask_worker_new(k);
    size_t n;
    const char *const *values = values_of(c->type, &n);

    for (size_t i = 0; i < n; i++) {
        const char *v = masked(w, r, values[i], a);

        if (str_eq(v, "NULL") || (t->promises & MASK_SHOWS))
            continue;
        if (f->longest != MASK_NO_LIMIT && characters(v) > f->longest)
            fail_msg("%s: %s is longer than %zu", t->name, v, (size_t)f->longest);
        if ((t->promises & MASK_KEEPS_LENGTH) && c->type == MASK_T_TEXT &&
            (unsigned char)values[i][0] < 0x80 && characters(v) != characters(values[i]))
            fail_msg("%s: %s became %s", t->name, values[i], v);
    }
    mask_worker_free(w);
}

static void test_length(void **state)
{
    (void)state;
    each(check_length);
}

/* Nothing of a value with a key of its own is left: another key gives other values. */
static void check_key(const struct mask_transformer *t, const struct mask_rule *r,
                      const struct mask_column *c, struct mask_key *k, struct arena *a)
{
    struct mask_key *other = key_of(KEY_B);
    struct err err = ERR_INIT;
    const struct mask_rule *r2 = rule_of(t->example, c, other, a, &err);
    struct mask_worker *one = mask_worker_new(k), *two = mask_worker_new(other);
    const char *v = "Frederike Amalia Testperson 4711223399";

    if (c->type == MASK_T_TEXT && r2 && !(t->promises & MASK_SHOWS) && !str_eq(t->name, "null") &&
        !str_eq(t->name, "fixed") && !str_eq(t->name, "sql") && !str_eq(t->name, "same_as") &&
        !str_eq(t->name, "regex") && !str_eq(t->name, "choice")) {
        assert_string_not_equal(masked(one, r, v, a), masked(two, r2, v, a));
        assert_null(strstr(masked(one, r, v, a), "Testperson"));
        assert_null(strstr(masked(one, r, v, a), "4711223399"));
    }
    mask_worker_free(one);
    mask_worker_free(two);
    mask_key_free(other);
}

static void test_two_keys(void **state)
{
    (void)state;
    each(check_key);
}

/* In short columns a rule is refused, or what it makes fits. */
static void test_short_columns(void **state)
{
    struct mask_key *k = key_of(KEY_A);

    (void)state;
    for (const struct mask_transformer *t = mask_transformers; t->name; t++) {
        unsigned refused = 0;

        if (!(t->types & MASK_T_TEXT))
            continue;
        for (uint64_t chars = 1; chars <= 64; chars++) {
            struct arena a = ARENA_INIT;
            struct mask_column c = column_of(MASK_T_TEXT);
            struct err err = ERR_INIT;
            struct mask_worker *w = mask_worker_new(k);
            const struct mask_rule *r;

            c.max_chars = chars;
            r = rule_of(t->example, &c, k, &a, &err);
            refused += !r;
            for (size_t i = 0; r && i < ARRAY_LEN(texts); i++) {
                struct mask_input in = {.value = text_slice(texts[i])};
                struct buf out = BUF_INIT;
                bool null = false;

                /* Documents and numbers are told while they are masked; others are proven. */
                if (characters(texts[i]) <= chars && mask_value(w, r, &in, &out, &null, &err)) {
                    if (characters(out.data) > chars)
                        fail_msg("%s: %zu characters in %zu: %s", t->name, characters(out.data),
                                 (size_t)chars, out.data);
                } else if (characters(texts[i]) <= chars && !str_eq(t->name, "json") &&
                           !str_eq(t->name, "php") && !str_eq(t->name, "xml")) {
                    fail_msg("%s in %zu: %s", t->name, (size_t)chars, err.msg);
                }
                err_clear(&err);
                buf_release(&out);
            }
            mask_worker_free(w);
            arena_release(&a);
        }
        if (str_eq(t->name, "email") || str_eq(t->name, "uuid") || str_eq(t->name, "url"))
            assert_true(refused > 0);
    }
    mask_key_free(k);
}

/* ---- a million values of each transformer that says that two never become one */
struct seen {
    uint64_t *slots;
    size_t cap;
};

static bool seen_before(struct seen *s, struct slice v)
{
    uint64_t h = hash_bytes64(v.data, v.len) | 1;
    size_t i = h & (s->cap - 1);

    for (; s->slots[i]; i = (i + 1) & (s->cap - 1))
        if (s->slots[i] == h)
            return true;
    s->slots[i] = h;
    return false;
}

/* One of them by itself, so that two can be tried at a time: `wrong` is what became of it. */
struct million {
    const char *rule;
    const struct mask_column *column;
    const char *before, *after;
    char wrong[200];
};

static void try_million(struct million *m, struct arena *a)
{
    enum { MANY = 1000000 };
    struct mask_key *k = key_of(KEY_A);
    struct err err = ERR_INIT;
    const struct mask_rule *r = rule_of(m->rule, m->column, k, a, &err);
    struct mask_worker *w = mask_worker_new(k);
    struct seen s = {arena_calloc(a, (size_t)1 << 24), (size_t)1 << 21};
    struct buf out = BUF_INIT;

    if (!r || !mask_rule_facts(r)->injective)
        snprintf(m->wrong, sizeof m->wrong, "%.90s: %.90s", m->rule,
                 r ? "is not injective" : err.msg);
    for (unsigned i = 1; i <= MANY && !m->wrong[0]; i++) {
        char value[64];
        struct mask_input in = {.value = {value, 0}};
        bool null;

        in.value.len = (size_t)snprintf(value, sizeof value, "%s%08u%s", m->before, i, m->after);
        buf_reset(&out);
        if (!mask_value(w, r, &in, &out, &null, &err))
            snprintf(m->wrong, sizeof m->wrong, "%.90s: %.90s", m->rule, err.msg);
        else if (seen_before(&s, buf_slice(&out)))
            snprintf(m->wrong, sizeof m->wrong, "%.90s: %.60s is there twice", m->rule, out.data);
    }
    buf_release(&out);
    mask_worker_free(w);
    mask_key_free(k);
}

struct millions {
    struct million *all;
    size_t n;
    atomic_size_t next;
};

static void *try_millions(void *arg)
{
    struct millions *work = arg;

    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->n;) {
        struct arena a = ARENA_INIT;

        try_million(&work->all[i], &a);
        arena_release(&a);
    }
    return NULL;
}

static void test_million(void **state)
{
    struct mask_column text = column_of(MASK_T_TEXT), number = column_of(MASK_T_INT),
                       small = column_of(MASK_T_INT), id = column_of(MASK_T_UUID);
    struct million all[] = {
        {"\"email\"", &text, "person", "@example.com", ""},
        {"\"username\"", &text, "person", "", ""},
        {"\"hash\"", &text, "person", "", ""},
        {"{\"hash\": {\"format\": \"hex\", \"length\": 20}}", &text, "person", "", ""},
        {"\"digits\"", &text, "K-", "", ""},
        {"\"digits\"", &text, "411111", "", ""},
        {"{\"phone\": {\"unique\": \"yes\"}}", &text, "+49 171 ", "", ""},
        {"\"url\"", &text, "https://example.com/", "", ""},
        {"\"uuid\"", &id, "00000000-0000-4000-8000-0000", "", ""},
        {"\"int\"", &number, "", "", ""},
        {"\"int\"", &small, "", "", ""},
    };
    struct millions work = {.all = all, .n = ARRAY_LEN(all)};
    pthread_t other;

    (void)state;
    text.max_chars = 64;
    small.min = 0;
    small.max = 1048575;
    assert_int_equal(pthread_create(&other, NULL, try_millions, &work), 0);
    try_millions(&work);
    pthread_join(other, NULL);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        assert_string_equal(all[i].wrong, "");
}

/* A permutation of a small type is one: every value comes once. */
static void test_int_of_one_byte(void **state)
{
    struct arena a = ARENA_INIT;
    struct mask_column c = column_of(MASK_T_INT);
    struct mask_key *k = key_of(KEY_A);
    struct err err = ERR_INIT;
    const struct mask_rule *r;
    struct mask_worker *w = mask_worker_new(k);
    bool seen[256] = {false};
    unsigned moved = 0;

    (void)state;
    c.min = -128;
    c.max = 127;
    r = rule_of("\"int\"", &c, k, &a, &err);
    assert_non_null(mask_rule_facts(r)->note);
    for (int i = -128; i < 128; i++) {
        char text[12];
        int64_t to;

        snprintf(text, sizeof text, "%d", i);
        assert_true(str_parse_i64(masked(w, r, text, &a), &to));
        assert_true(to >= -128 && to <= 127);
        assert_false(seen[to + 128]);
        seen[to + 128] = true;
        assert_int_equal((i > 0) - (i < 0), (to > 0) - (to < 0));
        moved += to != i;
        if (i == 0 || i == -1)
            assert_int_equal(to, i);
    }
    assert_true(moved > 240);
    mask_worker_free(w);
    mask_key_free(k);
    arena_release(&a);
}

static void test_table(void **state)
{
    (void)state;
    for (const struct mask_transformer *t = mask_transformers; t->name; t++) {
        if (t[1].name)
            assert_true(strcmp(t->name, t[1].name) < 0);
        assert_true(t->help && t->example && t->types && t->version && t->apply);
        assert_ptr_equal(mask_transformer_find(t->name), t);
        for (const struct mask_param *p = t->params; p && p->name; p++)
            assert_true(p->help && (p->type != MASK_P_WORD || p->words));
    }
    assert_null(mask_transformer_find("emails"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),           cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_empty_stays),     cmocka_unit_test(test_length),
        cmocka_unit_test(test_two_keys),        cmocka_unit_test(test_short_columns),
        cmocka_unit_test(test_int_of_one_byte), cmocka_unit_test(test_million),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
