#include "text.h"

#include <string.h>
#include <strings.h>

void my_text_lower(struct buf *b)
{
    for (size_t i = 0; i < b->len; i++) {
        if (b->data[i] >= 'A' && b->data[i] <= 'Z')
            b->data[i] = (char)(b->data[i] - 'A' + 'a');
    }
}

bool my_text_is_utf8(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p, *end = u + n;
    while (u < end) {
        unsigned more = *u < 0x80 ? 0 : *u >= 0xc2 && *u < 0xe0 ? 1 : (*u & 0xf0) == 0xe0 ? 2 : 3;
        bool bad = *u >= 0x80 && (*u < 0xc2 || *u > 0xf4);
        if (bad || (size_t)(end - u) <= more)
            return false;
        if ((*u == 0xe0 && u[1] < 0xa0) || (*u == 0xed && u[1] > 0x9f) ||
            (*u == 0xf0 && u[1] < 0x90) || (*u == 0xf4 && u[1] > 0x8f))
            return false;
        for (u++; more > 0; more--, u++) {
            if ((*u & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

/* A literal's value in hex; escapes as in every sql_mode but NO_BACKSLASH_ESCAPES. */
static void add_hex(struct buf *ret, const char *p, const char *end)
{
    buf_adds(ret, " x'");
    for (p++, end--; p < end; p++) {
        char c = *p;
        if (c == '\\' && p + 1 < end) {
            c = *++p;
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == '0' ? 0 : c);
        } else if (c == '\'') {
            p++; /* doubled */
        }
        buf_addf(ret, "%02X", (unsigned)(unsigned char)c);
    }
    buf_addch(ret, '\'');
}

void my_text_as_utf8(struct buf *ret, const char *text)
{
    const char *end = text + strlen(text);
    if (my_text_is_utf8(text, (size_t)(end - text))) {
        buf_add(ret, text, (size_t)(end - text));
        return;
    }
    for (const char *p = text, *q; p < end; p = q) {
        q = my_text_token(p, end);
        if (*p == '\'' && !my_text_is_utf8(p, (size_t)(q - p)))
            add_hex(ret, p, q);
        else
            buf_add(ret, p, (size_t)(q - p));
    }
}

void my_text_unescape(struct buf *ret, const char *text)
{
    for (; *text; text++) {
        if (*text != '\\' || !text[1]) {
            buf_addch(ret, *text);
            continue;
        }
        text++;
        switch (*text) {
        case 'n':
            buf_addch(ret, '\n');
            break;
        case 'r':
            buf_addch(ret, '\r');
            break;
        case 't':
            buf_addch(ret, '\t');
            break;
        default:
            buf_addch(ret, *text);
        }
    }
}

/* ---- the database's own name --------------------------------------------------------------- */

/* A quoted name's text, doubled quotes made one, in `ret` (reset first). */
static void unquote(struct buf *ret, const char *p, const char *end)
{
    buf_reset(ret);
    for (p++, end--; p < end; p++) {
        buf_addch(ret, *p);
        if (*p == '`')
            p++;
    }
}

static bool names_db(struct buf *tmp, const char *p, const char *q, const char *db, bool fold)
{
    if (*p != '`')
        return false;
    unquote(tmp, p, q);
    return fold ? !strcasecmp(tmp->data, db) : !strcmp(tmp->data, db);
}

/* Whether the name occurs other than in front of a dot: then it is an alias or a column as well. */
static bool is_alias_too(const char *text, const char *end, const char *db, bool fold)
{
    struct buf tmp = BUF_INIT;
    bool found = false;
    for (const char *p = text, *q; p < end && !found; p = q) {
        q = my_text_token(p, end);
        found = (q == end || *q != '.') && names_db(&tmp, p, q, db, fold);
    }
    buf_release(&tmp);
    return found;
}

static bool same_word(struct slice w, const char *text)
{
    return w.len == strlen(text) && !strncasecmp(w.data, text, w.len);
}

/* Whether `db`. occurs at all: mostly it does not, and there is nothing to look for. */
static bool is_qualified(const char *text, const char *db, bool fold)
{
    struct buf name = BUF_INIT;
    buf_addch(&name, '`');
    for (; *db; db++) {
        if (*db == '`')
            buf_addch(&name, '`');
        buf_addch(&name, *db);
    }
    buf_adds(&name, "`.");
    bool found = (fold ? strcasestr(text, name.data) : strstr(text, name.data)) != NULL;
    buf_release(&name);
    return found;
}

void my_text_strip(struct buf *ret, const char *text, const char *db, bool fold, my_text_name *fn,
                   void *ctx)
{
    const char *end = text + strlen(text);
    if (!is_qualified(text, db, fold)) {
        buf_add(ret, text, (size_t)(end - text));
        return;
    }
    bool careful = is_alias_too(text, end, db, fold);
    struct buf tmp = BUF_INIT;
    struct slice word = {text, 0}; /* the last token but blanks and opening parentheses */
    char before = ' ';             /* the byte before the token */

    for (const char *p = text, *q; p < end; p = q) {
        q = my_text_token(p, end);
        bool drop = before != '.' && q + 1 < end && q[0] == '.' && q[1] == '`' &&
                    names_db(&tmp, p, q, db, fold);
        if (drop) {
            const char *name_end = my_text_token(q + 1, end);
            bool routine = name_end < end && *name_end == '(';
            bool column = name_end < end && *name_end == '.'; /* database.table.column */
            drop =
                !careful || routine || column || same_word(word, "from") || same_word(word, "join");
            if (drop && fn) {
                unquote(&tmp, q + 1, name_end);
                fn(ctx, tmp.data, routine);
            }
            if (drop) {
                buf_add(ret, q + 1, (size_t)(name_end - q - 1));
                q = name_end;
            }
        }
        if (!drop)
            buf_add(ret, p, (size_t)(q - p));
        before = q[-1];
        if (*p != ' ' && *p != '(') {
            word.data = p;
            word.len = (size_t)(q - p);
        }
    }
    buf_release(&tmp);
}

/* ---- SHOW CREATE of what has a body -------------------------------------------------------- */

struct scan {
    const char *p, *end;   /* what is left */
    const char *tok, *fin; /* the last token */
};

/* The next token that is neither blank nor comment. */
static bool scan_next(struct scan *s)
{
    while (s->p < s->end) {
        s->tok = s->p;
        s->p = s->fin = my_text_token(s->p, s->end);
        if (!strchr(" \t\r\n#", *s->tok) && strncmp(s->tok, "/*", 2) != 0 &&
            !(*s->tok == '-' && s->fin - s->tok > 1))
            return true;
    }
    return false;
}

static bool scan_is(const struct scan *s, const char *word)
{
    struct slice w = {s->tok, (size_t)(s->fin - s->tok)};
    return same_word(w, word);
}

static bool scan_to(struct scan *s, const char *word)
{
    while (scan_next(s)) {
        if (scan_is(s, word))
            return true;
    }
    return false;
}

/*
 * From CREATE to the word, past nothing but words that are known to stand there, names and signs.
 * These texts have no guard (prove.c) that would make them again: what is not known in them must
 * not be passed over, or it would be neither compared nor copied.
 */
static bool is_known(const struct scan *s, const char *const *known)
{
    bool found = strchr("`'\"=@.", *s->tok) || (*s->tok >= '0' && *s->tok <= '9');
    for (size_t i = 0; known[i] && !found; i++)
        found = scan_is(s, known[i]);
    return found;
}

static bool scan_head(struct scan *s, const char *const *known, const char *word)
{
    while (scan_next(s)) {
        if (scan_is(s, word))
            return true;
        if (!is_known(s, known))
            return false;
    }
    return false;
}

/* What any CREATE of a definer's object begins with. */
static const char *const head_words[] = {"CREATE", "OR", "REPLACE", "DEFINER", "AGGREGATE", NULL};

/* A name, perhaps after that of its database. */
static bool scan_name(struct scan *s)
{
    struct scan ahead;
    if (!scan_next(s))
        return false;
    ahead = *s;
    if (scan_next(&ahead) && *ahead.tok == '.' && scan_next(&ahead))
        *s = ahead;
    return true;
}

static struct slice trimmed(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p))
        p++;
    while (end > p && strchr(" \t\r\n", end[-1]))
        end--;
    struct slice s = {p, (size_t)(end - p)};
    return s;
}

/* A body keeps what it ends with. */
static struct slice body_from(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p))
        p++;
    struct slice s = {p, (size_t)(end - p)};
    return s;
}

