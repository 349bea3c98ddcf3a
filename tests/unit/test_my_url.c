#include "driver/mysql/connection/my.h"

#include <string.h>

#include "unit.h"

static struct arena arena = ARENA_INIT;

static struct my_url parsed(const char *url)
{
    struct my_url u = {0};
    struct err err = ERR_INIT;

    assert_true(my_url_parse(url, &arena, &u, &err));
    return u;
}

static void parts(void **state)
{
    struct my_url u = parsed("mysql://b%40b:p%3Aw%2F@db.example:3307/shop%20x");

    (void)state;
    assert_string_equal(u.user, "b@b");
    assert_string_equal(u.password, "p:w/");
    assert_string_equal(u.host, "db.example");
    assert_int_equal(u.port, 3307);
    assert_string_equal(u.database, "shop x");
    u = parsed("mysql://bob:@[::1]/d?socket=/run/s");
    assert_string_equal(u.password, "");
    assert_string_equal(u.host, "::1");
    assert_string_equal(u.socket, "/run/s");
    assert_null(parsed("mysql://bob@h/d").password);
}

static void both_spellings(void **state)
{
    struct my_url u =
        parsed("mysql://h/d?connect_timeout=7&net-timeout=9&ssl_mode=VERIFY_CA"
               "&get_server_public_key=true&server-public-key-path=/k.pem&compress=0");

    (void)state;
    assert_int_equal(u.connect_timeout, 7);
    assert_int_equal(u.net_timeout, 9);
    assert_int_equal(u.tls, MY_TLS_VERIFY_CA);
    assert_true(u.ask_key);
    assert_string_equal(u.server_key, "/k.pem");
    assert_false(u.compress);
}

static void tls_that_holds(void **state)
{
    static const struct {
        const char *url;
        enum my_tls tls;
        bool by_socket;
    } cases[] = {
        {"mysql://h/d", MY_TLS_PREFERRED, false},
        {"mysql://localhost/d", MY_TLS_DISABLED, true},
        {"mysql://localhost:3306/d", MY_TLS_PREFERRED, false},
        {"mysql:///d", MY_TLS_DISABLED, true},
        {"mysql:///d?socket=/s", MY_TLS_DISABLED, true},
        {"mysql://h/d?ssl-ca=/ca.pem", MY_TLS_VERIFY, false},
        {"mysql://h/d?ssl-ca=/ca.pem&ssl-mode=required", MY_TLS_REQUIRED, false},
        {"mysql://h/d?ssl-mode=disabled", MY_TLS_DISABLED, false},
        {"mysql://h/d?ssl-mode=verify-identity", MY_TLS_VERIFY, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct my_url u = parsed(cases[i].url);
        assert_int_equal(my_url_tls(&u), cases[i].tls);
        assert_int_equal(my_url_by_socket(&u), cases[i].by_socket);
    }
}

static void refused_without_the_password(void **state)
{
    static const char *const urls[] = {
        "mysql://bob:hunter2@h:x/d",          "mysql://bob:hunter2%zz@h/d",
        "mysql://bob:hunter2@h/d/e",          "mysql://bob:hunter2@h/d?nonsense=1",
        "mysql://bob:hunter2@h/d?ssl-mode=x", "mysql://bob:hunter2@h/d?connect-timeout=-1",
        "mysql://bob:hunter2@[::1/d",         "mysql://bob:hunter2@h/d?get-server-public-key=maybe",
        "mysql://bob:hunter2@h/d#x",          "mysql:/bob:hunter2@h/d",
        "mysql://bob:12?hunter2=x@h/d",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct my_url u;
        struct err err = ERR_INIT;
        assert_false(my_url_parse(urls[i], &arena, &u, &err));
        assert_int_equal(err.cls, ERR_USAGE);
        assert_null(strstr(err.msg, "hunter2"));
        assert_null(strstr(err.hint, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),
        cmocka_unit_test(both_spellings),
        cmocka_unit_test(tls_that_holds),
        cmocka_unit_test(refused_without_the_password),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
