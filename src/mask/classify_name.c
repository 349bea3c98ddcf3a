#include "classify.h"

#include <string.h>
#include <strings.h>

/* What types a class can have, and the fewest characters that one of its values takes. */
static const struct {
    unsigned types;
    size_t least;
} fits[CLASSIFY_N] = {
    [CLASSIFY_EMAIL] = {TYPE_TEXT | TYPE_BYTES | TYPE_JSON, 6},
    [CLASSIFY_PHONE] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER | TYPE_JSON, 4},
    [CLASSIFY_NAME] = {TYPE_TEXT | TYPE_BYTES | TYPE_JSON, 4},
    [CLASSIFY_FIRST_NAME] = {TYPE_TEXT | TYPE_BYTES, 1},
    [CLASSIFY_LAST_NAME] = {TYPE_TEXT | TYPE_BYTES, 1},
    [CLASSIFY_USERNAME] = {TYPE_TEXT | TYPE_BYTES, 3},
    [CLASSIFY_PASSWORD] = {TYPE_TEXT | TYPE_BYTES | TYPE_JSON, 2},
    [CLASSIFY_TOKEN] = {TYPE_TEXT | TYPE_BYTES | TYPE_UUID | TYPE_JSON, 4},
    [CLASSIFY_CARD] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 3},
    [CLASSIFY_IBAN] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 5},
    [CLASSIFY_NATIONAL_ID] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 4},
    [CLASSIFY_TAX_ID] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 5},
    [CLASSIFY_PASSPORT] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 5},
    [CLASSIFY_ADDRESS] = {TYPE_TEXT | TYPE_BYTES | TYPE_JSON, 2},
    [CLASSIFY_CITY] = {TYPE_TEXT | TYPE_BYTES, 2},
    [CLASSIFY_POSTCODE] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER, 3},
    [CLASSIFY_COUNTRY] = {TYPE_TEXT | TYPE_BYTES | TYPE_ENUM, 2},
    [CLASSIFY_BIRTH_DATE] = {TYPE_TEXT | TYPE_BYTES | TYPE_TIME | TYPE_INT | TYPE_NUMBER, 2},
    [CLASSIFY_GENDER] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_ENUM, 1},
    [CLASSIFY_IP] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER | TYPE_INET, 4},
    [CLASSIFY_MAC] = {TYPE_TEXT | TYPE_BYTES | TYPE_MAC, 6},
    [CLASSIFY_PHOTO] = {TYPE_TEXT | TYPE_BYTES, 8},
    [CLASSIFY_COMPANY] = {TYPE_TEXT | TYPE_BYTES, 3},
    [CLASSIFY_FREE_TEXT] = {TYPE_TEXT | TYPE_BYTES | TYPE_JSON, 20},
    [CLASSIFY_GEO] = {TYPE_NUMBER | TYPE_TEXT | TYPE_GEO | TYPE_JSON, 4},
    [CLASSIFY_SENSITIVE] = {TYPE_TEXT | TYPE_BYTES | TYPE_INT | TYPE_NUMBER | TYPE_ENUM |
                                TYPE_JSON | TYPE_BOOL,
                            1},
    [CLASSIFY_URL] = {TYPE_TEXT | TYPE_BYTES, 8},
    [CLASSIFY_OTHER] = {~0u, 0},
};

static bool type_fits(enum classify_class class, const struct type_facts *t)
{
    if (!(fits[class].types & t->type) || (t->max_len > 0 && t->max_len < fits[class].least))
        return false;
    if (t->type == TYPE_TIME && t->clock)
        return false;
    if (t->type == TYPE_INT && t->small) /* an age, a code: too small for numbers of anything */
        return class == CLASSIFY_GENDER || class == CLASSIFY_BIRTH_DATE ||
               class == CLASSIFY_SENSITIVE;
    if (t->type == TYPE_INT && t->year)
        return class == CLASSIFY_BIRTH_DATE;
    return true;
}

