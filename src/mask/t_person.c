#include <string.h>
#include <strings.h>

#include "lists.h"
#include "transformers.h"

/* What names a person or a company: from lists, or with digits that make it unlike any other. */

enum { INJECTIVE_CHARS = 16, LEAST_CHARS = 8, FEWEST_WORDS = 8 };
enum { FOLD_PERSON = MASK_FOLD_CASE | MASK_FOLD_ACCENT | MASK_FOLD_TRAIL };

/* ---- first, last, city, name, company, street: drawn until it fits, so that columns of different
 * lengths have the same wherever both have room. */
enum { MOST_DRAWS = 64, HOUSE_NUMBERS = 199 };

/* What a draw is made of: a house number or nothing, a word, perhaps another one. */
struct parts {
    bool number;
    const struct word_list *one, *two;
    const char *shortest; /* what the draws come to in the end, if none fits */
};

static const char *shortest_of(const struct word_list *l)
{
    const char *best = l->words[0];

    for (unsigned i = 1; i < l->n; i++)
        if (strlen(l->words[i]) < strlen(best))
            best = l->words[i];
    return best;
}

static unsigned fitting(const struct word_list *l, uint64_t room)
{
    unsigned n = 0;

    for (unsigned i = 0; i < l->n; i++)
        n += strlen(l->words[i]) <= room;
    return n;
}

static bool parts_prepare(struct mask_rule *r, bool number, const char *one, const char *two,
                          struct err *err)
{
    struct parts *p = arena_new(r->arena, struct parts);
    uint64_t room = mask_room(r->column), beside = number ? 4 : 0;

    p->number = number;
    p->one = lists_find(one);
    p->two = two ? lists_find(two) : NULL;
    p->shortest = arena_printf(r->arena, "%s%s%s%s", number ? "1 " : "", shortest_of(p->one),
                               two ? " " : "", two ? shortest_of(p->two) : "");
    beside += two ? 1 + strlen(shortest_of(p->two)) : 0;
    r->fold |= FOLD_PERSON;
    r->own = p;
    r->facts.longest =
        (number ? 4 : 0) + lists_longest(p->one) + (two ? 1 + lists_longest(p->two) : 0);
    if (r->facts.longest > room)
        r->facts.longest = room;
    return (room > beside && fitting(p->one, room - beside) >= FEWEST_WORDS) ||
           mask_wrong(r, err, "%s: too few of its words fit into %s", r->facts.transformer->name,
                      r->column->type_text);
}

static bool parts_apply(struct mask_worker *w, const struct mask_rule *r,
                        const struct mask_input *in, struct buf *out)
{
    const struct parts *p = r->own;
    uint64_t room = mask_room(r->column);
    size_t before = out->len;
    uint8_t block[MASK_BLOCK];
    struct dice d;

    mask_block(w, r, in->value, block);
    dice_from(&d, block);
    for (int i = 0; i < MOST_DRAWS; i++) {
        buf_setlen(out, before);
        if (p->number)
            buf_addf(out, "%u ", (unsigned)(1 + dice_below(&d, HOUSE_NUMBERS)));
        buf_adds(out, lists_pick(p->one, &d));
        if (p->two) {
            buf_addch(out, ' ');
            buf_adds(out, lists_pick(p->two, &d));
        }
        if (out->len - before <= room)
            return true;
    }
    buf_setlen(out, before);
    buf_adds(out, p->shortest);
    return true;
}

#define PARTS(name, number, one, two)                                               \
    bool name##_prepare(struct mask_rule *r, struct err *err)                       \
    {                                                                               \
        return parts_prepare(r, number, one, two, err);                             \
    }                                                                               \
    bool name##_apply(struct mask_worker *w, const struct mask_rule *r,             \
                      const struct mask_input *in, struct buf *out, bool *ret_null, \
                      struct err *err)                                              \
    {                                                                               \
        (void)ret_null, (void)err;                                                  \
        return parts_apply(w, r, in, out);                                          \
    }

PARTS(list, false, r->facts.transformer->name, NULL)
PARTS(name, false, "first", "last")
PARTS(company, false, "last", "company")
PARTS(street, true, "street", NULL)

