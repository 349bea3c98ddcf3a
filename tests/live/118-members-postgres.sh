#!/bin/bash
# What users did to members of extensions and to the server's own objects, and what they put into an
# extension's schema, arrives in a copy: grants, owners, comments, rules, triggers, tables. Judged by the
# catalogs and by pg_dump. A snapshot carries the same.
. "$(dirname "$0")/../lib/live.sh"

# What pg_dump leaves out: owners and comments of members, what stands on them
beside="SELECT 'owner', avals::text FROM (SELECT pg_get_userbyid(proowner) AS avals FROM pg_proc WHERE proname = 'avals') o
UNION ALL SELECT 'comment', obj_description('more.akeys(more.hstore)'::regprocedure)
UNION ALL SELECT 'column', col_description('more.pg_stat_statements'::regclass, attnum) FROM pg_attribute
    WHERE attrelid = 'more.pg_stat_statements'::regclass AND attname = 'query'
UNION ALL SELECT 'index', obj_description('of_hstore.mine_pkey'::regclass)
UNION ALL SELECT 'rule', pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'kept'
UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'watched'
UNION ALL SELECT 'member', extname FROM pg_depend d JOIN pg_extension x ON x.oid = refobjid
    WHERE classid = 'pg_namespace'::regclass AND objid = 'of_hstore'::regnamespace AND deptype = 'e'"
acls="SELECT 'f', oid::regprocedure::text, proacl::text FROM pg_proc WHERE proacl IS NOT NULL
    UNION ALL SELECT 'r', oid::regclass::text, relacl::text FROM pg_class WHERE relacl IS NOT NULL AND relname NOT IN ('mark', 'run')
    UNION ALL SELECT 'a', attrelid::regclass || '.' || attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY 1, 2"
toy="SELECT pg_get_indexdef('toy.by_note'::regclass), pg_get_triggerdef(t.oid), (SELECT count(*) FROM pg_policy WHERE polname = 'own'),
    (SELECT count(*) FROM pg_constraint WHERE conrelid = 'toy.config'::regclass AND contype IN ('p', 'c')),
    (SELECT string_agg(a || b, ',' ORDER BY a) FROM toy.users) FROM pg_trigger t WHERE tgname = 'toy_watched'"

for kind in $(servers pg); do
    options=()
    if [ "${kind#pg}" -ge 18 ]; then # an extension of our own can be had without touching the server's files
        chmod 755 "$WORK"
        mkdir -p "$WORK/$kind/extension"
        printf "default_version = '1.0'\nrelocatable = false\n" >"$WORK/$kind/extension/dbtwin_toy.control"
        printf '%s\n' "CREATE SCHEMA toy;" "CREATE TABLE toy.config (id int PRIMARY KEY, note text CHECK (note <> ''));" \
            "CREATE INDEX by_id ON toy.config (id, note);" >"$WORK/$kind/extension/dbtwin_toy--1.0.sql"
        options=(-c "extension_control_path=$WORK/$kind:\$system")
    fi
    for s in prod staging; do server_start "$kind" $s --own -- "${options[@]}" || bail "$kind did not start"; done
    for s in prod staging; do must q $s postgres "CREATE ROLE member_app"; done
    fresh_db prod shop
    cat >"$WORK/make.sql" <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA more;
