#include "unit.h"

#include "cli/script.h"
#include "cli/sniff.h"
#include "cli/throwaway.h"

#include <dbtwin/kinds.h>

#include <string.h>

struct read {
    struct buf out; /* the statements, each with its line: "1:CREATE …|" */
    struct script_skipped skipped;
    struct err err;
};

static void read_script(struct read *r, const char *text, unsigned flavor, bool own)
{
    struct script s;
    struct slice sql;
    unsigned line;
    *r = (struct read){.out = BUF_INIT};
    script_begin(&s, text, flavor, own, &r->skipped);
    while (script_next(&s, &sql, &line, &r->err) == 1) {
        buf_addf(&r->out, "%u:", line);
        buf_add(&r->out, sql.data, sql.len);
        buf_addch(&r->out, '|');
    }
    script_end(&s);
}

static void expect(const char *text, unsigned flavor, bool own, const char *wanted)
{
    struct read r;
    read_script(&r, text, flavor, own);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.out.data, wanted);
    buf_release(&r.out);
}

static void expect_refused(const char *text, unsigned flavor, bool own, const char *what)
{
    struct read r;
    read_script(&r, text, flavor, own);
    if (!strstr(r.err.msg, what))
        fail_msg("\"%s\" gives \"%s\", which has no \"%s\"", text, r.err.msg, what);
    assert_int_equal(r.err.cls, ERR_USAGE);
    buf_release(&r.out);
}

static void test_statements(void **state)
{
    (void)state;
    expect("SELECT 1;\n-- x;\nSELECT ';' ;; /* ; */ SELECT $a$;$a$", ENGINE_PG, false,
           "1:SELECT 1|3:SELECT ';' |3:SELECT $a$;$a$|");
    expect("DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nSELECT 2;",
           ENGINE_MA, false, "2:CREATE PROCEDURE p() BEGIN SELECT 1; END|4:SELECT 2|");
    expect("-- +goose StatementBegin\nCREATE PROCEDURE p()\nBEGIN SELECT 1; END;\n"
           "-- +goose StatementEnd\nSELECT 2;",
           ENGINE_MY, false, "2:CREATE PROCEDURE p()\nBEGIN SELECT 1; END|5:SELECT 2|");
    expect("-- +migrate StatementBegin\nA; B;\n-- +migrate StatementEnd\nC;", ENGINE_PG, false,
           "2:A; B|4:C|");
}

static void test_skipped(void **state)
{
    struct read r;
    (void)state;
    read_script(
        &r,
        "\\restrict abc\nCREATE DATABASE shop;\nALTER DATABASE shop OWNER TO a;\n\\connect shop\n"
        "CREATE ROLE a;\nCREATE TABLE t (a int);\nALTER TABLE public.t OWNER TO \"A b\";\n"
        "COPY public.t (a) FROM stdin;\n1\n2;\n\\.\n\nGRANT ALL ON t TO a;\n"
        "ALTER TABLE t OWNER TO a, ADD b int;\nCREATE USER MAPPING FOR a SERVER s;\n",
        ENGINE_PG, false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.out.data,
                        "6:CREATE TABLE t (a int)|14:ALTER TABLE t OWNER TO a, ADD b int|"
                        "15:CREATE USER MAPPING FOR a SERVER s|");
    assert_int_equal(r.skipped.rights, 4);
    assert_int_equal(r.skipped.database, 2);
    assert_int_equal(r.skipped.tables, 1);
    assert_int_equal(r.skipped.rows, 2);
    buf_release(&r.out);
    read_script(
        &r,
        "USE `shop`;\nuse `shop`;\nSET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'x';\n"
        "SET autocommit=0;\nBEGIN;\nCOMMIT;\nGRANT ALL ON *.* TO a;\n/*!40101 SET NAMES utf8 */;\n",
        ENGINE_MY, false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.out.data, "8:/*!40101 SET NAMES utf8 */|");
    assert_int_equal(r.skipped.rights, 1);
    assert_string_equal(r.skipped.connected, "`shop`");
    buf_release(&r.out);
}

static void test_database_options(void **state)
{
    (void)state;
    expect(
        "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `a b` /*!40100 DEFAULT CHARACTER SET latin1 */;",
        ENGINE_MA, false, "1:ALTER DATABASE DEFAULT CHARACTER SET latin1|");
    expect("CREATE SCHEMA IF NOT EXISTS shop COLLATE = utf8mb4_bin", ENGINE_MY, false,
           "1:ALTER DATABASE COLLATE = utf8mb4_bin|");
    expect("ALTER DATABASE CHARACTER SET utf8", ENGINE_MY, false,
           "1:ALTER DATABASE CHARACTER SET utf8|");
    expect("CREATE DATABASE shop", ENGINE_MY, false, "");
    /* Not what a second name could make of it. */
    expect("CREATE DATABASE shop other CHARACTER SET utf8", ENGINE_MY, false, "");
    expect("CREATE DATABASE shop /*!40100 other CHARACTER SET utf8 */", ENGINE_MY, false, "");
}