static bool is_known(const struct name_part *p, unsigned roles)
{
    return p->word && p->word->roles & roles;
}

/* Neither unknown nor a thing nor of a class: says nothing against what stands beside it. */
static bool is_clear(const struct name_part *p)
{
    return is_known(p, WORD_PERSON | WORD_PRIVATE | WORD_PLAIN) || p->len <= 1;
}

/* ---- tables -------------------------------------------------------------------------------- */
/* What the rows of a table with this word in its name are. */
static enum table_sort sort_of(const struct name_part *x)
{
    enum classify_class class = x->word && x->word->strength > 0 ? x->word->class : CLASSIFY_NONE;
    if (is_known(x, WORD_PERSON) || class == CLASSIFY_OTHER)
        return TABLE_PERSONS;
    if (is_known(x, WORD_NOWHERE | WORD_PLAIN) || x->len <= 1)
        return TABLE_NOWHERE;
    if (class == CLASSIFY_COMPANY)
        return TABLE_COMPANIES;
    if (class == CLASSIFY_EMAIL || class == CLASSIFY_ADDRESS || class == CLASSIFY_PHONE)
        return TABLE_ADDRESSES;
    if (class == CLASSIFY_FREE_TEXT)
        return TABLE_TEXTS;
    return is_known(x, WORD_THING | WORD_META) || (x->word && x->word->class) ? TABLE_THINGS
                                                                              : TABLE_OPEN;
}

/*
 * The last word is what a row is: users are, user_groups are not persons. A short word that is not
 * known before the others is a prefix of all tables: wp_users.
 */
enum table_sort classify_table(const struct classifier *k, const char *table)
{
    struct name_parts p;
    enum table_sort sort = TABLE_NOWHERE;
    bool things = false, plain = false;
    if (!table)
        return TABLE_NOWHERE;
    classify_split(k, table, &p);
    for (size_t i = 0; i < p.n; i++) {
        enum table_sort of = sort_of(&p.part[i]);
        if (of == TABLE_OPEN && i == 0 && p.n > 1 && p.part[i].len <= 4)
            continue;
        plain |= of == TABLE_NOWHERE && !is_known(&p.part[i], WORD_NOWHERE);
        things |= of == TABLE_THINGS;
        /* address_alert, phone_log: still of addresses */
        bool about =
            of == TABLE_THINGS && sort == TABLE_ADDRESSES && is_known(&p.part[i], WORD_META);
        if (of != TABLE_NOWHERE && !about)
            sort = of;
    }
    /* a plain word alone says something, but not what: system */
    if (sort == TABLE_NOWHERE && plain && p.part[0].len > 1)
        return TABLE_OPEN;
    return sort == TABLE_OPEN && things ? TABLE_THINGS : sort;
}

/* Whether the table is a list of just that: city.city, countries.name. */
static bool is_lookup(const struct classifier *k, const char *table, enum classify_class class)
{
    struct name_parts p;
    bool of_class = false;
    if (!table ||
        (class != CLASSIFY_CITY && class != CLASSIFY_COUNTRY && class != CLASSIFY_POSTCODE &&
         class != CLASSIFY_GENDER && class != CLASSIFY_SENSITIVE))
        return false;
    classify_split(k, table, &p);
    for (size_t i = 0; i < p.n; i++) {
        const struct name_part *x = &p.part[i];
        bool same = x->word && x->word->class == class;
        bool place =
            x->word && (x->word->class == CLASSIFY_CITY || x->word->class == CLASSIFY_COUNTRY);
        of_class |= same || place;
        if (is_known(x, WORD_PERSON) || (x->word && x->word->class && !same && !place))
            return false;
    }
    return of_class;
}

/* ---- columns ------------------------------------------------------------------------------- */
/* What stands around part m of a name. */
struct around {
    bool meta, front, thing_before, thing_after, unknown_before, unknown_after;
    bool person, somebody, private, class_before, class_after, meta_before;
};