/* Characteristics stand each in a line of its own, indented by four spaces, in front of the body.
 * One that is not known belongs to the body: LANGUAGE JAVASCRIPT and its USING, which MySQL shows
 * last but for COMMENT, and reads in any order. */
static const char *skip_characteristics(const char *p, const char *end)
{
    static const char *const known[] = {
        "NO SQL",  "READS SQL DATA",    "MODIFIES SQL DATA", "CONTAINS SQL", "DETERMINISTIC",
        "COMMENT", "NOT DETERMINISTIC", "SQL SECURITY",      "LANGUAGE SQL",
    };
    for (;;) {
        bool found = false;
        if (end - p < 5 || strncmp(p, "    ", 4) != 0)
            return p;
        for (size_t i = 0; i < ARRAY_LEN(known) && !found; i++)
            found = (size_t)(end - p - 4) > strlen(known[i]) && str_starts(p + 4, known[i]);
        if (!found)
            return p;
        while (p < end && *p != '\n') /* a comment's newlines are within its quotes */
            p = my_text_token(p, end);
        if (p < end)
            p++;
    }
}

bool my_text_routine(const char *text, struct my_text_routine *ret)
{
    struct scan s = {text, text + strlen(text), text, text};
    struct my_text_routine r = {0};
    bool function = false;
    do {
        if (!scan_next(&s))
            return false;
        if (scan_is(&s, "AGGREGATE"))
            r.aggregate = true;
        function = scan_is(&s, "FUNCTION");
        if (!function && !scan_is(&s, "PROCEDURE") && !is_known(&s, head_words))
            return false;
    } while (!function && !scan_is(&s, "PROCEDURE"));
    if (!scan_next(&s) || !scan_next(&s)) /* the name, and what follows it */
        return false;
    if (*s.tok == '(') {
        const char *open = s.p;
        for (int depth = 1; depth > 0;) {
            if (!scan_next(&s))
                return false;
            depth += *s.tok == '(' ? 1 : *s.tok == ')' ? -1 : 0;
        }
        r.arguments = trimmed(open, s.tok);
        if (r.arguments.len > 0) { /* as written, line breaks and all: a dump shows them */
            r.arguments.data = open;
            r.arguments.len = (size_t)(s.tok - open);
        }
    } else {
        s.p = s.tok; /* sql_mode=ORACLE: no parentheses where there are no arguments */
        r.arguments.data = s.p;
    }
    const char *line = s.p;
    if (function) {
        if (!scan_next(&s) || !(scan_is(&s, "RETURNS") || scan_is(&s, "RETURN")))
            return false;
        for (line = s.p; line < s.end && *line != '\n';)
            line = my_text_token(line, s.end);
        r.result = trimmed(s.p, line);
    }
    if (line < s.end && *line == '\n')
        line++;
    r.body = body_from(skip_characteristics(line, s.end), s.end);
    if (r.body.len == 0)
        return false;
    *ret = r;
    return true;
}

