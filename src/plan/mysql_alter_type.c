#include "mysql_alter.h"

#include <dbtwin/sqltoken.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * What a change of type does to the rows that are there. Under a strict sql_mode a value that does
 * not fit ends the statement; digits behind the point, and the time of a day, are rounded or cut
 * off without a word ("Numeric Data Types", "Conversion Between Date and Time Types").
 */

enum family { INTEGER, DECIMAL, FLOAT, TEXT, BYTES, LABELS, SET, TIME, OTHER };

struct type {
    char name[16];
    enum family family;
    unsigned long long size; /* bytes of an integer, characters or bytes of a text */
    unsigned scale;          /* digits behind the point, also of seconds */
    bool is_unsigned;
    const char *labels, *end; /* of ENUM and SET: between the parentheses */
};

static const struct {
    const char *name;
    enum family family;
    unsigned long long size;
} known[] = {
    {"tinyint", INTEGER, 1},
    {"smallint", INTEGER, 2},
    {"mediumint", INTEGER, 3},
    {"int", INTEGER, 4},
    {"bigint", INTEGER, 8},
    {"decimal", DECIMAL, 10},
    {"float", FLOAT, 4},
    {"double", FLOAT, 8},
    {"char", TEXT, 1},
    {"varchar", TEXT, 0},
    {"tinytext", TEXT, 255},
    {"text", TEXT, 65535},
    {"mediumtext", TEXT, 16777215},
    {"longtext", TEXT, 4294967295},
    {"binary", BYTES, 1},
    {"varbinary", BYTES, 0},
    {"tinyblob", BYTES, 255},
    {"blob", BYTES, 65535},
    {"mediumblob", BYTES, 16777215},
    {"longblob", BYTES, 4294967295},
    {"enum", LABELS, 0},
    {"set", SET, 0},
    {"date", TIME, 0},
    {"datetime", TIME, 0},
    {"timestamp", TIME, 0},
    {"time", TIME, 0},
    {"year", TIME, 0},
};

static struct type parse(const char *text)
{
    struct type t = {.family = OTHER};
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const char *open = text[n] == '(' ? text + n + 1 : NULL;

    if (n >= sizeof(t.name))
        return t;
    memcpy(t.name, text, n);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!strcasecmp(known[i].name, t.name)) {
            t.family = known[i].family;
            t.size = known[i].size;
        }
    t.is_unsigned = strstr(text, " unsigned") != NULL;
    if (!open)
        return t;
    t.labels = open;
    t.end = strrchr(open, ')');
    if (t.family == TIME)
        t.scale = (unsigned)strtoul(open, NULL, 10);
    else if (t.family != INTEGER && t.family != LABELS && t.family != SET)
        t.size = strtoull(open, NULL, 10);
    if ((t.family == DECIMAL || t.family == FLOAT) && strchr(open, ','))
        t.scale = (unsigned)strtoul(strchr(open, ',') + 1, NULL, 10);
    return t;
}

/* ---- labels of ENUM and SET ------------------------------------------------------------------ */

/* The label at *at as it is written, and *at behind its comma; length 0 at the end. */
static struct slice next_label(const char **at, const char *end)
{
    struct slice s = {*at, 0};

    if (*at >= end)
        return s;
    *at = sqltoken_end(*at, end);
    s.len = (size_t)(*at - s.data);
    while (*at < end && strchr(", ", **at))
        ++*at;
    return s;
}

static size_t count_labels(const struct type *t)
{
    const char *at = t->labels;
    size_t n = 0;

    while (next_label(&at, t->end).len)
        n++;
    return n;
}

static bool has_label(const struct type *t, struct slice label)
{
    const char *at = t->labels;
    struct slice l;

    while ((l = next_label(&at, t->end)).len)
        if (l.len == label.len && !memcmp(l.data, label.data, l.len))
            return true;
    return false;
}

static bool begins_with_all(const struct type *longer, const struct type *t)
{
    const char *a = longer->labels, *b = t->labels;
    struct slice x, y;

    while ((y = next_label(&b, t->end)).len) {
        x = next_label(&a, longer->end);
        if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0)
            return false;
    }
    return true;
}

/* An ENUM takes one byte up to 255 labels; a SET one for each eight, and eight from 33. */
static unsigned label_bytes(const struct type *t)
{
    size_t n = count_labels(t), bytes = (n + 7) / 8;

    if (t->family == LABELS)
        return n > 255 ? 2 : 1;
    return bytes > 4 ? 8 : (unsigned)bytes;
}

static void lost_labels(struct my_alter *a, const char *column, const struct type *from,
                        const struct type *to)
{
    struct buf condition = BUF_INIT, what = BUF_INIT;
    const char *at = to->labels;
    struct slice l;

    while ((l = next_label(&at, to->end)).len) {
        if (has_label(from, l))
            continue;
        if (condition.len)
            buf_adds(&condition, " OR ");
        if (to->family == SET)
            buf_addf(&condition, "FIND_IN_SET(%.*s, %s)", (int)l.len, l.data, column);
        else
            buf_addf(&condition, "%s = %.*s", column, (int)l.len, l.data);
    }
    if (condition.len) {
        buf_addf(&what, "with a value of %s that it loses", column);
        my_alter_misfit(a, condition.data, what.data);
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    }
    buf_release(&condition);
    buf_release(&what);
}

