#include "create.h"

#include <string.h>
#include <strings.h>

/* Read from information_schema, or data. */
static bool is_known_option(const char *name)
{
    static const char *const known[] = {"ENGINE",  "CHARSET",        "COLLATE",
                                        "COMMENT", "AUTO_INCREMENT", "SET"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!strcasecmp(name, known[i]))
            return true;
    }
    return false;
}

static const char *const secrets[] = {"connection", "password"};

bool my_table_options_may_be_secret(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        if (strcasestr(text, secrets[i]))
            return true;
    }
    return false;
}

bool my_table_options_is_secret(struct slice word)
{
    if (word.len > 2 && *word.data == '`') {
        word.data++;
        word.len -= 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        if (word.len == strlen(secrets[i]) && !strncasecmp(word.data, secrets[i], word.len))
            return true;
    }
    return false;
}

/* Slots that partitions and sub-partitions both have. */
struct part_slots {
    enum kind_id kind;
    const char *word;
    int options, comment;
};

static const struct part_slots part_slots[] = {
    {K_PARTITION, "PARTITION", P_PARTITION_OPTIONS, P_PARTITION_COMMENT},
    {K_SUBPARTITION, "SUBPARTITION", P_SUBPARTITION_OPTIONS, P_SUBPARTITION_COMMENT},
};

/* "MAX_ROWS = 100", "DATA DIRECTORY = '/x'", "COMMENT = 'c'": false at the end of the partition. */
static bool take_part_option(struct create *s, struct object *o, const struct part_slots *slots,
                             struct buf *options)
{
    const char *name = s->tok;
    while (*s->tok != '=') {
        if (*s->tok == ',' || *s->tok == ')' || *s->tok == '(')
            return false;
        if (!my_create_next(s))
            return false;
    }
    name = my_create_copy(s, name, s->tok);
    if (!my_create_next(s))
        return false;
    if (!strcasecmp(name, "COMMENT"))
        model_set(s->r->m, o, (unsigned)slots->comment, my_create_unquoted(s));
    else if (strcasecmp(name, "ENGINE") != 0) /* always the table's */
        buf_addf(options, "%s%s = %s", options->len ? " " : "", name,
                 my_create_copy(s, s->tok, s->fin));
    return true;
}

/* s stands on an opening parenthesis; afterwards on the one that closes the list. */
static bool take_parts(struct create *s, struct object *parent, const struct part_slots *slots)
{
    do {
        if (!my_create_next(s) || !my_create_is(s, slots->word) || !my_create_next(s))
            return false;
        struct object *o = my_create_child(parent, slots->kind,
                                           *s->tok == '`' ? my_create_unquoted(s)
                                                          : my_create_copy(s, s->tok, s->fin));
        struct buf options = BUF_INIT;
        bool more = o && my_create_next(s);
        if (more && my_create_is(s, "VALUES")) {
            more = my_create_next(s) && my_create_next(s); /* IN or LESS, and what follows */
            if (more && my_create_is(s, "THAN"))
                more = my_create_next(s);
            if (more && *s->tok == '(')
                my_create_inside(s);
            more = more && my_create_next(s);
        } else if (more && (my_create_is(s, "HISTORY") || my_create_is(s, "CURRENT"))) {
            model_set(s->r->m, o, P_PARTITION_VALUES, my_create_copy(s, s->tok, s->fin));
            more = my_create_next(s);
        }
        if (o) /* information_schema gives a sub-partition's to the partition */
            model_set(s->r->m, o, (unsigned)slots->comment, NULL);
        while (more && take_part_option(s, o, slots, &options))
            more = my_create_next(s);
        if (o)
            model_set(s->r->m, o, (unsigned)slots->options, options.len ? options.data : NULL);
        buf_release(&options);
        if (more && *s->tok == '(')
            more = slots->kind == K_PARTITION && take_parts(s, o, slots + 1) && my_create_next(s);
        if (!more)
            return false;
    } while (*s->tok == ',');
    return *s->tok == ')';
}

static void no_values(struct my_read *r, struct object *table)
{
    for (struct object *o = table->first; o; o = o->next) {
        if (o->kind->id == K_PARTITION)
            model_set(r->m, o, P_PARTITION_VALUES, NULL);
    }
}