CREATE EXTENSION hstore SCHEMA more;
CREATE EXTENSION pg_stat_statements SCHEMA more;
REVOKE EXECUTE ON FUNCTION more.akeys(more.hstore) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION more.akeys(more.hstore) TO member_app WITH GRANT OPTION;
GRANT SELECT, UPDATE ON more.pg_stat_statements TO member_app;
REVOKE USAGE ON TYPE more.hstore FROM PUBLIC;
COMMENT ON FUNCTION more.akeys(more.hstore) IS 'it''s \ ours';
COMMENT ON COLUMN more.pg_stat_statements.query IS 'what was run';
ALTER FUNCTION more.avals(more.hstore) OWNER TO member_app;
CREATE RULE kept AS ON DELETE TO more.pg_stat_statements DO INSTEAD NOTHING;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER watched INSTEAD OF INSERT ON more.pg_stat_statements FOR EACH ROW EXECUTE FUNCTION watch('it''s');
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO member_app;
REVOKE SELECT ON pg_catalog.pg_settings FROM PUBLIC;
GRANT SELECT (rolname, rolsuper) ON pg_catalog.pg_authid TO member_app;
GRANT UPDATE (query) ON more.pg_stat_statements TO member_app WITH GRANT OPTION;
CREATE SCHEMA of_hstore;
ALTER EXTENSION hstore ADD SCHEMA of_hstore;
CREATE TYPE of_hstore.e AS ENUM ('a', 'b');
CREATE TABLE of_hstore.mine (id int PRIMARY KEY, h more.hstore, e of_hstore.e);
COMMENT ON INDEX of_hstore.mine_pkey IS 'behind the key';
CREATE INDEX ON of_hstore.mine USING gin (h);
INSERT INTO of_hstore.mine VALUES (1, 'a=>1', 'b');
GRANT SELECT ON of_hstore.mine TO member_app;
SQL
    must load prod shop "$WORK/make.sql"
    if [ ${#options[@]} -gt 0 ]; then
        must q prod shop "CREATE EXTENSION dbtwin_toy; CREATE INDEX by_note ON toy.config (note); ALTER TABLE toy.config ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON toy.config TO member_app USING (note = current_user);
            CREATE TRIGGER toy_watched BEFORE INSERT ON toy.config FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION watch();
            CREATE TABLE toy.users (a int, b text); INSERT INTO toy.users VALUES (7, 'x')"
    fi
    ok "$kind: nothing is missing in the model" dbtwin inspect "$(url prod shop)" -o "$WORK/x" --format xml
    is "$kind: and no gap" "$(grep -c '<gap' "$WORK/x")" 0
    q prod shop "$beside" >"$WORK/beside"
    q prod shop "$acls" >"$WORK/acls"
    dump prod shop -s >"$WORK/dump"
    ok "$kind: snapshot" dbtwin snapshot -q "$(url prod shop)" -o "$WORK/$kind.dbtwin"
    for how in copy restore; do
        case $how in
            copy) ok "$kind: $how" dbtwin copy -q "$(url prod shop)" "$(url staging "$how")" ;;
            *) ok "$kind: $how" dbtwin restore -q "$WORK/$kind.dbtwin" "$(url staging "$how")" ;;
        esac
        q staging $how "$beside" >"$WORK/beside.$how"
        q staging $how "$acls" >"$WORK/acls.$how"
        dump staging $how -s >"$WORK/dump.$how"
        same_files "$kind: $how: owners, comments, rules, triggers, the schema's extension" "$WORK/beside" "$WORK/beside.$how"
        same_files "$kind: $how: privileges of all functions and relations, the server's own too" "$WORK/acls" "$WORK/acls.$how"
        same_files "$kind: $how: as pg_dump tells it" "$WORK/dump" "$WORK/dump.$how"
        is "$kind: $how: rows in the extension's schema" "$(q staging $how "SELECT id, h, e FROM of_hstore.mine")" $'1\t"a"=>"1"\tb'
        ok "$kind: $how: and diff agrees" dbtwin diff --strict --ignore 'extension.owner' --ignore kind:database "$(url prod shop)" "$(url staging $how)"
        [ ${#options[@]} = 0 ] || is "$kind: $how: what stands on and beside a table of an extension" \
            "$(q staging $how "$toy")" "$(q prod shop "$toy")"
    done
    must q staging copy "COMMENT ON FUNCTION more.akeys(more.hstore) IS NULL; DROP RULE kept ON more.pg_stat_statements;
        REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM member_app"
    expect_exit 1 "$kind: without them it is drift" dbtwin diff "$(url prod shop)" "$(url staging copy)"
    out_has "$kind: the comment is named" "function more.akeys(more.hstore)"
    out_has "$kind: the rule" "rule kept on more.pg_stat_statements"
    out_has "$kind: the grant on a function of the server" "pg_ls_dir"
    server_stop prod
    server_stop staging
done
done_testing
