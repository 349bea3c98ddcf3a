#include "classify.h"

#include <string.h>

/*
 * Names become words of a–z: case, accents and what a language writes for them are folded, so that
 * Straße, STRASSE and strasse are one. Umlauts lose their dots; the table has ae, oe, ue as well.
 */
static const struct {
    const char *letters, *plain;
} folds[] = {
    {"àáâãäåāăą", "a"}, {"çćčĉċ", "c"}, {"ďđð", "d"},  {"èéêëēĕėęě", "e"},  {"ğĝġģ", "g"},
    {"ìíîïĩīĭįı", "i"}, {"ķ", "k"},     {"ĺļľł", "l"}, {"ñńņň", "n"},       {"òóôõöøōŏő", "o"},
    {"ŕŗř", "r"},       {"śŝşšș", "s"}, {"ţťŧț", "t"}, {"ùúûüũūŭůűų", "u"}, {"ŵ", "w"},
    {"ýÿŷ", "y"},       {"źżž", "z"},   {"ß", "ss"},   {"æ", "ae"},         {"œ", "oe"},
    {"ÀÁÂÃÄÅĀĂĄ", "A"}, {"ÇĆČĈĊ", "C"}, {"ĎĐ", "D"},   {"ÈÉÊËĒĔĖĘĚ", "E"},  {"ĞĜĠĢ", "G"},
    {"ÌÍÎÏĨĪĬĮİ", "I"}, {"Ķ", "K"},     {"ĹĻĽŁ", "L"}, {"ÑŃŅŇ", "N"},       {"ÒÓÔÕÖØŌŎŐ", "O"},
    {"ŔŖŘ", "R"},       {"ŚŜŞŠȘ", "S"}, {"ŢŤŦȚ", "T"}, {"ÙÚÛÜŨŪŬŮŰŲ", "U"}, {"Ŵ", "W"},
    {"ÝŸŶ", "Y"},       {"ŹŻŽ", "Z"},   {"Æ", "Ae"},   {"Œ", "Oe"},
};