/* To the event, and over "OF a, `b`" behind it (MariaDB 11.8), appended as quoted names. */
static bool scan_event(struct scan *s, struct buf *columns)
{
    struct scan ahead;
    if (!scan_next(s))
        return false;
    ahead = *s;
    if (!scan_next(&ahead) || !scan_is(&ahead, "OF"))
        return true;
    for (*s = ahead; scan_next(&ahead) && !scan_is(&ahead, "ON"); *s = ahead)
        if (*ahead.tok == '`')
            buf_add(columns, ahead.tok, (size_t)(ahead.fin - ahead.tok));
        else if (*ahead.tok == ',')
            buf_adds(columns, ", ");
        else
            buf_addf(columns, "`%.*s`", (int)(ahead.fin - ahead.tok), ahead.tok);
    return columns->len > 0;
}

bool my_text_trigger(const char *text, struct buf *ret_columns, struct slice *ret_body)
{
    struct scan s = {text, text + strlen(text), text, text};
    if (!scan_head(&s, head_words, "TRIGGER") || !scan_next(&s))
        return false;
    do { /* the name as it was written */
        if (!scan_next(&s))
            return false;
    } while (!scan_is(&s, "BEFORE") && !scan_is(&s, "AFTER"));
    if (!scan_event(&s, ret_columns) || !scan_next(&s) || !scan_is(&s, "ON") ||
        !scan_to(&s, "EACH") || !scan_next(&s) || !scan_is(&s, "ROW"))
        return false;
    struct scan order = s;
    if (scan_next(&order) && (scan_is(&order, "FOLLOWS") || scan_is(&order, "PRECEDES")) &&
        scan_next(&order))
        s = order;
    *ret_body = body_from(s.p, s.end);
    return ret_body->len > 0;
}

/* The token names the database, quoted in whatever way or not. */
static bool is_own_name(const struct scan *s, const char *db)
{
    struct slice w = {s->tok, (size_t)(s->fin - s->tok)};
    if (w.len > 2 && strchr("`\"", *w.data)) {
        w.data++;
        w.len -= 2;
    }
    return w.len == strlen(db) && !strncmp(w.data, db, w.len);
}