static void look_around(const struct name_parts *p, size_t m, struct around *r)
{
    *r = (struct around){false};
    for (size_t i = 0; i < p->n; i++) {
        const struct name_part *x = &p->part[i];
        bool class = x->word && x->word->class, before = i < m;
        if (i == m)
            continue;
        r->person |= is_known(x, WORD_PERSON);
        r->private |= is_known(x, WORD_PRIVATE);
        r->somebody |= is_known(x, WORD_PERSON) && !is_known(x, WORD_PRIVATE);
        if (i == 0 && is_known(x, WORD_FRONT))
            r->front = true;
        else if (!before && is_known(x, WORD_META))
            r->meta = true;
        else if (is_known(x, WORD_THING) && before)
            r->thing_before = true;
        else if (is_known(x, WORD_THING))
            r->thing_after = true;
        else if (is_clear(x))
            continue;
        else if (is_known(x, WORD_META))
            r->meta_before = true;
        else if (class && before)
            r->class_before = true;
        else if (class)
            r->class_after = true;
        else if (before && !(i == 0 && x->len <= 3)) /* rc_ip: a prefix of all columns */
            r->unknown_before |= !x->word;
        else if (!before)
            r->unknown_after |= !x->word;
    }
}

/* Whether a word of strength 0 may be read as a person's, by its table. */
static bool table_allows(const struct classifier *k, const struct classify_column *c,
                         enum classify_class class)
{
    enum table_sort sort = classify_table(k, c->table);
    switch (sort) {
    case TABLE_NOWHERE:
        return class == CLASSIFY_NAME;
    case TABLE_PERSONS:
        return true;
    case TABLE_COMPANIES:
        return class == CLASSIFY_NAME || class == CLASSIFY_ADDRESS;
    case TABLE_ADDRESSES:
        return class == CLASSIFY_ADDRESS || (class == CLASSIFY_NAME && c->beside_person);
    case TABLE_TEXTS:
        return class == CLASSIFY_FREE_TEXT;
    case TABLE_OPEN:
        return c->beside_person && class != CLASSIFY_FREE_TEXT;
    default:
        return false;
    }
}

/* Whether the word at m is what the column holds. */
static bool is_meant(const struct classifier *k, const struct classify_column *c,
                     const struct name_parts *p, size_t m, const struct around *r)
{
    const struct word *w = p->part[m].word;
    bool disturbed = r->thing_before || r->thing_after || r->unknown_before || r->unknown_after;
    if (r->thing_after)
        return false;
    switch (w->strength) {
    case 3:
        return !(w->class == CLASSIFY_IP && r->thing_before);
    case 2:
        return !r->thing_before && !r->unknown_after;
    case 1:
        return !disturbed && !r->class_before && !r->meta_before &&
               (w->class != CLASSIFY_USERNAME || m + 1 == p->n);
    default:
        if (disturbed || r->meta_before || r->class_before || r->class_after)
            return false;
        return r->somebody || (r->person && w->class == CLASSIFY_NAME) ||
               (r->private && w->class == CLASSIFY_ADDRESS) || table_allows(k, c, w->class);
    }
}

/* Vorname and Nachname in one name: all of it; an address of a machine or a mailbox is no postal
 * one. */
static enum classify_class join(enum classify_class a, enum classify_class b)
{
    if (a == CLASSIFY_ADDRESS && (b == CLASSIFY_IP || b == CLASSIFY_MAC || b == CLASSIFY_EMAIL))
        return b;
    bool parts = (a == CLASSIFY_FIRST_NAME && b == CLASSIFY_LAST_NAME) ||
                 (a == CLASSIFY_LAST_NAME && b == CLASSIFY_FIRST_NAME);
    return parts ? CLASSIFY_NAME : a;
}

