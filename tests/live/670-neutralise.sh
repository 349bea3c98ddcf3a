#!/bin/bash
# Staging does not act on the world: events, pg_cron's jobs, subscriptions, publications, foreign
# servers and user mappings; diff and verify know of it; rules can be switched off.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

config() { # further lines
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\n%s\n' \
        "$(url prod acts)" "$(url staging acts)" "$*" >"$WORK/c.yaml"
}
run() { dbtwin "$@" -c "$WORK/c.yaml"; }
is_left() { is "$kind: $1" "$(q staging acts "$2")" "$3"; }

for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod acts
    fresh_db staging acts
    fdw=
    q prod acts "CREATE EXTENSION postgres_fdw" 2>/dev/null && q staging acts "CREATE EXTENSION postgres_fdw; DROP EXTENSION postgres_fdw" 2>/dev/null && fdw=1
    [ -n "$fdw" ] || must q prod acts "DROP EXTENSION IF EXISTS postgres_fdw; CREATE FOREIGN DATA WRAPPER postgres_fdw"
    must q prod acts "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2);
        CREATE SCHEMA cron; CREATE TABLE cron.job (jobid int PRIMARY KEY, schedule text, command text, database text);
        INSERT INTO cron.job VALUES (1, '* * * * *', 'DELETE FROM orders', 'acts');
        CREATE TABLE cron.job_run_details (runid int PRIMARY KEY, status text); INSERT INTO cron.job_run_details VALUES (1, 'ok');
        CREATE TABLE cron.holiday (a int); INSERT INTO cron.holiday VALUES (1);
        CREATE PUBLICATION everything FOR TABLE orders;
        CREATE SUBSCRIPTION taker CONNECTION 'host=/nowhere dbname=x password=topsecret' PUBLICATION p WITH (connect = false);
        CREATE SERVER billing FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'billing.prod.example', dbname 'billing');
        CREATE USER MAPPING FOR PUBLIC SERVER billing OPTIONS (user 'app', password 'topsecret');
        CREATE FOREIGN TABLE invoices (id int) SERVER billing;
        CREATE FUNCTION call() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM  Net.HTTP_post(''https://x'', ''{}''); END';
        CREATE FUNCTION hook() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM dblink_exec(''dbname=x'', ''SELECT 1''); RETURN NEW; END';
        CREATE FUNCTION calm() RETURNS int LANGUAGE sql AS 'SELECT 1 /* my_dblinks, http_getaway */';
        CREATE TRIGGER orders_hook AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION hook()"
    must q prod acts "CREATE VIEW bills AS SELECT * FROM invoices; CREATE MATERIALIZED VIEW report AS SELECT id FROM bills WITH NO DATA"
    # as if it had been filled
    must q prod acts "UPDATE pg_class SET relispopulated = true WHERE relname = 'report'"
    config
    ok "$kind: preflight" run preflight prod staging
    out_has "$kind: names the jobs" "table cron.job"
    out_has "$kind: and who calls" "trigger public.orders.orders_hook"
    ok "$kind: a copy" run copy prod staging
    err_like "$kind: tells of jobs" 'neutralised \(cron\): .*cron\.job'
    err_like "$kind: of publications" 'neutralised \(publications\): .*everything'
    err_like "$kind: of subscriptions" 'neutralised \(subscriptions\): .*taker'
    err_like "$kind: of servers" 'neutralised \(foreign_servers\): .*billing'
    err_like "$kind: of who calls" 'has external effects \(outward\): .*public.hook'
    err_has "$kind: in any case of letters" "call()"
    err_lacks "$kind: and of nobody else" "calm"
    err_lacks "$kind: without passwords" topsecret
    is_left "jobs stayed behind" "SELECT count(*) FROM cron.job" 0
    is_left "and their history" "SELECT count(*) FROM cron.job_run_details" 0
    is_left "not their neighbours" "SELECT count(*) FROM cron.holiday" 1
    is_left "publications" "SELECT count(*) FROM pg_publication" 0
    is_left "subscriptions" "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'acts')" 0
    is_left "options of servers" "SELECT srvname, srvoptions FROM pg_foreign_server" "billing	"
    is_left "user mappings" "SELECT count(*) FROM pg_user_mappings" 0
    is_left "foreign tables are there" "SELECT count(*) FROM information_schema.foreign_tables" 1
    is_left "a view of them is not filled" "SELECT relispopulated FROM pg_class WHERE relname = 'report'" f
    is_left "triggers are" "SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_hook'" 1
    ok "$kind: diff finds no drift" run diff prod staging
    out_like "$kind: and says what it passes over" 'left out or disabled by the copy: [0-9]+ differences'
    ok "$kind: JSON too" run diff prod staging --format json
    out_like "$kind: has their number" '"neutralised": [0-9]+'
    ok "$kind: verify finds no difference" run verify prod staging
    must q staging acts "ALTER TABLE orders ADD x int"
    expect_exit 1 "$kind: real drift is found beside it" run diff prod staging
    out_has "$kind: by name" "column x"
    out_lacks "$kind: alone" everything
    must q staging acts "DELETE FROM cron.holiday"
    expect_exit 1 "$kind: so are rows that are missing" run verify prod staging
    must q prod acts "CREATE PUBLICATION later FOR TABLE orders"
    expect_exit 1 "$kind: what came since is no copy's doing" run diff prod staging
    out_has "$kind: and is named" later
    must q prod acts "DROP PUBLICATION later"

    # a snapshot has all, a restore neutralises
    must run snapshot -q prod -o "$WORK/acts.dbtwin" --force
    ok "$kind: a restore" run restore "$WORK/acts.dbtwin" staging
    is_left "jobs stay behind again" "SELECT count(*) FROM cron.job" 0
    is_left "publications too" "SELECT count(*) FROM pg_publication" 0

    config "neutralise: {cron: false, publications: false, outward: false}"
    ok "$kind: rules that are off" run copy prod staging
    err_lacks "$kind: are not told" "neutralised (cron)"
    err_lacks "$kind: nor what calls" "has external effects"
    is_left "jobs come" "SELECT count(*) FROM cron.job" 1
    is_left "publications come" "SELECT pubname FROM pg_publication" everything
    is_left "passwords do not" "SELECT count(*) FROM pg_user_mappings" 0
    ok "$kind: diff" run diff prod staging
    ok "$kind: verify" run verify prod staging
    ok "$kind: the snapshot had them all" run restore "$WORK/acts.dbtwin" staging
    is_left "and they come" "SELECT count(*) FROM cron.job" 1
    config "    neutralise: {cron: true}
neutralise: {cron: false}"
    ok "$kind: what the target says goes first" run copy prod staging
    is_left "so they stay" "SELECT count(*) FROM cron.job" 0
    q prod acts "ALTER SUBSCRIPTION taker SET (slot_name = NONE); DROP SUBSCRIPTION taker" >/dev/null
    # whoever may not read a mapping's options may copy all the same: they stay behind anyway
    must q prod acts "DROP ROLE IF EXISTS acts_reader; CREATE ROLE acts_reader LOGIN; GRANT pg_read_all_data TO acts_reader" 2>/dev/null ||
        skip "$kind: a reader" "no pg_read_all_data"
    dbtwin copy -q --no-grants "$(url prod acts acts_reader)" "$(url staging acts)" >"$OUT" 2>"$ERR"
    err_lacks "$kind: a reader is not refused for a mapping" user_mapping
    q prod postgres "DROP DATABASE acts" >/dev/null
    q staging postgres "DROP DATABASE acts" >/dev/null
    q prod postgres "DROP ROLE acts_reader" >/dev/null 2>&1
done

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod acts
    fresh_db staging acts
    must q prod acts "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2);
        CREATE DEFINER=root@localhost EVENT runs ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' COMMENT 'DISABLE DO' DO DELETE FROM orders;
        CREATE EVENT rests ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM orders;
        CREATE EVENT replicas ON SCHEDULE EVERY 1 DAY DISABLE ON SLAVE DO DELETE FROM orders;
        CREATE TRIGGER hook BEFORE INSERT ON orders FOR EACH ROW SET @x = sys_exec('curl https://x');
        CREATE PROCEDURE tell() SELECT id FROM orders INTO  OUTFILE '/tmp/x';
        CREATE PROCEDURE calm() SELECT 'sys_execs'"
    states() { q staging acts "SELECT event_name, status, definer, event_comment FROM information_schema.events WHERE event_schema = 'acts' ORDER BY 1"; }
    config
    ok "$kind: a copy" run copy prod staging
    err_like "$kind: tells of events" 'neutralised \(events\): .*event runs'
    err_lacks "$kind: not of those that rest" "event rests"
    err_like "$kind: and of what calls" 'has external effects \(outward\): .*orders.hook'
    err_has "$kind: files too" "procedure tell"
    err_lacks "$kind: and of nothing else" "calm"
    is "$kind: no event runs" "$(states | cut -f 2 | sort -u)" DISABLED
    ok "$kind: diff finds no drift" run diff prod staging
    out_like "$kind: and says what it passes over" 'left out or disabled by the copy: 2 differences'
    must q staging acts "ALTER EVENT rests COMMENT 'touched'"
    expect_exit 1 "$kind: real drift is found beside it" run diff prod staging
    out_has "$kind: by name" rests
    out_lacks "$kind: alone" "event runs"
    must run snapshot -q prod -o "$WORK/acts.dbtwin" --force
    ok "$kind: a restore" run restore "$WORK/acts.dbtwin" staging
    is "$kind: has no event that runs either" "$(states | cut -f 2 | sort -u)" DISABLED

    config "neutralise: {events: false}"
    ok "$kind: with the rule off" run copy prod staging
    is "$kind: it runs" "$(states | sed -n 's/^runs	//p')" "ENABLED	root@localhost	DISABLE DO"
    is "$kind: those that rest do" "$(states | sed -n 's/^rests	//p')" "DISABLED	root@localhost	"
    ok "$kind: diff" run diff prod staging
    q prod '' "DROP DATABASE acts"
    q staging '' "DROP DATABASE acts"
done

config "neutralise: {subscriptions: false}"
expect_exit 2 "a rule that cannot be off" run copy prod staging
err_has "says why" "subscriptions are left out"
config "neutralise: {evnts: false}"
expect_exit 2 "a rule that there is not" run copy prod staging
err_has "is named" '"evnts"'
done_testing
