#include <string.h>

#include "fold.h"
#include "lists.h"
#include "transformers.h"

#ifdef HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

/* ---- text: other words. The length is rounded down, so that it does not give the text away. */
const struct mask_param text_params[] = {{0}};

enum { SHORT_TEXT = 8, LONG_TEXT = 256, MOST_TEXT = 8192 };

bool text_prepare(struct mask_rule *r, struct err *err)
{
    (void)err;
    r->facts.injective = false;
    r->own = (void *)(uintptr_t)lists_find("word");
    return true;
}

static size_t bucket(size_t n)
{
    if (n > MOST_TEXT)
        return MOST_TEXT;
    return n < SHORT_TEXT ? n : n < LONG_TEXT ? n - n % SHORT_TEXT : n - n % LONG_TEXT;
}

/* n characters of words; a sentence begins with a capital letter and ends with a full stop. */
static void add_words(const struct word_list *words, struct dice *d, size_t n, struct buf *out)
{
    size_t end = out->len + n;
    unsigned left = 0;

    buf_grow(out, n + 32);
    while (out->len < end) {
        const char *word = lists_pick(words, d);
        size_t at = out->len;

        buf_adds(out, word);
        if (!left) {
            out->data[at] = (char)(out->data[at] - 32);
            left = 5 + (unsigned)dice_below(d, 8);
        }
        buf_adds(out, --left ? " " : ". ");
    }
    buf_setlen(out, end);
    if (n && out->data[end - 1] == ' ')
        out->data[end - 1] = '.';
}

static void other_words(struct mask_worker *w, const struct mask_rule *r, struct slice v,
                        struct buf *out)
{
    uint8_t block[MASK_BLOCK];
    struct dice d;

    mask_block(w, r, v, block);
    dice_from(&d, block);
    add_words(lists_find("word"), &d, bucket(fold_count(v)), out);
}

bool text_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    (void)ret_null, (void)err;
    other_words(w, r, in->value, out);
    return true;
}

/* ---- regex */
enum { REGEX_PATTERN, REGEX_REPLACE, REGEX_UNMATCHED };
enum { UNMATCHED_TEXT, UNMATCHED_KEEP, UNMATCHED_NULL };
const struct mask_param regex_params[] = {
    {"pattern", MASK_P_TEXT, NULL, NULL, "a regular expression (PCRE2, UTF-8)"},
    {"replace", MASK_P_TEXT, "", NULL, "what each match becomes; $1 is the first group"},
    {"unmatched", MASK_P_WORD, "text", "text|keep|null",
     "what a value without a match becomes: other words, itself, or NULL"},
    {0},
};

#ifdef HAVE_PCRE2
static void *take(size_t n, void *arena)
{
    return arena_alloc(arena, n);
}

static void leave(void *p, void *arena)
{
    (void)p, (void)arena;
}

/* What is compiled lives as long as the rule. */
static pcre2_general_context *in_arena(struct arena *a)
{
    return pcre2_general_context_create(take, leave, a);
}

bool regex_prepare(struct mask_rule *r, struct err *err)
{
    const char *pattern = r->args[REGEX_PATTERN].text;
    int number;
    size_t at;

    if (!pattern || !pattern[0])
        return mask_wrong(r, err, "regex: pattern is missing");
    if (r->args[REGEX_UNMATCHED].number == UNMATCHED_NULL && r->column->not_null)
        return mask_wrong(r, err, "regex: unmatched: null: the column is NOT NULL");
    r->facts.injective = false;
    r->own = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &number, &at,
                           pcre2_compile_context_create(in_arena(r->arena)));
    if (!r->own) {
        char why[128] = "";

        pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why);
        return mask_wrong(r, err, "regex: pattern: %s, at character %zu", why, at + 1);
    }
    return true;
}

/* A value is a stranger's: what takes longer than this is given up, and masked as a whole. */
enum { MATCH_LIMIT = 100000 };

static int substitute(const struct mask_rule *r, struct slice v, struct buf *out)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    size_t room = v.len * 2 + 256;
    int n;

    if (!limits)
        base_oom();
    pcre2_set_match_limit(limits, MATCH_LIMIT);
    for (;;) {
        size_t len = room;

        buf_grow(out, room);
        n = pcre2_substitute(r->own, (PCRE2_SPTR)v.data, v.len, 0,
                             PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH, NULL,
                             limits, (PCRE2_SPTR)r->args[REGEX_REPLACE].text, PCRE2_ZERO_TERMINATED,
                             (PCRE2_UCHAR *)out->data + out->len, &len);
        if (n == PCRE2_ERROR_NOMEMORY && len > room && len < ((size_t)1 << 30)) {
            room = len;
            continue;
        }
        if (n > 0)
            buf_setlen(out, out->len + len);
        break;
    }
    pcre2_match_context_free(limits);
    return n;
}

bool regex_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    size_t before = out->len;
    int n = substitute(r, in->value, out);

    (void)err;
    if (n > 0) { /* what is longer than the column is cut */
        struct slice made = {out->data + before, out->len - before};
        size_t keep = fold_cut(made, r->column->max_chars);

        if (keep > r->column->max_bytes)
            keep = str_utf8_floor(made.data, (size_t)r->column->max_bytes);
        buf_setlen(out, before + keep);
    } else if (n == 0 && r->args[REGEX_UNMATCHED].number == UNMATCHED_KEEP) {
        buf_add(out, in->value.data, in->value.len);
    } else if (n == 0 && r->args[REGEX_UNMATCHED].number == UNMATCHED_NULL) {
        *ret_null = true;
    } else {
        other_words(w, r, in->value, out);
    }
    return true;
}
#else
bool regex_prepare(struct mask_rule *r, struct err *err)
{
    return mask_wrong(r, err, "regex: this dbtwin was built without PCRE2");
}

bool regex_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    (void)ret_null;
    other_words(w, r, in->value, out);
    return err_set(err, ERR_RUNTIME, "regex: this dbtwin was built without PCRE2");
}
#endif
