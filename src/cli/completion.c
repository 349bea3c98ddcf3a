#include "option_type.h"

#include "recent.h"

#include <dbtwin/kinds.h>
#include <dbtwin/plan.h>

#include <stdlib.h>
#include <string.h>

/* What each shell evaluates: it asks this program for words, with the line in COMP_LINE. */
static const struct {
    const char *shell, *script;
} scripts[] = {
    {"bash", "complete -o default -C 'dbtwin completion words' dbtwin\n"},
    {"zsh", "#compdef dbtwin\n"
            "_dbtwin() {\n"
            "    local -a words_found\n"
            "    words_found=(${(f)\"$(COMP_LINE=\"$BUFFER\" COMP_POINT=$CURSOR dbtwin completion "
            "words)\"})\n"
            "    (( $#words_found )) && compadd -a words_found || _files\n"
            "}\n"
            "compdef _dbtwin dbtwin\n"},
    {"fish", "complete -c dbtwin -a '(env COMP_LINE=(commandline -cp) dbtwin completion words)'\n"},
};

struct completing {
    struct cli *c;
    const struct command *command; /* or NULL: it is still to come */
    const struct option_row *open; /* the option whose argument is being written, or NULL */
    const char *word;              /* being written */
    struct buf *out;
};

static void offer(const struct completing *k, const char *before, const char *name)
{
    size_t n = strlen(k->word), lead = strlen(before);
    bool fits = n <= lead ? strncmp(before, k->word, n) == 0
                          : strncmp(k->word, before, lead) == 0 &&
                                strncmp(name, k->word + lead, n - lead) == 0;
    if (fits)
        buf_addf(k->out, "%s%s\n", before, name);
}

static void offer_list(const struct completing *k, const char *const *list)
{
    for (; *list; list++)
        offer(k, "", *list);
}

static void offer_formats(const struct completing *k)
{
    static const char *const inspect[] = {"xml", "json", "tree", "sql", NULL};
    static const char *const status[] = {"text", "json", NULL};
    if (k->command && k->command->bit == CMD_INSPECT)
        offer_list(k, inspect);
    else if (k->command && k->command->bit == CMD_DIFF)
        for (const struct report_format *f = report_formats; f->name; f++)
            offer(k, "", f->name);
    else if (k->command && k->command->bit == CMD_PLAN)
        for (const struct plan_format *f = plan_formats; f->name; f++)
            offer(k, "", f->name);
    else
        offer_list(k, status);
}

/* ---- names of the schema that was looked at last -------------------------------------------- */

static void offer_path(void *ctx, bool schema, const char *path)
{
    const struct completing *k = ctx;
    bool wants_schemas = strcmp(k->open->name, "schema") == 0;
    if (schema == wants_schemas || strcmp(k->open->name, "ignore") == 0)
        offer(k, "", path);
}

static void offer_paths(const struct completing *k)
{
    static const char *const names[] = {"schema",     "table",         "ignore",
                                        "keep-table", "keep-sequence", "truncate"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(k->open->name, names[i]) == 0)
            recent_each(k->c, offer_path, (void *)(uintptr_t)k);
}

static void offer_environments(const struct completing *k)
{
    struct err ignored = ERR_INIT;
    if (config_load(k->c, &ignored))
        for (size_t i = 0; config_environment_at(k->c->config, i); i++)
            offer(k, "", config_environment_at(k->c->config, i));
    err_clear(&ignored);
}

static void offer_names(const struct completing *k)
{
    struct err ignored = ERR_INIT;
    if (config_load(k->c, &ignored)) /* a broken config is no matter while a line is typed */
        for (size_t i = 0; i < config_count(k->c->config); i++)
            offer(k, "", config_at(k->c->config, i)->name);
    err_clear(&ignored);
}

