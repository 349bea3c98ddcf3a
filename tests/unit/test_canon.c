#include "catalog.h"

struct canon_case {
    enum kind_id kind;
    const char *prop;
    unsigned flavor;
    const char *text;
    const char *canon; /* NULL: no value */
};

#define SAME(kind, prop, flavor, text) \
    {                                  \
        kind, prop, flavor, text, text \
    }

static void check(const struct canon_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct kind *k = &kinds[cases[i].kind];
        struct arena a = ARENA_INIT;
        int slot = kind_prop(k, cases[i].prop);
        const char *canon;

        assert_true(slot >= 0);
        canon = prop_canon(k, (unsigned)slot, cases[i].flavor, cases[i].text, &a);
        if (!cases[i].canon && canon)
            fail_msg("%s %s: gives %s, not null", cases[i].prop, cases[i].text, canon);
        else if (cases[i].canon && (!canon || strcmp(canon, cases[i].canon) != 0))
            fail_msg("%s %s: gives %s, not %s", cases[i].prop, cases[i].text,
                     canon ? canon : "null", cases[i].canon);
        if (cases[i].canon == cases[i].text)
            assert_ptr_equal(canon, cases[i].text);
        arena_release(&a);
    }
}

/* MySQL's own ALTER TABLE changes it; of other characters the two are not the same. */
static void introducers_of_ascii_are_utf8mb4(void **state)
{
    static const struct canon_case cases[] = {
        {K_CHECK, "expression", ENGINE_MY, "(`c` like _utf8mb3'%')", "(`c` like _utf8mb4'%')"},
        {K_CHECK, "expression", ENGINE_MY, "f(_utf8mb3'a''b',_utf8mb3'\\'_')",
         "f(_utf8mb4'a''b',_utf8mb4'\\'_')"},
        SAME(K_CHECK, "expression", ENGINE_MY, "(`c` like _utf8mb4'%')"),
        {K_CHECK, "expression", ENGINE_MY, "(`c` = _utf8mb3'\303\251')",
         "(`c` = _utf8mb3'\303\251')"},
        {K_CHECK, "expression", ENGINE_MY, "(`c` = _latin1'a')", "(`c` = _latin1'a')"},
        {K_CHECK, "expression", ENGINE_MY, "(`c` = '_utf8mb3')", "(`c` = '_utf8mb3')"},
        {K_CHECK, "expression", ENGINE_MY, "(`c` = '_utf8mb3''x')", "(`c` = '_utf8mb3''x')"},
        {K_CHECK, "expression", ENGINE_MA, "(`c` = _utf8mb3'a')", "(`c` = _utf8mb3'a')"},
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

/* What MariaDB 10.11 and MySQL 9.7 say of one CREATE TABLE. */
static void integers_lose_the_width_that_servers_make_up(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "type", ENGINE_MA, "tinyint(4)", "tinyint"},
        {K_COLUMN, "type", ENGINE_MA, "tinyint(3) unsigned", "tinyint unsigned"},
        {K_COLUMN, "type", ENGINE_MA, "smallint(6)", "smallint"},
        {K_COLUMN, "type", ENGINE_MA, "smallint(5) unsigned", "smallint unsigned"},
        {K_COLUMN, "type", ENGINE_MA, "mediumint(9)", "mediumint"},
        {K_COLUMN, "type", ENGINE_MA, "mediumint(8) unsigned", "mediumint unsigned"},
        {K_COLUMN, "type", ENGINE_MA, "int(11)", "int"},
        {K_COLUMN, "type", ENGINE_MY, "int(10) unsigned", "int unsigned"},
        {K_COLUMN, "type", ENGINE_MA, "bigint(20)", "bigint"},
        {K_COLUMN, "type", ENGINE_MA, "bigint(20) unsigned", "bigint unsigned"},
        {K_COLUMN, "type", ENGINE_MA, "year(4)", "year"},
        {K_FUNCTION, "result", ENGINE_MA, "int(11)", "int"},
        SAME(K_COLUMN, "type", ENGINE_MA, "int"),
        SAME(K_COLUMN, "type", ENGINE_MA, "tinyint(1)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "tinyint(1) unsigned"),
        SAME(K_COLUMN, "type", ENGINE_MA, "int(5)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "int(110)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "int(10) unsigned zerofill"),
        SAME(K_COLUMN, "type", ENGINE_MA, "year(2)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "bit(11)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "varchar(11)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "decimal(11)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "enum('int(11)')"),
        SAME(K_COLUMN, "comment", ENGINE_MA, "int(11)"),
        SAME(K_COLUMN, "type", ENGINE_PG, "int(11)"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void utf8_is_utf8mb3(void **state)
{
    static const struct canon_case cases[] = {
        {K_TABLE, "charset", ENGINE_MA, "utf8", "utf8mb3"},
        {K_TABLE, "collation", ENGINE_MY, "utf8_general_ci", "utf8mb3_general_ci"},
        {K_VIEW, "charset_client", ENGINE_MY, "utf8", "utf8mb3"},
        {K_VIEW, "collation_connection", ENGINE_MY, "utf8_bin", "utf8mb3_bin"},
        SAME(K_TABLE, "charset", ENGINE_MA, "utf8mb4"),
        SAME(K_TABLE, "charset", ENGINE_MA, "utf8mb3"),
        SAME(K_TABLE, "collation", ENGINE_MA, "utf8mb4_general_ci"),
        SAME(K_TABLE, "collation", ENGINE_MA, "latin1_swedish_ci"),
        SAME(K_TABLE, "comment", ENGINE_MA, "utf8"),
        SAME(K_COLUMN, "collation", ENGINE_PG, "utf8_x"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void current_timestamp_has_one_spelling(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "default", ENGINE_MY, "CURRENT_TIMESTAMP", "current_timestamp"},
        {K_COLUMN, "default", ENGINE_MA, "current_timestamp()", "current_timestamp"},
        {K_COLUMN, "default", ENGINE_MY, "CURRENT_TIMESTAMP(3)", "current_timestamp(3)"},
        {K_COLUMN, "default", ENGINE_MY, "CURRENT_TIMESTAMP(0)", "current_timestamp"},
        {K_COLUMN, "default", ENGINE_MY, "now()", "current_timestamp"},
        {K_COLUMN, "default", ENGINE_MY, "LOCALTIME", "current_timestamp"},
        {K_COLUMN, "on_update", ENGINE_MY, "CURRENT_TIMESTAMP(6)", "current_timestamp(6)"},
        SAME(K_COLUMN, "default", ENGINE_MY, "'CURRENT_TIMESTAMP'"),
        SAME(K_COLUMN, "default", ENGINE_MY, "'now()'"),
        SAME(K_COLUMN, "default", ENGINE_MY, "now"),
        SAME(K_COLUMN, "default", ENGINE_MY, "(now())"),
        SAME(K_COLUMN, "default", ENGINE_MY, "(current_timestamp() + interval 1 day)"),
        SAME(K_COLUMN, "default", ENGINE_MY, "current_timestamp(9)"),
        SAME(K_COLUMN, "default", ENGINE_MY, "current_timestamps"),
        SAME(K_COLUMN, "expression", ENGINE_MY, "now()"),
        SAME(K_COLUMN, "default", ENGINE_PG, "CURRENT_TIMESTAMP"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void a_default_of_null_is_none(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "default", ENGINE_MA, "NULL", NULL},
        {K_COLUMN, "default", ENGINE_MY, "NULL", NULL},
        SAME(K_COLUMN, "default", ENGINE_MA, "'NULL'"),
        SAME(K_COLUMN, "default", ENGINE_MA, ""),
        SAME(K_COLUMN, "comment", ENGINE_MA, "NULL"),
        SAME(K_COLUMN, "default", ENGINE_PG, "NULL"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void no_action_is_restrict(void **state)
{
    static const struct canon_case cases[] = {
        {K_FOREIGN_KEY, "on_delete", ENGINE_MY, "NO ACTION", "restrict"},
        {K_FOREIGN_KEY, "on_update", ENGINE_MA, "RESTRICT", "restrict"},
        SAME(K_FOREIGN_KEY, "on_delete", ENGINE_MY, "CASCADE"),
        SAME(K_FOREIGN_KEY, "on_delete", ENGINE_MY, "SET NULL"),
        SAME(K_FOREIGN_KEY, "on_delete", ENGINE_PG, "no action"), /* there it can be deferred */
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void postgres_space_counts_only_inside_quotes(void **state)
{
    static const struct canon_case cases[] = {
        {K_VIEW, "query", ENGINE_PG, " SELECT a,\n    b\n   FROM t;", "SELECT a, b FROM t"},
        {K_VIEW, "query", ENGINE_PG, "SELECT 'a  b'  ", "SELECT 'a  b'"},
        {K_VIEW, "query", ENGINE_PG, "SELECT  'it''s  '\n", "SELECT 'it''s  '"},
        {K_VIEW, "query", ENGINE_PG, "SELECT  E'a\\'  b'", "SELECT E'a\\'  b'"},
        {K_VIEW, "query", ENGINE_PG, "SELECT  'a\\'  , b", "SELECT 'a\\' , b"},
        {K_VIEW, "query", ENGINE_PG, "SELECT  \"x  \"\"y\"", "SELECT \"x  \"\"y\""},
        {K_VIEW, "query", ENGINE_PG, "SELECT  $q$a  $$  b$q$  , 1", "SELECT $q$a  $$  b$q$ , 1"},
        {K_VIEW, "query", ENGINE_PG, "SELECT  $1  + a$b$c", "SELECT $1 + a$b$c"},
        {K_COLUMN, "default", ENGINE_PG, "'a;'::text", "'a;'::text"},
        {K_COLUMN, "default", ENGINE_PG, "'  ;  '", "'  ;  '"},
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT 1"),
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT  1 -- a  comment\n + 2"),
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT  1 /* x */"),
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT  'a'\n  'b'"),
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT  'unfinished"),
        SAME(K_VIEW, "query", ENGINE_PG, "SELECT  $x$ unfinished"),
        SAME(K_FUNCTION, "body", ENGINE_PG, "BEGIN  \n  x;"),
        SAME(K_VIEW, "comment", ENGINE_PG, "two  spaces;"),
        SAME(K_VIEW, "query", ENGINE_MY, "select  1;"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void defaults_of_bytes_have_one_spelling(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "default", ENGINE_MA, "x'70616765'", "'page'"},
        {K_COLUMN, "default", ENGINE_MY, "0x70616765", "'page'"},
        {K_COLUMN, "default", ENGINE_MA, "x'00275c0A'", "'\\0''\\\\\\n'"},
        SAME(K_COLUMN, "default", ENGINE_MA, "'page'"),
        SAME(K_COLUMN, "default", ENGINE_MA, "'x''70616765'''"),
        SAME(K_COLUMN, "default", ENGINE_MA, "x'7061676'"),
        SAME(K_COLUMN, "default", ENGINE_MY, "b'101'"),
        SAME(K_COLUMN, "comment", ENGINE_MA, "0x70616765"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

/* Rules that are for MySQL against MariaDB only: within one flavor the same texts differ. */
/* What MariaDB 10.11 and 11.8 show of one view before and after its text is read again. */
static void joins_are_read_from_the_left(void **state)
{
    static const struct canon_case cases[] = {
        {K_VIEW, "query", ENGINE_MA, "select 1 from (((`a` join `b`) join `c`) join `v`) where 1",
         "select 1 from `a` join `b` join `c` join `v` where 1"},
        {K_VIEW, "query", ENGINE_MA, "select 1 from `a` join `b` join `c` join `v` where 1",
         "select 1 from `a` join `b` join `c` join `v` where 1"},
        {K_VIEW, "query", ENGINE_MA,
         "select 1 from (`a` left join ((`b` join `c`) join `d`) on(`a`.`x` = `b`.`x`))",
         "select 1 from `a` left join (`b` join `c` join `d`) on(`a`.`x` = `b`.`x`)"},
        /* not these */
        {K_VIEW, "query", ENGINE_MA, "select 1 from (`a`,`b`) left join `c` on(1)",
         "select 1 from (`a`,`b`) left join `c` on(1)"},
        {K_VIEW, "query", ENGINE_MA, "select extract(year from (`a` + 1)) from `t`",
         "select extract(year from (`a` + 1)) from `t`"},
        {K_VIEW, "query", ENGINE_MA, "select 1 from (select 2 from (`a` join `b`)) `x`",
         "select 1 from (select 2 from `a` join `b`) `x`"},
        {K_VIEW, "query", ENGINE_MA, "select ' from (`a` join `b`)'",
         "select ' from (`a` join `b`)'"},
    };
    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void a_literal_default_of_a_text_is_one_on_both_flavors(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "default", ENGINE_MY | ENGINE_ACROSS, "(_utf8mb4'x')", "'x'"},
        {K_COLUMN, "default", ENGINE_MA | ENGINE_ACROSS, "_utf8mb4'x'", "'x'"},
        {K_COLUMN, "default", ENGINE_MA | ENGINE_ACROSS, "'x'", "'x'"},
        {K_COLUMN, "default", ENGINE_MY, "(_utf8mb4'x')", "(_utf8mb4'x')"},
        {K_COLUMN, "srid", ENGINE_MY | ENGINE_ACROSS, "0", NULL},
        {K_COLUMN, "srid", ENGINE_MY | ENGINE_ACROSS, "4326", "4326"},
        {K_TRIGGER, "sql_mode", ENGINE_MA | ENGINE_ACROSS,
         "STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,TIME_ROUND_FRACTIONAL", "STRICT_TRANS_TABLES"},
        {K_TRIGGER, "sql_mode", ENGINE_MA | ENGINE_ACROSS, "ORACLE,ANSI_QUOTES",
         "ORACLE,ANSI_QUOTES"},
        {K_VIEW, "query", ENGINE_MA | ENGINE_ACROSS, "with x as (select 1 AS `a`)select 2 AS `b`",
         "with `x` as (select 1 as `a`) select 2 as `b`"},
        {K_VIEW, "query", ENGINE_MY | ENGINE_ACROSS,
         "with `x` as (select 1 AS `a`) select 2 AS `b`",
         "with `x` as (select 1 as `a`) select 2 as `b`"},
    };
    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void what_one_flavor_cannot_tell_is_left_aside(void **state)
{
    static const struct canon_case cases[] = {
        {K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "int(10)", "int"},
        {K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "bigint(5) unsigned", "bigint unsigned"},
        SAME(K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "tinyint(1)"),
        SAME(K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "int(5) zerofill"),
        SAME(K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "varchar(10)"),
        SAME(K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "decimal(10,2)"),
        SAME(K_COLUMN, "type", ENGINE_MA, "int(10)"),
        {K_CHECK, "expression", ENGINE_MY | ENGINE_ACROSS, "(`a` > 0)", "`a` > 0"},
        {K_CHECK, "expression", ENGINE_MY | ENGINE_ACROSS, "((`a` <> ')('))", "`a` <> ')('"},
        {K_COLUMN, "expression", ENGINE_MY | ENGINE_ACROSS, "(`a` + 1)", "`a` + 1"},
        SAME(K_CHECK, "expression", ENGINE_MY | ENGINE_ACROSS, "(`a` > 0) or (`b` > 0)"),
        SAME(K_CHECK, "expression", ENGINE_MY, "(`a` > 0)"),
        {K_COLUMN, "charset", ENGINE_MA | ENGINE_ACROSS, "binary", NULL},
        SAME(K_COLUMN, "charset", ENGINE_MA | ENGINE_ACROSS, "latin1"),
        SAME(K_TABLE, "charset", ENGINE_MA | ENGINE_ACROSS, "binary"),
        SAME(K_COLUMN, "charset", ENGINE_MA, "binary"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

/* What MySQL 9.7 and MariaDB 10.11 write of one expression; the last column is what both become. */
static void one_expression_on_both_flavors_is_one(void **state)
{
    static const struct {
        const char *mysql, *mariadb, *canon;
    } cases[] = {
        {"((`a` > 0) and (`b` < 5) and (`c` = 1))", "`a` > 0 and `b` < 5 and `c` = 1",
         "(`a` > 0) and (`b` < 5) and (`c` = 1)"},
        {"((`a` = 1) or ((`b` = 2) and (`c` = 3)))", "`a` = 1 or `b` = 2 and `c` = 3",
         "(`a` = 1) or ((`b` = 2) and (`c` = 3))"},
        {"(((`a` + `b`) * 2) - 1)", "(`a` + `b`) * 2 - 1", "((`a` + `b`) * 2) - 1"},
        {"((`a` - `b`) - `c`)", "`a` - `b` - `c`", "(`a` - `b`) - `c`"},
        {"(`a` - (`b` - `c`))", "`a` - (`b` - `c`)", "`a` - (`b` - `c`)"},
        {"(`a` like _utf8mb4'it\\'s')", "`a` like 'it''s'", "`a` like 'it''s'"},
        {"(`a` = _latin1'x')", "`a` = _latin1'x'", "`a` = _latin1'x'"},
        {"((`a` between 1 and 5) or (`a` not in (1,2)))", "`a` between 1 and 5 or `a` not in (1,2)",
         "(`a` between 1 and 5) or (not (`a` in (1, 2)))"},
        {"(`a` is not null)", "`a` is not null", "`a` is not null"},
        {"(not((`a` like _utf8mb4'x%')))", "`a`  not like 'x%'", "not (`a` like 'x%')"},
        {"(0 <> `a`)", "`a` <> 0", "`a` <> 0"},
        {"select sum(`t`.`a`) AS `s` from `t` order by `s` desc",
         "select sum(`t`.`a`) AS `s` from `t` order by sum(`t`.`a`) desc",
         "select sum(`t`.`a`) as `s` from `t` order by sum(`t`.`a`) desc"},
        {"concat(upper(`a`),_utf8mb4' <',`b`)", "concat(ucase(`a`),' <',`b`)",
         "concat(upper(`a`), ' <', `b`)"},
        {"(case when (`a` > 1) then _utf8mb4'x' else NULL end)",
         "case when `a` > 1 then 'x' else NULL end", "case when (`a` > 1) then 'x' else null end"},
        {"((`d` + interval 1 day) <= curdate())", "`d` + interval 1 day <= curdate()",
         "(`d` + interval 1 day) <= curdate()"},
        {"(-(`a`) < 0)", "-`a` < 0", "(- `a`) < 0"},
        {"((`a` * -(2)) between -(1.5) and -(-(1)))", "`a` * -2 between -1.5 and 1",
         "(`a` * -2) between -1.5 and 1"},
        {"(`a` - -(1))", "`a` - -1", "`a` - -1"},
        {"(not(regexp_like(`a`,_utf8mb4'^c')))", "!(`a` regexp '^c')",
         "not regexp_like(`a`, '^c')"},
        {"((0 <> `a`) xor (0 <> `b`))", "`a` xor `b`", "`a` xor `b`"},
        {"((0 <> `a`) is not false)", "`a` is not false", "`a` is not false"},
        {"select 0x4142 AS `x`,true AS `y`", "select X'4142' AS `x`,1 AS `y`",
         "select 0x4142 as `x`, 1 as `y`"},
        {"exists(select 1 from `u` where (`u`.`a` = `a`))",
         "exists(select 1 from `u` where `u`.`a` = `a` limit 1)",
         "exists(select 1 from `u` where `u`.`a` = `a`)"},
        {"(`a` % 2)", "`a` MOD 2", "`a` % 2"},
        {"select `t`.`a` AS `a`,(`t`.`b` * 2) AS `b` from (`t` join `u` on((`t`.`a` = `u`.`a`))) "
         "where (`t`.`a` > 1) order by `t`.`a` desc",
         "select `t`.`a` AS `a`,`t`.`b` * 2 AS `b` from (`t` join `u` on(`t`.`a` = `u`.`a`)) where "
         "`t`.`a` > 1 order by `t`.`a` desc",
         "select `t`.`a` as `a`, `t`.`b` * 2 as `b` from `t` join `u` on `t`.`a` = `u`.`a` where "
         "`t`.`a` > 1 order by `t`.`a` desc"},
        {"select count(0) AS `count(*)` from `t` group by `t`.`a` having (count(0) > 1)",
         "select count(0) AS `count(*)` from `t` group by `t`.`a` having count(0) > 1",
         "select count(0) as `count(*)` from `t` group by `t`.`a` having count(0) > 1"},
        {"`a` +", "`a` +", "`a` +"}, /* not understood: as it is */
        {"(`a` > ')", "(`a` > ')", "(`a` > ')"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct canon_case pair[] = {
            {K_VIEW, "query", ENGINE_MY | ENGINE_ACROSS, cases[i].mysql, cases[i].canon},
            {K_VIEW, "query", ENGINE_MA | ENGINE_ACROSS, cases[i].mariadb, cases[i].canon},
        };
        check(pair, ARRAY_LEN(pair));
    }
}

/* What looks alike and means something else stays apart. */
static void other_expressions_stay_others(void **state)
{
    static const char *const pairs[][2] = {
        {"(`a` + 1) * 2", "`a` + 1 * 2"},
        {"(`a` or `b`) and `c`", "`a` or `b` and `c`"},
        {"`a` - (`b` - `c`)", "`a` - `b` - `c`"},
        {"-(`a` + 2)", "-`a` + 2"},
        {"-(2) - `a`", "-(2 - `a`)"},
        {"not (`a` = 1 and `b`)", "not `a` = 1 and `b`"},
        {"`a` = 'X'", "`a` = 'x'"},
        {"`a` = _latin1'x'", "`a` = 'x'"},
        {"`a` in (1,2)", "`a` in (12)"},
        {"`a` = 'it''s'", "`a` = 'its'"},
        {"`a` = 'a\\\\b'", "`a` = 'ab'"},
        {"`a` not between 1 and 2", "`a` between 1 and 2"},
        {"0 < `a`", "`a` < 0"},
        {"not (`a` like 'x' or `b`)", "`a` not like 'x' or `b`"},
        {"count(distinct `a`)", "count(`a`)"},
        {"`A`", "`a`"},
        {"select (select 1)", "select 1"},
        {"`a` is null", "`a` is not null"},
        {"(`a` > 0) is true", "`a` is true"},
        {"`a` not regexp 'b'", "`a` regexp 'b'"},
        {"select 1 from `u` limit 1", "select 1 from `u`"},
        {"`true`", "true"},
        {"0x41", "0x42"},
    };
    const struct kind *k = &kinds[K_VIEW];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct arena a = ARENA_INIT;
        const char *x = prop_canon(k, P_VIEW_QUERY, ENGINE_MY | ENGINE_ACROSS, pairs[i][0], &a);
        const char *y = prop_canon(k, P_VIEW_QUERY, ENGINE_MA | ENGINE_ACROSS, pairs[i][1], &a);
        if (str_eq(x, y))
            fail_msg("%s and %s are both %s", pairs[i][0], pairs[i][1], x);
        arena_release(&a);
    }
}

/* Privileges and modes that the other flavor has no word for. */
static void words_of_one_flavor_are_left_aside(void **state)
{
    static const struct canon_case cases[] = {
        {K_GRANT, "privileges", ENGINE_MA | ENGINE_ACROSS, "DELETE, DELETE HISTORY, SELECT",
         "DELETE, SELECT"},
        {K_GRANT, "privileges", ENGINE_MA | ENGINE_ACROSS, "SELECT*, SHOW CREATE ROUTINE*",
         "SELECT*"},
        SAME(K_GRANT, "privileges", ENGINE_MA, "DELETE, DELETE HISTORY, SELECT"),
        {K_GRANT, "privileges", ENGINE_MA | ENGINE_ELDER, "SELECT, SHOW CREATE ROUTINE", "SELECT"},
        SAME(K_GRANT, "privileges", ENGINE_MA | ENGINE_ELDER, "DELETE, DELETE HISTORY, SELECT"),
        SAME(K_GRANT, "privileges", ENGINE_MA, "SELECT, SHOW CREATE ROUTINE"),
        {K_COLUMN, "type", ENGINE_MA | ENGINE_ACROSS, "tinyint(1) unsigned", "tinyint unsigned"},
        {K_TRIGGER, "sql_mode", ENGINE_MA | ENGINE_ACROSS,
         "STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,NO_ZERO_DATE",
         "STRICT_TRANS_TABLES,NO_ZERO_DATE"},
        {K_TRIGGER, "sql_mode", ENGINE_MA | ENGINE_ACROSS, "NO_AUTO_CREATE_USER", ""},
        SAME(K_TRIGGER, "sql_mode", ENGINE_MA, "NO_AUTO_CREATE_USER"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void an_older_postgres_has_no_maintain(void **state)
{
    static const struct canon_case cases[] = {
        {K_GRANT, "privileges", ENGINE_PG | ENGINE_ACROSS, "DELETE, MAINTAIN, SELECT",
         "DELETE, SELECT"},
        {K_GRANT, "privileges", ENGINE_PG | ENGINE_ACROSS, "INSERT*, MAINTAIN*", "INSERT*"},
        {K_GRANT, "privileges", ENGINE_PG | ENGINE_ACROSS, "MAINTAIN, SELECT", "SELECT"},
        {K_DEFAULT_PRIVILEGE, "privileges", ENGINE_PG | ENGINE_ACROSS, "MAINTAIN", ""},
        SAME(K_GRANT, "privileges", ENGINE_PG | ENGINE_ACROSS, "DELETE, SELECT"),
        SAME(K_GRANT, "privileges", ENGINE_PG, "DELETE, MAINTAIN, SELECT"),
        SAME(K_TABLE, "comment", ENGINE_PG | ENGINE_ACROSS, "MAINTAIN, SELECT"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void null_and_unknown_stay(void **state)
{
    const struct kind *k = &kinds[K_COLUMN];
    struct arena a = ARENA_INIT;

    (void)state;
    assert_null(prop_canon(k, P_COLUMN_DEFAULT, ENGINE_PG, NULL, &a));
    assert_null(prop_canon(k, P_COLUMN_DEFAULT, ENGINE_MA, NULL, &a));
    assert_ptr_equal(prop_canon(k, P_COLUMN_DEFAULT, ENGINE_PG, model_unknown, &a), model_unknown);
    assert_ptr_equal(prop_canon(k, P_COLUMN_TYPE, ENGINE_MA, model_unknown, &a), model_unknown);
    arena_release(&a);
}

/* By their places in the table, which is no part of what they say. */
static void statistics_are_of_a_set_of_columns(void **state)
{
    static const struct canon_case cases[] = {
        {K_STATISTICS, "definition", ENGINE_PG, "CREATE STATISTICS s.x ON c12, c11 FROM s.t",
         "CREATE STATISTICS s.x ON c11, c12 FROM s.t"},
        {K_STATISTICS, "definition", ENGINE_PG,
         "CREATE STATISTICS s.\" ON b, a\" (ndistinct) ON \"b, c\", a, (f(b, a)) FROM s.\" ON \"",
         "CREATE STATISTICS s.\" ON b, a\" (ndistinct) ON \"b, c\", (f(b, a)), a FROM s.\" ON \""},
        SAME(K_STATISTICS, "definition", ENGINE_PG, "CREATE STATISTICS s.x ON a, b FROM s.t"),
        SAME(K_STATISTICS, "definition", ENGINE_PG, "CREATE STATISTICS s.x ON (a + b) FROM s.t"),
        SAME(K_STATISTICS, "definition", ENGINE_PG, "nothing of the sort"),
    };

    (void)state;
    check(cases, ARRAY_LEN(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_of_a_set_of_columns),
        cmocka_unit_test(one_expression_on_both_flavors_is_one),
        cmocka_unit_test(other_expressions_stay_others),
        cmocka_unit_test(words_of_one_flavor_are_left_aside),
        cmocka_unit_test(an_older_postgres_has_no_maintain),
        cmocka_unit_test(introducers_of_ascii_are_utf8mb4),
        cmocka_unit_test(integers_lose_the_width_that_servers_make_up),
        cmocka_unit_test(utf8_is_utf8mb3),
        cmocka_unit_test(current_timestamp_has_one_spelling),
        cmocka_unit_test(a_default_of_null_is_none),
        cmocka_unit_test(no_action_is_restrict),
        cmocka_unit_test(postgres_space_counts_only_inside_quotes),
        cmocka_unit_test(defaults_of_bytes_have_one_spelling),
        cmocka_unit_test(joins_are_read_from_the_left),
        cmocka_unit_test(a_literal_default_of_a_text_is_one_on_both_flavors),
        cmocka_unit_test(what_one_flavor_cannot_tell_is_left_aside),
        cmocka_unit_test(null_and_unknown_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