/* What the two bytes of a letter at s are folded to, or NULL. */
static const char *fold_of(const char *s)
{
    for (size_t i = 0; i < ARRAY_LEN(folds); i++)
        for (const char *p = folds[i].letters; *p; p += 2)
            if (p[0] == s[0] && p[1] == s[1])
                return folds[i].plain;
    return NULL;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

enum { NAME_MAX_BYTES = 256 };

/* The name in plain letters; anything that is no letter becomes "_", digits stay. */
static size_t fold_name(const char *name, char ret[NAME_MAX_BYTES])
{
    size_t n = 0;
    for (const char *s = name; *s && n + 3 < NAME_MAX_BYTES; s++) {
        unsigned char c = (unsigned char)*s;
        const char *plain = c >= 0xc2 && c < 0xe0 && s[1] ? fold_of(s) : NULL;
        if (plain) {
            while (*plain)
                ret[n++] = *plain++;
            s++;
        } else if (c == '\'' || (c == 0xcc && s[1])) { /* l'adresse; a combining accent */
            s += c == 0xcc;
        } else if (is_upper(*s) || is_lower(*s) || (*s >= '0' && *s <= '9')) {
            ret[n++] = *s;
        } else {
            ret[n++] = '_';
        }
    }
    ret[n] = '\0';
    return n;
}

/* Whether a token ends between s[i - 1] and s[i]: userName, IPAddress, address1. */
static bool is_border(const char *s, size_t i)
{
    char a = s[i - 1], b = s[i];
    bool digit_a = a >= '0' && a <= '9', digit_b = b >= '0' && b <= '9';
    if (digit_a != digit_b)
        return true;
    if (is_lower(a) && is_upper(b))
        return true;
    return is_upper(a) && is_upper(b) && is_lower(s[i + 1]);
}

struct tokens {
    struct slice token[NAME_PARTS];
    size_t n;
    char text[NAME_MAX_BYTES];
};

const struct word *classify_word(const struct classifier *k, const char *text, size_t len)
{
    return map_get(&k->words, text, len);
}

static bool is_particle(const struct classifier *k, struct slice t)
{
    const struct word *w = classify_word(k, t.data, t.len);
    return w && w->roles & WORD_PARTICLE;
}

static void add_token(const struct classifier *k, struct tokens *t, size_t from, size_t to)
{
    struct slice s = {t->text + from, to - from};
    bool digits = to > from && t->text[from] >= '0' && t->text[from] <= '9';
    if (to > from && !digits && t->n < NAME_PARTS && !(t->n > 0 && is_particle(k, s)))
        t->token[t->n++] = s;
}

static void tokenize(const struct classifier *k, const char *name, struct tokens *t)
{
    size_t start = 0, len = fold_name(name, t->text);
    bool border[NAME_MAX_BYTES] = {false};
    t->n = 0;
    for (size_t i = 1; i < len; i++)
        border[i] = is_border(t->text, i);
    for (size_t i = 0; i < len; i++)
        t->text[i] = (char)(is_upper(t->text[i]) ? t->text[i] - 'A' + 'a' : t->text[i]);
    for (size_t i = 0; i <= len; i++)
        if (i == len || t->text[i] == '_' || border[i]) {
            add_token(k, t, start, i);
            start = i < len && t->text[i] == '_' ? i + 1 : i;
        }
}

static void add_part(struct name_parts *p, const struct word *w, size_t len)
{
    if (p->n < NAME_PARTS)
        p->part[p->n++] = (struct name_part){w, len};
}

/* The word of a token, or of its singular. */
static const struct word *word_of(const struct classifier *k, struct slice t)
{
    const struct word *w = classify_word(k, t.data, t.len);
    if (!w && t.len > 4 && t.data[t.len - 1] == 's') {
        w = classify_word(k, t.data, t.len - 1);
        if (!w && t.data[t.len - 2] == 'e')
            w = classify_word(k, t.data, t.len - 2);
        if (!w && memcmp(t.data + t.len - 3, "ies", 3) == 0 && t.len < NAME_MAX_BYTES) {
            char singular[NAME_MAX_BYTES];
            memcpy(singular, t.data, t.len - 3);
            singular[t.len - 3] = 'y';
            w = classify_word(k, singular, t.len - 2);
        }
    }
    return w;
}

/* The longest phrase that begins with token i; returns how many tokens it takes. */
static size_t find_phrase(const struct classifier *k, const struct tokens *t, size_t i,
                          const struct word **ret, size_t *ret_len)
{
    enum { LONGEST = 5 };
    char glued[NAME_MAX_BYTES];
    for (size_t n = t->n - i < LONGEST ? t->n - i : LONGEST; n > 0; n--) {
        size_t len = 0;
        for (size_t j = i; j < i + n; j++) {
            memcpy(glued + len, t->token[j].data, t->token[j].len);
            len += t->token[j].len;
        }
        const struct word *w = word_of(k, (struct slice){glued, len});
        if (w) {
            *ret = w;
            *ret_len = len;
            return n;
        }
    }
    return 0;
}

/* Whether a piece of a compound may be this word: short ones only where they are common. */
static bool is_piece(const char *s, size_t len, bool first)
{
    static const char *const begins[] = {"ape", "cod", "dob", "emp", "fax", "geb", "nom", "num",
                                         "ort", "plz", "pwd", "rue", "tel", "usr", "zip"};
    static const char *const ends[] = {"cd", "dat", "dt",  "id",  "ip",  "nbr", "nm",
                                       "no", "nr",  "num", "ort", "plz", "tel"};
    const char *const *list = first ? begins : ends;
    size_t n = first ? ARRAY_LEN(begins) : ARRAY_LEN(ends);
    if (len >= 4)
        return true;
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && memcmp(s, list[i], len) == 0)
            return true;
    return false;
}

/*
 * A compound without a border, custname or geburtsort: the fewest words that cover all of it, with
 * the s that German puts between them. No more than three: longer chains are chance.
 */
static bool split_compound(const struct classifier *k, struct slice t, unsigned more, bool first,
                           struct name_parts *p)
{
    const struct word *w = classify_word(k, t.data, t.len);
    if (w && is_piece(t.data, t.len, first)) {
        add_part(p, w, t.len);
        return true;
    }
    for (size_t n = t.len - 1; more > 0 && n >= 2; n--) {
        size_t before = p->n;
        w = is_piece(t.data, n, first) ? classify_word(k, t.data, n) : NULL;
        if (!w || w->roles & WORD_PARTICLE)
            continue;
        add_part(p, w, n);
        struct slice rest = {t.data + n, t.len - n};
        if (split_compound(k, rest, more - 1, false, p))
            return true;
        if (rest.len > 3 && rest.data[0] == 's' &&
            split_compound(k, (struct slice){rest.data + 1, rest.len - 1}, more - 1, false, p))
            return true;
        p->n = before;
    }
    return false;
}

