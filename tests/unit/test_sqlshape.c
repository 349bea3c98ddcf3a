#include "unit.h"

#include <string.h>

#include <dbtwin/sqlshape.h>

struct shape_case {
    enum sqlshape_type type;
    const char *text;
};

static void check(const struct shape_case *cases, size_t n, bool wanted)
{
    for (size_t i = 0; i < n; i++)
        if (sqlshape_is(cases[i].type, cases[i].text) != wanted)
            fail_msg("%s %s %s", cases[i].text ? cases[i].text : "no text",
                     wanted ? "is" : "is not", sqlshape_name(cases[i].type));
}

/* As PostgreSQL 13 to 18 wrote them, of the schemas in fixtures/restore and of real projects. */
static const struct shape_case good_texts[] = {
    {SQLSHAPE_EXPRESSION, "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character "
                          "varying])::text[]))"},
    {SQLSHAPE_EXPRESSION, "\"Ta\"\"b\".* IS NOT NULL"},
    {SQLSHAPE_EXPRESSION, "nextval('app.ids'::regclass)"},
    {SQLSHAPE_EXPRESSION, "'-1'::integer"},
    {SQLSHAPE_EXPRESSION, "'a\\b'::text"},
    {SQLSHAPE_EXPRESSION, "'it''s; -- no /* comment */ $$ here'::text"},
    {SQLSHAPE_EXPRESSION, "B'0101'::\"bit\""},
    {SQLSHAPE_EXPRESSION, "(a IS DISTINCT FROM b)"},
    {SQLSHAPE_EXPRESSION, "a IS NOT DISTINCT FROM b"},
    {SQLSHAPE_EXPRESSION, "EXTRACT(year FROM d) < (2100)::numeric"},
    {SQLSHAPE_EXPRESSION, "(delete > update)"},
    {SQLSHAPE_EXPRESSION, "(update IS NULL) AND (insert = 1) AND (merge <> 2)"},
    {SQLSHAPE_EXPRESSION, "(x OPERATOR(public.=) y)"},
    {SQLSHAPE_EXPRESSION, "(id IN ( SELECT t.id\n   FROM app.t\n  WHERE (t.k = 'a'::text)))"},
    {SQLSHAPE_EXPRESSION, "(EXISTS ( SELECT 1\n   FROM app.t FOR UPDATE))"},
    {SQLSHAPE_EXPRESSION, "CASE\n    WHEN (a > 1.5e-10) THEN 1\n    ELSE NULL::integer\nEND"},
    {SQLSHAPE_EXPRESSION, "(\"select\" + \"into\")"},
    {SQLSHAPE_EXPRESSION, "a[1:2]"},
    {SQLSHAPE_EXPRESSION, "(data -> 'k'::text) ->> 'x'::text"},
    {SQLSHAPE_EXPRESSION, "(data @> '{\"a\": [1]}'::jsonb)"},
    {SQLSHAPE_EXPRESSION, "(name ~ '^[a-z$]+$'::text)"},
    {SQLSHAPE_EXPRESSION, "CURRENT_TIMESTAMP"},
    {SQLSHAPE_EXPRESSION, "COLLATION FOR (a) = 'x'::text"},
    {SQLSHAPE_EXPRESSION, "((at AT TIME ZONE 'UTC'::text))::timestamp(3) without time zone > b"},
    {SQLSHAPE_EXPRESSION, "'1 day'::interval day to second(3)"},
    {SQLSHAPE_EXPRESSION, "((a COLLATE pg_catalog.\"C\") ~~ 'x%'::text) AND (b IS NFC NORMALIZED)"},
    {SQLSHAPE_EXPRESSION, "(x IS JSON OBJECT WITH UNIQUE KEYS)"},
    {SQLSHAPE_EXPRESSION, "(ROW(a, b) = ROW(1, (2)::double precision))"},
    {SQLSHAPE_EXPRESSION, "(a <> ALL (ARRAY[1, 2])) OR (NOT (EXISTS ( SELECT 1 AS one FROM t u)))"},
    {SQLSHAPE_EXPRESSION, "CASE a WHEN 'x'::text THEN 1 ELSE 2 END"},
    {SQLSHAPE_EXPRESSION, "(a BETWEEN SYMMETRIC 1 AND 2)"},
    {SQLSHAPE_EXPRESSION, "('\xc3\xa9'::text || \"n\xc3\xa4me\")"},
    {SQLSHAPE_QUERY, " SELECT t.id,\n    u.a\n   FROM \"re.st\".t;"},
    {SQLSHAPE_QUERY, " WITH RECURSIVE x(n) AS (\n         SELECT 1\n        UNION ALL\n         "
                     "SELECT x_1.n + 1 FROM x x_1\n        ) CYCLE n SET c USING p\n SELECT n\n"
                     "   FROM x;"},
    {SQLSHAPE_QUERY, " VALUES (1,'a'::text), (2,'b'::text);"},
    {SQLSHAPE_QUERY, "( SELECT 1) UNION ( SELECT 2) LIMIT 3;"},
    {SQLSHAPE_QUERY, " SELECT a AS update,\n    delete\n   FROM t\n FOR UPDATE OF t SKIP LOCKED;"},
    {SQLSHAPE_QUERY, " SELECT update\n   FROM ( SELECT delete AS update FROM x) y;"},
    {SQLSHAPE_NAME, "app.\"Or.der\""},
    {SQLSHAPE_NAME, "pg_catalog.\"C\""},
    {SQLSHAPE_DATA_TYPE, "integer"},
    {SQLSHAPE_DATA_TYPE, "character varying(10)[]"},
    {SQLSHAPE_DATA_TYPE, "timestamp(3) without time zone"},
    {SQLSHAPE_DATA_TYPE, "time with time zone"},
    {SQLSHAPE_DATA_TYPE, "interval day to second(3)"},
    {SQLSHAPE_DATA_TYPE, "double precision"},
    {SQLSHAPE_DATA_TYPE, "numeric(10,-2)"},
    {SQLSHAPE_DATA_TYPE, "\"char\""},
    {SQLSHAPE_DATA_TYPE, "public.geometry(Point,4326)"},
    {SQLSHAPE_DATA_TYPE, "bit varying(3)"},
    {SQLSHAPE_RESULT, "SETOF app.\"T\""},
    {SQLSHAPE_RESULT, "TABLE(a integer, \"B c\" timestamp with time zone, d text[])"},
    {SQLSHAPE_RESULT, "trigger"},
    {SQLSHAPE_ARGUMENTS, ""},
    {SQLSHAPE_ARGUMENTS, "integer, text"},
    {SQLSHAPE_ARGUMENTS, "a character varying DEFAULT 'x'::character varying, b boolean DEFAULT "
                         "(('y'::character varying)::text = 'z'::text)"},
    {SQLSHAPE_ARGUMENTS, "IN a integer, OUT b text, INOUT c double precision, VARIADIC d text[]"},
    {SQLSHAPE_ARGUMENTS, "zone text, day time without time zone DEFAULT '01:02:03'::time without "
                         "time zone"},
    {SQLSHAPE_ARGUMENTS, "x anyarray DEFAULT ARRAY[1, 2], y integer DEFAULT NULL::integer"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC\n SELECT (t.a = $1)\n    FROM t;\n INSERT INTO app.log (t)  "
                    "SELECT 'z'::text\n    WHERE true;\n DELETE FROM t WHERE x;\nEND"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC\nEND"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC\n WITH a AS (\n UPDATE t SET b = 1\n RETURNING t.b\n )\n "
                    "SELECT CASE WHEN true THEN 1 ELSE 2 END FROM a;\nEND"},
    {SQLSHAPE_BODY, "RETURN ((x)::text = 'a'::text)"},
    {SQLSHAPE_PARTITION_KEY, "LIST ((((a)::text = 'x'::text)))"},
    {SQLSHAPE_PARTITION_KEY, "RANGE (at, lower(\"N\") COLLATE \"C\" text_pattern_ops, (k % 3))"},
    {SQLSHAPE_PARTITION_KEY, "HASH (id app.my_ops)"},
    {SQLSHAPE_BOUND, "DEFAULT"},
    {SQLSHAPE_BOUND, "FOR VALUES IN (0, NULL, 2)"},
    {SQLSHAPE_BOUND, "FOR VALUES FROM ('2020-02-01 00:00:00+00', 0.1, MINVALUE) TO "
                     "('infinity', '-Infinity', MAXVALUE)"},
    {SQLSHAPE_BOUND, "FOR VALUES WITH (modulus 4, remainder 3)"},
    {SQLSHAPE_EXCLUSION, "EXCLUDE USING gist (r WITH &&) WHERE (((a)::text = 'x'::text))"},
    {SQLSHAPE_EXCLUSION,
     "EXCLUDE USING gist (room gist_int4_ops WITH =, tstzrange(a, b) WITH &&, "
     "((lower(x))) COLLATE \"C\" DESC NULLS LAST WITH OPERATOR(public.=)) INCLUDE (y) "
     "WITH (fillfactor='70') USING INDEX TABLESPACE fast"},
    {SQLSHAPE_STATISTICS, "CREATE STATISTICS \"re.st\".\"st.ex\" (ndistinct, mcv) ON b, "
                          "((a)::text = 'x'::text), lower(c) FROM \"re.st\".\"Ta\"\"b\""},
    {SQLSHAPE_STATISTICS, "CREATE STATISTICS app.s ON a, b FROM app.t"},
    {SQLSHAPE_TRIGGER, "CREATE TRIGGER tr BEFORE UPDATE OF a, \"b c\" ON \"re.st\".\"Ta\"\"b\" FOR "
                       "EACH ROW WHEN (((new.a)::text = 'x'::text)) EXECUTE FUNCTION "
                       "\"re.st\".trg('a', 'b; c')"},
    {SQLSHAPE_TRIGGER, "CREATE CONSTRAINT TRIGGER \"T\" AFTER INSERT OR DELETE ON app.t FROM app.u "
                       "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()"},
    {SQLSHAPE_TRIGGER, "CREATE TRIGGER tr AFTER UPDATE ON app.t REFERENCING OLD TABLE AS o NEW "
                       "TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION app.f()"},
    {SQLSHAPE_TRIGGER, "CREATE TRIGGER tr BEFORE UPDATE OF execute ON app.t FOR EACH ROW EXECUTE "
                       "FUNCTION app.f()"},
    {SQLSHAPE_RULE, "CREATE RULE ru AS\n    ON UPDATE TO \"re.st\".\"Ta\"\"b\"\n   WHERE ((new.a)"
                    "::text = 'x'::text) DO  INSERT INTO \"re.st\".log (t)\n  VALUES (new.a);"},
    {SQLSHAPE_RULE, "CREATE RULE ru AS\n    ON DELETE TO app.t DO INSTEAD NOTHING;"},
    {SQLSHAPE_RULE, "CREATE RULE ru AS\n    ON INSERT TO app.t DO INSTEAD ( UPDATE app.u SET a = "
                    "new.a;\n NOTIFY ch;\n DELETE FROM app.u;\n);"},
    {SQLSHAPE_RULE, "CREATE RULE ru AS\n    ON INSERT TO app.t DO  NOTIFY ch, 'x';"},
};