/* author, recipient, titulaire: a person's word as the only word of a text. */
static bool is_holder(const struct name_parts *p, const struct type_facts *t)
{
    bool holder = false;
    for (size_t i = 0; i < p->n; i++) {
        holder |= is_known(&p->part[i], WORD_HOLDER | WORD_PERSON);
        if ((!is_clear(&p->part[i]) && !is_known(&p->part[i], WORD_HOLDER)) ||
            is_known(&p->part[i], WORD_NUMBER))
            return false;
    }
    return holder && (t->type == TYPE_TEXT || t->type == TYPE_BYTES) &&
           (t->max_len == 0 || t->max_len >= 10);
}

static void judge(const struct classifier *k, const struct classify_column *c,
                  const struct type_facts *t, const struct name_parts *p, struct name_verdict *ret)
{
    for (size_t m = p->n; m-- > 0;) {
        const struct word *w = p->part[m].word;
        struct around r;
        if (!w || !w->class || (w->strength == 0 && is_known(&p->part[m], WORD_META)))
            continue;
        look_around(p, m, &r);
        if (r.meta || r.front) {
            ret->settled = true;
            return;
        }
        if (!is_meant(k, c, p, m, &r)) {
            /* products.name */
            ret->settled |= p->n == 1 && classify_table(k, c->table) == TABLE_THINGS;
            continue;
        }
        enum classify_class class = w->class;
        for (size_t i = 0; i < m; i++)
            if (p->part[i].word)
                class = join(class, p->part[i].word->class);
        if (class == CLASSIFY_NAME && w->strength == 0 && !r.person &&
            classify_table(k, c->table) == TABLE_COMPANIES)
            class = CLASSIFY_COMPANY;
        if (class == CLASSIFY_ADDRESS && t->type == TYPE_INET)
            class = CLASSIFY_IP;
        if (!type_fits(class, t) || is_lookup(k, c->table, class)) {
            ret->settled = true;
            return;
        }
        *ret = (struct name_verdict){.class = class, .strength = w->strength};
        return;
    }
}

static bool is_same_letter(char a, char b)
{
    return (a | 0x20) == (b | 0x20);
}

/* Whether the n letters abbreviate a word: its beginning (alu of alumnos), or some of its letters
 * in their order, the first one and no vowels else (gst of guests). */
static bool abbreviates(const char *s, size_t n, const char *word, size_t len)
{
    size_t same = 0, at = 1;
    while (same < n && same < len && is_same_letter(s[same], word[same]))
        same++;
    if (same == n)
        return true;
    if (n < 3 || n > 4 || !len || !is_same_letter(s[0], word[0]))
        return false;
    for (size_t i = 1; i < n; i++) {
        while (at < len && !is_same_letter(s[i], word[at]))
            at++;
        if (at++ >= len || strchr("aeiouAEIOU", s[i]))
            return false;
    }
    return true;
}

