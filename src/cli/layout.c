#include "sqltext.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names ----------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Numbers as numbers, all else byte by byte: 2_x before 10_x. */
static int natural(const char *a, const char *b)
{
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789");
            int order = n != m ? (n < m ? -1 : 1) : strncmp(a, b, n);
            if (order)
                return order;
            a += n;
            b += n;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return *a ? 1 : *b ? -1 : 0;
}

/* Folders and files level by level. */
static int by_path(const void *x, const void *y)
{
    const struct sqltext_file *a = x, *b = y;
    int order = natural(a->path, b->path);
    return order ? order : strcmp(a->path, b->path);
}

/* ---- what is left out ------------------------------------------------------------------------ */

struct arranging {
    struct vec *files, *notes;
    struct arena *a;
};

typedef bool file_test(const struct sqltext_file *f);

/* Takes the files of that sort off, and says how many, and which is the first. */
static void leave_out(struct arranging *g, file_test *test, const char *why)
{
    size_t kept = 0, left = 0;
    const char *first = NULL;
    for (size_t i = 0; i < g->files->len; i++) {
        struct sqltext_file f = VEC_AT(g->files, struct sqltext_file, i);
        if (!test(&f)) {
            VEC_AT(g->files, struct sqltext_file, kept++) = f;
            continue;
        }
        first = first ? first : f.path;
        left++;
    }
    g->files->len = kept;
    if (left == 1)
        VEC_PUSH(g->notes, const char *, arena_printf(g->a, "%s is left out: %s", first, why));
    else if (left)
        VEC_PUSH(g->notes, const char *,
                 arena_printf(g->a, "%s and %zu more are left out: %s", first, left - 1, why));
}

static bool any(const struct arranging *g, file_test *test)
{
    for (size_t i = 0; i < g->files->len; i++)
        if (test(&VEC_AT(g->files, struct sqltext_file, i)))
            return true;
    return false;
}

static bool is_no_sql(const struct sqltext_file *f)
{
    return !str_ends(f->path, ".sql");
}

static bool is_down(const struct sqltext_file *f)
{
    const char *name = base_name(f->path);
    return str_ends(name, ".down.sql") || str_ends(name, "-down.sql") ||
           strcmp(name, "down.sql") == 0;
}

static bool is_up(const struct sqltext_file *f)
{
    const char *name = base_name(f->path);
    return str_ends(name, ".up.sql") || str_ends(name, "-up.sql") || strcmp(name, "up.sql") == 0 ||
           strcmp(name, "migration.sql") == 0;
}

/* ---- Flyway ---------------------------------------------------------------------------------- */

/* V1.2__name.sql, and so U and B: https://documentation.red-gate.com/flyway, "Migrations". */
static bool is_versioned(const struct sqltext_file *f, char letter)
{
    const char *name = base_name(f->path), *end = strstr(name, "__");
    if (*name != letter || !is_digit(name[1]) || !end)
        return false;
    return strspn(name + 1, "0123456789._") >= (size_t)(end - name - 1);
}

static bool is_v(const struct sqltext_file *f)
{
    return is_versioned(f, 'V');
}
static bool is_undo(const struct sqltext_file *f)
{
    return is_versioned(f, 'U');
}
static bool is_b(const struct sqltext_file *f)
{
    return is_versioned(f, 'B');
}
static bool is_r(const struct sqltext_file *f)
{
    return str_starts(base_name(f->path), "R__");
}
static bool is_no_flyway(const struct sqltext_file *f)
{
    return !is_v(f) && !is_r(f) && !is_b(f);
}

/* Part by part; a part that is missing is 0. */
static int by_version(const char *a, const char *b)
{
    const char *ends[] = {strstr(a, "__"), strstr(b, "__")};
    a++;
    b++;
    while (a < ends[0] || b < ends[1]) {
        const char *p = a < ends[0] ? a : "0", *q = b < ends[1] ? b : "0";
        p += strspn(p, "0");
        q += strspn(q, "0");
        size_t n = strspn(p, "0123456789"), m = strspn(q, "0123456789");
        int order = n != m ? (n < m ? -1 : 1) : strncmp(p, q, n);
        if (order)
            return order;
        if (a < ends[0])
            a = p + n + (p[n] == '.' || p[n] == '_');
        if (b < ends[1])
            b = q + m + (q[m] == '.' || q[m] == '_');
    }
    return 0;
}

static int by_flyway(const void *x, const void *y)
{
    const struct sqltext_file *a = x, *b = y;
    const char *p = base_name(a->path), *q = base_name(b->path);
    if (is_r(a) != is_r(b))
        return is_r(a) ? 1 : -1;
    int order = is_r(a) ? strcmp(p, q) : by_version(p, q);
    if (!order && is_b(a) != is_b(b)) /* it stands for the versions up to its own */
        return is_b(a) ? -1 : 1;
    return order ? order : strcmp(a->path, b->path);
}

