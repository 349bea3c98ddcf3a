#!/bin/bash
# Folders in the layouts of Flyway, golang-migrate, goose, dbmate, sqitch, Prisma, Diesel, Django and Rails, and dumps,
# lead to the same schema as the plain SQL; what is left out of them is said; what is wrong in one has its line.
. "$(dirname "$0")/../lib/live.sh"

here=$TOP/fixtures/frameworks
cd "$WORK" || exit 2
for kind in $(servers all); do
    case $kind in pg15 | mariadb) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one plain
    if ! server_is_pg one; then
        load one plain "$here/plain.mysql.sql" || bail "the plain SQL does not load"
        scratch=$(url one mysql)
        for folder in goose-mysql/migrations plain.mysql.sql; do
            expect_exit 0 "$kind: $folder" dbtwin diff "$(url one plain)" "$here/$folder" --scratch "$scratch"
        done
        expect_exit 0 "$kind: --scratch auto" dbtwin diff "$(url one plain)" "$here/plain.mysql.sql"
        # The machine's own dump, of several databases' form, with rows.
        q one plain "INSERT INTO users VALUES (1, 'a@b'), (2, 'c;--d')" >"$OUT"
        for options in "" "--databases" "--databases --add-drop-database --no-autocommit" "--skip-extended-insert --hex-blob"; do
            # shellcheck disable=SC2086
            mariadb-dump --no-defaults -S "$(server_dir one)/s" -uroot --routines $options plain >dump.sql 2>"$ERR" || bail "$(cat "$ERR")"
            expect_exit 0 "$kind: mariadb-dump $options" dbtwin diff "$(url one plain)" dump.sql --scratch "$scratch"
        done
        gzip -kf dump.sql
        expect_exit 0 "$kind: the same, gzipped" dbtwin diff "$(url one plain)" dump.sql.gz --scratch "$scratch"
        server_stop one
        continue
    fi
    load one plain "$here/plain.sql" || bail "the plain SQL does not load"
    scratch=$(url one postgres)
    model=$(frozen one plain)
    # What has its scratch from --scratch is compared with what psql made of the plain SQL.
    for folder in flyway/db/migration golang-migrate/migrations goose/migrations dbmate/db dbmate/db/migrations sqitch prisma/migrations \
        prisma diesel/migrations django/sql objects plain.sql; do
        expect_exit 0 "$kind: $folder" dbtwin diff "$model" "$here/$folder" --scratch "$scratch"
        cat "$ERR" >>said
    done
    for text in "U2__create_orders.sql is left out" "afterMigrate.sql is left out" "10_spent.down.sql and 2 more are left out" \
        "the part that goes back is left out of 3 files" "6 files that sqitch.plan does not deploy" "a_view.sql was loaded after files that it needs"; do
        ok "$kind: said: $text" grep -qF "$text" said
    done

    expect_exit 0 "$kind: --scratch auto" dbtwin diff "$(url one plain)" "$here/plain.sql"

    # Dumps, with rows and a database's own statements.
    q one plain "INSERT INTO users (email, name) VALUES ('a', E'\\\\.'), ('b;', E'tab\t')" >"$OUT"
    for options in "" "-C" "-C --clean --if-exists" "-Fc" "-Ft" "--inserts"; do
        # shellcheck disable=SC2086
        pg_dump -h "$(server_dir one)" -U postgres $options plain >dump.sql 2>"$ERR" || bail "$(cat "$ERR")"
        expect_exit 0 "$kind: pg_dump $options" dbtwin diff "$model" dump.sql --scratch "$scratch"
        case $options in
            "") err_has "$kind: rows are skipped, and said" "2 rows of " ;;
            -C) err_has "$kind: the database itself, too" "about a database itself" ;;
        esac
    done
    pg_dump -h "$(server_dir one)" -U postgres -Fd -f dump.d plain
    expect_exit 0 "$kind: pg_dump -Fd" dbtwin diff "$model" dump.d --scratch "$scratch"
    expect_exit 2 "$kind: no pg_restore" env PATH="$WORK/none" "$DBTWIN" diff "$model" dump.d --scratch "$scratch"
    err_has "$kind: no pg_restore: what to do" "there is no pg_restore here"
    pg_dump -h "$(server_dir one)" -U postgres plain >dump.sql
    gzip -k dump.sql
    expect_exit 0 "$kind: gzip" dbtwin diff "$model" dump.sql.gz --scratch "$scratch"
    if command -v zstd >/dev/null; then
        zstd -q dump.sql
        expect_exit 0 "$kind: zstd" dbtwin diff "$model" dump.sql.zst --scratch "$scratch"
    fi
    export DBTWIN model scratch
    ok "$kind: standard input" bash -c '"$DBTWIN" diff "$model" - --scratch "$scratch" <dump.sql'
    ok "$kind: a pipe" dbtwin diff "$model" <(cat dump.sql) --scratch "$scratch"
    ok "$kind: a model at standard input" bash -c '"$DBTWIN" diff - dump.sql --scratch "$scratch" <"$model"'
    expect_exit 2 "$kind: standard input twice" dbtwin diff - -

    # git: of a revision, whatever the folder holds by now.
    git init -q repo && cd repo || bail "no git"
    cp -r "$here/goose" . && cp "$here/plain.sql" schema.sql && git add -A
    git -c user.name=a -c user.email=a@b commit -qm one
    rm -r goose schema.sql && mkdir sub && echo "CREATE TABLE other (a int);" >sub/schema.sql && git add -A
    git -c user.name=a -c user.email=a@b commit -qm two
    ok "$kind: git: a folder" dbtwin diff "$model" git:HEAD~1:goose/migrations --scratch "$scratch"
    ok "$kind: git: a file" dbtwin diff git:HEAD^:schema.sql "$model" --scratch "$scratch"
    cd sub || bail "sub"
    expect_exit 1 "$kind: git: from this folder" dbtwin diff git:HEAD^:schema.sql git:HEAD:./schema.sql --scratch "$scratch"
    out_has "$kind: git: from this folder: another table" "other"
    cd ..
    for word in "git:HEAD:none.sql|HEAD holds no \"none.sql\"" "git:nowhere:x|no revision \"nowhere\"" "git:HEAD|is not git:REV:PATH" \
        "git::x|is not git:REV:PATH" "git:--upload-pack=touch x:y|does not begin with a dash" "git:HEAD:--output=x|holds no" \
        "git:HEAD; touch x:y|no revision" 'git:$(touch x):y|no revision'; do
        expect_exit 2 "$kind: ${word%|*}" dbtwin inspect "${word%|*}" --scratch "$scratch"
        err_has "$kind: ${word%|*}: why" "${word##*|}"
    done
    is "$kind: git: nothing was made" "$(ls)" sub
    cd "$WORK" || exit 2
    expect_exit 2 "$kind: git: no repository" dbtwin inspect git:HEAD:x --scratch "$scratch"
    err_has "$kind: git: no repository: said" "not a git repository"

    # What is wrong has its file and line.
    mkdir wrong wrong/sub
    printf 'CREATE TABLE a (a int);\n' >wrong/1.sql
    printf -- '-- +goose Up\nCREATE TABLE b (a int);\n\nCREATE TABLE b (a int);\n' >wrong/sub/2.sql
    expect_exit 2 "$kind: an error in a folder" dbtwin inspect wrong --scratch "$scratch"
    err_has "$kind: an error in a folder: where" "wrong/sub/2.sql: line 4: "
    printf 'CREATE VIEW v AS SELECT * FROM nothing;\n' >wrong/view.sql
    rm wrong/sub/2.sql
    expect_exit 2 "$kind: what no file brings" dbtwin inspect wrong --scratch "$scratch"
    err_has "$kind: what no file brings: where" "wrong/view.sql: line 1: "
    is "$kind: no scratch is left" "$(q one postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'dbtwin_sql%'")" 0
    server_stop one
done
done_testing
