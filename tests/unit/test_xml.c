#include <stdio.h>

#include "catalog.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define OPEN "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\">"

static bool read_text(struct model *m, const char *text, struct err *err)
{
    model_init(m);
    return model_from_xml(m, (struct slice){text, strlen(text)}, err);
}

/* Writes the model, reads it back, and checks that writing again gives the same bytes. */
static void round_trip(const struct model *m, struct model *ret)
{
    struct buf first = BUF_INIT, second = BUF_INIT;
    struct err err = ERR_INIT;

    assert_true(model_to_xml(m, &first, &err));
    model_init(ret);
    if (!model_from_xml(ret, buf_slice(&first), &err))
        fail_msg("%s\n%s", err.msg, first.data);
    assert_true(model_to_xml(ret, &second, &err));
    assert_string_equal(first.data, second.data);
    buf_release(&first);
    buf_release(&second);
}

static void the_form_is_the_documented_one(void **state)
{
    struct model m;
    struct object *schema, *table, *column;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    for (unsigned i = 0; i < kinds[K_DATABASE].n_props; i++)
        model_set(&m, m.root, i, NULL);
    schema = catalog_add(&m, K_SCHEMA, NULL, "public");
    model_set(&m, schema, P_SCHEMA_EXTENSION, NULL);
    model_set(&m, schema, P_SCHEMA_OWNER, "me & you");
    model_set(&m, schema, P_SCHEMA_COMMENT, "two\nlines");
    table = catalog_add(&m, K_TABLE, schema, "t");
    for (unsigned i = 0; i < kinds[K_TABLE].n_props; i++)
        model_set(&m, table, i, NULL);
    column = catalog_add(&m, K_COLUMN, table, "c");
    for (unsigned i = 0; i < kinds[K_COLUMN].n_props; i++)
        model_set(&m, column, i, NULL);
    model_set(&m, column, P_COLUMN_TYPE, "text");
    model_set(&m, column, P_COLUMN_DEFAULT, "'<a>'");
    model_set(&m, column, P_COLUMN_COMMENT, model_unknown);
    model_set(&m, column, P_COLUMN_STORAGE, model_unknown);
    model_depend(&m, table, schema);
    model_gap(&m, "subscription", NULL, "why not");
    catalog_freeze(&m);
    assert_true(model_to_xml(&m, &out, &err));
    assert_string_equal(out.data, HEAD
                        "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\" "
                        "server_version=\"1.2.3\" database=\"shop\" label=\"test\">\n"
                        "  <database>\n"
                        "    <schema name=\"public\" owner=\"me &amp; you\""
                        " unknown=\"initial_owner\" id=\"1\">\n"
                        "      <comment>two\nlines</comment>\n"
                        "      <table name=\"t\" id=\"2\">\n"
                        "        <column name=\"c\" type=\"text\" unknown=\"storage comment\">\n"
                        "          <default>'&lt;a&gt;'</default>\n"
                        "        </column>\n"
                        "      </table>\n"
                        "    </schema>\n"
                        "  </database>\n"
                        "  <gap kind=\"subscription\" why=\"why not\"/>\n"
                        "  <depend from=\"2\" to=\"1\"/>\n"
                        "</model>\n");
    buf_release(&out);
    model_release(&m);
}

