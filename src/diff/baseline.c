#include <dbtwin/baseline.h>

#include <string.h>

#include <dbtwin/json.h>

#include "content.h"

enum { VERSION = 1 };

struct entry {
    const char *kind, *path, *change;
    const char *property;  /* or NULL */
    const char *from, *to; /* digests; NULL for the side that has no such object */
    const char *reason, *accepted;
    const char *until; /* or NULL */
    bool used, dead;   /* by the last baseline_apply */
};

static const char *const change_names[] = {"added", "removed", "changed"};

void baseline_init(struct baseline *b)
{
    *b = (struct baseline){0};
    arena_init(&b->arena);
    vec_init(&b->entries, sizeof(struct entry));
}

void baseline_release(struct baseline *b)
{
    vec_release(&b->entries);
    map_release(&b->by_key);
    arena_release(&b->arena);
    *b = (struct baseline){0};
}

/* Of the Gregorian calendar. */
bool baseline_is_day(const char *text)
{
    static const char form[] = "0000-00-00";
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    int year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
    int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || leap);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static const char *make_key(struct arena *a, const struct entry *e)
{
    return arena_printf(a, "%s\n%s\n%s\n%s", e->kind, e->property ? e->property : "", e->change,
                        e->path);
}

/* Entries are told by their number, since they move when there are more. */
static struct entry *find(const struct baseline *b, const char *key)
{
    uintptr_t at = (uintptr_t)map_get(&b->by_key, key, strlen(key));
    return at ? &VEC_AT(&b->entries, struct entry, at - 1) : NULL;
}

static void add(struct baseline *b, const char *key, const struct entry *e)
{
    VEC_PUSH(&b->entries, struct entry, *e);
    map_put(&b->by_key, key, strlen(key), (void *)(uintptr_t)b->entries.len);
}

/* What a change would be as an entry: of one property, or of the object as a whole (slot < 0). */
static struct entry entry_of(const struct diff *d, const struct change *c, int slot,
                             struct arena *a)
{
    const struct object *o = c->from ? c->from : c->to;
    struct entry e = {.kind = o->kind->name, .change = change_names[c->type]};
    e.path = model_path_text(o, a);
    if (slot >= 0) {
        e.property = o->kind->props[slot].name;
        e.from = content_value_digest(c->from, (unsigned)slot, d->from->flavor, a);
        e.to = content_value_digest(c->to, (unsigned)slot, d->to->flavor, a);
    } else {
        e.from = c->from ? content_digest(c->from, d->from->flavor, a) : NULL;
        e.to = c->to ? content_digest(c->to, d->to->flavor, a) : NULL;
    }
    return e;
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool bad_entry(size_t i, const char *what, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "entry %zu of the baseline: %s", i + 1, what);
}

static const char *text_of(struct baseline *b, const struct json *v, const char *key)
{
    return arena_strdup(&b->arena, json_text(json_get(v, key)));
}

static bool read_entry(struct baseline *b, const struct json *v, size_t i, struct err *err)
{
    struct entry e = {.kind = text_of(b, v, "kind"),
                      .path = text_of(b, v, "path"),
                      .change = text_of(b, v, "change"),
                      .property = text_of(b, v, "property"),
                      .from = text_of(b, v, "from"),
                      .to = text_of(b, v, "to"),
                      .reason = text_of(b, v, "reason"),
                      .accepted = text_of(b, v, "accepted"),
                      .until = text_of(b, v, "until")};
    const struct kind *k = e.kind ? kind_find(e.kind) : NULL;
    bool known = false;
    for (size_t n = 0; e.change && n < ARRAY_LEN(change_names); n++)
        known |= strcmp(e.change, change_names[n]) == 0;
    if (!k)
        return bad_entry(i, "it needs a kind that exists", err);
    if (!e.path || !known || (!e.from && !e.to))
        return bad_entry(i, "it needs a path, a change (added, removed or changed) and digests",
                         err);
    if ((strcmp(e.change, "changed") == 0) != (e.property != NULL))
        return bad_entry(i, "a changed object has a property, others have none", err);
    if (e.property && kind_prop(k, e.property) < 0)
        return bad_entry(i, "the kind has no such property", err);
    if (!e.reason || !*e.reason)
        return bad_entry(i, "it has no reason", err);
    if (e.until && !baseline_is_day(e.until))
        return bad_entry(i, "\"until\" is not a day YYYY-MM-DD", err);
    const char *key = make_key(&b->arena, &e);
    if (find(b, key))
        return bad_entry(i, "it is given twice", err);
    add(b, key, &e);
    return true;
}

