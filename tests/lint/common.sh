# common.sh - what every lint sources. A lint is called as `lint.sh ROOT`, prints one line
# "path:line: what is wrong" per finding, and is false if it found any.
set -u
export LC_ALL=C
cd "$1" || exit 2

findings=0

# report FILE_OF_FINDINGS: prints them and ends the lint.
report() {
    findings=$(wc -l <"$1")
    cat "$1"
    rm -f "$1"
    [ "$findings" -eq 0 ] || exit 1
    exit 0
}

found=$(mktemp "${TMPDIR:-/tmp}/dbtwin-lint.XXXXXX") || exit 2

# c_files FOLDER...: the C files below the folders, sorted.
c_files() {
    find "$@" -name '*.[ch]' -type f 2>/dev/null | sort
}

# code FOLDER...: every line of the C files as path:line:text, with comments and the contents of
# strings taken out, so that words are only found where they are code.
code() {
    c_files "$@" | while IFS= read -r file; do
        awk -v file="$file" '{
            out = ""
            text = $0
            while (text != "") {
                if (comment) {
                    at = index(text, "*/")
                    if (!at) break
                    comment = 0
                    text = substr(text, at + 2)
                    out = out " "
                    continue
                }
                if (!match(text, /\/\*|\/\/|"|'\''/)) { out = out text; break }
                out = out substr(text, 1, RSTART - 1)
                mark = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                if (mark == "//") break
                if (mark == "/*") { comment = 1; continue }
                out = out mark mark
                while (text != "" && substr(text, 1, 1) != mark)
                    text = substr(text, substr(text, 1, 1) == "\\" ? 3 : 2)
                text = substr(text, 2)
            }
            print file ":" FNR ":" out
        }' "$file"
    done
}
