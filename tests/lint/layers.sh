#!/bin/sh
# layers.sh ROOT - who may include what: the order of the rooms, one room per foreign library, no
# socket, clock or terminal in a pure room, own header first, and contracts without foreign headers.
. "$(dirname "$0")/common.sh"

cat >"$found.rules" <<'END'
room base base
room stream base stream
room model base model
room mask base model mask
room driver base stream model driver
room diff base model diff
room plan base model diff plan
room sync base stream model mask driver plan sync
room cli base stream model mask driver diff plan sync cli
room main base stream model mask driver diff plan sync cli
contract base.h base
contract baseline.h diff
contract audit.h sync
contract classify.h mask
contract clock.h driver
contract diff.h diff
contract driver.h driver
contract driver_source.h driver
contract driver_target.h driver
contract engine.h model
contract err.h base
contract json.h model
contract kinds.def model
contract kinds.h model
contract log.h base
contract mask.h mask
contract model.h model
contract namemap.h model
contract pack.h stream
contract plan.h plan
contract partial.h stream
contract apply.h sync
contract preflight.h sync
contract proof.h plan
contract reader.h stream
contract select.h model
contract sqlshape.h model
contract psqltoken.h model
contract sqltoken.h model
contract subset.h mask
contract sync.h sync
contract xml.h model
foreign archive.h src/stream/
foreign archive_entry.h src/stream/
foreign curl/* src/cli/
foreign errmsg.h src/driver/mysql/
foreign jansson.h src/model/ src/mask/
foreign libdeflate.h src/stream/
foreign libpq-fe.h src/driver/postgres/
foreign libpq/* src/driver/postgres/
foreign libxml/* src/model/
foreign ma_* src/driver/mysql/
foreign mariadb* src/driver/mysql/
foreign mysql* src/driver/mysql/
foreign openssl/* src/base/ src/mask/
foreign pcre2.h src/mask/
foreign postgres_ext.h src/driver/postgres/
foreign xxhash.h src/base/
foreign yaml.h src/cli/
foreign zlib.h src/stream/
foreign zstd.h src/stream/
impure ifaddrs.h
impure netdb.h
impure netinet/*
impure sys/ioctl.h
impure sys/socket.h
impure sys/time.h
impure sys/un.h
impure termios.h
impure time.h
standard arpa/inet.h
standard assert.h
standard ctype.h
standard dirent.h
standard errno.h
standard fcntl.h
standard float.h
standard fnmatch.h
standard getopt.h
standard glob.h
standard ifaddrs.h
standard grp.h
standard iconv.h
standard inttypes.h
standard langinfo.h
standard libgen.h
standard limits.h
standard locale.h
standard math.h
standard netdb.h
standard netinet/*
standard poll.h
standard pthread.h
standard pwd.h
standard regex.h
standard sanitizer/*
standard sched.h
standard search.h
standard signal.h
standard spawn.h
standard stdalign.h
standard stdarg.h
standard stdatomic.h
standard stdbool.h
standard stddef.h
standard stdint.h
standard stdio.h
standard stdlib.h
standard string.h
standard strings.h
standard sys/*
standard termios.h
standard time.h
standard unistd.h
standard wchar.h
END

c_files src include | while IFS= read -r file; do
    awk -v file="$file" -v rules="$found.rules" '
        function wrong(what) { print file ":" FNR ": " what }
        # The row of a table that matches the header, by whole name or by "prefix*".
        function row(table, name,    i) {
            for (i = 1; i <= count[table]; i++) {
                key = keys[table, i]
                if (key == name) return i
                if (sub(/\*$/, "", key) && index(name, key) == 1) return i
            }
            return 0
        }
        function exists(path,    line, ok) {
            ok = (getline line < path) >= 0
            close(path)
            return ok
        }
        BEGIN {
            while ((getline line < rules) > 0) {
                n = split(line, w, " ")
                keys[w[1], ++count[w[1]]] = w[2]
                rest = " "
                for (i = 3; i <= n; i++) rest = rest w[i] " "
                values[w[1], count[w[1]]] = rest
            }
            n = split(file, part, "/")
            folder = file
            sub(/[^\/]*$/, "", folder)
            base = part[n]
            sub(/\.[ch]$/, "", base)
            if (part[1] == "include") {
                i = row("contract", part[n])
                if (!i) { print file ":1: belongs to no room: say to which in tests/lint/layers.sh"; exit }
                room = values["contract", i]
                gsub(/ /, "", room)
            } else
                room = n == 2 ? "main" : part[2]
            i = row("room", room)
            if (!i) { print file ":1: no such room: " room; exit }
            sees = values["room", i]
            pure = room ~ /^(base|stream|model|mask|diff|plan)$/
            if (part[1] != "include" && file ~ /\.c$/) {
                if (exists("include/dbtwin/" base ".h")) own = "<dbtwin/" base ".h>"
                if (exists(folder base ".h")) own = own (own ? " or " : "") "\"" base ".h\""
            }
        }
        !/^[ \t]*#[ \t]*include/ { next }
        {
            header = $0
            sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
            sub(/[ \t]*(\/[\/*].*)?$/, "", header)
            if (!first++ && own != "" && !index(own, header))
                wrong("its own header comes first: " own)
            name = substr(header, 2, length(header) - 2)
        }
        header ~ /^</ && name ~ /^dbtwin\// {
            sub(/^dbtwin\//, "", name)
            i = row("contract", name)
            if (!i) { wrong("<dbtwin/" name "> belongs to no room: say to which in tests/lint/layers.sh"); next }
            of = values["contract", i]
            if (!index(sees, of)) wrong("room " room " may not see" of "(<dbtwin/" name ">)")
            next
        }
        header ~ /^</ {
            i = row("foreign", name)
            if (i) {
                where = values["foreign", i]
                n_where = split(where, folders, " ")
                for (known = 0; n_where > 0; n_where--)
                    if (index(file, folders[n_where]) == 1) known = 1
                gsub(/^ | $/, "", where)
                if (!known) wrong("only " where " may include <" name ">")
            } else if (!row("standard", name))
                wrong("<" name "> is not known: say who may include it in tests/lint/layers.sh")
            if (pure && row("impure", name))
                wrong("the pure room " room " may not include <" name ">")
            next
        }
        part[1] == "include" { wrong("a contract includes only <dbtwin/...> and the standard: " header); next }
        {
            # A private header: of the same room, and of the same engine or of none.
            if (exists(folder name)) path = folder name
            else if (exists("src/" part[2] "/" name)) path = "src/" part[2] "/" name
            else { wrong("no such private header in this room: " header); next }
            while (sub(/[^\/]+\/\.\.\//, "", path)) ;
            if (room == "main" ? path !~ /^src\/cli\// : index(path, "src/" room "/") != 1)
                wrong("a private header of another room: " path)
            else if (n > 3 && path ~ /^src\/[^\/]+\/[^\/]+\// && index(path, "src/" part[2] "/" part[3] "/") != 1)
                wrong("a private header of a neighbour: " path)
        }' "$file"
done >"$found"
rm -f "$found.rules"
report "$found"
