#include <dbtwin/err.h>

#include <string.h>

#include "unit.h"

static void set_context_hint(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_false(err_is_set(&err));
    assert_int_equal(err_exit_code(&err), 0);
    assert_false(err_set(&err, ERR_DENIED, "permission denied for %s", "users"));
    err_sqlstate(&err, "42501");
    assert_false(err_hint(&err, "GRANT SELECT ON %s", "users"));
    assert_false(err_context(&err, "while reading %s", "columns"));
    assert_string_equal(err.msg, "while reading columns: permission denied for users");
    assert_string_equal(err.hint, "GRANT SELECT ON users");
    assert_string_equal(err.sqlstate, "42501");
    assert_true(err_is_set(&err));

    /* Replacing forgets what belonged to the old one; its text may be an argument. */
    err_set(&err, ERR_RUNTIME, "again: %s", err.msg);
    assert_string_equal(err.msg, "again: while reading columns: permission denied for users");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.sqlstate, "");
    err_clear(&err);
    assert_false(err_is_set(&err));
    assert_false(err_set(NULL, ERR_RUNTIME, "nobody listens"));
}

static void exit_codes(void **state)
{
    static const int codes[] = {0, 2, 2, 2, 2, 2, 4, 130};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct err err = {.cls = (enum err_class)i};

        assert_int_equal(err_exit_code(&err), codes[i]);
    }
}

static void cut_on_whole_characters(void **state)
{
    char text[4096];
    struct err err = ERR_INIT;

    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        size_t len = shift;

        memset(text, 'x', shift);
        while (len + 4 < sizeof(text)) {
            memcpy(text + len, "\xe2\x82\xac", 3);
            len += 3;
        }
        text[len] = '\0';
        err_set(&err, ERR_RUNTIME, "%s", text);
        len = strlen(err.msg);
        assert_true(len <= sizeof(err.msg) - 1 && len >= sizeof(err.msg) - 8);
        assert_int_equal((len - shift) % 3, 0);
        assert_memory_equal(err.msg, text, len);

        /* A context in front pushes out the end, again by whole characters. */
        err_context(&err, "%s", "in");
        len = strlen(err.msg);
        assert_memory_equal(err.msg, "in: ", 4);
        assert_true(len <= sizeof(err.msg) - 1 && len >= sizeof(err.msg) - 8);
        assert_int_equal((len - 4 - shift) % 3, 0);
    }
    /* However long the context, the message stays. */
    err_set(&err, ERR_RUNTIME, "the reason");
    err_context(&err, "%s", text);
    assert_non_null(strstr(err.msg, ": the reason"));
}

/* what stands there and what is seen (NULL: the same) */
static const char *const hidden[][2] = {
    {"", ""},
    {"nothing to hide", "nothing to hide"},
    /* URLs */
    {"postgresql://bob:secret@db/shop", "postgresql://bob:***@db/shop"},
    {"at postgresql://bob:secret@db:5432/shop?sslmode=x now",
     "at postgresql://bob:***@db:5432/shop?sslmode=x now"},
    {"mysql://bob%40corp:sec%40ret@db", "mysql://bob%40corp:***@db"},
    {"mysql://bob@corp:secret@db", "mysql://bob@corp:***@db"},
    {"mysql://:secret@db", "mysql://:***@db"},
    {"mysql://b:p@db", "mysql://b:*@db"},
    {"mysql://b:@db", "mysql://b:@db"},
    {"mysql://bob:p@ss@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:pa/ss@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:p@ss/w@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:pa?ss@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:pa#ss@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:pass word@db/x", "mysql://bob:***@db/x"},
    {"mysql://bob:secret", "mysql://bob:***"},
    {"postgresql://bob:secret@[2001:db8::1]:5432/shop",
     "postgresql://bob:***@[2001:db8::1]:5432/shop"},
    {"mysql://a:one@x/d and postgresql://b:two2@y/d",
     "mysql://a:***@x/d and postgresql://b:***@y/d"},
    {"mysql://a:one@x/d,mysql://b:two2@y/d", "mysql://a:***@x/d,mysql://b:***@y/d"},
    {"(mysql://a:one@x/d)->(mysql://b:two2@y/d)", "(mysql://a:***@x/d)->(mysql://b:***@y/d)"},
    /* URLs without a password stay as they are */
    {"postgresql://db:5432/shop", NULL},
    {"postgresql://bob@db:5432/shop", NULL},
    {"postgresql://[::1]:5432/shop", NULL},
    {"postgresql://bob@[::1]:5432/shop", NULL},
    {"postgresql:///shop?host=/run/postgresql", NULL},
    {"mysql://db:3306/shop?x=a@b", NULL},
    {"cannot connect to mysql://db:3306: refused", NULL},
    {"two: mysql://db:3306 and someone@example.org", NULL},
    {"mysql://bob@db/a and mysql://b@c:1/d", NULL},
    {"\"mysql://db:3306\" is not", NULL},
    /* keys and values */
    {"host=db password=secret user=bob", "host=db password=*** user=bob"},
    {"password = secret", "password = ***"},
    {"password='it\\'s se''cret' user=bob", "password='***' user=bob"},
    {"password='open end", "password='***"},
    {"password=a&b=c user=bob", "password=*** user=bob"},
    {"PGPASSWORD=secret psql", "PGPASSWORD=*** psql"},
    {"MYSQL_PWD=secret", "MYSQL_PWD=***"},
    {"postgresql:///shop?user=bob&password=secret&sslmode=require",
     "postgresql:///shop?user=bob&password=***&sslmode=require"},
    {"postgresql://db/shop?password=secret", "postgresql://db/shop?password=***"},
    {"postgresql://bob:one1@db/shop?sslpassword=two2#x",
     "postgresql://bob:***@db/shop?sslpassword=***#x"},
    {"OPTIONS (user 'bob', password 'sec ret')", "OPTIONS (user 'bob', password '***')"},
    {"create user bob identified by 'sec''ret' x", "create user bob identified by '***' x"},
    /* keys with bytes as %XX, and what was part of the value */
    {"postgresql://db/shop?pass%77ord=secret&x=1", "postgresql://db/shop?pass%77ord=***&x=1"},
    {"postgresql://db/shop?PASS%57ORD=secret", "postgresql://db/shop?PASS%57ORD=***"},
    {"postgresql://db/shop?%73%73%6c%70%61%73%73%77%6f%72%64=secret",
     "postgresql://db/shop?%73%73%6c%70%61%73%73%77%6f%72%64=***"},
    {"?SslPassword=secret&passfile=/etc/x", "?SslPassword=***&passfile=/etc/x"},
    {"?password%3Dsecret", "?password%3D***"},
    {"?password=sec&ret&x=1", "?password=***&x=1"},
    {"100%pwd=secret", "100%pwd=***"},
    /* schemes that end otherwise */
    {"mysql:/bob:secret@db/shop", "mysql:/***@db/shop"},
    {"mysql//bob:secret@db/shop", "mysql//***@db/shop"},
    {"no PostgreSQL:bob:secret@db", "no PostgreSQL:***@db"},
    {"postgers://bob:secret@db/shop", "postgers://bob:***@db/shop"},
    {"mysql/conn.c: no such file", NULL},
    {"postgres: someone@example.org", NULL},
    {"password authentication failed for user \"bob\"", NULL},
    {"Access denied for user 'bob'@'db' (using password: YES)", NULL},
    {"column \"password\" does not exist", NULL},
    {"password=", NULL},
    {"password", NULL},
    {"passwordcmd=pass show db", NULL},
};

