#!/bin/bash
# MySQL: a foreign key to columns that are no unique key (restrict_fk_on_non_standard_key) is copied, restored and
# compared, whatever the servers' setting.
. "$(dirname "$0")/../lib/live.sh"

need mysql9
start mysql9 prod staging
show() { q "$1" nonstd "SHOW CREATE TABLE item; SHOW CREATE TABLE part"; }

is "the target's server forbids it by itself" "$(q staging '' "SELECT @@GLOBAL.restrict_fk_on_non_standard_key")" 1
fresh_db prod nonstd
fresh_db staging nonstd
must q prod nonstd "SET restrict_fk_on_non_standard_key = 0; CREATE TABLE price (id int PRIMARY KEY, sku int, a int, KEY (sku), UNIQUE KEY u (a, id));
    CREATE TABLE item (id int PRIMARY KEY, sku int, CONSTRAINT item_sku FOREIGN KEY (sku) REFERENCES price (sku) ON UPDATE CASCADE);
    CREATE TABLE part (id int PRIMARY KEY, a int, CONSTRAINT part_a FOREIGN KEY (a) REFERENCES price (a));
    INSERT INTO price VALUES (1, 5, 7), (2, 5, 8); INSERT INTO item VALUES (1, 5); INSERT INTO part VALUES (1, 7)"
ok "preflight" dbtwin preflight -q "$(url prod nonstd)" "$(url staging nonstd)"
ok "a copy" dbtwin copy -q "$(url prod nonstd)" "$(url staging nonstd)"
is "the keys" "$(show staging)" "$(show prod)"
expect_exit 1 "they are in force" q staging nonstd "INSERT INTO item VALUES (2, 6)"
ok "no drift" dbtwin diff -q "$(url prod nonstd)" "$(url staging nonstd)"
ok "again, keeping what was there" dbtwin copy -q --keep-previous 1 "$(url prod nonstd)" "$(url staging nonstd)"
ok "and back" dbtwin rollback -q "$(url staging nonstd)"
is "the keys after a rollback" "$(show staging)" "$(show prod)"
ok "a snapshot" dbtwin snapshot -q "$(url prod nonstd)" -o "$WORK/s.dbtwin"
ok "restored" dbtwin restore -q "$WORK/s.dbtwin" "$(url staging nonstd)"
is "the keys after a restore" "$(show staging)" "$(show prod)"
done_testing
