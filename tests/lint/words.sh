#!/bin/sh
# words.sh ROOT - the field's words, not the idioms that the field does not have (they are listed
# below), in texts and comments alike; and no names for what is called strategy, old, pool,
# compress_pool or summary since. Tests are free to describe themselves as they like.
. "$(dirname "$0")/common.sh"

# The folders and pages that are looked at.
looked_at() {
    find src include -type f \( -name '*.[ch]' -o -name '*.sql' -o -name '*.def' \) 2>/dev/null | sort
    ls README.md man/*.scd 2>/dev/null
}

# idioms FILE...: a line for each idiom, which may be broken over two lines, of a text or comment.
idioms() {
    xargs -r awk '
        function ban(pattern, instead) { n++; patterns[n] = pattern; words[n] = instead }
        # a line as it continues the one before: without the frame of a comment or of a text
        function bare(line) {
            sub(/^[ \t]*("|\*+ |--|\/\/)?[ \t]*/, "", line)
            sub(/[ \t]*"[ \t]*$/, "", line)
            return line
        }
        BEGIN {
            ban("(go|goes|gone|going) on with", "continue, resume")
            ban("(^|[^a-z])anew([^a-z]|$)", "again, over; reformat of expressions, recreate of objects")
            ban("(^|[^a-z])wholly([^a-z]|$)", "completely; verify")
            ban("(that|who|which|run|difference) (is|are) no more($|[^ a-z]| [^t])", "is gone; dead, of a run")
            ban("(^|[^a-z])lea(ve|ves|ving|f|ft) ([^ .;]+ )(and [^ .;]+ )?away([^a-z]|$)", "omit")
            ban("(^|[^a-z])told of([^a-z]|$)", "reported, named")
            ban("(^|[^a-z])be had([^a-z]|$)", "is available")
            ban("it is for [^.;,]* to ", "say who does it")
            ban("a fault of dbtwin", "a bug in dbtwin; please report it")
            ban("(^|[^a-z])(take|takes|taken|taking) ([a-z]+ )?apart([^a-z]|$)", "split, parsed; break, of a cycle")
            ban("yet to be made", "will be created")
        }
        FNR == 1 { before = "" }
        {
            here = tolower(bare($0))
            both = before " " here
            for (i = 1; i <= n; i++)
                if (both ~ patterns[i] && before !~ patterns[i])
                    print FILENAME ":" FNR ": an old idiom; instead: " words[i]
            before = here
        }'
}

{
    looked_at | idioms
    code src include | awk -F: '
        {
            text = $0
            sub(/^[^:]*:[0-9]+:/, "", text)
            if (match(text, /(^|[^A-Za-z0-9_])(ways?|aside|crew|press|telling)([^A-Za-z0-9_]|$)/))
                print $1 ":" $2 ": an old name: strategy, old_…, pool, compress_pool, summary"
        }'
    find src include -type f 2>/dev/null | awk -F/ '
        $NF ~ /(^|_)(way|aside|crew|press|telling)(_|\.)/ { print $0 ":1: an old name of a file" }'
} >"$found"
report "$found"
