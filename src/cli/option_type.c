#include "option_type.h"

#include <dbtwin/kinds.h>
#include <dbtwin/pack.h>

#include <string.h>

/* ---- texts and lists ----------------------------------------------------------------------- */

static bool parse_flag(const struct option_use *u, const char *text, void *field, struct err *err)
{
    (void)u, (void)text, (void)err;
    *(bool *)field = true;
    return true;
}

static bool parse_text(const struct option_use *u, const char *text, void *field, struct err *err)
{
    (void)u, (void)err;
    *(const char **)field = text;
    return true;
}

static bool add(const struct option_use *u, const char **list, const char *word, struct err *err)
{
    size_t n = 0;
    while (list[n])
        n++;
    if (n == CLI_LIST_MAX)
        return err_set(err, ERR_USAGE, "--%s was given more than %d times", u->row->name,
                       CLI_LIST_MAX);
    list[n] = word;
    return true;
}

static bool is_empty(const struct option_use *u, const char *text, struct err *err)
{
    return !*text && !err_set(err, ERR_USAGE, "--%s is empty", u->row->name);
}

/* "$SQL" of a variable that is not set is empty. */
static bool parse_list(const struct option_use *u, const char *text, void *field, struct err *err)
{
    return !is_empty(u, text, err) && add(u, field, arena_strdup(u->arena, text), err);
}

static bool parse_words(const struct option_use *u, const char *text, void *field, struct err *err)
{
    char *save = NULL, *copy = arena_strdup(u->arena, text);
    if (is_empty(u, text, err))
        return false;
    for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save))
        if (!add(u, field, word, err))
            return false;
    return true;
}

/* ---- amounts ------------------------------------------------------------------------------- */

static bool parse_int(const struct option_use *u, const char *text, void *field, struct err *err)
{
    int64_t n;
    (void)err;
    if (!str_parse_i64(text, &n) || n < u->row->min || n > u->row->max)
        return false;
    *(int64_t *)field = n;
    return true;
}

static void print_int(const struct option_row *row, struct buf *out)
{
    buf_addf(out, "a whole number from %lld to %lld", (long long)row->min, (long long)row->max);
}

static bool parse_bytes(const struct option_use *u, const char *text, void *field, struct err *err)
{
    (void)u, (void)err;
    return amount_bytes(text, field);
}

static void print_bytes(const struct option_row *row, struct buf *out)
{
    (void)row;
    buf_adds(out, "a number of bytes such as 500k or 20M");
}

static bool parse_duration(const struct option_use *u, const char *text, void *field,
                           struct err *err)
{
    (void)u, (void)err;
    return amount_duration(text, field);
}

static void print_duration(const struct option_row *row, struct buf *out)
{
    (void)row;
    buf_adds(out, "a time such as 90s, 30m or 2h");
}

static bool parse_clock(const struct option_use *u, const char *text, void *field, struct err *err)
{
    struct tm t;
    return amount_clock(text, &t) && parse_text(u, text, field, err);
}

static void print_clock(const struct option_row *row, struct buf *out)
{
    (void)row;
    buf_adds(out, "a time of day such as 05:00");
}

static bool parse_compress(const struct option_use *u, const char *text, void *field,
                           struct err *err)
{
    const struct pack_method *method;
    int level;
    if (!pack_method_parse(text, &method, &level, err))
        return err_context(err, "--%s", u->row->name);
    return parse_text(u, text, field, err);
}

/* ---- choices ------------------------------------------------------------------------------- */

static bool parse_choice(const struct option_use *u, const char *text, void *field, struct err *err)
{
    (void)err;
    for (const struct option_choice *c = option_type_of(u->row)->choices; c->word; c++)
        if (strcmp(c->word, text) == 0) {
            *(int *)field = c->value;
            return true;
        }
    return false;
}

static void print_choice(const struct option_row *row, struct buf *out)
{
    const struct option_choice *all = option_type_of(row)->choices;
    for (const struct option_choice *c = all; c->word; c++)
        buf_addf(out, "%s%s", c == all ? "" : c[1].word ? ", " : " or ", c->word);
}

static const struct option_choice broken_words[] = {
    {"refuse", BROKEN_REFUSE}, {"leave", BROKEN_LEAVE}, {NULL, 0}};
