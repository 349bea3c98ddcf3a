# figures.awk - the Markdown that tests/bench/README.md uses, as HTML: headings, paragraphs, tables, indented code, `code`.
function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}
function inline(text,    out, at) {
    text = escaped(text)
    while ((at = index(text, "`")) > 0) {
        out = out substr(text, 1, at - 1)
        text = substr(text, at + 1)
        at = index(text, "`")
        if (!at) { out = out "`"; break }
        out = out "<code>" substr(text, 1, at - 1) "</code>"
        text = substr(text, at + 1)
    }
    return out text
}
function leave() {
    if (inside == "p") print "</p>"
    if (inside == "pre") print "</pre>"
    if (inside == "table") print "</table></div>"
    inside = ""
}
function enter(what, opening) {
    if (inside == what) return
    leave()
    inside = what
    printf "%s", opening
}
/^#+ / {
    leave()
    level = index($0, " ") - 1
    text = substr($0, level + 2)
    id = tolower(text)
    gsub(/[^a-z0-9]+/, "-", id)
    printf "<h%d id=\"%s\">%s</h%d>\n", level, id, inline(text), level
    next
}
/^    / { enter("pre", "<pre>"); print escaped(substr($0, 5)); next }
/^\|[- |]*\|$/ { next }
/^\|/ {
    head = inside != "table"
    enter("table", "<div class=\"scroll\"><table class=\"figures\">\n")
    line = $0
    gsub(/\\\|/, "\001", line)
    n = split(line, cell, / *\| */)
    printf "<tr>"
    for (i = 2; i < n; i++) {
        gsub(/\001/, "|", cell[i])
        printf head ? "<th>%s</th>" : "<td>%s</td>", inline(cell[i])
    }
    print "</tr>"
    next
}
/^$/ { leave(); next }
{ enter("p", "<p>"); print inline($0) }
END { leave() }