/* ---- username, and the part of a mail address before its host */
static bool digits_of(struct mask_rule *r, uint64_t room, struct err *err)
{
    if (room < LEAST_CHARS + 1)
        return mask_wrong(r, err, "%s does not fit into %s", r->facts.transformer->name,
                          r->column->type_text);
    r->n[0] = room - 1 < INJECTIVE_CHARS ? room - 1 : INJECTIVE_CHARS;
    r->facts.longest = 1 + r->n[0];
    r->facts.injective = r->n[0] == INJECTIVE_CHARS;
    if (!r->facts.injective)
        r->facts.note = "short: two values may become one";
    return true;
}

/* Begins with a letter: not all programs take a digit there. */
static void add_invented(const struct mask_rule *r, const uint8_t block[MASK_BLOCK],
                         struct buf *out)
{
    buf_addch(out, 'u');
    mask_base32(block, r->n[0], out);
}

bool username_prepare(struct mask_rule *r, struct err *err)
{
    return digits_of(r, mask_room(r->column), err);
}

bool username_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    struct buf *out, bool *ret_null, struct err *err)
{
    uint8_t block[MASK_BLOCK];

    (void)ret_null, (void)err;
    mask_block(w, r, in->value, block);
    add_invented(r, block, out);
    return true;
}

/* ---- email */
enum { EMAIL_HOST, EMAIL_BY_HOST, EMAIL_KEEP_HOSTS };
const struct mask_param email_params[] = {
    {"host", MASK_P_TEXT, "example.invalid", NULL,
     "the host of all addresses: below .invalid, .test, .example or example.com, where no mail "
     "arrives"},
    {"by_host", MASK_P_BOOL, "no", NULL, "addresses of one host keep to have one: d….host"},
    {"keep_hosts", MASK_P_LIST, NULL, NULL, "addresses of these hosts stay as they are"},
    {0},
};

/* RFC 2606 and 6761: nobody gets mail there. */
static bool is_reserved(const char *host)
{
    static const char *const ends[] = {".invalid",     ".test",        ".example",
                                       ".example.com", ".example.net", ".example.org"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_ends(host, ends[i]) || str_eq(host, ends[i] + 1))
            return true;
    return false;
}

static bool host_is_plain(const char *host)
{
    for (const char *s = host; *s; s++)
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '.' && *s != '-')
            return false;
    return true;
}

enum { BY_HOST_CHARS = 8, LONGEST_LOCAL = 64, LONGEST_ADDRESS = 254 };

bool email_prepare(struct mask_rule *r, struct err *err)
{
    const char *host = r->args[EMAIL_HOST].text;
    uint64_t room = mask_room(r->column);
    uint64_t after = strlen(host) + 1 + (r->args[EMAIL_BY_HOST].number ? BY_HOST_CHARS + 2 : 0);

    if (!is_reserved(host) || !host_is_plain(host)) {
        mask_wrong(r, err, "email: mail to %s might reach somebody", host);
        return err_hint(err, "use a host below .invalid, .test or .example, in lower case");
    }
    if (room > LONGEST_ADDRESS)
        room = LONGEST_ADDRESS;
    if (room <= after + LEAST_CHARS + 1)
        return mask_wrong(r, err, "email: an address at %s does not fit into %s", host,
                          r->column->type_text);
    room -= after;
    r->fold = MASK_FOLD_CASE | MASK_FOLD_TRAIL;
    if (!digits_of(r, room < LONGEST_LOCAL ? room : LONGEST_LOCAL, err))
        return false;
    r->facts.longest += after;
    return true;
}

static bool host_stays(const struct mask_rule *r, struct slice host)
{
    const struct mask_node *list = r->args[EMAIL_KEEP_HOSTS].node;

    for (const struct mask_node *n = list ? list->first : NULL; n; n = n->next)
        if (strlen(n->text) == host.len && strncasecmp(n->text, host.data, host.len) == 0)
            return true;
    return false;
}

bool email_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    const char *at = memrchr(in->value.data, '@', in->value.len);
    struct slice host = {at ? at + 1 : "", 0};
    uint8_t block[MASK_BLOCK];

    (void)ret_null, (void)err;
    if (at)
        host.len = in->value.len - (size_t)(at + 1 - in->value.data);
    if (host.len && host_stays(r, host)) {
        buf_add(out, in->value.data, in->value.len);
        return true;
    }
    mask_block(w, r, in->value, block);
    add_invented(r, block, out);
    buf_addch(out, '@');
    if (r->args[EMAIL_BY_HOST].number) {
        mask_block(w, r, host, block);
        buf_addch(out, 'd');
        mask_base32(block, BY_HOST_CHARS, out);
        buf_addch(out, '.');
    }
    buf_adds(out, r->args[EMAIL_HOST].text);
    return true;
}
