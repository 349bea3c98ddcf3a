#!/bin/sh
# globals.sh ROOT - no writable variable outlives a call: neither at file scope nor static in a
# function. What is allowed is named here with its reason.
. "$(dirname "$0")/common.sh"

cat >"$found.allowed" <<'END'
src/base/buf.c buf_empty           the "" of every empty buf; never written
src/base/log.c sink_lock           the log is process-wide
src/base/log.c installed_sink
src/base/log.c sink_ctx
src/base/log.c current_level
src/base/log.c cancelled           the cancel flag
src/cli/progress.c screen          a process has one stderr: its lock and whether a line stands there
src/model/xml_read.c library_once   libxml2 is initialised once per process
src/driver/mysql/connection/login.c login_once   libmysqlclient is initialised once per process
src/driver/mysql/connection/login.c plugin       its interface takes no const
END

# A hint, by the look of the text: at brace depth 0 (or after `static` in a function) a statement
# that declares an object without const, and is neither a type nor a function.
code src | awk -v allowed="$found.allowed" '
    BEGIN {
        while ((getline line < allowed) > 0) {
            split(line, w, " ")
            fine[w[1], w[2]] = 1
        }
    }
    {
        match($0, /^[^:]*:[^:]*:/)
        split(substr($0, 1, RLENGTH), at, ":")
        text = substr($0, RLENGTH + 1)
        path = at[1]; line = at[2]
        if (path != last) { depth = 0; statement = ""; last = path }
        if (path !~ /\.c$/ || text ~ /^[ \t]*#/ || continued) {
            continued = text ~ /\\$/
            next
        }
        start = depth
        plain = text
        opened = gsub(/\{/, "{", plain)
        closed = gsub(/\}/, "}", plain)
        depth += opened - closed
        if (depth < 0) depth = 0
        if (start > 0) {
            if (text ~ /^[ \t]*static[ \t]/ && text !~ /const|_Thread_local|\)[ \t]*[;{]?$/) say(text)
            else if (text ~ /^[ \t]*static[ \t]/ && text ~ /const[^*=]*\*[ \t]*[a-z_]+[ \t]*(=|;|\[)/ &&
                     text !~ /\*[ \t]*const/) say(text)
            next
        }
        statement = statement == "" ? text : statement " " text
        if (text ~ /[;{}][ \t]*$/ || text ~ /^[ \t]*$/) {
            if (statement ~ /^(static[ \t]+)?[A-Za-z_]/ && statement !~ /^(typedef|extern|enum|union|_Static_assert|static_assert)[ \t(]/ &&
                statement !~ /^struct[ \t]+[a-z_0-9]+[ \t]*[{;]/ && statement !~ /^[A-Z_0-9]+\(/ &&
                !is_function(statement)) {
                head = statement
                sub(/=.*/, "", head)
                # const of what a pointer shows is not const of the pointer
                if (head !~ /const/ || (head ~ /\*/ && head !~ /\*[ \t]*const/)) say(head)
            }
            statement = ""
        }
    }
    function is_function(s) {
        sub(/=.*/, "", s)
        gsub(/__attribute__[ \t]*\(\([^)]*\)*/, "", s)
        gsub(/PRINTF_LIKE\([^)]*\)/, "", s)
        return s ~ /[a-z0-9_][ \t]*\(/ && s !~ /\([ \t]*\*/
    }
    function say(s,    name) {
        sub(/[ \t]*[=;{].*/, "", s)
        gsub(/\[[^\]]*\]/, "", s)
        name = s
        sub(/[ \t]+$/, "", name)
        sub(/.*[^A-Za-z0-9_]/, "", name)
        if (name != "" && !((path, name) in fine))
            print path ":" line ": a writable variable that outlives the call: " name
    }' >"$found"
rm -f "$found.allowed"
report "$found"
