#!/bin/bash
# Every object of a database of all kinds is read, whatever its name: the counts agree with the
# catalogs', the values with what the fixture made, and nothing is said to be missing.
. "$(dirname "$0")/../lib/live.sh"

# The catalogs' own numbers, one query for all, by other conditions than the driver's.
counts="
WITH n AS (SELECT oid FROM pg_namespace WHERE nspname IN ('S.\"x\"', 'select', 'public')),
r AS (SELECT c.* FROM pg_class c JOIN n ON n.oid = c.relnamespace)
SELECT 'table', count(*) FROM r WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'column', count(*) FROM pg_attribute a JOIN r ON r.oid = attrelid
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'attribute', count(*) FROM pg_attribute a JOIN r ON r.oid = attrelid WHERE relkind = 'c' AND attnum > 0
UNION ALL SELECT 'view', count(*) FROM pg_views WHERE schemaname = 'S.\"x\"'
UNION ALL SELECT 'materialized_view', count(*) FROM pg_matviews
UNION ALL SELECT 'foreign_table', count(*) FROM pg_foreign_table
UNION ALL SELECT 'sequence', count(*) FROM pg_sequences
UNION ALL SELECT 'primary_key', count(*) FROM pg_constraint JOIN r ON r.oid = conrelid WHERE contype = 'p'
UNION ALL SELECT 'unique', count(*) FROM pg_constraint JOIN r ON r.oid = conrelid WHERE contype = 'u'
UNION ALL SELECT 'exclusion', count(*) FROM pg_constraint WHERE contype = 'x'
UNION ALL SELECT 'foreign_key', count(DISTINCT conname) FROM pg_constraint JOIN r ON r.oid = conrelid
    WHERE contype = 'f' AND conparentid = 0
UNION ALL SELECT 'index', count(*) FROM pg_index JOIN r ON r.oid = indrelid
    WHERE indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE contype IN ('p', 'u', 'x'))
UNION ALL SELECT 'policy', count(*) FROM pg_policies
UNION ALL SELECT 'rule', count(*) FROM pg_rules WHERE schemaname = 'S.\"x\"'
UNION ALL SELECT 'function', count(*) FROM pg_proc JOIN n ON n.oid = pronamespace
    WHERE prokind = 'f' AND NOT (prolang = 12 AND prosrc LIKE '%range_constructor%')
UNION ALL SELECT 'procedure', count(*) FROM pg_proc JOIN n ON n.oid = pronamespace WHERE prokind = 'p'
UNION ALL SELECT 'aggregate', count(*) FROM pg_proc JOIN n ON n.oid = pronamespace WHERE prokind = 'a'
UNION ALL SELECT 'enum_label', count(*) FROM pg_enum
UNION ALL SELECT 'publication', count(*) FROM pg_publication
UNION ALL SELECT 'publication_table', count(*) FROM pg_publication_rel WHERE prrelid IN (SELECT oid FROM r)
ORDER BY 1"

for kind in $(servers pg); do
    start "$kind" prod
    db='in"tro spéct.1'
    fresh_db prod "$db"
    must load prod "$db" "$TOP/fixtures/introspect/postgres.sql"
    ok "$kind: a database of every kind is read" dbtwin inspect "$(url prod "$db")" --format xml
    cp "$OUT" "$WORK/model.xml"

    q prod "$db" "$counts" >"$WORK/wanted"
    while IFS=$'\t' read -r what n; do
        got=$(grep -c "<$what[ >/]" "$WORK/model.xml")
        # Tables in a schema are rows of another catalog.
        [ "$what" = publication_table ] && got=$(($got - $(grep -c 'name="TABLES IN SCHEMA' "$WORK/model.xml")))
        is "$kind: all of kind $what" "$got" "$n"
        case $what in publication_table | policy) ;; *) isnt "$kind: the fixture has some: $what" "$n" 0 ;; esac
    done <"$WORK/wanted"
    for what in collation conversion domain enum composite range base_type inherits statistics operator \
        operator_family operator_class cast ts_parser ts_template ts_dictionary ts_configuration ts_mapping \
        foreign_data_wrapper foreign_server user_mapping secret_option event_trigger access_method language \
        default_privilege grant role setting option check trigger; do
        isnt "$kind: some of kind $what" "$(grep -c "<$what[ >/]" "$WORK/model.xml")" 0
    done

    cp "$WORK/model.xml" "$OUT"
    out_lacks "$kind: nothing is said to be missing" "<gap"
    out_lacks "$kind: dbtwin's own mark is not an object" 'name="mark"'
    out_lacks "$kind: no secret is shown" hunter2
    out_lacks "$kind: no password either" s3cret
    out_lacks "$kind: the server's own mark on columns is no option" pg_attver
    out_like "$kind: position without holes" 'column name="co.l".* position="2"'
    out_like "$kind: an identity sequence" '<sequence name="Ta&quot;ble.1_select_seq".* identity="yes"'
    out_like "$kind: a foreign key that is not valid" '<foreign_key name="not v".* validated="no"'
    out_like "$kind: an operator class of an index" 'collation="&quot;POSIX&quot;" opclass="pg_catalog.text_pattern_ops" descending="yes" nulls_first="no"'
    out_like "$kind: statistics of an expression" 'included="no" statistics="55"'
    out_like "$kind: a revoked default" '<grant name="PUBLIC" grantee="PUBLIC" grantor="postgres" privileges=""'
    out_like "$kind: a grant option" 'privileges="SELECT\*, UPDATE\*"'
    out_like "$kind: a setting of one role" '<setting name="search_path for dbtwin'
    out_like "$kind: only the clone that differs" '<trigger name="cloned" enabled="disabled" inherited="yes"'
    is "$kind: the clones that do not differ are not listed" "$(grep -c '<trigger name="cloned"' "$WORK/model.xml")" 2

    ok "$kind: the same database is the same" dbtwin diff "$(frozen prod "$db")" "$(url prod "$db")"
done
done_testing