/*
 * The end of a compound whose beginning is not known: aktennotiz, kundenpasswort. The last word is
 * what it is; only one that speaks for itself counts. The beginning is like a letter: it says
 * nothing for or against.
 */
static bool split_tail(const struct classifier *k, struct slice t, struct name_parts *p)
{
    enum { HEAD = 4, TAIL = 5, LONG = 7 };
    for (size_t from = HEAD; from + TAIL <= t.len; from++) {
        const struct word *w = classify_word(k, t.data + from, t.len - from);
        if (!w || !w->class || w->strength < (t.len - from >= LONG ? 2 : 3))
            continue;
        add_part(p, NULL, 1);
        add_part(p, w, t.len - from);
        return true;
    }
    return false;
}

void classify_split(const struct classifier *k, const char *name, struct name_parts *ret)
{
    struct tokens t;
    ret->n = 0;
    tokenize(k, name, &t);
    for (size_t i = 0; i < t.n;) {
        const struct word *w = NULL;
        size_t len = 0, n = find_phrase(k, &t, i, &w, &len);
        if (n > 0)
            add_part(ret, w, len);
        else if (t.token[i].len < 6 ||
                 (!split_compound(k, t.token[i], 1, true, ret) &&
                  !split_compound(k, t.token[i], 2, true, ret) && !split_tail(k, t.token[i], ret)))
            add_part(ret, NULL, t.token[i].len);
        i += n > 0 ? n : 1;
    }
}

/* ---- the table ----------------------------------------------------------------------------- */
static const struct {
    const char *name;
    unsigned role;
} roles[] = {
    {"front", WORD_FRONT},     {"holder", WORD_HOLDER}, {"meta", WORD_META},
    {"nowhere", WORD_NOWHERE}, {"number", WORD_NUMBER}, {"particle", WORD_PARTICLE},
    {"person", WORD_PERSON},   {"plain", WORD_PLAIN},   {"private", WORD_PRIVATE},
    {"thing", WORD_THING},
};

/* Reads the head of a line, "email 3" or "holder person", into w. */
static void read_head(const char *line, const char *end, struct word *w)
{
    for (const char *s = line; s < end;) {
        size_t len = strcspn(s, " :");
        for (size_t i = 0; i < ARRAY_LEN(roles); i++)
            if (strlen(roles[i].name) == len && memcmp(roles[i].name, s, len) == 0)
                w->roles |= roles[i].role;
        for (unsigned c = 1; c < CLASSIFY_N; c++)
            if (strlen(classify_class_name(c)) == len &&
                memcmp(classify_class_name(c), s, len) == 0)
                w->class = c;
        if (len == 1 && *s >= '0' && *s <= '3')
            w->strength = (unsigned char)(*s - '0');
        s += len + (s + len < end);
    }
}

static void add_word(struct classifier *k, const char *s, size_t len, const struct word *head)
{
    char *key = arena_strndup(&k->arena, s, len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        if (key[i] != '_')
            key[n++] = key[i];
    struct word *w = map_get(&k->words, key, n);
    if (!w) {
        w = arena_new(&k->arena, struct word);
        map_put(&k->words, key, n, w);
    }
    w->roles |= head->roles;
    if (head->class && !w->class) {
        w->class = head->class;
        w->strength = head->strength;
    }
}

struct classifier *classifier_new(void)
{
    struct arena own = ARENA_INIT;
    struct classifier *k = arena_new(&own, struct classifier);
    k->arena = own;
    for (const char *const *line = classify_word_lines; *line; line++) {
        const char *s = strchr(*line, ':');
        struct word head = {0};
        if (**line == '#' || !s)
            continue;
        read_head(*line, s, &head);
        for (s++; *s;) {
            s += strspn(s, " ");
            size_t len = strcspn(s, " ");
            if (len > 0)
                add_word(k, s, len, &head);
            s += len;
        }
    }
    return k;
}

void classifier_free(struct classifier *k)
{
    if (!k)
        return;
    struct arena own = k->arena;
    map_release(&k->words);
    arena_release(&own);
}