bool my_text_trigger_head(const char *text, struct slice body, const char *db, struct buf *ret)
{
    struct scan s = {text, body.data, text, text};
    if (!scan_head(&s, head_words, "TRIGGER"))
        return false;
    const char *from = s.tok;
    while (scan_next(&s)) {
        struct scan ahead = s;
        if (*s.tok == '.' || scan_is(&s, "FOLLOWS") || scan_is(&s, "PRECEDES"))
            return false;
        if (!scan_next(&ahead) || *ahead.tok != '.')
            continue;
        if (!is_own_name(&s, db))
            return false;
        buf_add(ret, from, (size_t)(s.tok - from));
        from = ahead.fin;
        s = ahead;
    }
    buf_add(ret, from, (size_t)(body.data - from));
    return true;
}

bool my_text_event(const char *text, struct slice *ret_body)
{
    static const char *const known[] = {
        "ON",         "SCHEDULE",   "AT",          "EVERY",       "STARTS",        "ENDS",
        "COMPLETION", "NOT",        "PRESERVE",    "ENABLE",      "DISABLE",       "SLAVE",
        "REPLICA",    "COMMENT",    "YEAR",        "QUARTER",     "MONTH",         "WEEK",
        "DAY",        "HOUR",       "MINUTE",      "SECOND",      "YEAR_MONTH",    "DAY_HOUR",
        "DAY_MINUTE", "DAY_SECOND", "HOUR_MINUTE", "HOUR_SECOND", "MINUTE_SECOND", NULL,
    };
    struct scan s = {text, text + strlen(text), text, text};
    if (!scan_head(&s, head_words, "EVENT") || !scan_name(&s) || !scan_head(&s, known, "DO"))
        return false;
    *ret_body = body_from(s.p, s.end);
    return ret_body->len > 0;
}

bool my_text_package(const char *text, struct slice *ret_body)
{
    struct scan s = {text, text + strlen(text), text, text};
    if (!scan_head(&s, head_words, "PACKAGE") || !scan_next(&s))
        return false;
    if (scan_is(&s, "BODY") && !scan_next(&s))
        return false;
    const char *p = s.p; /* characteristics, if any, stand in lines of their own */
    if (s.end - p < 4 || strncmp(p, "    ", 4) != 0) {
        if (p < s.end && *p == ' ')
            p++;
        if (p < s.end && *p == '\n')
            p++;
    }
    *ret_body = body_from(skip_characteristics(p, s.end), s.end);
    return ret_body->len > 0;
}

/* Between parentheses, when these come next. */
static bool scan_columns(struct scan *s, struct slice *ret)
{
    struct scan ahead = *s;
    if (!scan_next(&ahead) || *ahead.tok != '(')
        return true;
    const char *open = ahead.p;
    if (!scan_to(&ahead, ")"))
        return false;
    *ret = trimmed(open, ahead.tok);
    *s = ahead;
    return true;
}

bool my_text_view(const char *text, struct my_text_view *ret)
{
    static const char *const known[] = {"CREATE",    "OR",        "REPLACE", "ALGORITHM",
                                        "UNDEFINED", "MERGE",     "DEFINER", "SQL",
                                        "SECURITY",  "TEMPTABLE", "INVOKER", NULL};
    static const char *const options[] = {" WITH CASCADED CHECK OPTION",
                                          " WITH LOCAL CHECK OPTION"};
    struct scan s = {text, text + strlen(text), text, text};
    struct my_text_view v = {.algorithm = "undefined"};
    struct scan head = s;
    if (!scan_head(&s, known, "VIEW") || !scan_name(&s) || !scan_columns(&s, &v.columns) ||
        !scan_next(&s) || !scan_is(&s, "AS"))
        return false;
    if (scan_next(&head) && scan_next(&head) && scan_is(&head, "ALGORITHM") && scan_next(&head) &&
        scan_next(&head))
        v.algorithm = scan_is(&head, "MERGE")       ? "merge"
                      : scan_is(&head, "TEMPTABLE") ? "temptable"
                                                    : "undefined";
    v.query = body_from(s.p, s.end);
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        size_t n = strlen(options[i]);
        if (v.query.len > n && !memcmp(v.query.data + v.query.len - n, options[i], n))
            v.query.len -= n;
    }
    *ret = v;
    return v.query.len > 0;
}