/* A new database begins with the newest baseline. */
static void drop_before_baseline(struct arranging *g)
{
    size_t from = 0, kept = 0, n = g->files->len;
    for (size_t i = 0; i < n; i++)
        if (is_b(&VEC_AT(g->files, struct sqltext_file, i)))
            from = i;
    const struct sqltext_file base = VEC_AT(g->files, struct sqltext_file, from);
    for (size_t i = from; i < n; i++) {
        const struct sqltext_file f = VEC_AT(g->files, struct sqltext_file, i);
        if (i == from || is_r(&f) || by_version(base_name(f.path), base_name(base.path)) != 0)
            VEC_AT(g->files, struct sqltext_file, kept++) = f;
    }
    if (kept < n)
        VEC_PUSH(g->notes, const char *,
                 arena_printf(g->a, "%s stands for the %zu versions up to its own", base.path,
                              n - kept));
    g->files->len = kept;
}

static void arrange_flyway(struct arranging *g)
{
    leave_out(g, is_undo, "it undoes a version");
    leave_out(g, is_no_flyway, "Flyway takes V…__, R__ and B…__ alone as migrations");
    qsort(g->files->items, g->files->len, sizeof(struct sqltext_file), by_flyway);
    if (any(g, is_b))
        drop_before_baseline(g);
}

/* ---- sqitch ---------------------------------------------------------------------------------- */

static bool is_plan(const struct sqltext_file *f)
{
    return strcmp(base_name(f->path), "sqitch.plan") == 0;
}

static const struct sqltext_file *find_path(const struct vec *files, const char *path)
{
    for (size_t i = 0; i < files->len; i++)
        if (strcmp(VEC_AT(files, struct sqltext_file, i).path, path) == 0)
            return &VEC_AT(files, struct sqltext_file, i);
    return NULL;
}

/* A change's line begins with its name, behind a + or none; not a pragma, a tag, a comment. */
static const char *change_of(const char *line, size_t n, struct arena *a)
{
    const char *p = line, *end = line + n;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '+'))
        p++;
    size_t len = 0;
    while (p + len < end && !strchr(" \t\r#[", p[len]))
        len++;
    return !len || strchr("%@-", *p) ? NULL : arena_strndup(a, p, len);
}

/* The first tag behind a line, before the name comes again: a reworked change's first file bears
 * it: deploy/name@tag.sql. NULL: it does not come again. */
static const char *rework_tag(const char *rest, const char *name, struct arena *a)
{
    const char *tag = NULL;
    for (const char *p = rest; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        const char *text = p + strspn(p, " \t");
        if (*text == '@' && !tag)
            tag = arena_strndup(a, text, strcspn(text, " \t\r\n"));
        const char *change = change_of(p, n, a);
        if (change && strcmp(change, name) == 0)
            return tag;
    }
    return NULL;
}

/* Where the plan is, or where sqitch.conf's top_dir says. */
static const char *deploy_folder(struct arranging *g, const struct sqltext_file *plan)
{
    const char *base = base_name(plan->path), *top = "";
    const char *folder = arena_strndup(g->a, plan->path, (size_t)(base - plan->path));
    const struct sqltext_file *conf =
        find_path(g->files, arena_printf(g->a, "%ssqitch.conf", folder));
    const char *p = conf ? strstr(conf->text, "top_dir") : NULL;
    if (p && (p == conf->text || strchr("\n\t ", p[-1]))) {
        p += strcspn(p, "=\n");
        p += *p == '=';
        p += strspn(p, " \t");
        size_t n = strcspn(p, " \t\r\n");
        if (n && strncmp(p, ".", n) != 0)
            top = arena_printf(g->a, "%.*s/", (int)(n - (p[n - 1] == '/')), p);
    }
    return arena_printf(g->a, "%s%sdeploy/", folder, top);
}

static bool arrange_sqitch(struct arranging *g, struct err *err)
{
    struct vec ordered = VEC_INIT(struct sqltext_file);
    struct sqltext_file plan = {0};
    for (size_t i = 0; i < g->files->len; i++)
        if (is_plan(&VEC_AT(g->files, struct sqltext_file, i)))
            plan = VEC_AT(g->files, struct sqltext_file, i);
    const char *folder = deploy_folder(g, &plan);
    unsigned line = 1;
    bool ok = true;
    for (const char *p = plan.text; ok && *p; p += *p == '\n', line++) {
        size_t n = strcspn(p, "\n");
        const char *name = change_of(p, n, g->a);
        p += n;
        if (!name)
            continue;
        const char *tag = rework_tag(p, name, g->a);
        const char *path = arena_printf(g->a, "%s%s%s.sql", folder, name, tag ? tag : "");
        const struct sqltext_file *f = find_path(g->files, path);
        ok = f || err_set(err, ERR_USAGE, "%s: line %u: there is no %s", plan.name, line, path);
        if (ok)
            VEC_PUSH(&ordered, struct sqltext_file, *f);
    }
    size_t sql = 0;
    for (size_t i = 0; i < g->files->len; i++)
        sql += str_ends(VEC_AT(g->files, struct sqltext_file, i).path, ".sql");
    if (ok && sql > ordered.len)
        VEC_PUSH(g->notes, const char *,
                 arena_printf(g->a, "%zu files that %s does not deploy are left out",
                              sql - ordered.len, plan.path));
    vec_reset(g->files);
    for (size_t i = 0; i < ordered.len; i++)
        VEC_PUSH(g->files, struct sqltext_file, VEC_AT(&ordered, struct sqltext_file, i));
    vec_release(&ordered);
    return ok;
}