static void what_servers_write_is_what_it_says(void **state)
{
    (void)state;
    check(good_texts, ARRAY_LEN(good_texts), true);
}

/* What no text may smuggle in, whichever slot it is in. */
static void nothing_goes_on_behind_its_slot(void **state)
{
    static const char *const tails[] = {
        "; DROP TABLE t",
        ") ; COPY t TO PROGRAM 'id'",
        "; COPY (SELECT 1) TO PROGRAM 'id'; --",
        " -- ",
        " /* */",
        " /* /* */ */",
        "'",
        "\"",
        ")",
        "]",
        "(",
        "[",
        " $$x$$",
        " $a$x$a$",
        " E'\\'; DROP TABLE t; --'",
        " e'x'",
        " N'x'",
        " U&'\\0027'",
        " u&\"\\0022\"",
        " \\",
        " {",
        " \x01",
        " \xc0\xa7",     /* overlong ' */
        " \xed\xa0\x80", /* a surrogate */
        " \xbf",
        "\v1",
        " 1a",
        "'a'b'",
    };
    static const struct shape_case good[] = {
        {SQLSHAPE_EXPRESSION, "(a = 1)"},
        {SQLSHAPE_QUERY, "SELECT 1"},
        {SQLSHAPE_NAME, "a.b"},
        {SQLSHAPE_DATA_TYPE, "integer"},
        {SQLSHAPE_RESULT, "SETOF text"},
        {SQLSHAPE_ARGUMENTS, "a integer DEFAULT 1"},
        {SQLSHAPE_BODY, "BEGIN ATOMIC SELECT 1; END"},
        {SQLSHAPE_BODY, "RETURN 1"},
        {SQLSHAPE_PARTITION_KEY, "RANGE (a)"},
        {SQLSHAPE_BOUND, "FOR VALUES IN (1)"},
        {SQLSHAPE_EXCLUSION, "EXCLUDE USING gist (r WITH &&)"},
        {SQLSHAPE_STATISTICS, "CREATE STATISTICS a.s ON a, b FROM a.t"},
        {SQLSHAPE_TRIGGER,
         "CREATE TRIGGER t BEFORE UPDATE ON a.b FOR EACH ROW EXECUTE FUNCTION f()"},
        {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO INSTEAD NOTHING"},
    };
    struct arena a = ARENA_INIT;

    (void)state;
    check(good, ARRAY_LEN(good), true);
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        for (size_t k = 0; k < ARRAY_LEN(tails); k++) {
            struct shape_case behind = {good[i].type,
                                        arena_printf(&a, "%s%s", good[i].text, tails[k])};
            struct shape_case before = {good[i].type,
                                        arena_printf(&a, "%s %s", tails[k], good[i].text)};
            check(&behind, 1, false);
            check(&before, 1, false);
        }
    for (int type = 0; type < SQLSHAPE_COUNT; type++) {
        struct shape_case none = {type, NULL}, blank = {type, " "};
        check(&none, 1, false);
        check(&blank, 1, type == SQLSHAPE_ARGUMENTS);
    }
    arena_release(&a);
}

static const struct shape_case bad_texts[] = {
    {SQLSHAPE_EXPRESSION, "1) AS e, (2"},
    {SQLSHAPE_EXPRESSION, "1, 2"},
    {SQLSHAPE_EXPRESSION, "SELECT 1"},
    {SQLSHAPE_EXPRESSION, "VALUES (1)"},
    {SQLSHAPE_EXPRESSION, "1 AS x"},
    {SQLSHAPE_EXPRESSION, "DROP TABLE t"},
    {SQLSHAPE_EXPRESSION, "TRUNCATE a.b"},
    {SQLSHAPE_EXPRESSION, "SET ROLE x"},
    {SQLSHAPE_EXPRESSION, "DO 'x'"},
    {SQLSHAPE_EXPRESSION, "COPY (SELECT 1) TO PROGRAM 'id'"},
    {SQLSHAPE_EXPRESSION, "(COPY t TO PROGRAM 'id')"},
    {SQLSHAPE_EXPRESSION, "(a) b"},
    {SQLSHAPE_EXPRESSION, "1 2"},
    {SQLSHAPE_EXPRESSION, "1 FROM t"},
    {SQLSHAPE_EXPRESSION, "1 UNION SELECT 2"},
    {SQLSHAPE_EXPRESSION, "(WITH x AS (DELETE FROM t RETURNING *) SELECT 1 FROM x)"},
    {SQLSHAPE_EXPRESSION, "(WITH x AS MATERIALIZED (UPDATE t SET a = 1 RETURNING *) SELECT 1)"},
    {SQLSHAPE_EXPRESSION, "(WITH x AS (insert INTO t VALUES (1) RETURNING *) SELECT 1)"},
    {SQLSHAPE_EXPRESSION, "(WITH x AS (MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE) "
                          "SELECT 1)"},
    {SQLSHAPE_EXPRESSION, "(SELECT 1 INTO x)"},
    {SQLSHAPE_QUERY, "COPY t TO PROGRAM 'id'"},
    {SQLSHAPE_QUERY, "DROP TABLE t"},
    {SQLSHAPE_QUERY, "DO 'x'"},
    {SQLSHAPE_QUERY, "(DELETE FROM t)"},
    {SQLSHAPE_QUERY, "SELECT 1 INTO t"},
    {SQLSHAPE_QUERY, "SELECT * INTO TEMP x FROM t"},
    {SQLSHAPE_QUERY, "SELECT 1; SELECT 2"},
    {SQLSHAPE_QUERY, "WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x"},
    {SQLSHAPE_QUERY, "WITH x AS NOT MATERIALIZED ( WITH y AS (SELECT 1) DELETE FROM t RETURNING "
                     "a) SELECT a FROM x"},
    {SQLSHAPE_QUERY, "WITH x AS (SELECT 1) INSERT INTO t SELECT 1"},
    {SQLSHAPE_QUERY, "WITH x AS (UPDATE ONLY t SET a = 1 RETURNING a) SELECT a FROM x"},
    {SQLSHAPE_QUERY, "WITH x AS (UPDATE \"T\" SET a = 1 RETURNING a) SELECT a FROM x"},
    {SQLSHAPE_DATA_TYPE, "integer LANGUAGE c AS '/tmp/x.so'"},
    {SQLSHAPE_DATA_TYPE, "integer SECURITY DEFINER"},
    {SQLSHAPE_DATA_TYPE, "integer)"},
    {SQLSHAPE_DATA_TYPE, "numeric((SELECT 1))"},
    {SQLSHAPE_DATA_TYPE, "integer[f()]"},
    {SQLSHAPE_NAME, "a, b"},
    {SQLSHAPE_NAME, "a b"},
    {SQLSHAPE_NAME, "f(a)"},
    {SQLSHAPE_RESULT, "int LANGUAGE c"},
    {SQLSHAPE_RESULT, "TABLE(a integer) STRICT"},
    {SQLSHAPE_RESULT, "TABLE(a integer DEFAULT 1)"},
    {SQLSHAPE_ARGUMENTS, ") RETURNS int LANGUAGE c AS '/tmp/x.so', 'f' --"},
    {SQLSHAPE_ARGUMENTS, "a int) RETURNS int LANGUAGE c AS ('/tmp/x.so'"},
    {SQLSHAPE_ARGUMENTS, "a integer DEFAULT 1 LANGUAGE c, b integer,"},
    {SQLSHAPE_ARGUMENTS, "a integer DEFAULT (WITH x AS (DELETE FROM t RETURNING 1) SELECT 1)"},
    {SQLSHAPE_ARGUMENTS, "a integer DEFAULT"},
    {SQLSHAPE_ARGUMENTS, "a b c"},
    {SQLSHAPE_BODY, "SELECT 1"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC SELECT 1 END"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC SELECT 1; END; DROP TABLE t; END"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC SELECT 1; END SECURITY DEFINER"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC COPY t TO PROGRAM 'id'; END"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC SELECT 1 INTO t; END"},
    {SQLSHAPE_BODY, "BEGIN ATOMIC DROP TABLE t; END"},
    {SQLSHAPE_BODY, "RETURN 1, 2"},
    {SQLSHAPE_BODY, "RETURN"},
    {SQLSHAPE_PARTITION_KEY, "RANGE (a) ; DROP TABLE t"},
    {SQLSHAPE_PARTITION_KEY, "RANGE (a) WITH (x=1)"},
    {SQLSHAPE_PARTITION_KEY, "TREE (a)"},
    {SQLSHAPE_PARTITION_KEY, "RANGE ()"},
    {SQLSHAPE_PARTITION_KEY, "RANGE (1)"},
    {SQLSHAPE_PARTITION_KEY, "RANGE ((1, 2) INTO)"},
    {SQLSHAPE_BOUND, "FOR VALUES IN (setval('s', 1))"},
    {SQLSHAPE_BOUND, "FOR VALUES IN ((1))"},
    {SQLSHAPE_BOUND, "FOR VALUES IN (a)"},
    {SQLSHAPE_BOUND, "FOR VALUES FROM (1) TO (2) PARTITION BY RANGE (a)"},
    {SQLSHAPE_EXCLUSION, "CHECK (true)"},
    {SQLSHAPE_EXCLUSION, "EXCLUDE (a WITH =) WHERE (1), (2)) ; DROP"},
    {SQLSHAPE_EXCLUSION, "EXCLUDE (a WITH =) WHERE true"},
    {SQLSHAPE_STATISTICS, "CREATE TABLE x (a int)"},
    {SQLSHAPE_STATISTICS, "CREATE STATISTICS s ON a FROM t; DROP TABLE t"},
    {SQLSHAPE_STATISTICS, "CREATE STATISTICS s ON a FROM t, u"},
    {SQLSHAPE_TRIGGER, "COPY (SELECT 1) TO PROGRAM 'id' /* ON app.c */"},
    {SQLSHAPE_TRIGGER, "COPY t TO PROGRAM 'id'"},
    {SQLSHAPE_TRIGGER, "CREATE TRIGGER t BEFORE UPDATE ON a.b FOR EACH ROW EXECUTE FUNCTION "
                       "f(g())"},
    {SQLSHAPE_TRIGGER, "CREATE TRIGGER t BEFORE UPDATE ON a.b WHEN (1), (2) EXECUTE FUNCTION f()"},
    {SQLSHAPE_TRIGGER, "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()"},
    {SQLSHAPE_RULE, "COPY t TO PROGRAM 'id' /* ON INSERT TO a.b */"},
    {SQLSHAPE_RULE, "CREATE RULE \"_RETURN\" AS ON SELECT TO a.b DO INSTEAD SELECT 1"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO COPY t TO PROGRAM 'id'"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO (SELECT 1; DROP TABLE t)"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO SELECT 1; DROP TABLE t"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO (SELECT 1);; DROP TABLE t;"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b WHERE DO NOTHING"},
    {SQLSHAPE_RULE, "CREATE RULE r AS ON INSERT TO a.b DO"},
};

static void what_only_looks_like_it_is_not(void **state)
{
    (void)state;
    check(bad_texts, ARRAY_LEN(bad_texts), false);
}

static void a_text_is_taken_apart(void **state)
{
    struct arena a = ARENA_INIT;
    struct sqlshape s;

    (void)state;
    assert_true(
        sqlshape_read(SQLSHAPE_TRIGGER,
                      "CREATE TRIGGER \"tr\" BEFORE UPDATE OF a ON \"S\".t FOR EACH ROW WHEN "
                      "((new.a > 1)) EXECUTE FUNCTION f('X')",
                      &a, &s));
    assert_string_equal(s.skeleton,
                        "create trigger tr before update of a on \"S\" . t for each row "
                        "when ( ? ) execute function f ( 'X' )");
    assert_int_equal(s.n_parts, 1);
    assert_string_equal(s.parts[0], "(new.a > 1)");

    assert_true(sqlshape_read(SQLSHAPE_ARGUMENTS, "a integer DEFAULT (1 + 2), b text", &a, &s));
    assert_string_equal(s.skeleton, "a integer default ? , b text");
    assert_string_equal(s.parts[0], "(1 + 2)");

    assert_true(
        sqlshape_read(SQLSHAPE_PARTITION_KEY, "LIST (lower(a) COLLATE \"C\", b, (c + 1))", &a, &s));
    assert_string_equal(s.skeleton, "list ( ? collate \"C\" , b , ? )");
    assert_string_equal(s.parts[0], "lower(a)");
    assert_string_equal(s.parts[1], "(c + 1)");

    assert_true(sqlshape_read(SQLSHAPE_STATISTICS, "CREATE STATISTICS s ON a, (b + 1) FROM \"X\".t",
                              &a, &s));
    assert_string_equal(s.table, "\"X\".t");

    assert_true(
        sqlshape_read(SQLSHAPE_RULE,
                      "CREATE RULE r AS ON UPDATE TO a.b WHERE (old.x = 1) DO INSTEAD ( SELECT "
                      "1;\n NOTIFY c;\n);",
                      &a, &s));
    assert_string_equal(s.event, "UPDATE");
    assert_string_equal(s.condition, "(old.x = 1)");
    assert_true(s.instead);
    assert_int_equal(s.n_parts, 2);
    assert_string_equal(s.parts[0], "SELECT 1");
    assert_string_equal(s.parts[1], "NOTIFY c");

    assert_true(sqlshape_read(SQLSHAPE_QUERY, " SELECT 1;", &a, &s));
    assert_string_equal(s.parts[0], "SELECT 1");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_servers_write_is_what_it_says),
        cmocka_unit_test(nothing_goes_on_behind_its_slot),
        cmocka_unit_test(what_only_looks_like_it_is_not),
        cmocka_unit_test(a_text_is_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