/* A prefix that the columns of a table share is short for the table: it says nothing more. */
static void drop_prefix(const struct classify_column *c, struct name_parts *p)
{
    size_t n = strspn(c->column, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (!c->table || p->n < 2 || p->part[0].word || p->part[0].len != n || n < 2 ||
        c->column[n] != '_')
        return;
    for (const char *s = c->table; *s;) {
        size_t len = strcspn(s, "_");
        if (abbreviates(c->column, n, s, len))
            p->part[0].len = 1;
        s += len + (s[len] == '_');
    }
}

/* The table's first letter before each of its columns, with nothing between: document.dauthor. */
static void drop_letter(const struct classifier *k, const struct classify_column *c,
                        struct name_parts *p)
{
    enum { SHORTEST = 5 };
    struct name_parts rest;
    if (!c->table || p->n != 1 || p->part[0].word || strlen(c->column) < SHORTEST ||
        !is_same_letter(c->column[0], c->table[0]))
        return;
    classify_split(k, c->column + 1, &rest);
    if (rest.n == 1 && rest.part[0].word)
        *p = rest;
}

/* What one row of the table is a number or an address of: phones, user_emails, ip_addresses. */
static enum classify_class class_of_table(const struct classifier *k, const char *table)
{
    struct name_parts p;
    classify_split(k, table, &p);
    for (size_t i = p.n; i-- > 0;) {
        const struct word *w = p.part[i].word;
        if (w && w->class && w->strength >= 2)
            return w->class;
        if (!is_known(&p.part[i], WORD_PLAIN | WORD_NUMBER | WORD_NOWHERE))
            break;
    }
    return CLASSIFY_NONE;
}

/* phones.number, user_emails.address: the table says what it is. */
static enum classify_class class_by_table(const struct classifier *k,
                                          const struct classify_column *c,
                                          const struct type_facts *t)
{
    static const char *const values[] = {"number", "no",    "nr",     "num",    "nbr",
                                         "value",  "val",   "numero", "nummer", "numer",
                                         "valeur", "valor", "wert",   "waarde", "cislo"};
    static const char *const addresses[] = {"address", "addr", "adresse", "adres"};
    enum classify_class class = c->table ? class_of_table(k, c->table) : CLASSIFY_NONE;
    bool reached = class == CLASSIFY_EMAIL || class == CLASSIFY_IP || class == CLASSIFY_MAC;
    bool numbered = reached || class == CLASSIFY_PHONE || class == CLASSIFY_CARD ||
                    class == CLASSIFY_IBAN || class == CLASSIFY_TOKEN ||
                    class == CLASSIFY_NATIONAL_ID || class == CLASSIFY_TAX_ID ||
                    class == CLASSIFY_PASSPORT;
    if (!(t->type & (TYPE_TEXT | TYPE_BYTES | TYPE_INET | TYPE_MAC)) || !type_fits(class, t))
        return CLASSIFY_NONE;
    for (size_t i = 0; numbered && i < ARRAY_LEN(values); i++)
        if (strcasecmp(c->column, values[i]) == 0)
            return class;
    for (size_t i = 0; reached && i < ARRAY_LEN(addresses); i++)
        if (strcasecmp(c->column, addresses[i]) == 0)
            return class;
    return CLASSIFY_NONE;
}

void classify_name(const struct classifier *k, const struct classify_column *c,
                   const struct type_facts *t, struct name_verdict *ret)
{
    struct name_parts p;
    *ret = (struct name_verdict){.class = class_by_table(k, c, t), .strength = 2};
    if (ret->class)
        return;
    *ret = (struct name_verdict){0};
    classify_split(k, c->column, &p);
    drop_prefix(c, &p);
    drop_letter(k, c, &p);
    judge(k, c, t, &p, ret);
    if (ret->class || ret->settled)
        return;
    if (is_holder(&p, t)) {
        *ret = (struct name_verdict){.class = CLASSIFY_NAME, .strength = 1, .by_holder = true};
        return;
    }
    for (size_t i = 0; i < p.n; i++)
        ret->settled |= is_known(&p.part[i], WORD_THING | WORD_META) ||
                        (i == 0 && is_known(&p.part[i], WORD_FRONT));
}

/* A comment is prose: only a short one that names the thing itself counts. */
void classify_phrase(const struct classifier *k, const char *text, struct name_verdict *ret)
{
    enum { FEW = 5 };
    struct name_parts p;
    *ret = (struct name_verdict){0};
    classify_split(k, text, &p);
    if (p.n == 0 || p.n > FEW)
        return;
    for (size_t m = p.n; m-- > 0;) {
        const struct word *w = p.part[m].word;
        struct around r;
        if (!w || !w->class || w->strength < 3)
            continue;
        look_around(&p, m, &r);
        if (!r.meta && !r.front && !r.thing_after && !r.unknown_after)
            *ret = (struct name_verdict){.class = w->class, .strength = 2};
        return;
    }
}