static void the_three_states_survive(void **state)
{
    struct model m, back;
    struct object *schema, *o;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    schema = catalog_add(&m, K_SCHEMA, NULL, "s");
    o = catalog_add(&m, K_VIEW, schema, "v");
    model_set(&m, o, P_VIEW_QUERY, "");
    model_set(&m, o, P_VIEW_OWNER, "");
    model_set(&m, o, P_VIEW_COMMENT, NULL);
    o = catalog_add(&m, K_VIEW, schema, "w");
    model_set(&m, o, P_VIEW_QUERY, NULL);
    catalog_freeze(&m);
    round_trip(&m, &back);
    o = model_child(&back, back.root->first, SPACE_RELATION, "v");
    assert_string_equal(o->v[P_VIEW_QUERY], "");
    assert_string_equal(o->v[P_VIEW_OWNER], "");
    assert_null(o->v[P_VIEW_COMMENT]);
    o = model_child(&back, back.root->first, SPACE_RELATION, "w");
    assert_null(o->v[P_VIEW_QUERY]);
    assert_ptr_equal(o->v[P_VIEW_OWNER], model_unknown);
    assert_ptr_equal(o->v[P_VIEW_COMMENT], model_unknown);
    assert_null(o->v[P_VIEW_DEFINER]); /* MySQL's */
    model_release(&m);
    model_release(&back);
}

static const char *const hostile[] = {
    "",
    " ",
    " leading and trailing ",
    "\t",
    "\n",
    "\r\n",
    "a\rb\nc\r\n",
    "\n\n  indented\n",
    "quotes ' \" ` and dots . .. .",
    "<&>\"']]>",
    "&amp; &#10; &lt;",
    "<!-- comment --> <![CDATA[x]]> <?pi?>",
    "back\\slash \\x41 \\\\",
    "control \x01\x02\x1f\x7f",
    "control and \\x41 \x01 \\ back",
    "c1 \xc2\x85\xc2\x9b",
    "bad \xff \xfe",
    "cut \xc3",
    "cut \xe2\x82",
    "overlong \xc0\xaf",
    "surrogate \xed\xa0\x80",
    "too big \xf4\x90\x80\x80",
    "not characters \xef\xbf\xbe \xef\xbf\xbf",
    "replacement \xef\xbf\xbd bom \xef\xbb\xbf",
    "four bytes \xf0\x9f\x98\x80",
    "separator \xe2\x80\xa8",
};

/* Every hostile text as a name, as an attribute, as an element, in a gap and in the header. */
static void hostile_texts_survive(void **state)
{
    struct model m, back;
    struct object *schema;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        const struct object *o;

        catalog_init(&m, ENGINE_PG);
        m.label = hostile[i];
        m.taken_at = hostile[i];
        schema = catalog_add(&m, K_SCHEMA, NULL, hostile[i]);
        o = catalog_add(&m, K_FUNCTION, schema, hostile[i]);
        model_set(&m, schema->first, P_FUNCTION_OWNER, hostile[i]);
        model_set(&m, schema->first, P_FUNCTION_BODY, hostile[i]);
        model_set(&m, schema->first, P_FUNCTION_COMMENT, "plain \\x41");
        model_gap(&m, "k", hostile[i], hostile[i]);
        catalog_freeze(&m);
        round_trip(&m, &back);
        assert_string_equal(back.label, hostile[i]);
        assert_string_equal(back.taken_at, hostile[i]);
        assert_string_equal(back.root->first->name, hostile[i]);
        o = back.root->first->first;
        assert_string_equal(o->name, hostile[i]);
        assert_string_equal(o->v[P_FUNCTION_OWNER], hostile[i]);
        assert_string_equal(o->v[P_FUNCTION_BODY], hostile[i]);
        assert_string_equal(o->v[P_FUNCTION_COMMENT], "plain \\x41");
        assert_string_equal(VEC_AT(&back.gaps, struct coverage_gap, 0).path, hostile[i]);
        assert_string_equal(VEC_AT(&back.gaps, struct coverage_gap, 0).why, hostile[i]);
        model_release(&m);
        model_release(&back);
    }
}