bool baseline_read(struct baseline *b, struct slice text, struct err *err)
{
    struct json *doc = json_parse(text, err);
    int64_t version = 0;
    bool ok = doc != NULL;
    if (ok && !json_number(json_get(doc, "dbtwin_baseline"), &version))
        ok = err_set(err, ERR_CORRUPT, "this is not a baseline of dbtwin");
    else if (ok && version != VERSION)
        ok = err_set(err, ERR_CORRUPT,
                     "this baseline is of version %lld; this dbtwin knows version %d",
                     (long long)version, VERSION);
    const struct json *list = doc ? json_get(doc, "entries") : NULL;
    for (size_t i = 0; ok && i < json_len(list); i++)
        ok = read_entry(b, json_at(list, i), i, err);
    json_free(doc);
    return ok;
}

static void set_if(struct json *v, const char *key, const char *text)
{
    if (text)
        json_set(v, key, json_str(text));
}

void baseline_write(const struct baseline *b, struct buf *out)
{
    struct json *doc = json_obj(), *list = json_arr();
    json_set(doc, "dbtwin_baseline", json_int(VERSION));
    for (size_t i = 0; i < b->entries.len; i++) {
        const struct entry *e = &VEC_AT(&b->entries, struct entry, i);
        if (e->dead)
            continue;
        struct json *v = json_obj();
        json_set(v, "kind", json_str(e->kind));
        json_set(v, "path", json_str(e->path));
        json_set(v, "change", json_str(e->change));
        set_if(v, "property", e->property);
        set_if(v, "from", e->from);
        set_if(v, "to", e->to);
        set_if(v, "reason", e->reason);
        set_if(v, "accepted", e->accepted);
        set_if(v, "until", e->until);
        json_push(list, v);
    }
    json_set(doc, "entries", list);
    json_dump(doc, 2, out);
    buf_addch(out, '\n');
    json_free(doc);
}

/* ---- applying ------------------------------------------------------------------------------ */

static void note(struct diff *d, enum note_type type, const struct entry *e)
{
    VEC_PUSH(&d->notes, struct diff_note,
             ((struct diff_note){type, e->kind, e->path, e->property, e->reason, e->until}));
}

/* Whether an entry accepts this; the texts of a note are the baseline's. */
static bool accepts(struct baseline *b, struct diff *d, const struct change *c, int slot,
                    const char *today)
{
    struct entry now = entry_of(d, c, slot, &d->arena);
    struct entry *e = find(b, make_key(&d->arena, &now));
    if (!e)
        return false;
    e->used = true;
    if (!str_eq(e->from, now.from) || !str_eq(e->to, now.to)) {
        e->dead = true;
        note(d, NOTE_OUTDATED, e);
    } else if (e->until && strcmp(e->until, today) < 0) {
        e->dead = true;
        note(d, NOTE_EXPIRED, e);
    } else {
        d->accepted++;
        return true;
    }
    return false;
}

/* Whether anything of the change is left. */
static bool sift(struct baseline *b, struct diff *d, struct change *c, const char *today)
{
    if (c->type <= CHANGE_REMOVED)
        return !accepts(b, d, c, -1, today);
    for (unsigned s = 0; s < c->from->kind->n_props; s++)
        if ((c->differs >> s & 1) && accepts(b, d, c, (int)s, today))
            c->differs &= ~(UINT64_C(1) << s);
    c->type = c->differs ? CHANGE_CHANGED : CHANGE_UNKNOWN;
    return c->differs || c->unknown;
}

void baseline_apply(struct baseline *b, struct diff *d, const char *today)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->entries.len; i++)
        VEC_AT(&b->entries, struct entry, i).used = false;
    for (size_t i = 0; i < d->changes.len; i++) {
        struct change c = VEC_AT(&d->changes, struct change, i);
        if (sift(b, d, &c, today))
            VEC_AT(&d->changes, struct change, kept++) = c;
    }
    d->changes.len = kept;
    for (size_t i = 0; i < b->entries.len; i++) {
        struct entry *e = &VEC_AT(&b->entries, struct entry, i);
        if (e->used || e->dead)
            continue;
        e->dead = true;
        note(d, NOTE_NEEDLESS, e);
    }
    diff_judge(d);
}

static void accept(struct baseline *b, const struct diff *d, const struct change *c, int slot,
                   const struct entry *words)
{
    struct entry e = entry_of(d, c, slot, &b->arena);
    e.reason = words->reason;
    e.accepted = words->accepted;
    e.until = words->until;
    add(b, make_key(&b->arena, &e), &e);
}

size_t baseline_accept(struct baseline *b, const struct diff *d, const char *reason,
                       const char *until, const char *today)
{
    size_t before = b->entries.len;
    struct entry words = {.reason = arena_strdup(&b->arena, reason),
                          .until = arena_strdup(&b->arena, until),
                          .accepted = arena_strdup(&b->arena, today)};
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (c->type <= CHANGE_REMOVED)
            accept(b, d, c, -1, &words);
        for (unsigned s = 0; c->type == CHANGE_CHANGED && s < c->from->kind->n_props; s++)
            if (c->differs >> s & 1)
                accept(b, d, c, (int)s, &words);
    }
    return b->entries.len - before;
}
