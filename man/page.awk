# page.awk: awk -f page.awk kinds.def options.part PAGE.scd - a page with its shared parts filled in.
# "@KINDS@" becomes the table of kinds, which comes from kinds.def like everything else. "@option NAME..."
# becomes the paragraphs of these options: options.part holds those that several commands share.

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
FNR == 1 { file++ }
file == 1 {
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
        if (field[4] ~ /SERVERS_OWN/) note = note "; no drift between major versions"
        if (field[4] ~ /SECRET/) note = note "; a digest"
        if (field[4] ~ /INTERNAL/) note = note "; internal, not compared"
        kinds = kinds "\n*" plain(name) "* (" note ")\n\t" plain(help) "\n"
    }
    next
}
file == 2 {
    if ($1 == "@option") option = $2
    else if (option) {
        sub(/^$/, "\n", text[option])
        text[option] = text[option] $0 "\n"
    }
    next
}
/^@KINDS@$/ { print substr(kinds, 2); next }
/^@option / {
    for (i = 2; i <= NF; i++) {
        if (!($i in text)) {
            print "page.awk: options.part has no option " $i >"/dev/stderr"
            exit 1
        }
        part = text[$i]
        gsub(/^\n+|\n+$/, "", part)
        print part (i < NF ? "\n" : "")
    }
    next
}
{ print }