/* ---- parts of a file ------------------------------------------------------------------------- */

/* dbmate, goose, sql-migrate */
static const char *const marks[] = {"migrate:", "+goose ", "+migrate "};

/* The word behind a mark that the line begins with, or NULL. */
static const char *marked(const char *line)
{
    if (!str_starts(line, "--"))
        return NULL;
    line += 2 + strspn(line + 2, " \t");
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (strncasecmp(line, marks[i], strlen(marks[i])) == 0)
            return line + strlen(marks[i]);
    return NULL;
}

static bool is_part(const char *word, const char *name)
{
    size_t n = strcspn(word, " \t\r\n");
    return n == strlen(name) && strncasecmp(word, name, n) == 0;
}

static bool is_in_parts(const char *text)
{
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        const char *word = marked(p);
        if (word && is_part(word, "up"))
            return true;
    }
    return false;
}

/* The same text, of the same lines, with blanks for what is not in the part that goes up. */
static const char *only_up(const char *text, struct arena *a, bool *ret_down)
{
    char *copy = arena_strdup(a, text);
    bool up = false;
    for (char *p = copy; *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        const char *word = marked(p);
        if (word && (is_part(word, "up") || is_part(word, "down")))
            up = is_part(word, "up");
        *ret_down |= word && is_part(word, "down");
        if (!up)
            memset(p, ' ', n);
        p += n;
    }
    return copy;
}

static void cut_parts(struct arranging *g)
{
    size_t cut = 0;
    for (size_t i = 0; i < g->files->len; i++) {
        struct sqltext_file *f = &VEC_AT(g->files, struct sqltext_file, i);
        bool down = false;
        if (!is_in_parts(f->text))
            continue;
        f->text = only_up(f->text, g->a, &down);
        cut += down;
    }
    if (cut)
        VEC_PUSH(g->notes, const char *,
                 arena_printf(g->a, "the part that goes back is left out of %zu file%s", cut,
                              cut == 1 ? "" : "s"));
}

/* ---- a dump beside the migrations ------------------------------------------------------------ */

static bool is_top(const struct sqltext_file *f)
{
    return !strchr(f->path, '/');
}

static bool is_in_migrations(const struct sqltext_file *f)
{
    return str_starts(f->path, "migrations/");
}

/* schema.sql beside migrations/ is what these lead to (dbmate, Rails). */
static bool is_result(const struct sqltext_file *f)
{
    return is_top(f) &&
           (strcmp(f->path, "schema.sql") == 0 || strcmp(f->path, "structure.sql") == 0);
}

static bool is_seed(const struct sqltext_file *f)
{
    return is_top(f) && strcmp(f->path, "seeds.sql") == 0;
}

/* Rails: queue_structure.sql is another database's. */
static bool is_other_structure(const struct sqltext_file *f)
{
    return is_top(f) && str_ends(f->path, "_structure.sql");
}

static bool is_structure(const struct sqltext_file *f)
{
    return strcmp(f->path, "structure.sql") == 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

bool layout_wants(const char *path)
{
    const char *name = base_name(path);
    return str_ends(name, ".sql") || strcmp(name, "sqitch.plan") == 0 ||
           strcmp(name, "sqitch.conf") == 0;
}

/* Numbered names are an order that somebody chose. */
static bool is_unnumbered(const struct sqltext_file *f)
{
    const char *name = base_name(f->path);
    return !is_digit(*name) && !is_digit(*f->path);
}

bool layout_arrange(struct vec *files, struct arena *a, struct vec *notes, bool *ret_retry,
                    struct err *err)
{
    struct arranging g = {files, notes, a};
    *ret_retry = false;
    if (any(&g, is_plan))
        return arrange_sqitch(&g, err);
    leave_out(&g, is_no_sql, "it is no SQL");
    if (any(&g, is_in_migrations) && any(&g, is_result))
        leave_out(&g, is_result, "it is what migrations/ leads to");
    if (any(&g, is_in_migrations))
        leave_out(&g, is_seed, "it holds rows");
    if (any(&g, is_structure))
        leave_out(&g, is_other_structure, "it is another database's");
    if (any(&g, is_up))
        leave_out(&g, is_down, "it goes back");
    cut_parts(&g);
    if (any(&g, is_v)) {
        arrange_flyway(&g);
        return true;
    }
    qsort(files->items, files->len, sizeof(struct sqltext_file), by_path);
    *ret_retry = any(&g, is_unnumbered);
    return true;
}
