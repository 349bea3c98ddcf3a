#!/bin/sh
# banned.sh ROOT - functions that are not called here, and why.
. "$(dirname "$0")/common.sh"

code src include tests | awk -F: '
    function ban(list, why, where,    names, i, n) {
        n = split(list, names, " ")
        for (i = 1; i <= n; i++) {
            reason[names[i]] = why
            scope[names[i]] = where
        }
    }
    BEGIN {
        # everywhere
        ban("strcpy strcat sprintf vsprintf gets stpcpy", "knows no bounds: snprintf, buf or arena_printf", "all")
        ban("strtok", "keeps state behind your back: strtok_r, or a loop", "all")
        ban("atoi atol atoll", "hides errors: str_parse_i64", "all")
        ban("gmtime localtime ctime asctime", "shares a buffer between threads: gmtime_r, strftime", "all")
        ban("system", "starts a shell and hides how it went: posix_spawn", "all")
        ban("popen", "starts a shell: only src/cli may, for what the user configured", "print")
        ban("setjmp longjmp sigsetjmp siglongjmp", "errors are returned", "all")
        ban("tmpnam tempnam mktemp", "races: mkstemp, mkdtemp", "all")
        ban("alloca strdupa strndupa", "has no way to fail: an arena", "all")
        # where memory, output and the end of the process belong to somebody else
        ban("malloc calloc realloc reallocarray strdup strndup asprintf vasprintf", "memory comes from arenas, bufs and vecs", "memory")
        ban("printf vprintf puts putchar perror fputs fprintf vfprintf", "a library room does not print", "print")
        ban("exit abort quick_exit", "a library room does not end the process", "print")
        ban("getenv secure_getenv setenv unsetenv putenv isatty", "a pure room knows no environment or terminal", "pure")
        ban("time clock_gettime gettimeofday sleep usleep nanosleep", "a pure room knows no clock", "pure")
    }
    {
        path = $1; line = $2
        text = $0
        sub(/^[^:]*:[^:]*:/, "", text)
        if (text ~ /^[ \t]*#/) next
        test = path ~ /^tests\//
        cli = path ~ /^src\/(cli\/|main\.c$)/
        pure = path ~ /^src\/(base|stream|model|mask|diff|plan)\//
        while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
            name = substr(text, RSTART, RLENGTH - 1)
            sub(/[ \t]+$/, "", name)
            before = RSTART > 1 ? substr(text, RSTART - 1, 1) : ""
            text = substr(text, RSTART + RLENGTH)
            if (!(name in reason) || before == "." || before == ">") continue
            where = scope[name]
            if (where == "all" && !(test && name ~ /^ato/) ||
                where == "memory" && !test && path !~ /^src\/base\// ||
                where == "print" && !test && !cli ||
                where == "pure" && pure)
                print path ":" line ": " name "() is banned: " reason[name]
        }
    }' >"$found"
report "$found"
