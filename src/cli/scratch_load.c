#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A file that is being loaded. What fails in a transaction begins again where that began. */
struct loading {
    const struct sqltext_file *file;
    struct script script;
    struct script_skipped skipped;
    struct {
        const char *p;
        unsigned line;
        bool block;
        char delimiter[sizeof(((struct script *)0)->delimiter)];
        struct script_skipped skipped;
    } again;
    bool in_transaction, waits, done;
    struct err why; /* it waits */
};

struct job {
    const struct scratch_loading *l;
    const struct driver *driver;
    const struct scratch_sql *sql;
    struct session *session;
    struct arena arena; /* of one statement */
    struct loading *files;
    size_t n;
    unsigned roles; /* that were made */
    struct scratch_limit limit;
    const struct loading *current; /* at this line of it */
    unsigned line;
};

enum { ROLES_MOST = 1000 };

/* ---- statements ------------------------------------------------------------------------------ */

static void note_place(struct loading *f)
{
    f->again.p = f->script.p;
    f->again.line = f->script.line;
    f->again.block = f->script.block;
    memcpy(f->again.delimiter, f->script.delimiter, sizeof(f->again.delimiter));
    f->again.skipped = f->skipped;
}

static void go_back(struct loading *f)
{
    f->script.p = f->again.p;
    f->script.line = f->again.line;
    f->script.block = f->again.block;
    memcpy(f->script.delimiter, f->again.delimiter, sizeof(f->again.delimiter));
    f->skipped = f->again.skipped;
    f->in_transaction = false;
}

/* Whether the list, of words with blanks between, has it, in any case. */
static bool is_one_of(const char *list, const char *word, size_t n)
{
    for (const char *p = list; p && *p; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == n && strncasecmp(p, word, n) == 0)
            return true;
    return false;
}

static bool begins(const char *sql, const char *words)
{
    sql += strspn(sql, " \t\r\n");
    return is_one_of(words, sql, strcspn(sql, " \t\r\n;("));
}

static void follow_transaction(struct job *j, struct loading *f, const char *sql)
{
    if (begins(sql, j->sql->begin))
        f->in_transaction = true;
    else if (begins(sql, j->sql->end) && !strcasestr(sql, " to ") && !strcasestr(sql, "prepared"))
        f->in_transaction = false;
}

static bool run(struct job *j, const char *sql, struct err *err)
{
    if (atomic_load(&j->limit.over))
        return err_set(err, ERR_RUNTIME, "the time is over");
    const struct target_ops *t = j->driver->target;
    return j->sql->gives_rows && !j->l->own ? t->exec_after(j->session, sql, err)
                                            : t->exec(j->session, NULL, sql, err);
}

/* ---- what fails ------------------------------------------------------------------------------ */

static bool is_error(const struct err *err, const char *list)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", err->native);
    return is_one_of(list, err->sqlstate, strlen(err->sqlstate)) ||
           is_one_of(list, number, strlen(number));
}

/* A role that the SQL names is made, without any right, on a server of our own. */
static bool made_role(struct job *j, const struct err *err)
{
    static const char before[] = "role \"", behind[] = "\" does not exist";
    const char *p = strstr(err->msg, before);
    const char *end = p ? strstr(p + strlen(before), behind) : NULL;
    struct err why = ERR_INIT;
    if (!j->l->own || !j->l->own->admin || !is_error(err, j->sql->missing) || !end ||
        j->roles++ >= ROLES_MOST)
        return false;
    p += strlen(before);
    const char *name = arena_strndup(&j->arena, p, (size_t)(end - p));
    bool ok = throwaway_role(j->l->own, name, &why);
    if (!ok)
        log_debug("role %s: %s", name, why.msg);
    return ok;
}

/* A newer pg_dump's setting, or a tablespace that only production has: neither is the schema. */
static bool may_pass(const struct job *j, const struct loading *f, const char *sql,
                     const struct err *err)
{
    return !f->in_transaction && begins(sql, "set") && is_error(err, j->sql->passable);
}