/* information_schema does not have it; with RANGE and LIST it is that of the sub-partitions. */
static void take_algorithm(struct create *s)
{
    const char *key = model_get(s->table, P_TABLE_PARTITION_KEY);
    const char *algorithm = strcasestr(s->p, " ALGORITHM = 1 ");
    bool own = key && (str_starts(key, "KEY") || str_starts(key, "LINEAR KEY"));
    unsigned slot = own ? P_TABLE_PARTITION_KEY : P_TABLE_SUBPARTITION_KEY;
    const char *text = model_get(s->table, (int)slot);

    if (!text || !algorithm || algorithm >= s->end)
        return;
    size_t n = strcspn(text, "(");
    model_set(s->r->m, s->table, slot,
              arena_printf(&s->r->arena, "%.*sALGORITHM=1 %s", (int)n, text, text + n));
}

static void take_partitioning(struct create *s)
{
    const char *key = model_get(s->table, P_TABLE_PARTITION_KEY);
    const char *system = key && str_starts(key, "SYSTEM_TIME") ? strstr(s->p, "SYSTEM_TIME") : NULL;

    take_algorithm(s);
    if (system) {
        const char *end = system + strcspn(system, "\n(");
        model_set(s->r->m, s->table, P_TABLE_PARTITION_KEY, my_create_copy(s, system, end));
        no_values(s->r, s->table); /* the times that information_schema has are made up */
    }
    while (my_create_next(s)) {
        struct create ahead = *s;
        if (*s->tok != '(')
            continue;
        if (my_create_next(&ahead) && my_create_is(&ahead, "PARTITION")) {
            if (take_parts(s, s->table, part_slots))
                break;
            struct buf path = BUF_INIT;
            model_path(s->table, &path);
            model_gap(s->r->m, "partition", path.data,
                      "dbtwin does not understand the options of its partitions");
            buf_release(&path);
            break;
        }
        my_create_inside(s);
    }
    s->p = s->end;
}

static void add_option(struct create *s, const char *name, const char *value)
{
    struct model *m = s->r->m;
    struct buf low = BUF_INIT;
    buf_adds(&low, name);
    my_text_lower(&low);
    if (str_eq(low.data, "row_format")) {
        model_set(m, s->table, P_TABLE_ROW_FORMAT, value);
    } else {
        bool secret = my_table_options_is_secret(buf_slice(&low));
        struct object *o =
            model_add(m, &kinds[secret ? K_SECRET_OPTION : K_OPTION], s->table, low.data);
        model_set(m, o, secret ? (unsigned)P_SECRET_OPTION_VALUE : (unsigned)P_OPTION_VALUE, value);
    }
    buf_release(&low);
}

void my_table_options_take(struct create *s)
{
    while (my_create_next(s)) {
        if (my_create_is(s, "PARTITION")) {
            take_partitioning(s);
            return;
        }
        if (my_create_is(s, "TABLESPACE") && my_create_next(s)) {
            model_set(s->r->m, s->table, P_TABLE_TABLESPACE,
                      *s->tok == '`' ? my_create_unquoted(s) : my_create_copy(s, s->tok, s->fin));
            continue;
        }
        const char *name =
            *s->tok == '`' ? my_create_unquoted(s) : my_create_copy(s, s->tok, s->fin);
        struct create ahead = *s;
        if (my_create_is(s, "DATA") || my_create_is(s, "INDEX")) {
            my_create_next(s);
            name = arena_printf(&s->r->arena, "%s directory", name);
            ahead = *s;
        }
        if (!my_create_next(&ahead) || *ahead.tok != '=' || !my_create_next(&ahead))
            continue; /* DEFAULT, WITH SYSTEM VERSIONING */
        *s = ahead;
        if (is_known_option(name))
            continue;
        add_option(s, name,
                   *s->tok == '('            ? my_create_inside(s)
                   : strchr("'\"`", *s->tok) ? my_create_unquoted(s)
                                             : my_create_copy(s, s->tok, s->fin));
    }
}
