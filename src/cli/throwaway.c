#include "throwaway.h"

#include <dbtwin/clock.h>
#include <dbtwin/engine.h>
#include <dbtwin/log.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SUPERUSER "dbtwin_admin"
#define ACCOUNT   "dbtwin"

enum { START_SECONDS = 90, INIT_SECONDS = 120, STOP_SECONDS = 10, WORDS = 64 };

struct starting {
    struct throwaway *t;
    struct throwaway_program program;
    struct throwaway_user user;
    const char *server, *log; /* paths */
};

static bool init_postgres(const struct starting *s, struct err *err);
static bool run_postgres(struct starting *s, struct err *err);
static bool init_mysql(const struct starting *s, struct err *err);
static bool run_mysql(struct starting *s, struct err *err);

static const struct server_kind {
    unsigned flavors;
    int stop; /* the signal at which it ends at once */
    bool (*init)(const struct starting *s, struct err *err);
    bool (*run)(struct starting *s, struct err *err);
} server_kinds[] = {{ENGINE_PG, SIGQUIT, init_postgres, run_postgres},
                    {ENGINE_MYSQL, SIGKILL, init_mysql, run_mysql}};

/* ---- processes ------------------------------------------------------------------------------- */

/* Servers refuse to run as root. */
static bool find_user(struct throwaway_user *ret, struct err *err)
{
    *ret = (struct throwaway_user){0};
    if (geteuid() != 0)
        return true;
    const struct passwd *p = getpwnam("nobody");
    if (!p || p->pw_uid == 0) {
        err_set(err, ERR_USAGE, "database servers do not run as root, and there is no user nobody");
        return err_hint(err, "run dbtwin as another user, or name a server: --scratch URL");
    }
    *ret = (struct throwaway_user){true, p->pw_uid, p->pw_gid};
    return true;
}

struct words {
    const char *p[WORDS];
    size_t n;
};

static void add(struct words *w, const char *word)
{
    if (w->n + 1 < WORDS)
        w->p[w->n++] = word;
}

static void add_list(struct words *w, const char *const *list)
{
    for (; *list; list++)
        add(w, *list);
}