/* The argument of an option; nothing, where the shell knows better: files. */
static void offer_argument(const struct completing *k)
{
    const char *name = k->open->name;
    if (strcmp(name, "format") == 0)
        offer_formats(k);
    if (strcmp(name, "env") == 0)
        offer_environments(k);
    offer_paths(k);
    const struct option_choice *choices = option_type_of(k->open)->choices;
    for (; choices && choices->word; choices++)
        offer(k, "", choices->word);
    if (strcmp(name, "scratch") == 0) {
        offer(k, "", "auto");
        offer_names(k);
    }
    static const char *const templates[] = {"json", "slack", "teams", NULL};
    if (strcmp(name, "template") == 0)
        offer_list(k, templates);
    for (unsigned i = 0; strcmp(name, "allow") == 0 && i < HAZARD_COUNT; i++)
        offer(k, "", plan_hazards[i].name);
    for (unsigned i = 0; i < K_COUNT; i++) {
        if (strcmp(name, "kind") == 0 || strcmp(name, "without") == 0)
            offer(k, "", kinds[i].name);
        if (strcmp(name, "ignore") == 0)
            offer(k, "kind:", kinds[i].name);
    }
}

static void offer_options(const struct completing *k)
{
    for (const struct option_row *o = option_rows; o->name; o++)
        if (!k->command || (o->commands & k->command->bit))
            offer(k, "--", o->name);
}

/* What its arguments are: words of its own, names of the config. */
static void offer_words(const struct completing *k)
{
    static const char *const setup[] = {"check", "init", NULL};
    static const char *const mask[] = {"audit", "check", "suggest", NULL};
    if (k->command->bit == CMD_SETUP || k->command->bit == CMD_MASK)
        offer_list(k, k->command->bit == CMD_SETUP ? setup : mask);
    if (k->command->bit != CMD_SETUP)
        offer_names(k);
}

static const struct option_row *option_of(const char *word)
{
    if (str_starts(word, "--"))
        return options_find(word + 2);
    for (const struct option_row *o = option_rows; o->name; o++)
        if (word[0] == '-' && word[1] && word[1] == o->letter && !word[2])
            return o;
    return NULL;
}

/* What stands before the word that is being written. */
static void read_word(struct completing *k, const char *word)
{
    if (k->open) {
        if (strcmp(k->open->name, "config") == 0)
            k->c->config_path = word;
        k->open = NULL;
        return;
    }
    k->open = option_of(word);
    if (k->open && option_type_of(k->open)->alone)
        k->open = NULL;
    for (const struct command *cmd = k->c->commands; cmd->name && !k->command; cmd++)
        if (strcmp(cmd->name, word) == 0)
            k->command = cmd;
}

static void complete_line(struct completing *k, const char *line)
{
    const char *point = getenv("COMP_POINT");
    uint64_t n = strlen(line);
    if (point && str_parse_u64(point, &n) && n > strlen(line))
        n = strlen(line);
    char *at = arena_strndup(&k->c->arena, line, (size_t)n);
    at += strspn(at, " ");
    at += strcspn(at, " "); /* the program itself */
    while (*at) {
        at += strspn(at, " ");
        char *end = at + strcspn(at, " ");
        if (!*end)
            break;
        *end = '\0';
        read_word(k, at);
        at = end + 1;
    }
    k->word = at;
    if (k->open)
        offer_argument(k);
    else if (*at == '-')
        offer_options(k);
    else if (k->command)
        offer_words(k);
    else
        for (const struct command *cmd = k->c->commands; cmd->name; cmd++)
            offer(k, "", cmd->name);
}

bool completion_print(struct cli *c, const char *what, struct buf *out, struct err *err)
{
    const char *line = getenv("COMP_LINE");
    if (strcmp(what, "words") == 0) {
        struct completing k = {.c = c, .word = "", .out = out};
        complete_line(&k, line ? line : "");
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        if (strcmp(what, scripts[i].shell) == 0) {
            buf_adds(out, scripts[i].script);
            return true;
        }
    err_set(err, ERR_USAGE, "no completion for the shell \"%s\"", what);
    return err_hint(err, "dbtwin completion bash, zsh or fish");
}
