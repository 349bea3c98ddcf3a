#!/bin/bash
# Rules for masking, suggested: what names, types, rows, foreign keys and labels say of each column. The result is YAML that
# another program reads, names every column once whatever it is called, and shows no value of any row.
. "$(dirname "$0")/../lib/live.sh"

# Values that can be nowhere but in rows.
ada=ada.lovelace.q7x@private-mail.example
note="secretword7731 called about the broken lamp"

# rule NAME COLUMN: what the file says of it, without the comment
rule() {
    grep -F "    $2: " "$WORK/$1.yaml" | sed 's/^ *[^ ]*: //; s/  # .*//'
}
# why NAME COLUMN: the comment
why() {
    grep -F "    $2: " "$WORK/$1.yaml" | sed 's/.*  # //'
}
rule_is() {
    is "$1: $2" "$(rule "$1" "$2")" "$3"
}

# all_columns NAME: as the YAML names them, read by a parser that is not ours
all_columns() {
    python3 - "$WORK/$1.yaml" <<'END'
import sys
try:
    import yaml
    keys = list(yaml.safe_load(open(sys.argv[1]))['mask']['columns'])
except ImportError:
    import re
    keys = []
    for line in open(sys.argv[1]):
        m = re.match(r"    (?:'((?:[^']|'')*)'|([A-Za-z0-9_.]+)): ", line)
        if m:
            keys.append(m.group(1).replace("''", "'") if m.group(1) else m.group(2))
print('\n'.join(keys))
END
}

# What both engines have. $1: a prefix of paths
check_common() {
    rule_is "$1" "$2users.id" keep
    rule_is "$1" "$2users.email" "{email: {}}"
    rule_is "$1" "$2users.vorname" "{first: {}}"
    rule_is "$1" "$2users.name" "{name: {}}"
    rule_is "$1" "$2users.geb_dat" '{date: {within: "90d"}}'
    rule_is "$1" "$2users.zz1" "{email: {}}"
    rule_is "$1" "$2users.phone_type" keep
    rule_is "$1" "$2products.name" keep
    rule_is "$1" "$2notes.body" "{text: {}}"
    rule_is "$1" "$2blank.blurb" "{text: {}}"
    is "$1: nothing is known of an empty text" "$(why "$1" "$2blank.blurb" | cut -d: -f1)" UNKNOWN
    is "$1: nor of documents" "$(why "$1" "$2users.settings" | cut -d: -f1)" UNKNOWN
    rule_is "$1" "$2orders.by_user" "{username: {}}"
    is "$1: a foreign key's column follows" "$(why "$1" "$2orders.by_user")" "username: as $2users.login, which it refers to"
}

# No row's value in what it writes, at any verbosity. $1: name, $2: URL
check_silent() {
    ok "$1: verbose" dbtwin mask suggest "$2" -v
    for text in "$ada" secretword7731 q7x 555-0199; do
        out_lacks "$1: $text is not in the rules" "$text"
        err_lacks "$1: $text is not in the log" "$text"
    done
}

common() {
    echo "CREATE TABLE users (id int PRIMARY KEY, login varchar(60) NOT NULL UNIQUE, email varchar(200), vorname varchar(40),
            name varchar(80), geb_dat date, zz1 varchar(100), phone varchar(30), phone_type varchar(10), settings $1);
        CREATE TABLE products (id int PRIMARY KEY, name varchar(80));
        CREATE TABLE notes (id int PRIMARY KEY, body text);
        CREATE TABLE blank (id int PRIMARY KEY, blurb text);
        CREATE TABLE orders (id int PRIMARY KEY, by_user varchar(60), FOREIGN KEY (by_user) REFERENCES users (login));
        INSERT INTO users VALUES (1, 'ada', '$ada', 'Ada', 'Ada Q7x', '1815-12-10', '$ada', '555-0199', 'home', '{}');
        INSERT INTO notes VALUES (1, '$note'), (2, 'write to $ada');"
}

