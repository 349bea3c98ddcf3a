#include "hooks.h"

#include "child.h"
#include "webhook.h"

#include <dbtwin/json.h>

#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
    HOOK_SECONDS = 30,
    HOOK_SECONDS_LATE = 10, /* after an interrupt somebody waits for the end */
    HOOK_LINE = 2000,
    WITH_HOOKS = CMD_COPY | CMD_SNAPSHOT | CMD_RESTORE | CMD_APPLY | CMD_VERIFY | CMD_DIFF,
};

/* ---- what it is told ----------------------------------------------------------------------- */

/* As messages call it; a URL loses its password and what reports need not show. */
static const char *label_of(struct cli *c, const char *word)
{
    struct place p = {0};
    if (!word || config_find(c->config, word))
        return word;
    if (strstr(word, "://"))
        return place_label(&p, word, &c->arena);
    char *shown = arena_strdup(&c->arena, word);
    err_redact_word(shown);
    return shown;
}

/* Why, where no error says it. */
static const char *reason_of(const struct cli *c, int code)
{
    if (code == 3)
        return "something could not be compared";
    if (code != 1)
        return "failed";
    return c->command->bit == CMD_DIFF     ? "drift"
           : c->command->bit == CMD_VERIFY ? "rows differ"
                                           : "something still differs";
}

static void set_moved(const struct cli *c, struct json *v)
{
    bool known = c->result || c->compared.known;
    uint64_t rows = c->result ? c->result->rows : c->compared.rows;
    uint64_t bytes = c->result ? c->result->bytes : c->compared.bytes;
    json_set(v, "rows", known ? json_int((int64_t)rows) : json_str(NULL));
    json_set(v, "bytes", known ? json_int((int64_t)bytes) : json_str(NULL));
}

static struct json *outcome(struct cli *c, int code, const struct err *err, double seconds)
{
    struct json *v = json_obj();
    struct tm t;
    char ended[32];
    time_t now = time(NULL);
    gmtime_r(&now, &t);
    strftime(ended, sizeof(ended), "%Y-%m-%dT%H:%M:%SZ", &t);
    const char *target = c->command->bit == CMD_SNAPSHOT ? c->outputs[0]
                         : c->n_args > 1                 ? c->args[1]
                                                         : NULL;
    json_set(v, "dbtwin", json_int(1));
    json_set(v, "version", json_str(DBTWIN_VERSION));
    json_set(v, "event", json_str(code ? "failure" : "success"));
    json_set(v, "command", json_str(c->command->name));
    json_set(v, "source", json_str(label_of(c, c->args[0])));
    json_set(v, "target", json_str(label_of(c, target)));
    json_set(v, "environment", json_str(config_environment(c->config)));
    json_set(v, "exit_code", json_int(code));
    json_set(v, "ended", json_str(ended));
    json_set(v, "seconds", json_num(seconds));
    set_moved(c, v);
    json_set(v, "reason", json_str(!code ? NULL : err_is_set(err) ? err->msg : reason_of(c, code)));
    json_set(v, "hint", json_str(err->hint[0] ? err->hint : NULL));
    return v;
}

/* ---- one hook ------------------------------------------------------------------------------ */

static void warn(const struct config_hook *h, const struct child *r, enum child_end end,
                 unsigned seconds)
{
    const char *said = r->err.text.data, *colon = *said ? ": " : "";
    const char *name = h->argv[0];
    if (end == CHILD_NOT_STARTED)
        log_warn("%s: the hook %s cannot be run: %s", h->place, name, strerror(r->code));
    else if (end == CHILD_TOO_LONG)
        log_warn("%s: the hook %s did not end within %u seconds, and was killed", h->place, name,
                 seconds);
    else if (end == CHILD_INTERRUPTED)
        log_warn("%s: the hook %s was killed: interrupted", h->place, name);
    else if (WIFSIGNALED(r->status))
        log_warn("%s: the hook %s failed (signal %d)%s%.500s", h->place, name, WTERMSIG(r->status),
                 colon, said);
    else if (WEXITSTATUS(r->status) != 0)
        log_warn("%s: the hook %s failed (exit status %d)%s%.500s", h->place, name,
                 WEXITSTATUS(r->status), colon, said);
    else if (*said)
        log_info("%s: %s: %.500s", h->place, name, said);
}

static void run_program(const struct config_hook *h, struct slice text, unsigned seconds)
{
    struct child_options o = {.program = h->argv[0],
                              .argv = h->argv,
                              .input = text,
                              .seconds = seconds,
                              .line_max = HOOK_LINE,
                              .own_group = true,
                              .deaf = true};
    struct child r;
    enum child_end end = child_run(&r, &o);
    warn(h, &r, end, o.seconds);
    child_release(&r);
}

static void run_one(const struct config_hook *h, struct slice text)
{
    unsigned seconds = log_cancelled() ? HOOK_SECONDS_LATE : HOOK_SECONDS;
    struct err why = ERR_INIT;
    if (!h->url)
        run_program(h, text, seconds);
    else if (!webhook_send(&(struct webhook){h->url, text, seconds, true}, &why))
        log_warn("%s: %s", h->place, why.msg);
}

/* The target's own, else the source's, else the config's. */
static const struct config_hook *find(struct cli *c, bool success)
{
    const struct config_hook *h = NULL;
    for (int i = 1; i >= 0 && !h; i--)
        if (i < c->n_args && c->args[i])
            h = config_hooks(c->config, c->args[i], success);
    return h ? h : config_hooks(c->config, NULL, success);
}

void hooks_run(struct cli *c, int code, const struct err *err, double seconds)
{
    if (!c->config || !c->command || !(c->command->bit & WITH_HOOKS))
        return;
    const struct config_hook *h = find(c, code == 0);
    if (!h)
        return;
    struct buf text = BUF_INIT;
    struct json *v = outcome(c, code, err, seconds);
    json_dump(v, 0, &text);
    buf_addch(&text, '\n');
    json_free(v);
    for (; h; h = h->next)
        run_one(h, buf_slice(&text));
    buf_release(&text);
}