/* Pseudo-random bytes, always the same ones. */
static void any_bytes_survive(void **state)
{
    struct model m, back;
    uint32_t seed = 1;
    char text[4096];

    (void)state;
    catalog_init(&m, ENGINE_MY);
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        size_t n = 1 + i * 200;

        for (size_t j = 0; j < n; j++) {
            seed = seed * 1103515245 + 12345;
            text[j] = (char)(seed >> 16 & 0xff);
            text[j] = text[j] ? text[j] : 'x';
        }
        text[n] = '\0';
        snprintf(name, sizeof(name), "p%u", i);
        model_set(&m, catalog_add(&m, K_PROCEDURE, NULL, name), P_PROCEDURE_BODY, text);
    }
    catalog_freeze(&m);
    round_trip(&m, &back);
    assert_int_equal(back.n_objects, m.n_objects);
    for (uint32_t i = 1; i < m.n_objects; i++)
        assert_string_equal(back.objects[i]->v[P_PROCEDURE_BODY],
                            m.objects[i]->v[P_PROCEDURE_BODY]);
    model_release(&m);
    model_release(&back);
}

static void every_property_of_every_kind_survives(void **state)
{
    static const unsigned flavors[] = {ENGINE_PG, ENGINE_MY, ENGINE_MA};

    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(flavors); f++)
        for (unsigned i = 0; i < K_COUNT; i++) {
            const struct kind *k = &kinds[i];
            struct model m, back;
            struct object *o;

            if (!(k->engines & flavors[f]))
                continue;
            for (unsigned j = 0; j < k->n_props; j++) {
                const struct prop *p = &k->props[j];
                enum kind_id up = k->parent;

                if (!(p->engines & flavors[f]))
                    continue;
                catalog_init(&m, flavors[f]);
                o = m.root;
                if (up == K_ANY || up == K_RELATION || up == K_TABLE || up == K_INDEX)
                    o = catalog_add(&m, K_TABLE,
                                    flavors[f] == ENGINE_PG ? catalog_add(&m, K_SCHEMA, o, "s") : o,
                                    "t");
                else if (up != K_NONE && up != K_DATABASE &&
                         !(up == K_SCHEMA && flavors[f] != ENGINE_PG))
                    o = catalog_add(&m, up,
                                    kinds[up].parent == K_SCHEMA ? catalog_add(&m, K_SCHEMA, o, "s")
                                    : kinds[up].parent == K_TABLE ? catalog_add(&m, K_TABLE, o, "t")
                                                                  : o,
                                    "up");
                if (up == K_INDEX)
                    o = catalog_add(&m, K_INDEX, o, "i");
                o = k->id == K_DATABASE ? m.root : catalog_add(&m, k->id, o, "it");
                model_set(&m, o, j,
                          p->flags & F_SECRET
                              ? "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177"
                                "a9cb410ff61f20015ad"
                          : p->type == T_BOOL ? "no"
                          : p->type == T_INT  ? "-7"
                                              : "some text");
                catalog_freeze(&m);
                round_trip(&m, &back);
                assert_string_equal(back.objects[o->id]->v[j], o->v[j]);
                model_release(&m);
                model_release(&back);
            }
        }
}

static void a_readable_secret_is_digested(void **state)
{
    struct model m;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;

    (void)state;
    assert_true(read_text(&m,
                          OPEN "<database><subscription name='s' connection='password=hunter2'/>"
                               "</database></model>",
                          &err));
    assert_true(str_starts(m.root->first->v[P_SUBSCRIPTION_CONNECTION], "sha256:"));
    assert_true(model_to_xml(&m, &out, &err));
    assert_null(strstr(out.data, "hunter2"));
    buf_release(&out);
    model_release(&m);
}

static void order_in_the_file_does_not_matter(void **state)
{
    struct model m;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(read_text(&m,
                          HEAD OPEN "<!-- by hand --><database>"
                                    "<schema name='b' id='x'/><schema name='a' id='y'/>"
                                    "</database><depend from='y' to='x'/></model>",
                          &err));
    assert_true(m.frozen);
    assert_string_equal(m.root->first->name, "a");
    assert_ptr_equal(VEC_AT(&m.deps, struct dependency, 0).from, m.root->first);
    assert_null(m.root->first->v[P_SCHEMA_OWNER]); /* not there: NULL */
    model_release(&m);
}

