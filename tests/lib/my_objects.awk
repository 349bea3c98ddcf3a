# my_objects.awk - an independent listing of a MySQL schema: mariadb-dump --no-data in, one line for
# each table, view and trigger out: object <TAB> text on one line. A trigger counts to its table.
# Column and key lines of a table are sorted; AUTO_INCREMENT positions are dropped.
function flush_entry(    i, k, tmp, text) {
    if (top == "") return
    for (i = 2; i <= nl; i++)
        for (k = i; k > 1 && line[k] < line[k - 1]; k--) { tmp = line[k]; line[k] = line[k - 1]; line[k - 1] = tmp }
    for (i = 1; i <= nl; i++) text = text " " line[i]
    gsub(/\t/, " ", text)
    if (nl) print top "\t" text
    top = ""; nl = 0
}
/^-- Table structure for table / || /^-- Final view structure for view / {
    flush_entry(); top = $0; sub(/^[^`]*`/, "", top); sub(/`$/, "", top); trigger = 0; next
}
/^-- Temporary table structure for view / || /^-- Dumping / { flush_entry(); next }
/ TRIGGER / && /CREATE/ {
    table = $0
    if (match(table, / ON [^ ]+/)) { table = substr(table, RSTART + 4, RLENGTH - 4); gsub(/`/, "", table) }
    flush_entry(); top = table; nl = 0; line[++nl] = $0; next
}
top == "" || /^--/ || /^\/\*!40/ || /^\/\*M!/ || /SET (@|character|collation|sql_mode)/ || /^$/ { next }
{ l = $0; sub(/,$/, "", l); sub(/ AUTO_INCREMENT=[0-9]+/, "", l); line[++nl] = l }
END { flush_entry() }