for kind in $(servers pg); do
    start "$kind" prod
    fresh_db prod suggest
    # The labels need a provider; the catalog takes them without one.
    {
        common jsonb
        echo "CREATE DOMAIN email_text AS text;
            CREATE TYPE sex AS ENUM ('male', 'female');
            CREATE TABLE odd (\"a.b\" text, \"it's\" text, \"say \"\"hi\"\"\" text, \"star*\" text, \"Größe\" text, \" \" text,
                d email_text, s sex, low text GENERATED ALWAYS AS (lower(d)) STORED, fts tsvector, last_ip inet);
            CREATE TABLE part (id int, email text) PARTITION BY RANGE (id);
            CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
            CREATE TABLE labelled (a text, b text, c text, d text, e text, f int, g text);
            CREATE TABLE big (id int, zz2 text);
            INSERT INTO big SELECT i, CASE WHEN i > 1000 THEN 'u' || i || '@example.org' ELSE repeat('-', 60) END
                FROM generate_series(1, 200000) i;
            INSERT INTO pg_seclabel SELECT 'labelled'::regclass, 'pg_class'::regclass, attnum, 'anon', l
                FROM (VALUES ('a', 'MASKED WITH FUNCTION anon.fake_email()'), ('b', 'MASKED WITH FUNCTION anon.partial(b, 2, \$\$***\$\$, 1)'),
                    ('c', 'MASKED WITH VALUE ''CONFIDENTIAL'''), ('d', 'MASKED WITH VALUE NULL'), ('e', 'NOT MASKED'),
                    ('f', 'MASKED WITH FUNCTION anon.random_int_between(1, 9)'), ('g', 'MASKED WITH FUNCTION anon.magic(g)')) v(n, l)
                JOIN pg_attribute ON attrelid = 'labelled'::regclass AND attname = n;"
    } >"$WORK/pg.sql"
    sed -i '1i SET allow_system_table_mods = on;' "$WORK/pg.sql"
    must load prod suggest "$WORK/pg.sql"
    must q prod suggest "ANALYZE"
    ok "$kind: suggest" dbtwin mask suggest "$(url prod suggest)" -o "$WORK/$kind.yaml"
    check_common "$kind" public.
    rule_is "$kind" public.odd.d "{email: {}}"
    is "$kind: genders" "$(why "$kind" public.odd.s | cut -d: -f1)" gender
    rule_is "$kind" public.odd.last_ip "{ip: {}}"
    rule_is "$kind" public.odd.fts null
    rule_is "$kind" public.part.email "{email: {}}"
    rule_is "$kind" public.big.zz2 "{email: {}}"
    rule_is "$kind" public.labelled.a "{email: {}}"
    rule_is "$kind" public.labelled.b "{sql: {expression: \"left(b, 2) || '***' || right(b, 1)\"}}"
    rule_is "$kind" public.labelled.c '{fixed: {value: "CONFIDENTIAL"}}'
    rule_is "$kind" public.labelled.d null
    rule_is "$kind" public.labelled.e keep
    rule_is "$kind" public.labelled.f "{int: {range: [1, 9]}}"
    rule_is "$kind" public.labelled.g '{sql: {expression: "anon.magic(g)"}}'
    # Every column that is written, and no other, by its own name: the catalog's list, quoted as patterns are.
    q prod suggest "SELECT 'public.' || relname || '.' || CASE WHEN attname ~ '^[A-Za-z0-9_]+\$' THEN attname
            ELSE '\"' || replace(attname, '\"', '\"\"') || '\"' END
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND attgenerated = ''" |
        sort >"$WORK/wanted"
    all_columns "$kind" | sort >"$WORK/named"
    same_files "$kind: every column has a rule, and no other" "$WORK/wanted" "$WORK/named"
    check_silent "$kind" "$(url prod suggest)"
    # A role that may read no rows still gets an answer, which says so.
    must q prod suggest "DROP ROLE IF EXISTS suggest_blind; CREATE ROLE suggest_blind LOGIN"
    ok "$kind: without rights on rows" dbtwin mask suggest "$(url prod suggest suggest_blind)"
    out_has "$kind: it says what it could not read" "public.users: not looked at: this account may not read it"
    must q prod suggest "DROP ROLE suggest_blind"
    # A model has names and types only.
    must dbtwin inspect "$(url prod suggest)" -o "$WORK/model.xml"
    ok "$kind: of a model" dbtwin mask suggest "$WORK/model.xml"
    out_has "$kind: by its name" "public.users.email: {email: {}}"
    out_has "$kind: not by its rows" "public.users.zz1: {text: {}}  # UNKNOWN"
done

for kind in $(servers my); do
    start "$kind" prod
    fresh_db prod suggest
    {
        common json
        echo "CREATE TABLE odd (\`a.b\` text, \`it's\` text, \`say \"hi\"\` text, \`Größe\` text, e enum('Mann','Frau'),
            low text AS (lower(\`a.b\`)) STORED, user_ip varbinary(16), g point);
            CREATE TABLE recent (id int PRIMARY KEY, zz2 varchar(80));
            INSERT INTO recent SELECT a.n * 100 + b.n, IF(a.n > 8, CONCAT('u', b.n, '@example.org'), '-')
                FROM (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7
                    UNION SELECT 8 UNION SELECT 9) a, (SELECT x.n * 10 + y.n n FROM (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3
                    UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) x,
                    (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6
                    UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) y) b;"
    } >"$WORK/my.sql"
    must load prod suggest "$WORK/my.sql"
    ok "$kind: suggest" dbtwin mask suggest "$(url prod suggest)" -o "$WORK/$kind.yaml"
    check_common "$kind" ""
    is "$kind: genders" "$(why "$kind" odd.e | cut -d: -f1)" gender
    # The newest rows are looked at too.
    rule_is "$kind" recent.zz2 "{email: {}}"
    q prod suggest "SELECT CONCAT(table_name, '.', IF(column_name REGEXP '^[A-Za-z0-9_]+\$', column_name,
            CONCAT('\"', REPLACE(column_name, '\"', '\"\"'), '\"'))) FROM information_schema.columns
        WHERE table_schema = DATABASE() AND generation_expression IS NULL OR table_schema = DATABASE() AND generation_expression = ''" |
        sort >"$WORK/wanted"
    all_columns "$kind" | sort >"$WORK/named"
    same_files "$kind: every column has a rule, and no other" "$WORK/wanted" "$WORK/named"
    check_silent "$kind" "$(url prod suggest)"
done
done_testing