static const struct option_choice color_words[] = {
    {"auto", COLOR_AUTO}, {"always", COLOR_ALWAYS}, {"never", COLOR_NEVER}, {NULL, 0}};
static const struct option_choice engine_words[] = {
    {"postgresql", ENGINE_PG}, {"mysql", ENGINE_MY}, {"mariadb", ENGINE_MA}, {NULL, 0}};
static const struct option_choice log_format_words[] = {
    {"text", LOG_FORMAT_TEXT}, {"json", LOG_FORMAT_JSON}, {NULL, 0}};
static const struct option_choice online_words[] = {
    {"auto", ONLINE_AUTO}, {"always", ONLINE_ALWAYS}, {"never", ONLINE_NEVER}, {NULL, 0}};
static const struct option_choice progress_words[] = {
    {"auto", PROGRESS_AUTO}, {"bar", PROGRESS_BAR},     {"plain", PROGRESS_PLAIN},
    {"json", PROGRESS_JSON}, {"never", PROGRESS_NEVER}, {NULL, 0}};
static const struct option_choice scope_words[] = {
    {"server", SCOPE_SERVER}, {"database", SCOPE_DATABASE}, {NULL, 0}};
static const struct option_choice together_words[] = {
    {"yes", TOGETHER_YES}, {"no", TOGETHER_NO}, {NULL, 0}};
static const struct option_choice verify_words[] = {{"none", SYNC_VERIFY_NONE},
                                                    {"counts", SYNC_VERIFY_COUNTS},
                                                    {"full", SYNC_VERIFY_FULL},
                                                    {NULL, 0}};

/* Alone it is "always"; in a config also true or false. */
static bool parse_online(const struct option_use *u, const char *text, void *field, struct err *err)
{
    if (!text || strcmp(text, "true") == 0)
        text = "always";
    return parse_choice(u, strcmp(text, "false") == 0 ? "never" : text, field, err);
}

/* ---- all of them --------------------------------------------------------------------------- */

static const struct option_type types[] = {
    [OPT_FLAG] = {.parse = parse_flag, .alone = true},
    [OPT_TEXT] = {.parse = parse_text},
    [OPT_INT] = {.parse = parse_int, .print = print_int},
    [OPT_LIST] = {.parse = parse_list, .many = true},
    [OPT_WORDS] = {.parse = parse_words, .many = true},
    [OPT_BYTES] = {.parse = parse_bytes, .print = print_bytes},
    [OPT_DURATION] = {.parse = parse_duration, .print = print_duration},
    [OPT_CLOCK] = {.parse = parse_clock, .print = print_clock},
    [OPT_COMPRESS] = {.parse = parse_compress},
    [OPT_BROKEN] = {.parse = parse_choice, .print = print_choice, .choices = broken_words},
    [OPT_COLOR] = {.parse = parse_choice, .print = print_choice, .choices = color_words},
    [OPT_ENGINE] = {.parse = parse_choice, .print = print_choice, .choices = engine_words},
    [OPT_LOG_FORMAT] = {.parse = parse_choice, .print = print_choice, .choices = log_format_words},
    [OPT_PROGRESS] = {.parse = parse_choice, .print = print_choice, .choices = progress_words},
    [OPT_ONLINE] = {.parse = parse_online,
                    .print = print_choice,
                    .choices = online_words,
                    .optional = true},
    [OPT_SCOPE] = {.parse = parse_choice, .print = print_choice, .choices = scope_words},
    [OPT_TOGETHER] = {.parse = parse_choice, .print = print_choice, .choices = together_words},
    [OPT_VERIFY] = {.parse = parse_choice, .print = print_choice, .choices = verify_words},
};

const struct option_type *option_type_of(const struct option_row *row)
{
    return &types[row->type];
}

bool option_type_store(const struct option_row *row, struct cli *c, const char *text,
                       struct err *err)
{
    const struct option_type *t = option_type_of(row);
    struct option_use u = {.row = row, .arena = &c->arena};
    if (t->parse(&u, text, (char *)c + row->offset, err))
        return true;
    if (err_is_set(err))
        return false;
    struct buf wanted = BUF_INIT;
    t->print(row, &wanted);
    err_set(err, ERR_USAGE, "--%s takes %s, not \"%s\"", row->name, wanted.data, text);
    buf_release(&wanted);
    return false;
}
