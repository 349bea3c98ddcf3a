# pg_objects.awk - an independent listing of a schema: pg_dump -s in, one line for each entry out:
#   schema.top <TAB> the entry's text on one line
# top is the table, view, sequence, type or routine that the entry belongs to. Column lines of a
# table are sorted, because column order is information and no drift. Names with blanks are not
# understood: this is for known schemas.
function flush_entry(    i, n, k, text, tmp) {
    if (top == "") return
    if (type == "TABLE") { # sort what stands between the parentheses
        for (i = 2; i <= nl; i++)
            for (k = i; k > 1 && line[k] < line[k - 1]; k--) { tmp = line[k]; line[k] = line[k - 1]; line[k - 1] = tmp }
    }
    text = ""
    for (i = 1; i <= nl; i++) text = text " " line[i]
    gsub(/\t/, " ", text)
    if (text ~ /[^ ]/) print top "\t" type ":" text
    top = ""
}
/^-- (Name|Data for Name): .*; Type: .*; Schema: / {
    flush_entry()
    s = $0; sub(/^-- Name: /, "", s)
    name = s; sub(/; Type: .*/, "", name)
    type = s; sub(/.*; Type: /, "", type); sub(/; Schema: .*/, "", type)
    schema = s; sub(/.*; Schema: /, "", schema); sub(/; Owner: .*/, "", schema); sub(/; Tablespace: .*/, "", schema)
    nl = 0; first = name
    if (type ~ /^(DEFAULT|CONSTRAINT|FK CONSTRAINT|TRIGGER|RULE|POLICY|ROW SECURITY|CHECK CONSTRAINT)$/) sub(/ .*/, "", first)
    if (type == "COMMENT" || type == "ACL") {
        kind = name
        if (name ~ /^COLUMN /) { sub(/^COLUMN /, "", first); sub(/\.[^.]*$/, "", first); sub(/^"/, "", first); sub(/"$/, "", first) }
        else if (name ~ / ON /) { sub(/.* ON /, "", first) }
        else if (name ~ /^MATERIALIZED VIEW /) sub(/^MATERIALIZED VIEW /, "", first)
        else sub(/^[A-Z]+ /, "", first)
    }
    top = (schema == "-") ? first : schema "." first
    if (type == "SCHEMA" || (type == "COMMENT" && kind ~ /^(SCHEMA|EXTENSION)/) || (type == "ACL" && kind ~ /^SCHEMA/)) top = first
    next
}
/^--/ || /^$/ || /^SET / || /^SELECT pg_catalog.set_config/ || /^\\/ { next }
top == "" { next }
{
    l = $0; sub(/,$/, "", l)
    if (type == "INDEX" && l ~ / ON /) {
        t = l; sub(/^.* ON (ONLY )?/, "", t); sub(/ .*/, "", t); top = t
    }
    if ((type == "INDEX ATTACH" || type == "TABLE ATTACH") && l ~ /ATTACH PARTITION/) {
        t = l; sub(/^.*ATTACH PARTITION /, "", t); sub(/[ ;].*/, "", t)
        top = t
    }
    line[++nl] = l
}
END { flush_entry() }
