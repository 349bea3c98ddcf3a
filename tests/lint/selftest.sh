#!/bin/sh
# selftest.sh - shows that every check of every lint can fail, and that none fails on good code:
# a small tree is made, one thing in it is spoiled at a time, and the finding is looked for. TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d "${TMPDIR:-/tmp}/dbtwin-lint.XXXXXX") || exit 2
trap 'rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM

ok() {
    echo "ok - $1"
}
not_ok() {
    echo "not ok - $1"
    sed 's/^/# /' "$tree.out"
}

put() { # put PATH: writes standard input there
    mkdir -p "$(dirname "$tree/$1")"
    cat >"$tree/$1"
}

good_tree() {
    rm -rf "${tree:?}"/*
    put include/dbtwin/base.h <<'END'
#include <stddef.h>
END
    for header in err log model reader pack driver diff plan sync kinds json; do
        echo '#include <dbtwin/base.h>' | put include/dbtwin/$header.h
    done
    put src/base/base.c <<'END'
#include <dbtwin/base.h>

#include <openssl/evp.h>
#include <stdlib.h>
#include <xxhash.h>

#include "alloc.h"

#define MANY \
    int not_a_variable;
static const int table[] = {1, 2};
static const char *const names[] = {
    "a",
    "b",
};
extern int elsewhere;
struct thing {
    int member;
};
static void forward(int a,
                    int b);

/* strcpy(a, b) and system("x") in a comment; int x; */
static int helper(int a, int b)
{
    static const char digits[] = "0123";
    const char *s = "strcpy( \" system(1) /*"; // and malloc(
    char *p = malloc(3);

    s->free(p);
    thing.printf("a method");
    return my_sprintf(digits, s) + a + b + '"' + '\'';
}
END
    : | put src/base/alloc.h
    put src/model/model.c <<'END'
#include <dbtwin/model.h>

#include <jansson.h>
#include <libxml/tree.h>
END
    put src/driver/postgres/conn.c <<'END'
#include "conn.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <dbtwin/driver.h>
#include <dbtwin/model.h>

#include "../query.h"
#include "sql.h"
END
    for header in query sql postgres/conn mysql/my; do : | put src/driver/$header.h; done
    put src/driver/driver.c <<'END'
#include <dbtwin/driver.h>

#include "mysql/my.h"
#include "postgres/conn.h"
END
    put src/main.c <<'END'
#include <stdio.h>

#include "cli/cli.h"

int main(void)
{
    printf("%s", getenv("HOME"));
    exit(time(NULL) > 0);
}
END
    : | put src/cli/cli.h
    echo "base_sources = files('base.c')" | put src/base/meson.build
    echo "model_sources = files('model.c')" | put src/model/meson.build
    echo "driver_sources = files('driver.c')" | put src/driver/meson.build
    echo "files('conn.c', 'sql/column.sql')" | put src/driver/postgres/meson.build
    echo "select 'r' || c.oid::text || quote_ident(c.relname) || ' ' || c.oid::regclass::text" |
        put src/driver/postgres/sql/column.sql
    echo "unit_tests = {'base': 'base'}" | put tests/unit/meson.build
    echo '#include <dbtwin/base.h>' | put tests/unit/test_base.c
    echo "man_pages = ['dbtwin.1']" | put man/meson.build
    echo "dbtwin(1)" | put man/dbtwin.1.scd
    printf '%s\n' 'KIND(TABLE, "table", SCHEMA, RELATION, ALL, TOP, "a table")' \
        'PROP(TABLE, OWNER, "owner", NAME, PG, 0, "owner")' \
        'PROP(TABLE, ENGINE, "engine", NAME, MYSQL, 0, "engine")' \
        'PROP(TABLE, ROWS, "rows", INT, ALL, VOLATILE, "rows")' | put include/dbtwin/kinds.def
    : | put fixtures/drift/postgres/table.owner/prod.sql
    : | put fixtures/drift/postgres/table.+/prod.sql
    printf '%s\n' '#!/bin/bash' '# What must hold.' 'for kind in $(servers all); do' | put tests/live/100-a.sh
    sh "$here/../live/index.sh" "$tree/tests/live" | put tests/live/README.md
    printf '%s\n' 'Put it in ~/.config, see https://example.org/work/x and ${TMPDIR:-/tmp}/x' |
        put README.md
}

