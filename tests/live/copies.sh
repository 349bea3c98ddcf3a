# shellcheck shell=bash
# copies.sh: what the scenarios about copies (4NN) ask again and again. Sourced after live.sh.

# A database as its own server dumps it, in one number; false, and no number, if it cannot be dumped.
sum_of() { # NAME DB [OPTION...] of the dump
    dump "$@" >"$WORK/.dump" && [ -s "$WORK/.dump" ] && cksum <"$WORK/.dump"
}

# Databases that dbtwin made for itself and that are there now
shadows() { # NAME
    if server_is_pg "$1"; then
        q "$1" postgres "SELECT datname FROM pg_database WHERE datname ~ '__dbtwin'"
    else
        q "$1" '' "SELECT schema_name FROM information_schema.schemata
            WHERE schema_name LIKE '%\\_\\_dbtwin\\_%'"
    fi
}

# Those of one database: servers are shared, and another scenario may keep states of its own
shadows_of() { shadows "$1" | grep -F -- "${2:0:20}" || :; } # NAME DB

# untouched NAME SERVER DB SUM: the database is as it was, and no shadow stands beside it
untouched() {
    is "$1: the target is as it was" "$(sum_of "$2" "$3")" "${4:-(it could not be dumped before)}"
    is "$1: no shadow is left" "$(shadows_of "$2" "$3")" ''
}

# ---- copies that end too early (440, 441): from prod to staging, database ends ----

ends_rows() { # a table of some megabytes, others, a foreign key, a view, a trigger
    if server_is_pg prod; then
        cat <<'SQL'
CREATE TABLE big (id int PRIMARY KEY, t text);
INSERT INTO big SELECT n, repeat(md5(n::text), 10) FROM generate_series(1, 30000) n;
CREATE TABLE more (id int PRIMARY KEY, big int REFERENCES big, t text);
INSERT INTO more SELECT n, n, md5(n::text) FROM generate_series(1, 5000) n; CREATE INDEX ON more (t);
CREATE TABLE small (a int); INSERT INTO small VALUES (1); CREATE VIEW vw AS SELECT * FROM small;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER trg BEFORE INSERT ON small FOR EACH ROW EXECUTE FUNCTION tf();
SQL
    else
        cat <<'SQL'
CREATE TABLE big (id int PRIMARY KEY, t text);
INSERT INTO big VALUES (0, 'x'), (1, 'x'), (2, 'x'), (3, 'x'), (4, 'x'), (5, 'x'), (6, 'x'), (7, 'x'), (8, 'x'), (9, 'x');
INSERT INTO big SELECT 10 + a.id + 10 * b.id + 100 * c.id + 1000 * d.id, REPEAT(LEFT(SHA2(a.id + 10 * b.id + 100 * c.id, 256), 32), 10) FROM big a, big b, big c, big d;
CREATE TABLE more (id int AUTO_INCREMENT PRIMARY KEY, big int, t varchar(40), KEY (t), FOREIGN KEY (big) REFERENCES big (id));
INSERT INTO more SELECT id + 1, id, LEFT(SHA2(id, 256), 32) FROM big WHERE id < 5000;
CREATE TABLE small (a int); INSERT INTO small VALUES (1); CREATE VIEW vw AS SELECT * FROM small;
CREATE TRIGGER trg BEFORE INSERT ON small FOR EACH ROW SET NEW.a = NEW.a + 0;
SQL
    fi
}

# Fills prod's databases ends and old; sets from, to and the sums old and new
ends_begin() {
    ends_rows >"$WORK/rows.sql"
    must load prod ends "$WORK/rows.sql"
    must q prod old "CREATE TABLE was (a int PRIMARY KEY); INSERT INTO was VALUES (1), (2);
        CREATE TABLE small (a int); CREATE VIEW big AS SELECT * FROM was"
    from=$(url prod ends) to=$(url staging ends)
    new=$(sum_of prod ends) old=$(sum_of prod old)
    isnt "$kind: old and new can be told apart" "$old" "$new"
}
begin() { # starts a copy in the background: $run is its pid
    "$DBTWIN" copy --create "$from" "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
}
back() { # the old state: an own copy, so that it may be replaced
    dbtwin copy "$(url prod old)" "$to" >"$OUT" 2>"$ERR" || fail "back to the old state" "$(cat "$ERR")"
}
# The tables of a MySQL database and their rows: what its one RENAME TABLE moves
tables_of() {
    local t
    for t in $(q "$1" "$2" "SELECT table_name FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'dbtwin%' ORDER BY 1"); do
        echo "$t $(q "$1" "$2" "SELECT * FROM $t ORDER BY 1" | cksum)"
    done
}