static void test_refused(void **state)
{
    static const char *const postgres[] = {"\\! id",
                                           "\\i x",
                                           "\\copy t from x",
                                           "\\gexec",
                                           "COPY t FROM '/x'",
                                           "copy t from program 'x'",
                                           "COPY (SELECT 1) TO STDOUT",
                                           "ALTER SYSTEM SET a = 1",
                                           "LOAD 'x'",
                                           "CREATE TABLESPACE a LOCATION 'b'",
                                           "CREATE /* x */ SUBSCRIPTION s"};
    static const char *const mysql[] = {"LOAD DATA INFILE 'x' INTO TABLE t",
                                        "/*!50001 LOAD DATA INFILE 'x' INTO TABLE t */",
                                        "/*M!100100 SELECT 1 INTO OUTFILE 'x' */",
                                        "SELECT 1 INTO/**/DUMPFILE 'x'",
                                        "SET GLOBAL a = 1",
                                        "SET @@GLOBAL.a = 1",
                                        "SET PERSIST a = 1",
                                        "INSTALL PLUGIN x SONAME 'y'",
                                        "CREATE FUNCTION f RETURNS INT SONAME 'y'",
                                        "source x",
                                        "system x",
                                        "CREATE SERVER s",
                                        "SHUTDOWN",
                                        "\\! id"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(postgres); i++)
        expect_refused(postgres[i], ENGINE_PG, true, "line 1: ");
    for (size_t i = 0; i < ARRAY_LEN(mysql); i++)
        expect_refused(mysql[i], ENGINE_MA, true, "line 1: ");
    expect_refused("PREPARE s FROM 'x'", ENGINE_MY, false, "hides what it runs");
    expect("PREPARE s FROM 'x'", ENGINE_MY, true, "1:PREPARE s FROM 'x'|");
    expect_refused("\\connect a\nSELECT 1;\n\\connect b", ENGINE_PG, true, "line 3: ");
    expect_refused("USE a; USE b", ENGINE_MY, true, "second database");
    expect_refused("SELECT 1;\nCOPY t FROM stdin;\n1\n", ENGINE_PG, true,
                   "line 2: the rows of COPY do not end");
}

static unsigned flavor_of(const char *text)
{
    struct sniff s = {0};
    sniff_add(&s, text);
    return sniff_flavor(&s);
}

static void test_sniff(void **state)
{
    (void)state;
    assert_int_equal(flavor_of("CREATE TABLE t (a serial)"), ENGINE_PG);
    assert_int_equal(flavor_of("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$"),
                     ENGINE_PG);
    assert_int_equal(flavor_of("SELECT 1::int -- `x`"), ENGINE_PG);
    assert_int_equal(flavor_of("CREATE TABLE t (a jsonb, b timestamptz, c bytea DEFAULT "
                               "'\\x'::bytea, d text DEFAULT '`')"),
                     ENGINE_PG);
    assert_int_equal(flavor_of("CREATE TABLE `t` (a int)"), ENGINE_MYSQL);
    assert_int_equal(flavor_of("CREATE TABLE t (a int auto_increment) ENGINE=InnoDB"),
                     ENGINE_MYSQL);
    assert_int_equal(flavor_of("CREATE TABLE t (a int, b text) -- serial, jsonb, 'datetime'"), 0);
    assert_int_equal(flavor_of("CREATE TABLE `t` (a text COLLATE utf8mb4_0900_ai_ci)"), ENGINE_MY);
    assert_int_equal(
        flavor_of("-- MySQL dump 10.19  Distrib 10.6.12-MariaDB, for x\nCREATE TABLE `t` (a int)"),
        ENGINE_MA);
    assert_int_equal(flavor_of("-- MySQL dump 10.13  Distrib 8.0.36, for Linux\n"), ENGINE_MY);
    assert_int_equal(
        flavor_of("/*M!999999\\- enable the sandbox mode */\n-- MariaDB dump 10.19-11.8\n"),
        ENGINE_MA);
    assert_int_equal(flavor_of("--\n-- PostgreSQL database dump\n--\n"), ENGINE_PG);
    assert_int_equal(flavor_of(""), 0);
}

static void test_versions(void **state)
{
    struct throwaway_program p = {0};
    (void)state;
    assert_true(throwaway_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", &p));
    assert_int_equal(p.flavor, ENGINE_PG);
    assert_int_equal(p.version, 150020);
    assert_true(throwaway_version("postgres (PostgreSQL) 19rc1\n", &p));
    assert_int_equal(p.version, 190000);
    assert_true(throwaway_version("/usr/sbin/mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for "
                                  "debian-linux-gnu on x86_64 (Debian 12)\n",
                                  &p));
    assert_int_equal(p.flavor, ENGINE_MA);
    assert_int_equal(p.version, 101119);
    assert_true(throwaway_version("mysqld  Ver 9.7.4 for Linux on x86_64 (Debian)\n", &p));
    assert_int_equal(p.flavor, ENGINE_MY);
    assert_int_equal(p.version, 90704);
    assert_false(throwaway_version("nothing", &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_database_options),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