/* In the child: only what may be called between fork and exec. */
static void become(const struct starting *s, int in, int log, char *const *argv, char *const *env,
                   pid_t parent)
{
    const struct throwaway_user *u = &s->user;
    sigset_t none;
    setsid(); /* ^C at the terminal is dbtwin's */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    if (dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(126);
    if (u->other && (setgroups(1, &u->gid) != 0 || setgid(u->gid) != 0 || setuid(u->uid) != 0))
        _exit(126);
    umask(077);
    /* Killed together with dbtwin. */
    prctl(PR_SET_PDEATHSIG, ENGINE_ROW(server_kinds, s->program.flavor)->stop);
    if (getppid() != parent || chdir("/") != 0)
        _exit(126);
    execve(argv[0], argv, env);
    _exit(127);
}

static bool start(const struct starting *s, const struct words *w, const char *input, pid_t *ret,
                  struct err *err)
{
    struct arena *a = s->t->arena;
    const char *libraries = getenv("LD_LIBRARY_PATH");
    char *env[] = {arena_strdup(a, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                   arena_strdup(a, "LC_ALL=C"),
                   arena_strdup(a, "TZ=UTC"),
                   arena_printf(a, "TMPDIR=%s/tmp", s->server),
                   libraries ? arena_printf(a, "LD_LIBRARY_PATH=%s", libraries) : NULL,
                   NULL};
    char **argv = arena_calloc(a, (w->n + 1) * sizeof(*argv));
    for (size_t i = 0; i < w->n; i++)
        argv[i] = arena_strdup(a, w->p[i]);
    int in = open(input ? input : "/dev/null", O_RDONLY | O_CLOEXEC);
    int log = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    pid_t parent = getpid(), pid = in >= 0 && log >= 0 ? fork() : -1;
    if (pid == 0)
        become(s, in, log, argv, env, parent);
    int code = errno;
    if (in >= 0)
        close(in);
    if (log >= 0)
        close(log);
    if (pid < 0)
        return err_set(err, ERR_RUNTIME, "cannot start %s: %s", w->p[0], strerror(code));
    *ret = pid;
    return true;
}

static void pause_a_moment(void)
{
    const struct timespec tick = {.tv_nsec = 10000000};
    nanosleep(&tick, NULL);
}

/* What its log says last. */
static bool failed(const struct starting *s, const char *what, struct err *err)
{
    char text[8192];
    int fd = open(s->log, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t from = size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0;
    ssize_t n = fd >= 0 ? pread(fd, text, sizeof(text) - 1, from) : 0;
    if (fd >= 0)
        close(fd);
    n = n < 0 ? 0 : n;
    while (n > 0 && strchr("\r\n ", text[n - 1]))
        n--;
    text[n] = '\0';
    for (ssize_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            text[i] = '?';
    const char *last = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    const char *word = strstr(text, "ERROR") ? strstr(text, "ERROR") : strstr(text, "FATAL");
    word = word ? word : last;
    err_set(err, ERR_RUNTIME, "a scratch server cannot be %s (%s)%s%.*s", what, s->program.path,
            *word ? ": " : "", (int)strcspn(word, "\n"), word);
    return err_hint(err,
                    "does %s let the user %s in, and does a profile (AppArmor, SELinux) let "
                    "the server use it? TMPDIR names another folder, --scratch URL a server",
                    s->t->folder, s->user.other ? "nobody" : "you are");
}

/* A program that makes the data, to its end. */
static bool run_to_end(const struct starting *s, const struct words *w, const char *input,
                       struct err *err)
{
    double end = clock_now() + INIT_SECONDS;
    int status;
    pid_t pid;
    if (!start(s, w, input, &pid, err))
        return false;
    for (;; pause_a_moment()) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            break;
        if (log_cancelled() || clock_now() > end) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            return log_cancelled() ? err_set(err, ERR_INTERRUPTED, "interrupted")
                                   : failed(s, "prepared in time", err);
        }
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || failed(s, "prepared", err);
}

/* Until it lets us in. */
static bool wait_ready(struct starting *s, const char *url, struct err *err)
{
    double end = clock_now() + START_SECONDS;
    struct endpoint e = {.driver = driver_for_url(url), .label = "the scratch server", .url = url};
    int status;
    for (;; pause_a_moment()) {
        struct session *one = NULL;
        struct err why = ERR_INIT;
        if (e.driver->source->open(&e, DRIVER_TARGET, NULL, &one, &why)) {
            e.driver->source->close(one);
            return true;
        }
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (waitpid(s->t->pid, &status, WNOHANG) == s->t->pid) {
            s->t->pid = 0;
            return failed(s, "started", err);
        }
        if (clock_now() > end) {
            log_debug("%s", why.msg);
            return failed(s, "reached", err);
        }
    }
}

static bool run_server(struct starting *s, const struct words *w, const char *url, struct err *err)
{
    return start(s, w, NULL, &s->t->pid, err) && throwaway_folder_note(s->t, err) &&
           wait_ready(s, url, err);
}

static const char *encoded(struct arena *a, const char *path)
{
    struct buf b = BUF_INIT;
    for (const unsigned char *p = (const unsigned char *)path; *p; p++)
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("-._~/", *p))
            buf_addch(&b, (char)*p);
        else
            buf_addf(&b, "%%%02X", *p);
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

static bool run_sql(const char *url, const char *sql, struct err *err)
{
    struct endpoint e = {.driver = driver_for_url(url), .label = "the scratch server", .url = url};
    struct session *s = NULL;
    bool ok = e.driver->source->open(&e, DRIVER_TARGET, NULL, &s, err) &&
              e.driver->target->exec(s, NULL, sql, err);
    e.driver->source->close(s);
    return ok;
}

/* ---- PostgreSQL ------------------------------------------------------------------------------ */

static bool init_postgres(const struct starting *s, struct err *err)
{
    struct arena *a = s->t->arena;
    const char *slash = strrchr(s->program.path, '/');
    struct words w = {.n = 0};
    const char *const list[] = {
        arena_printf(a, "%.*s/initdb", (int)(slash - s->program.path), s->program.path),
        "-D",
        arena_printf(a, "%s/data", s->server),
        "-U",
        SUPERUSER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
        NULL};
    add_list(&w, list);
    return run_to_end(s, &w, NULL, err);
}

static bool run_postgres(struct starting *s, struct err *err)
{
    static const char *const settings[] = {"listen_addresses=",
                                           "fsync=off",
                                           "full_page_writes=off",
                                           "synchronous_commit=off",
                                           "wal_level=minimal",
                                           "max_wal_senders=0",
                                           "autovacuum=off",
                                           "shared_buffers=32MB",
                                           "max_connections=40",
                                           "jit=off",
                                           "timezone=UTC",
                                           "lc_messages=C",
                                           "temp_file_limit=4GB",
                                           "log_min_messages=fatal",
                                           "max_locks_per_transaction=256",
                                           NULL};
    struct arena *a = s->t->arena;
    struct words w = {.n = 0};
    add(&w, s->program.path);
    add(&w, "-D");
    add(&w, arena_printf(a, "%s/data", s->server));
    add(&w, "-c");
    add(&w, arena_printf(a, "unix_socket_directories=%s", s->server));
    for (size_t i = 0; settings[i]; i++) {
        add(&w, "-c");
        add(&w, settings[i]);
    }
    const char *at = encoded(a, s->server);
    s->t->admin = arena_printf(a, "postgresql://" SUPERUSER "@/postgres?host=%s", at);
    s->t->url = arena_printf(a, "postgresql://" ACCOUNT "@/postgres?host=%s", at);
    return run_server(s, &w, s->t->admin, err) &&
           run_sql(s->t->admin, "CREATE ROLE " ACCOUNT " LOGIN CREATEDB", err);
}

bool throwaway_role(const struct throwaway *t, const char *name, struct err *err)
{
    struct buf b = BUF_INIT, quoted = BUF_INIT;
    engine_quote(ENGINE_PG, name, &quoted);
    buf_addf(&b, "CREATE ROLE %s", quoted.data);
    bool ok = run_sql(t->admin, b.data, err);
    buf_reset(&b);
    buf_addf(&b, "GRANT %s TO " ACCOUNT, quoted.data);
    ok = ok && run_sql(t->admin, b.data, err);
    buf_release(&b);
    buf_release(&quoted);
    return ok;
}

/* ---- MySQL and MariaDB ----------------------------------------------------------------------- */

/* /usr of /usr/sbin/mariadbd. */
static const char *base_of(const struct starting *s)
{
    const char *end = strrchr(s->program.path, '/');
    for (; end > s->program.path && end[-1] != '/'; end--)
        ;
    return arena_strndup(s->t->arena, s->program.path, (size_t)(end - s->program.path - 1));
}

static const char *share_of(const struct starting *s)
{
    static const char *const folders[] = {"share/mariadb", "share/mysql", "share"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        const char *path = arena_printf(s->t->arena, "%s/%s", base_of(s), folders[i]);
        if (access(arena_printf(s->t->arena, "%s/english/errmsg.sys", path), R_OK) == 0)
            return path;
    }
    return arena_printf(s->t->arena, "%s/share", base_of(s));
}

static void add_common(const struct starting *s, struct words *w)
{
    struct arena *a = s->t->arena;
    bool mysql = s->program.flavor == ENGINE_MY;
    add(w, s->program.path);
    add(w, "--no-defaults");
    add(w, arena_printf(a, "--basedir=%s", base_of(s)));
    add(w, arena_printf(a, "--datadir=%s/data", s->server));
    add(w, arena_printf(a, "--tmpdir=%s/tmp", s->server));
    add(w, arena_printf(a, "--lc-messages-dir=%s", share_of(s)));
    add(w, "--innodb-flush-method=nosync");
    add(w, "--skip-log-bin");
    add(w, "--character-set-server=utf8mb4");
    /* MariaDB knows no NULL, which forbids it altogether; and nobody has the privilege FILE. */
    add(w, mysql ? "--secure-file-priv=NULL"
                 : arena_printf(a, "--secure-file-priv=%s/files", s->server));
    if (mysql)
        add(w, "--innodb-redo-log-capacity=64M");
}

static bool append_file(const char *path, struct buf *to)
{
    char block[65536];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(to, block, (size_t)n);
    if (fd >= 0)
        close(fd);
    return n == 0;
}

static bool write_file(const struct starting *s, const char *path, struct slice text,
                       struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0;
    for (ssize_t n; ok && text.len; text.data += n, text.len -= (size_t)n) {
        n = write(fd, text.data, text.len);
        ok = n > 0;
        n = ok ? n : 0;
    }
    if (ok && s->user.other)
        ok = fchown(fd, s->user.uid, s->user.gid) == 0;
    int code = errno;
    if (fd >= 0)
        close(fd);
    return ok || err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(code));
}

/* What mariadb-install-db does, without the help tables and the accounts. */
static bool bootstrap_text(const struct starting *s, struct buf *ret, struct err *err)
{
    static const char *const stems[] = {"mariadb", "mysql"};
    static const char *const files[] = {
        "%s/%s_system_tables.sql", "%s/%s_performance_tables.sql", "%s/%s_system_tables_data.sql",
        "%s/maria_add_gis_sp_bootstrap.sql", "%s/%s_sys_schema.sql"};
    struct arena *a = s->t->arena;
    const char *share = share_of(s), *stem = NULL;
    for (size_t i = 0; i < ARRAY_LEN(stems) && !stem; i++)
        if (access(arena_printf(a, "%s/%s_system_tables.sql", share, stems[i]), R_OK) == 0)
            stem = stems[i];
    if (!stem) {
        err_set(err, ERR_RUNTIME, "%s has no mariadb_system_tables.sql, with which data begin",
                share);
        return err_hint(err, "is the server's package installed completely? --scratch URL names "
                             "another server");
    }
    buf_adds(ret,
             "create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        const char *path = strstr(files[i], "maria_add")
                               ? arena_printf(a, "%s/maria_add_gis_sp_bootstrap.sql", share)
                               : arena_printf(a, "%s/%s%s", share, stem, strchr(files[i] + 5, '_'));
        if (!append_file(path, ret))
            return err_set(err, ERR_RUNTIME, "cannot read %s", path);
        buf_addch(ret, '\n');
    }
    return true;
}

static bool init_mysql(const struct starting *s, struct err *err)
{
    struct words w = {.n = 0};
    struct buf text = BUF_INIT;
    add_common(s, &w);
    if (s->program.flavor == ENGINE_MY) {
        add(&w, "--initialize-insecure");
        return run_to_end(s, &w, NULL, err);
    }
    const char *path = arena_printf(s->t->arena, "%s/bootstrap.sql", s->server);
    add(&w, "--bootstrap");
    add(&w, "--silent-startup");
    add(&w, "--log-warnings=0");
    add(&w, "--enforce-storage-engine=");
    add(&w, "--max-allowed-packet=8M");
    add(&w, "--net-buffer-length=16K");
    add(&w, "--innodb-log-file-size=16M");
    bool ok = bootstrap_text(s, &text, err) && write_file(s, path, buf_slice(&text), err) &&
              run_to_end(s, &w, path, err);
    buf_release(&text);
    return ok;
}

/* One account, which has no right on files, accounts or settings; every other is gone, so that no
 * DEFINER lends a right. A statement a line. */
static const char *accounts_of(const struct starting *s)
{
    bool mysql = s->program.flavor == ENGINE_MY;
    unsigned v = s->program.version;
    const char *definer =
        mysql ? v >= 80200 ? ", SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER" : ", SET_USER_ID"
              : ", SET USER";
    const char *routines = mysql ? v >= 80020 ? ", SHOW_ROUTINE" : "" : "";
    return arena_printf(
        s->t->arena,
        "CREATE USER '" ACCOUNT "'@'localhost';\n"
        "GRANT SELECT, SHOW DATABASES, PROCESS%s%s ON *.* TO '" ACCOUNT "'@'localhost';\n"
        "GRANT ALL PRIVILEGES ON `dbtwin\\_sql\\_%%`.* TO '" ACCOUNT "'@'localhost';\n"
        "%s",
        definer, routines,
        mysql ? "DROP USER IF EXISTS 'root'@'localhost';\n"
              : "DELETE FROM mysql.global_priv WHERE User NOT IN ('" ACCOUNT
                "', 'mariadb.sys', 'PUBLIC');\nFLUSH PRIVILEGES;\n");
}

static bool run_mysql(struct starting *s, struct err *err)
{
    struct arena *a = s->t->arena;
    const char *init = arena_printf(a, "%s/accounts.sql", s->server), *text = accounts_of(s);
    struct words w = {.n = 0};
    add_common(s, &w);
    add(&w, arena_printf(a, "--socket=%s/s", s->server));
    add(&w, arena_printf(a, "--pid-file=%s/server.pid", s->server));
    add(&w, arena_printf(a, "--init-file=%s", init));
    add(&w, "--skip-networking");
    add(&w, "--skip-name-resolve");
    add(&w, "--local-infile=0");
    add(&w, "--event-scheduler=OFF");
    add(&w, "--innodb-flush-log-at-trx-commit=0");
    add(&w, "--innodb-buffer-pool-size=64M");
    add(&w, "--performance-schema=OFF");
    if (s->program.flavor == ENGINE_MY) {
        add(&w, "--innodb-doublewrite=OFF");
        add(&w, "--mysqlx=OFF");
    } else {
        add(&w, "--innodb-doublewrite=0");
        add(&w, "--innodb-log-file-size=16M");
    }
    s->t->url = arena_printf(a, "%s://" ACCOUNT "@localhost/information_schema?socket=%s/s",
                             engine_of(s->program.flavor)->name, encoded(a, s->server));
    return write_file(s, init, (struct slice){text, strlen(text)}, err) &&
           run_server(s, &w, s->t->url, err);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool make_folders(struct starting *s, struct err *err)
{
    static const char *const names[] = {"tmp", "files", "data"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *path = arena_printf(s->t->arena, "%s/%s", s->server, names[i]);
        if (mkdir(path, 0700) != 0 || (s->user.other && chown(path, s->user.uid, s->user.gid) != 0))
            return err_set(err, ERR_RUNTIME, "cannot make %s: %s", path, strerror(errno));
    }
    return true;
}

bool throwaway_open(struct throwaway *t, const struct throwaway_wish *wish, struct arena *a,
                    struct err *err)
{
    struct starting s = {.t = t};
    double begun = clock_now();
    *t = (struct throwaway){.arena = a};
    if (!throwaway_find(wish, a, &s.program, err) || !find_user(&s.user, err))
        return false;
    throwaway_folder_sweep(a);
    if (!throwaway_folder_make(t, &s.user, err))
        return false;
    t->flavor = s.program.flavor;
    t->version = s.program.version;
    s.server = arena_printf(a, "%s/server", t->folder);
    s.log = arena_printf(a, "%s/log", t->folder);
    const struct server_kind *kind = ENGINE_ROW(server_kinds, t->flavor);
    bool ok = make_folders(&s, err) && kind->init(&s, err) && kind->run(&s, err);
    if (ok)
        log_debug("a scratch server runs in %s, by %s, after %.1f s", t->folder, s.program.path,
                  clock_now() - begun);
    return ok;
}

static void stop(struct throwaway *t)
{
    double end = clock_now() + STOP_SECONDS;
    if (!t->pid)
        return;
    kill(t->pid, ENGINE_ROW(server_kinds, t->flavor)->stop);
    while (waitpid(t->pid, NULL, WNOHANG) == 0) {
        if (clock_now() > end) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, NULL, 0);
            break;
        }
        pause_a_moment();
    }
    t->pid = 0;
}

void throwaway_close(struct throwaway *t)
{
    stop(t);
    throwaway_folder_remove(t);
}
