#include <string.h>
#include <strings.h>

#include "lists.h"
#include "transformers.h"

/* What names a person or a company: from lists, or with digits that make it unlike any other. */

enum { INJECTIVE_CHARS = 16, LEAST_CHARS = 8, FEWEST_WORDS = 8 };
enum { FOLD_PERSON = MASK_FOLD_CASE | MASK_FOLD_ACCENT | MASK_FOLD_TRAIL };

static void throw_dice(struct mask_worker *w, const struct mask_rule *r,
                       const struct mask_input *in, struct dice *d)
{
    uint8_t block[MASK_BLOCK];

    mask_block(w, r, in->value, block);
    dice_from(d, block);
}

static bool no_words(struct mask_rule *r, struct err *err)
{
    return mask_wrong(r, err, "%s: no words are short enough for %s", r->facts.transformer->name,
                      r->column->type_text);
}

/* ---- first, last, city: a word of the list of that name */
bool list_prepare(struct mask_rule *r, struct err *err)
{
    struct word_list *l = lists_fitting(r->facts.transformer->name, mask_room(r->column), r->arena);

    r->fold |= FOLD_PERSON;
    r->own = l;
    r->facts.longest = lists_longest(l);
    return l->n >= FEWEST_WORDS || no_words(r, err);
}

bool list_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    struct dice d;

    (void)ret_null, (void)err;
    throw_dice(w, r, in, &d);
    buf_adds(out, lists_pick(r->own, &d));
    return true;
}

/* ---- name, company, street: two parts */
struct two_lists {
    const struct word_list *one, *two;
};

static bool two_prepare(struct mask_rule *r, const char *one, const char *two, struct err *err)
{
    struct two_lists *p = arena_new(r->arena, struct two_lists);
    uint64_t room = mask_room(r->column), second;

    p->two = lists_fitting(two, room / 2, r->arena);
    second = lists_longest(p->two);
    p->one = lists_fitting(one, room > second ? room - second - 1 : 0, r->arena);
    r->fold |= FOLD_PERSON;
    r->own = p;
    r->facts.longest = lists_longest(p->one) + 1 + second;
    return (p->one->n >= FEWEST_WORDS && p->two->n) || no_words(r, err);
}

static bool two_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                      struct buf *out)
{
    const struct two_lists *p = r->own;
    struct dice d;

    throw_dice(w, r, in, &d);
    buf_adds(out, lists_pick(p->one, &d));
    buf_addch(out, ' ');
    buf_adds(out, lists_pick(p->two, &d));
    return true;
}

bool name_prepare(struct mask_rule *r, struct err *err)
{
    return two_prepare(r, "first", "last", err);
}

bool name_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    (void)ret_null, (void)err;
    return two_apply(w, r, in, out);
}

bool company_prepare(struct mask_rule *r, struct err *err)
{
    return two_prepare(r, "last", "company", err);
}

bool company_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                   struct buf *out, bool *ret_null, struct err *err)
{
    (void)ret_null, (void)err;
    return two_apply(w, r, in, out);
}

bool street_prepare(struct mask_rule *r, struct err *err)
{
    uint64_t room = mask_room(r->column);
    struct word_list *l = lists_fitting("street", room > 4 ? room - 4 : 0, r->arena);

    r->fold |= FOLD_PERSON;
    r->own = l;
    r->facts.longest = lists_longest(l) + 4;
    return l->n >= FEWEST_WORDS || no_words(r, err);
}

bool street_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                  struct buf *out, bool *ret_null, struct err *err)
{
    struct dice d;

    (void)ret_null, (void)err;
    throw_dice(w, r, in, &d);
    buf_addf(out, "%u ", (unsigned)(1 + dice_below(&d, 199)));
    buf_adds(out, lists_pick(r->own, &d));
    return true;
}

/* ---- username, and the part of a mail address before its host: a first name and digits */
static bool digits_of(struct mask_rule *r, uint64_t room, struct err *err)
{
    struct word_list *l;
    uint64_t digits = room < INJECTIVE_CHARS ? room : INJECTIVE_CHARS;

    if (room < LEAST_CHARS)
        return mask_wrong(r, err, "%s does not fit into %s", r->facts.transformer->name,
                          r->column->type_text);
    l = lists_fitting("first", room > digits + 1 ? room - digits - 1 : 0, r->arena);
    if (l->n < FEWEST_WORDS)
        l->n = 0;
    r->own = l;
    r->n[0] = digits;
    r->facts.longest = digits + (l->n ? lists_longest(l) + 1 : 0);
    r->facts.injective = digits == INJECTIVE_CHARS;
    if (!r->facts.injective)
        r->facts.note = "short: two values may become one";
    return true;
}

static void add_lower(const char *s, struct buf *out)
{
    for (; *s; s++)
        buf_addch(out, *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s);
}

static void add_invented(const struct mask_rule *r, const uint8_t block[MASK_BLOCK], char between,
                         struct buf *out)
{
    const struct word_list *l = r->own;

    if (l->n) {
        add_lower(l->words[(block[30] * 256u + block[31]) % l->n], out);
        buf_addch(out, between);
    }
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
    add_invented(r, block, '_', out);
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
    if (room <= after + LEAST_CHARS)
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
    add_invented(r, block, '.', out);
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
