/* What a message of a server may show of a masked table, and finding values in texts. */
#include "unit.h"

#include "sync/masking.h"
#include "sync/needles.h"

#include <string.h>

static const char xml[] =
    "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\"><database name=\"d\">"
    "<schema name=\"public\"><table name=\"users\">"
    "<column name=\"mail\" type=\"text\" position=\"1\"/>"
    "<unique name=\"users_mail_key\" columns=\"mail\"/></table></schema></database></model>";

/* Messages as the servers' manuals and sources have them; SECRET stands for values. */
static const struct {
    int native;
    const char *state, *message, *stays;
} messages[] = {
    {0, "23505",
     "s: duplicate key value violates unique constraint \"users_mail_key\" (Key (mail)=(SECRET) "
     "already exists.)",
     "unique constraint \"users_mail_key\" (Key (mail)=(***) already exists.)"},
    {0, "23505",
     "s: could not create unique index \"users_mail_key\" (Key (mail)=(a) already exists SECRET) "
     "is "
     "duplicated.)",
     "Key (mail)=(***) is duplicated"},
    {0, "23503",
     "s: insert or update on table \"users\" violates foreign key constraint \"f\" (Key "
     "(mail)=(SECRET) is not present in table \"users\".)",
     "is not present in table \"users\""},
    {0, "23P01",
     "s: conflicting key value violates exclusion constraint \"x\" (Key (mail)=(SECRET) conflicts "
     "with existing key (mail)=(SECRET).)",
     "conflicts with existing key (mail)=(***"},
    {0, "23514",
     "s: new row for relation \"users\" violates check constraint \"c\" (Failing row contains (1, "
     "SECRET, (SECRET)).); COPY users, line 1: \"1 SECRET\"",
     "relation \"users\""},
    {0, "23514",
     "s: no partition of relation \"users\" found for row (Partition key of the failing row "
     "contains (mail) = (SECRET).)",
     "relation \"users\""},
    {0, "22P02",
     "s: invalid input syntax for type integer: \"SECRET\"SECRET\"; COPY users, line 1, column "
     "mail: \"SECRET\"",
     "invalid input syntax for type integer"},
    {0, "22003", "s: value \"SECRET\" is out of range for type integer", "for type integer"},
    {0, "22P04", "s: extra data after last expected column; COPY users, line 1: \"SECRET\"",
     "COPY users, line 1"},
    {0, "P0001", "s: no such person: SECRET", "s: ***"},
    {1062, "23000", "s: Duplicate entry 'SECRET' for key 'users.mail'", "for key 'users.mail'"},
    {1062, "23000", "s: Duplicate entry 'x' for key 'SECRET' for key 'users_mail_key'",
     "Duplicate entry '***' for key 'users_mail_key'"},
    {1062, "23000", "s: Duplicate entry 'O'SECRET-SECRET' for key 'mail'", "for key 'mail'"},
    {1366, "22007", "s: Incorrect integer value: 'SECRET' for column `d`.`users`.`mail` at row 1",
     "for column `d`.`users`.`mail` at row 1"},
    {1292, "22007", "s: Truncated incorrect DOUBLE value: 'SECRET'", "Truncated incorrect DOUBLE"},
    {3140, "22032", "s: Invalid JSON text: \"SECRET\" at position 1 in value for column 'mail'.",
     "Invalid JSON text"},
    {1644, "45000", "s: SECRET is not wanted", "s: ***"},
};

static void test_hush(void **state)
{
    struct model m;
    struct err why = ERR_INIT;

    (void)state;
    model_init(&m);
    assert_true(model_from_xml(&m, (struct slice){xml, strlen(xml)}, &why));
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        struct err e = ERR_INIT;

        err_set(&e, ERR_RUNTIME, "%s", messages[i].message);
        err_sqlstate(&e, messages[i].state);
        e.native = messages[i].native;
        masking_hush(&m, &e);
        if (strstr(e.msg, "SECRET") || !strstr(e.msg, messages[i].stays))
            fail_msg("%s", e.msg);
        assert_non_null(strstr(e.msg, "are not shown"));
    }
    model_release(&m);
}

/* What holds no value stays as it is, and so do this program's own messages. */
static void test_stays(void **state)
{
    static const char *const stays[] = {
        "s: relation \"users\" does not exist", "s: Unknown column 'mail' in 'users'",
        "s: the server's disk is full, and that's all", "s: Table 'd.users' doesn't exist"};
    struct model m;
    struct err why = ERR_INIT;

    (void)state;
    model_init(&m);
    assert_true(model_from_xml(&m, (struct slice){xml, strlen(xml)}, &why));
    for (size_t i = 0; i < ARRAY_LEN(stays); i++) {
        struct err e = ERR_INIT;

        err_set(&e, ERR_RUNTIME, "%s", stays[i]);
        err_sqlstate(&e, "42000");
        masking_hush(&m, &e);
        assert_string_equal(e.msg, stays[i]);
    }
    model_release(&m);
}

static void count(void *ctx, struct needle *x)
{
    (void)x;
    ++*(int *)ctx;
}

static int finds(const char *value, const char *text)
{
    struct needles n;
    int found = 0;

    needles_init(&n);
    needles_add(&n, (struct slice){value, strlen(value)}, NULL, 0);
    needles_end(&n, 3);
    needles_search(&n, (struct slice){text, strlen(text)}, count, &found);
    needles_release(&n);
    return found;
}

static void test_needles(void **state)
{
    (void)state;
    assert_int_equal(finds("ann@example.com", "to ANN@example.com, please"), 1);
    assert_int_equal(finds("ann@example.com", "ann@example.com"), 1);
    assert_int_equal(finds("ann@example.com", "u=ann%40example.com&x=1"), 1);
    assert_int_equal(finds("Jörg Meier", "{\"n\": \"J\\u00f6rg Meier\"}"), 1);
    assert_int_equal(finds("Meier & Sons", "<a>Meier &amp; Sons</a>"), 1);
    assert_int_equal(finds("Meier & Sons", "Meier & Sons, Meier & Sons"), 2);
    assert_int_equal(finds("123456", "id 123456."), 1);
    assert_int_equal(finds("123456", "id 9123456"), 0); /* of a longer number */
    assert_int_equal(finds("123456", "1234567"), 0);
    assert_int_equal(finds("Hartmann", "Hartmannsdorf"), 0);
    /* what many have */
    assert_int_equal(finds("Ann", "Ann"), 0);
    assert_int_equal(finds("00000000", "00000000"), 0);
    assert_int_equal(finds("1990-12-31", "1990-12-31"), 0);
    assert_int_equal(finds("1990-12-31 00:00:00", "1990-12-31 00:00:00"), 0);
}

static bool take(void *ctx, struct slice part)
{
    struct buf *b = ctx;

    buf_add(b, part.data, part.len);
    buf_addch(b, '|');
    return true;
}

static void test_parts(void **state)
{
    static const char array[] = "{\"a, \\\"b\",c,NULL}";
    static const char text[] = "write to <ann@example.com> now";
    struct buf b = BUF_INIT;

    (void)state;
    needles_parts((struct slice){array, sizeof array - 1}, true, take, &b);
    assert_string_equal(b.data, "a, \"b|c|NULL|");
    buf_reset(&b);
    needles_parts((struct slice){text, sizeof text - 1}, false, take, &b);
    assert_string_equal(b.data, "write to <ann@example.com> now|ann@example.com|");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hush),
        cmocka_unit_test(test_stays),
        cmocka_unit_test(test_needles),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
