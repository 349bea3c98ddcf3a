# page.awk: awk -f page.awk kinds.def options.part PAGE.scd - a page with its shared parts filled in.
# "@KINDS@" becomes the table of kinds, which comes from kinds.def like everything else, and "@LEVELS@" its LEVEL rows. "@option NAME..."
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
function severity(flags) {
    if (flags ~ /SECURITY/) return "security"
    if (flags ~ /DATA/) return "data"
    return flags ~ /HARMLESS/ ? "harmless" : "behaviour"
}
FNR == 1 { file++ }
file == 1 && /^LEVEL_/ {
    split($0, field, /[(),]+ */)
    n = split($0, quoted, "\"")
    what = "*" tolower(field[2]) "*"
    if (/^LEVEL_NAME/) what = what " " plain(quoted[2])
    if (/^LEVEL_VALUE/) what = what (quoted[2] == "*" ? "" : " " plain(quoted[2])) " with " tolower(field[4]) " " plain(quoted[4])
    if (/^LEVEL_IN/) what = what " in a " plain(tolower(field[3]))
    match($0, /[A-Z]+\)$/)
    levels = levels "- " what ": " (/^LEVEL_IN/ ? "at most " : "") tolower(substr($0, RSTART, RLENGTH - 1)) "\n"
    next
}
file == 1 {
    if (!match($0, /^(KIND|PROP)\([A-Z]/)) next
    n = split($0, quoted, "\"")
    name = quoted[2]
    help = quoted[4]
    split(quoted[3], field, /, */)
    if (/^KIND/) {
        of = engines(field[4])
        kinds = kinds "\n## " plain(name) "\n\n" plain(help) (of ? ". " of " only" : "") ". Severity: " severity(field[5]) ".\n"
    } else {
        of = engines(field[3])
        note = tolower(field[2])
        if (of) note = note "; " of
        if (field[4] ~ /VOLATILE/) note = note "; not compared"
        if (field[4] ~ /COSMETIC/) note = note "; only with --strict"
        if (field[4] ~ /SERVERS_OWN/) note = note "; no drift between major versions"
        if (field[4] ~ /SECRET/) note = note "; a digest"
        if (field[4] ~ /INTERNAL/) note = note "; internal, not compared"
        if (field[4] !~ /VOLATILE|INTERNAL/) note = note "; " severity(field[4])
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
/^@LEVELS@$/ { printf "%s", levels; next }
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