static enum my_op change_labels(struct my_alter *a, const char *column, const struct type *from,
                                const struct type *to)
{
    if (begins_with_all(from, to) && label_bytes(from) == label_bytes(to))
        return OP_LABELS;
    lost_labels(a, column, from, to);
    if (!begins_with_all(from, to))
        my_alter_hazard(a, HAZARD_MEANING,
                        "labels move: what is sorted by the column comes in another order");
    return OP_TYPE;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static unsigned bytes_of_character(const struct object *column)
{
    const char *charset = model_get(column, P_COLUMN_CHARSET);

    return !charset                            ? 1
           : str_starts(charset, "utf8mb4")    ? 4
           : str_starts(charset, "utf8")       ? 3
           : str_starts(charset, "ucs2")       ? 2
           : str_starts(charset, "utf16")      ? 4
           : mysql_word(charset, "utf32")      ? 4
           : mysql_word(charset, "gb18030")    ? 4
           : mysql_word(charset, "eucjpms")    ? 3
           : mysql_word(charset, "ujis")       ? 3
           : strchr("bcegs", *charset) != NULL ? 2
                                               : 1;
}

static bool is_counted_by_one_byte(const struct type *t, const struct object *column)
{
    return t->size * bytes_of_character(column) < 256;
}

static bool is_var(const struct type *t)
{
    return !strncasecmp(t->name, "var", 3);
}

static enum my_op change_text(struct my_alter *a, const char *column, const struct object *o,
                              const struct type *from, const struct type *to)
{
    struct buf condition = BUF_INIT, what = BUF_INIT;

    if (from->size < to->size) {
        bool blob = strstr(from->name, "text") || strstr(from->name, "blob");
        buf_addf(&condition, "%s(%s) > %llu",
                 from->family == BYTES || blob ? "LENGTH" : "CHAR_LENGTH", column, from->size);
        buf_addf(&what, "with a %s longer than %llu", column, from->size);
        my_alter_misfit(a, condition.data, what.data);
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    }
    buf_release(&condition);
    buf_release(&what);
    return is_var(from) && is_var(to) && from->size >= to->size &&
                   is_counted_by_one_byte(from, o) == is_counted_by_one_byte(to, o)
               ? OP_LONGER
               : OP_TYPE;
}

/* ---- all ------------------------------------------------------------------------------------- */

static void change_number(struct my_alter *a, const struct type *from, const struct type *to)
{
    bool narrower = from->size < to->size || from->is_unsigned != to->is_unsigned ||
                    from->size - from->scale < to->size - to->scale;

    if (from->family == INTEGER && to->family == INTEGER ? narrower : from->family == DECIMAL)
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    if (to->family != INTEGER && (from->family != to->family || from->scale < to->scale ||
                                  (from->family == FLOAT && from->size < to->size)))
        my_alter_hazard(a, HAZARD_DATA, "digits are rounded away");
}

static bool has_day(const struct type *t)
{
    return !strncasecmp(t->name, "date", 4) || mysql_word(t->name, "timestamp");
}

static bool has_clock(const struct type *t)
{
    return mysql_word(t->name, "datetime") || mysql_word(t->name, "timestamp") ||
           mysql_word(t->name, "time");
}

static void change_time(struct my_alter *a, const struct type *from, const struct type *to)
{
    if (from->scale < to->scale || (has_day(to) && !has_day(from)) ||
        (has_clock(to) && !has_clock(from)))
        my_alter_hazard(a, HAZARD_DATA, "a part of the time is cut off");
    if (!mysql_word(from->name, to->name))
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    if (mysql_word(from->name, "timestamp") != mysql_word(to->name, "timestamp"))
        my_alter_hazard(a, HAZARD_MEANING, "the session's time zone says which time is meant");
}

static bool is_number(const struct type *t)
{
    return t->family == INTEGER || t->family == DECIMAL || t->family == FLOAT;
}

enum my_op my_type_change(struct my_alter *a, const struct object *from, const struct object *to)
{
    struct type new_type = parse(model_get(from, P_COLUMN_TYPE));
    struct type old_type = parse(model_get(to, P_COLUMN_TYPE));
    struct buf column = BUF_INIT;
    enum my_op op = OP_TYPE;

    mysql_name(&column, to->name);
    if (is_number(&new_type) && is_number(&old_type)) {
        change_number(a, &new_type, &old_type);
        /* How wide an integer is shown is no matter of rows. */
        if (new_type.family == INTEGER && old_type.family == INTEGER &&
            new_type.size == old_type.size && new_type.is_unsigned == old_type.is_unsigned)
            op = OP_COLUMN_META;
    } else if (new_type.family == TIME && old_type.family == TIME)
        change_time(a, &new_type, &old_type);
    else if (new_type.family == old_type.family &&
             (new_type.family == LABELS || new_type.family == SET) && new_type.end && old_type.end)
        op = change_labels(a, column.data, &new_type, &old_type);
    else if (new_type.family == old_type.family &&
             (new_type.family == TEXT || new_type.family == BYTES))
        op = change_text(a, column.data, from, &new_type, &old_type);
    else
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    buf_release(&column);
    return op;
}