static void add_hint(const struct job *j, struct err *err)
{
    if (j->l->own && is_error(err, j->sql->denied))
        err_hint(err,
                 "the SQL may be a stranger's, so a scratch server of dbtwin's own gives it no "
                 "superuser and no right on files: load it into a server of yours with "
                 "--scratch URL");
    else if (strstr(err->msg, "extension") && strstr(err->msg, "not available"))
        err_hint(err, "install the extension's package here, or name a server that has it: "
                      "--scratch URL");
}

/* 1: again; 0: go on behind it; -1: err stands. */
static int after_failure(struct job *j, struct loading *f, const char *sql, struct err *err)
{
    struct err later = ERR_INIT;
    if (err->cls == ERR_INTERRUPTED || err->cls == ERR_CONNECTION || atomic_load(&j->limit.over))
        return -1;
    if (may_pass(j, f, sql, err)) {
        log_warn("%s: line %u is skipped: %s", f->file->name, f->again.line, err->msg);
        err_clear(err);
        return 0;
    }
    if (f->in_transaction)
        j->driver->target->exec(j->session, NULL, j->sql->rollback, &later);
    if (made_role(j, err)) {
        go_back(f);
        err_clear(err);
        return 1;
    }
    if (j->l->text->retry && is_error(err, j->sql->missing)) {
        f->why = *err;
        f->waits = true;
        go_back(f);
    } else {
        add_hint(j, err);
    }
    return -1;
}

/* ---- a file ---------------------------------------------------------------------------------- */

/* Scripts are written for the server's own settings, not for dbtwin's, nor for another file's. */
static bool reset(struct job *j, struct err *err)
{
    const struct target_ops *t = j->driver->target;
    for (const char *const *sql = j->sql->settings; *sql; sql++)
        if (!t->exec(j->session, NULL, *sql, err))
            return false;
    return !j->l->sql_mode || !j->sql->mode ||
           t->exec(j->session, NULL,
                   arena_printf(&j->arena, "%s'%s'", j->sql->mode, j->l->sql_mode), err);
}

/* The settings that a file which waited had made up to where it goes on. */
static void set_again(struct job *j, struct loading *f)
{
    struct script_skipped skipped = {0};
    struct script s;
    struct slice sql;
    struct err why = ERR_INIT;
    unsigned line;
    script_begin(&s, f->file->text, j->l->flavor, j->l->own != NULL, &skipped);
    while (s.p < f->script.p && script_next(&s, &sql, &line, &why) == 1) {
        const char *one = arena_strndup(&j->arena, sql.data, sql.len);
        if (s.p <= f->script.p &&
            (begins(one, "set") || (begins(one, "select") && strstr(one, "set_config"))))
            run(j, one, &why);
        err_clear(&why);
    }
    script_end(&s);
}