static void passwords_are_hidden(void **state)
{
    char text[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        const char *want = hidden[i][1] ? hidden[i][1] : hidden[i][0];
        struct err err = ERR_INIT;

        memcpy(text, hidden[i][0], strlen(hidden[i][0]) + 1);
        err_redact(text);
        assert_string_equal(text, want);
        err_redact(text); /* once more changes nothing */
        assert_string_equal(text, want);
        err_set(&err, ERR_RUNTIME, "%s", hidden[i][0]);
        assert_string_equal(err.msg, want);
        err_hint(&err, "%s", hidden[i][0]);
        assert_string_equal(err.hint, want);
        err_set(&err, ERR_RUNTIME, "x");
        err_context(&err, "%s", hidden[i][0]);
        assert_memory_equal(err.msg, want, strlen(want));
    }
}

static void words_are_hidden(void **state)
{
    static const char *const cases[][2] = {
        {"postgres;//bob:secret@db/shop", "postgres;//bob:***@db/shop"},
        {"bob:secret@db/shop", "bob:***@db/shop"},
        {"mysq:bob:se@cret@db", "mysq:***@db"},
        {"postgresql://bob:secret@db/shop", "postgresql://bob:***@db/shop"},
        {"postgresql://bob@db:5432/shop", NULL},
        {"prod", NULL},
        {"--format=json", NULL},
        {"json:report.json", NULL},
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        memcpy(text, cases[i][0], strlen(cases[i][0]) + 1);
        err_redact_word(text);
        assert_string_equal(text, cases[i][1] ? cases[i][1] : cases[i][0]);
    }
}

static void passwords_are_hidden_at_the_cut(void **state)
{
    char text[4096];
    struct err err = ERR_INIT;

    (void)state;
    /* The '@' falls off, or part of the password does, for URLs ending around the cut. */
    for (size_t start = sizeof(err.msg) - 60; start < sizeof(err.msg); start++) {
        static const char *const urls[] = {"mysql://bob:hunter2@db/x", "mysql://bob:1234567@db/x",
                                           "password=hunter2&x", "mysql://bob:hun@ter2@db"};

        for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
            memset(text, ' ', start);
            memcpy(text + start, urls[i], strlen(urls[i]) + 1);
            err_set(&err, ERR_RUNTIME, "%s", text);
            assert_null(strstr(err.msg, "hun"));
            assert_null(strstr(err.msg, "ter2"));
            assert_null(strstr(err.msg, "123"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_context_hint),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(cut_on_whole_characters),
        cmocka_unit_test(passwords_are_hidden),
        cmocka_unit_test(passwords_are_hidden_at_the_cut),
        cmocka_unit_test(words_are_hidden),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