# bad LINT NAME PATTERN PATH: adds standard input to the file; the lint must say PATTERN about it,
# and nothing about any other file.
bad() {
    good_tree
    mkdir -p "$(dirname "$tree/$4")"
    cat >>"$tree/$4"
    if sh "$here/$1.sh" "$tree" >"$tree.out" 2>&1; then
        not_ok "$1: $2: nothing was found"
    elif ! grep -q "^$4:[0-9]*: .*$3" "$tree.out"; then
        not_ok "$1: $2: found something else"
    elif grep -qv "^$4:" "$tree.out"; then
        not_ok "$1: $2: found more than there is"
    else
        ok "$1: $2"
    fi
    rm -f "$tree.out"
}

# The checks run in the subshells of pipes, so that only a reader of their output can count them.
{
good_tree
for lint in layers banned size globals paths lists live_index pairs sql; do
    if sh "$here/$lint.sh" "$tree" >"$tree.out" 2>&1; then ok "$lint: good code"; else not_ok "$lint: good code"; fi
    rm -f "$tree.out"
done

echo '#include <dbtwin/driver.h>' | bad layers "a room to the right" 'may not see driver' src/plan/a.c
echo '#include <dbtwin/diff.h>' | bad layers "sync never sees diff" 'may not see diff' src/sync/a.c
echo '#include <dbtwin/driver.h>' | bad layers "diff never sees a driver" 'may not see driver' src/diff/a.c
echo '#include <dbtwin/model.h>' | bad layers "stream never sees the model" 'may not see model' src/stream/a.c
echo '#include <dbtwin/sync.h>' | bad layers "a contract of a room to the right" 'may not see sync' include/dbtwin/plan.h
echo '#include <dbtwin/zzz.h>' | bad layers "an unknown contract" 'belongs to no room' src/cli/a.c
echo '#include <dbtwin/base.h>' | bad layers "a contract of no room" 'belongs to no room' include/dbtwin/zzz.h
echo '#include <dbtwin/base.h>' | bad layers "an unknown room" 'no such room' src/attic/a.c
echo '# include <libxml/tree.h>' | bad layers "libxml2" 'only src/model/' src/diff/a.c
echo '#include <jansson.h>' | bad layers "jansson" 'only src/model/' src/diff/a.c
echo '#include <libpq-fe.h>' | bad layers "libpq" 'only src/driver/postgres/' src/driver/mysql/a.c
echo '#include <mysql.h> // x' | bad layers "mysql.h" 'only src/driver/mysql/' src/driver/postgres/a.c
echo '#include <mysql/mysql.h>' | bad layers "mysql/mysql.h" 'only src/driver/mysql/' src/driver/a.c
echo '#include <yaml.h>' | bad layers "libyaml" 'only src/cli/' src/sync/a.c
echo '#include <zlib.h>' | bad layers "zlib" 'only src/stream/' src/driver/archive/a.c
echo '#include <archive.h>' | bad layers "libarchive" 'only src/stream/' src/driver/archive/a.c
echo '#include <openssl/hmac.h>' | bad layers "openssl" 'only src/base/' src/sync/a.c
echo '#include <curl/curl.h>' | bad layers "libcurl" 'only src/cli/' src/sync/a.c
echo '#include <gmp.h>' | bad layers "an unknown library" 'is not known' src/cli/a.c
echo '#include <libpq-fe.h>' | bad layers "a contract with a foreign header" 'only src/driver' include/dbtwin/driver.h
echo '#include "x.h"' | bad layers "a contract with a private header" 'a contract includes only' include/dbtwin/driver.h
echo '#include <sys/socket.h>' | bad layers "a pure room with sockets" 'pure room' src/plan/a.c
echo '#include <time.h>' | bad layers "a pure room with a clock" 'pure room' src/model/a.c
echo '#include <termios.h>' | bad layers "a pure room with a terminal" 'pure room' src/base/a.c
echo '#include "../base/alloc.h"' | bad layers "a private header of another room" 'of another room' src/stream/a.c
echo '#include "../mysql/my.h"' | bad layers "a private header of the other engine" 'of a neighbour' src/driver/postgres/a.c
echo '#include "mysql/my.h"' | bad layers "the same from the top of the room" 'of a neighbour' src/driver/postgres/a.c
echo '#include "alloc.h"' | bad layers "a private header that is not here" 'no such private header' src/stream/a.c
printf '#include <stdio.h>\n#include <dbtwin/log.h>\n' | bad layers "own header not first" 'own header comes first' src/base/log.c

for call in strcpy strcat sprintf vsprintf strtok gmtime localtime system setjmp mktemp alloca; do
    echo "    x = $call (a);" | bad banned "$call" "$call() is banned" src/cli/a.c
done
echo 'x = atoi(a);' | bad banned "atoi" 'atoi() is banned' src/cli/a.c
echo 'x = strcpy(a);' | bad banned "strcpy in a test" 'strcpy() is banned' tests/unit/test_base.c
echo 'static inline int f(void) { return system(0); }' | bad banned "in a contract" 'system() is banned' include/dbtwin/base.h
echo 'x = "a" /* b */ "c"; strcat(a, "d");' | bad banned "behind strings and comments" 'strcat() is banned' src/cli/a.c
printf '/*\n *\n */ strcat(a);\n' | bad banned "behind a long comment" 'strcat() is banned' src/cli/a.c
echo 'x = malloc(3);' | bad banned "malloc outside base" 'malloc() is banned' src/plan/a.c
echo 'printf("x");' | bad banned "printing in a library room" 'printf() is banned' src/sync/a.c
echo 'exit(1);' | bad banned "exit in a library room" 'exit() is banned' src/driver/a.c
echo 'popen("x", "r");' | bad banned "a shell in a library room" 'popen() is banned' src/sync/a.c
echo 'getenv("x");' | bad banned "environment in a pure room" 'getenv() is banned' src/model/a.c
echo 't = time(NULL);' | bad banned "clock in a pure room" 'time() is banned' src/diff/a.c

awk 'BEGIN { for (i = 0; i < 801; i++) print "int x;" }' | bad size "a long file" 'split what is longer' src/plan/a.c
awk 'BEGIN { print "int f(void)\n{"; for (i = 0; i < 79; i++) print "    f();"; print "}" }' |
    bad size "a long function" 'a function of 80 lines' src/plan/a.c
awk 'BEGIN { printf "//"; for (i = 0; i < 99; i++) printf "x"; print "" }' | bad size "a long line" 'more than 100' src/plan/a.c
printf 'int a;\tint b;\n' | bad size "a tab" 'a tab' src/plan/a.c
printf 'int a; \n' | bad size "blanks at the end" 'blanks at the end' src/plan/a.c

echo "SELECT 'r' || c.oid" | bad sql "a number is joined to a text" 'not text for certain' src/driver/postgres/sql/column.sql
echo "SELECT c.relname || '.'" | bad sql "a name is joined to a text" 'not text for certain' src/driver/postgres/sql/column.sql
echo "SELECT c.oid::regclass || 'x'" | bad sql "a relation is joined to a text" 'not text for certain' src/driver/postgres/sql/column.sql
echo "SELECT 'x' || c.oid::regclass" | bad sql "a text to a relation" 'not text for certain' src/driver/postgres/sql/column.sql
printf 'SELECT 1 -- \303\244\n' | bad sql "a letter that LATIN1 may not have" 'not ASCII' src/driver/postgres/sql/column.sql

echo 'static int counter;' | bad globals "a static" 'counter' src/plan/a.c
echo 'int counter = 3;' | bad globals "a global" 'counter' src/plan/a.c
echo 'static struct thing things[10] = {{1}, {2}};' | bad globals "an array" 'things' src/plan/a.c
printf 'static int many[] = {\n    1,\n};\n' | bad globals "over several lines" 'many' src/plan/a.c
echo 'static const char *current;' | bad globals "a pointer to const" 'current' src/plan/a.c
echo 'static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;' | bad globals "a lock" 'lock' src/plan/a.c
echo '_Thread_local int mine;' | bad globals "a thread-local" 'mine' src/plan/a.c
printf 'int f(void)\n{\n    static int calls = 0;\n\n    return calls++;\n}\n' | bad globals "static in a function" 'calls' src/plan/a.c
printf 'int f(void)\n{\n    static const char *last;\n\n    return 0;\n}\n' | bad globals "a static pointer in a function" 'last' src/plan/a.c

printf 'see /%s/main/x\n' work | bad paths "a build machine's folder" "somebody's machine" README.md
echo 'see "/root/x"' | bad paths "root's home" "somebody's machine" README.md
echo '/home/bob/x' | bad paths "a home" "somebody's machine" tests/lib/x.sh
echo 'ls /tmp/build-x' | bad paths "a build folder" "somebody's machine" tests/lib/x.sh
echo 'url = http://127.0.0.1:3141/simple' | bad paths "a private host" "private host" meson.build
echo 'https://nexus.example.com/x' | bad paths "a private registry" "private host" README.md
echo 'x = open("/tmp/x");' | bad paths "a fixed temporary file" "fixed temporary" src/plan/a.c

echo 'PROP(TABLE, NEW, "new", NAME, PG, COSMETIC, "new")' | bad pairs "a property without a pair" 'table.new: no' include/dbtwin/kinds.def
echo 'KIND(VIEW, "view", SCHEMA, RELATION, PG, TOP, "a view")' | bad pairs "a kind without one" 'view: no' include/dbtwin/kinds.def
: | bad pairs "a pair of a property that went" 'no such property' fixtures/drift/postgres/table.old

: | bad lists "a source" 'not listed in src/plan/meson.build' src/plan/a.c
: | bad lists "an engine's source" 'not listed in src/driver/mysql/meson.build' src/driver/mysql/a.c
: | bad lists "a query" 'not listed in src/driver/postgres/meson.build' src/driver/postgres/sql/a.sql
: | bad lists "a unit test" 'not listed in tests/unit/meson.build' tests/unit/test_a.c
: | bad lists "a man page" 'not listed in man/meson.build' man/a.5.scd
: | bad lists "a lint" 'not listed in tests/lint/meson.build' tests/lint/a.sh

bad live_index "a line that nobody generated" 'is stale' tests/live/README.md <<'END'
| 999-b | Does it? | all |
END
echo '/* It is read anew. */' | bad words "a comment" 'an old idiom' src/plan/a.c
printf 'f("the run is gone on "\n  "with");\n' | bad words "a text over two lines" 'continue, resume' src/plan/a.c
printf '/*\n * It was not read\n * wholly.\n */\n' | bad words "a line of a comment" 'completely' src/plan/a.c
echo 'f("leave --resume away");' | bad words "leave away" 'omit' src/plan/a.c
echo "SELECT 'left by a run that is no more'" | bad words "a query" 'is gone' src/driver/postgres/sql/column.sql
echo '/* what they are told of; */' | bad words "told of" 'reported' include/dbtwin/base.h
echo '/* where it can be had */' | bad words "be had" 'is available' include/dbtwin/base.h
echo 'f("it is for the server to say");' | bad words "be for" 'who does it' src/plan/a.c
echo 'f("a fault of dbtwin");' | bad words "a fault" 'please report it' src/plan/a.c
echo 'f("a text that was taken apart");' | bad words "take apart" 'split' src/plan/a.c
echo 'f("is yet to be made");' | bad words "yet to be made" 'will be created' src/plan/a.c
echo 'struct crew { int n; };' | bad words "an identifier" 'an old name' src/plan/a.c
: | bad words "a file" 'an old name of a file' src/plan/swap_way.h
} | awk '
    /^(not )?ok - / { sub(/ - /, " " ++n " - ") }
    { print }
    END { print "1.." n }'
