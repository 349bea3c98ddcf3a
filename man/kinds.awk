# kinds.awk: awk -f kinds.awk kinds.def dbtwin-model.7.scd - the page with the table of kinds, which
# comes from the same rows as everything else.

# The text with what scdoc(5) would take for markup escaped.
function plain(text) {
    gsub(/[\\_*#<>`]/, "\\\\&", text)
    return text
}
function engines(word) {
    if (word ~ /ALL/) return ""
    out = word ~ /PG/ ? "PostgreSQL" : ""
    if (word ~ /MYSQL|MY( |$)/) out = out (out ? ", " : "") "MySQL"
    if (word ~ /MYSQL|MA/) out = out (out ? ", " : "") "MariaDB"
    return out
}
FNR == NR {
    if (!match($0, /^(KIND|PROP)\([A-Z]/)) next
    n = split($0, quoted, "\"")
    name = quoted[2]
    help = quoted[4]
    split(quoted[3], field, /, */)
    if (/^KIND/) {
        of = engines(field[4])
        kinds = kinds "\n## " plain(name) "\n\n" plain(help) (of ? ". " of " only" : "") ".\n"
    } else {
        of = engines(field[3])
        note = tolower(field[2])
        if (of) note = note "; " of
        if (field[4] ~ /VOLATILE/) note = note "; not compared"
        if (field[4] ~ /COSMETIC/) note = note "; only with --strict"
        if (field[4] ~ /SERVERS_OWN/) note = note "; between major versions no drift"
        if (field[4] ~ /SECRET/) note = note "; a digest"
        if (field[4] ~ /INTERNAL/) note = note "; dbtwin's own, not compared"
        kinds = kinds "\n*" plain(name) "* (" note ")\n\t" plain(help) "\n"
    }
    next
}
/^@KINDS@$/ { print substr(kinds, 2); next }
{ print }