/* On error f->waits says whether it is to be tried again. */
static bool load_file(struct job *j, struct loading *f, struct err *err)
{
    struct slice sql;
    unsigned line = 0;
    int got = 1;
    f->waits = false;
    f->script.skipped = &f->skipped;
    while (got == 1) {
        if (!f->in_transaction)
            note_place(f);
        got = script_next(&f->script, &sql, &line, err);
        if (got != 1)
            break;
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        arena_reset(&j->arena);
        j->current = f;
        j->line = line;
        const char *one = arena_strndup(&j->arena, sql.data, sql.len);
        bool ok = run(j, one, err);
        if (ok)
            follow_transaction(j, f, one);
        else if (after_failure(j, f, one, err) < 0)
            return err_context(err, "%s: line %u", f->file->name, line);
    }
    if (got < 0)
        return err_context(err, "%s", f->file->name);
    f->done = true;
    if (f->in_transaction) { /* BEGIN without an end */
        struct err later = ERR_INIT;
        j->driver->target->exec(j->session, NULL, j->sql->commit, &later);
    }
    return true;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Once over all that are not done; *ret_more: some that waited got further. */
static bool load_round(struct job *j, bool again, bool *ret_more, struct err *err)
{
    *ret_more = false;
    for (size_t i = 0; i < j->n; i++) {
        struct loading *f = &j->files[i];
        const char *before = f->script.p;
        if (f->done)
            continue;
        if (!reset(j, err))
            return false;
        if (again)
            set_again(j, f);
        err_clear(err);
        if (!load_file(j, f, err) && !f->waits)
            return false;
        *ret_more |= f->done || f->script.p != before;
        if (again && f->done)
            log_info("%s was loaded after files that it needs", f->file->name);
    }
    return true;
}

static bool load_files(struct job *j, struct err *err)
{
    bool more = true;
    for (unsigned round = 0; more; round++) {
        bool waits = false;
        if (!load_round(j, round > 0, &more, err))
            return false;
        for (size_t i = 0; i < j->n; i++)
            waits |= !j->files[i].done;
        if (!waits)
            return true;
    }
    for (size_t i = 0; i < j->n; i++)
        if (!j->files[i].done) {
            *err = j->files[i].why;
            err_context(err, "%s: line %u", j->files[i].file->name, j->files[i].script.line);
            return err_hint(err, "no other file of the folder brings it");
        }
    return true;
}

static void say_count(const char *label, uint64_t n, const char *about)
{
    if (n)
        log_info("%s: skipped %llu statement%s %s", label, (unsigned long long)n, n == 1 ? "" : "s",
                 about);
}

static void say_skipped(const struct job *j)
{
    struct script_skipped all = {0};
    const char *label = j->l->text->label;
    char count[32];
    for (size_t i = 0; i < j->n; i++) {
        const struct script_skipped *s = &j->files[i].skipped;
        all.rights += s->rights;
        all.database += s->database;
        all.tables += s->tables;
        all.rows += s->rows;
    }
    say_count(label, all.rights,
              "about owners, roles and privileges: what SQL makes belongs to whoever "
              "loads it");
    say_count(label, all.database, "about a database itself: it is loaded into a scratch database");
    str_human_count(all.rows, count);
    if (all.tables)
        log_info("%s: %s rows of %llu tables (COPY) are skipped: a schema needs none", label, count,
                 (unsigned long long)all.tables);
}

/* Whatever failed after that failed for it. */
static bool say_over(const struct job *j, struct err *err)
{
    const char *name = j->current ? j->current->file->name : j->l->text->label;
    err_set(err, ERR_RUNTIME, "%s: line %u: the SQL was not loaded within %lld second%s", name,
            j->line, (long long)j->l->seconds, j->l->seconds == 1 ? "" : "s");
    return err_hint(err, "--scratch-timeout TIME gives it longer");
}

static bool load_all(struct job *j, struct err *err)
{
    bool ok = scratch_limit_begin(&j->limit, j->l, j->session, err) && load_files(j, err);
    scratch_limit_end(&j->limit);
    return ok || (atomic_load(&j->limit.over) && !log_cancelled() ? say_over(j, err) : false);
}

bool scratch_load(const struct scratch_loading *l, struct err *err)
{
    struct job j = {
        .l = l, .driver = l->at->driver, .sql = scratch_sql_of(l->flavor), .n = l->text->files.len};
    struct arena a = ARENA_INIT;
    j.files = arena_calloc(&a, j.n * sizeof(*j.files) + 1);
    for (size_t i = 0; i < j.n; i++) {
        struct loading *f = &j.files[i];
        f->file = &VEC_AT(&l->text->files, struct sqltext_file, i);
        script_begin(&f->script, f->file->text, l->flavor, l->own != NULL, &f->skipped);
    }
    bool ok =
        j.driver->source->open(l->at, DRIVER_TARGET, NULL, &j.session, err) && load_all(&j, err);
    if (ok)
        say_skipped(&j);
    j.driver->source->close(j.session);
    for (size_t i = 0; i < j.n; i++)
        script_end(&j.files[i].script);
    arena_release(&j.arena);
    arena_release(&a);
    return ok;
}