static void damaged_files_are_named_with_their_line(void **state)
{
    static const struct {
        const char *xml;
        const char *says;
    } cases[] = {
        {"", ""},
        {"not xml", "line 1"},
        {"<html></html>", "html"},
        {OPEN "</model>", "no database"},
        {OPEN "\n<database>", "line 2"},
        {OPEN "<database/></model><model/>", "line 1"},
        {OPEN "<database/><database/></model>", "one database"},
        {"<model dbtwin='2' engine='mysql' version='1'><database/></model>", "format 2"},
        {"<model engine='mysql' version='1'><database/></model>", "format (none)"},
        {"<model dbtwin='1' engine='oracle' version='1'/>", "oracle"},
        {"<model dbtwin='1' engine='mysql' version='x'/>", "\"x\""},
        {"<model dbtwin='1' engine='mysql' version='1' colour='red'/>", "colour"},
        {OPEN "<database>\n\n<tabel name='t'/></database></model>", "line 3"},
        {OPEN "<database><table name='t' owner='a' owner='b'/></database></model>", "owner"},
        {OPEN "<database><schema owner='a'/></database></model>", "needs a name"},
        {OPEN "<database><schema name='s' ownr='a'/></database></model>", "ownr"},
        {OPEN "<database><schema name='s' owner='a'><owner>b</owner></schema></database></model>",
         "twice"},
        {OPEN "<database><schema name='s' owner='a' unknown='owner'/></database></model>",
         "unknown"},
        {OPEN "<database><schema name='s' unknown='x'/></database></model>", "\"x\""},
        {OPEN "<database><schema name='s'/><schema name='s'/></database></model>", "two objects"},
        {OPEN "<database><schema name='s'><column name='c'/></schema></database></model>",
         "cannot be part"},
        {OPEN "<database><event name='e'/></database></model>", "no event"},
        {OPEN "<database>text</database></model>", "text"},
        {OPEN "<database charset='utf8'/></model>", "charset"},
        {OPEN "<database><schema name='s'><table name='t' row_security='t'/></schema></database>"
              "</model>",
         "neither yes nor no"},
        {OPEN "<database><schema name='\\q' escaped='name'/></database></model>", "escape"},
        {OPEN "<database><schema name='\\x00' escaped='name'/></database></model>", "escape"},
        {OPEN "<database><schema name='\\x4' escaped='name'/></database></model>", "escape"},
        {OPEN "<database><schema name='\\' escaped='name'/></database></model>", "escape"},
        {OPEN "<database/><depend from='1' to='2'/></model>", "\"1\""},
        {OPEN "<database/><gap kind='x'/></model>", "gap"},
        {OPEN "<database><schema name='\xff'/></database></model>", "line 1"},
        {OPEN "<database><x:schema xmlns:x='urn:x' name='s'/></database></model>", "namespace"},
        {OPEN "<database><schema name='a' id='1'/><schema name='b' id='1'/></database></model>",
         "\"1\""},
        {OPEN "<database><schema name='a'><owner><b/></owner></schema></database></model>", "<b>"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct model m;
        struct err err = ERR_INIT;

        if (read_text(&m, cases[i].xml, &err))
            fail_msg("taken for a model: %s", cases[i].xml);
        assert_int_equal(err.cls, ERR_CORRUPT);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: says %s, without %s", cases[i].xml, err.msg, cases[i].says);
        assert_false(m.frozen);
        assert_int_equal(m.n_objects, 1);
        model_release(&m);
    }
}

static void no_cut_of_a_file_is_a_model(void **state)
{
    struct model m, back;
    struct object *schema;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    schema = catalog_add(&m, K_SCHEMA, NULL, "public");
    model_set(&m, catalog_add(&m, K_VIEW, schema, "v"), P_VIEW_QUERY, "SELECT 1\nFROM a");
    catalog_freeze(&m);
    assert_true(model_to_xml(&m, &out, &err));
    model_init(&back);
    for (size_t n = 0; n + 1 < out.len; n++) { /* the last byte is a line break */
        err_clear(&err);
        if (model_from_xml(&back, (struct slice){out.data, n}, &err))
            fail_msg("cut at %zu of %zu: taken for a model", n, out.len);
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
    assert_true(model_from_xml(&back, buf_slice(&out), &err));
    assert_int_equal(back.n_objects, 3);
    buf_release(&out);
    model_release(&back);
    model_release(&m);
}

static void entities_are_refused(void **state)
{
    static const char *const bombs[] = {
        "<!DOCTYPE model [<!ENTITY a 'x'>]>" OPEN "<database owner='&a;'/></model>",
        "<!DOCTYPE model [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
        "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f "
        "'&e;&e;&e;&e;&e;&e;&e;&e;&e;'>]>" OPEN
        "<database><schema name='s'><comment>&f;</comment></schema></database></model>",
        "<!DOCTYPE model [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" OPEN
        "<database><schema name='s'><comment>&a;</comment></schema></database></model>",
        "<!DOCTYPE model SYSTEM 'http://example.invalid/x.dtd'>" OPEN "<database/></model>",
        "<!DOCTYPE model [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>" OPEN
        "<database/></model>",
        OPEN "<database owner='&undeclared;'/></model>",
        OPEN "<database><schema name='s'><comment>&undeclared;</comment></schema></database>"
             "</model>",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
        struct model m;
        struct err err = ERR_INIT;

        assert_false(read_text(&m, bombs[i], &err));
        assert_int_equal(err.cls, ERR_CORRUPT);
        assert_null(strstr(err.msg, "root:"));
        if (strstr(bombs[i], "DOCTYPE"))
            assert_non_null(strstr(err.msg, "document type"));
        model_release(&m);
    }
}

static void depth_is_bounded(void **state)
{
    struct buf xml = BUF_INIT;
    struct model m;
    struct err err = ERR_INIT;

    (void)state;
    buf_adds(&xml, OPEN "<database>");
    for (int i = 0; i < 100000; i++)
        buf_adds(&xml, "<grant name='g'>");
    model_init(&m);
    assert_false(model_from_xml(&m, buf_slice(&xml), &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "levels"));
    model_release(&m);
    buf_release(&xml);
}

static void attributes_are_bounded(void **state)
{
    static const char *const begins[] = {
        "",
        "<!-- it's a <trap \" -->",
        "<?pi <a ' ?>",
    };
    struct model m;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
        struct buf xml = BUF_INIT;
        struct err err = ERR_INIT;

        buf_adds(&xml, begins[i]);
        buf_adds(&xml, OPEN "<database");
        for (int j = 0; j < 1000000; j++) /* compared pair by pair these would take minutes */
            buf_addf(&xml, " a%d='>'", j);
        buf_adds(&xml, "/></model>");
        model_init(&m);
        assert_false(model_from_xml(&m, buf_slice(&xml), &err));
        assert_int_equal(err.cls, ERR_CORRUPT);
        assert_non_null(strstr(err.msg, "attributes"));
        model_release(&m);
        buf_release(&xml);
    }
}

/* A file in pieces of `size` bytes; after `n` of them something goes wrong. */
struct pieces {
    struct slice rest;
    size_t size;
    size_t n;
};

static int next_piece(void *ctx, struct slice *ret, struct err *err)
{
    struct pieces *p = ctx;

    if (!p->n--) {
        err_set(err, ERR_RUNTIME, "the disk is gone");
        return -1;
    }
    *ret = (struct slice){p->rest.data, p->rest.len < p->size ? p->rest.len : p->size};
    p->rest.data += ret->len;
    p->rest.len -= ret->len;
    return ret->len > 0;
}

static bool read_pieces(struct model *m, const char *text, size_t size, size_t n, struct err *err)
{
    struct pieces p = {{text, strlen(text)}, size, n};

    err_clear(err);
    return model_read_xml(m, next_piece, &p, err);
}

static void the_cut_of_pieces_means_nothing(void **state)
{
    struct model m;
    struct err err = ERR_INIT;
    static const char text[] =
        "<!-- <a 'b\" > --><!--->-->" OPEN "<database><schema name=\"s>'\" comment='&lt;>&quot;'>"
        "<?a '<b c=\" ?><table name='t'><column name=\"c\" ><default><![CDATA[ a < 'b' ]]]>"
        "</default></column></table></schema></database></model>";

    (void)state;
    model_init(&m);
    for (size_t size = 1; size < 40; size++) {
        if (!read_pieces(&m, text, size, SIZE_MAX, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(m.n_objects, 4);
        assert_string_equal(m.objects[1]->v[P_SCHEMA_COMMENT], "<>\"");
        assert_string_equal(m.objects[3]->v[P_COLUMN_DEFAULT], " a < 'b' ]");
        assert_false(read_pieces(&m, text, size, strlen(text) / size / 2, &err));
        assert_int_equal(err.cls, ERR_RUNTIME);
        assert_string_equal(err.msg, "the disk is gone");
    }
    model_release(&m);
}

/* A tag of n attributes within, before and behind what only looks like one. */
static bool read_tag_of(unsigned n, size_t size, struct err *err)
{
    struct buf xml = BUF_INIT;
    struct model m;
    bool ok;

    buf_adds(&xml, "<!-- <a ");
    for (int i = 0; i < 150; i++)
        buf_adds(&xml, "b='' ");
    buf_adds(&xml, " -->" OPEN "<database ");
    for (unsigned i = 0; i < n; i++)
        buf_addf(&xml, " a%u=\"'>\"", i);
    buf_adds(&xml, "/><!--->--></model>");
    model_init(&m);
    ok = read_pieces(&m, xml.data, size, SIZE_MAX, err);
    model_release(&m);
    buf_release(&xml);
    return ok;
}

static void attributes_are_counted_over_pieces(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    for (size_t size = 1; size < 2000; size += size < 20 ? 1 : 333) {
        assert_false(read_tag_of(100, size, &err));
        if (!strstr(err.msg, "a database has no property \"a0\""))
            fail_msg("%s", err.msg);
        assert_false(read_tag_of(101, size, &err));
        assert_non_null(strstr(err.msg, "more than 100 attributes"));
    }
}

static void long_bodies_survive(void **state)
{
    struct model m, back;
    struct buf body = BUF_INIT;

    (void)state;
    for (int i = 0; i < 400000; i++)
        buf_adds(&body, "  -- line after line <&>\n"); /* over libxml2's usual 10 MB */
    catalog_init(&m, ENGINE_MY);
    model_set(&m, catalog_add(&m, K_FUNCTION, NULL, "f"), P_FUNCTION_BODY, body.data);
    catalog_freeze(&m);
    round_trip(&m, &back);
    assert_int_equal(strlen(back.root->first->v[P_FUNCTION_BODY]), body.len);
    buf_release(&body);
    model_release(&m);
    model_release(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_is_the_documented_one),
        cmocka_unit_test(the_three_states_survive),
        cmocka_unit_test(hostile_texts_survive),
        cmocka_unit_test(any_bytes_survive),
        cmocka_unit_test(every_property_of_every_kind_survives),
        cmocka_unit_test(a_readable_secret_is_digested),
        cmocka_unit_test(order_in_the_file_does_not_matter),
        cmocka_unit_test(damaged_files_are_named_with_their_line),
        cmocka_unit_test(no_cut_of_a_file_is_a_model),
        cmocka_unit_test(entities_are_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(attributes_are_bounded),
        cmocka_unit_test(the_cut_of_pieces_means_nothing),
        cmocka_unit_test(attributes_are_counted_over_pieces),
        cmocka_unit_test(long_bodies_survive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
