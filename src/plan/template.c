#include "template.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

struct filler {
    const struct template_style *style;
    const struct object *o;
};

static bool is_set(const struct object *o, int slot)
{
    const char *value = model_get(o, slot);

    return value && (o->kind->props[slot].type != T_BOOL || value[0] == 'y');
}

static int slot_of(const struct object *o, const char *name, size_t len)
{
    char copy[64];
    int slot;

    assert(len < sizeof(copy));
    memcpy(copy, name, len);
    copy[len] = '\0';
    slot = kind_prop(o->kind, copy);
    assert(slot >= 0);
    return slot;
}

static bool word_is(const char *word, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(word, text, len) == 0;
}

static void add_as(const struct filler *f, struct buf *out, const char *form, size_t len,
                   const char *value)
{
    if (word_is(form, len, "id"))
        f->style->identifier(out, value);
    else if (word_is(form, len, "text"))
        f->style->literal(out, value);
    else if (word_is(form, len, "upper"))
        for (; *value; value++)
            buf_addch(out, (char)toupper((unsigned char)*value));
    else
        assert(false && "a form of a template variable");
}

/* text stands behind the brace; false when the variable is not set or the condition fails. */
static bool add_variable(const struct filler *f, struct buf *out, const char *text, size_t len)
{
    const char *form = memchr(text, ':', len);
    size_t name_len = form ? (size_t)(form - text) : len;
    int slot;

    if (word_is(text, len, "name")) {
        f->style->identifier(out, f->o->name);
        return true;
    }
    if (word_is(text, len, "qualified")) {
        f->style->qualified(out, f->o);
        return true;
    }
    if (word_is(text, len, "parent")) {
        f->style->qualified(out, f->o->parent);
        return true;
    }
    if (*text == '?' || *text == '!') {
        slot = slot_of(f->o, text + 1, len - 1);
        return is_set(f->o, slot) == (*text == '?');
    }
    slot = slot_of(f->o, text, name_len);
    if (!is_set(f->o, slot))
        return false;
    if (form)
        add_as(f, out, form + 1, len - name_len - 1, model_get(f->o, slot));
    else
        buf_adds(out, model_get(f->o, slot));
    return true;
}

/* Fills up to a closing bracket or the end; *at is left there. */
static bool fill(const struct filler *f, struct buf *out, const char **at)
{
    bool all = true, printed = false;

    while (**at && **at != ']') {
        if (**at == '{') {
            size_t len = strcspn(*at, "}") - 1;

            all &= add_variable(f, out, *at + 1, len);
            *at += len + 2;
        } else if (**at == '[' || (printed && str_starts(*at, "||["))) {
            bool skip = **at == '|';
            size_t mark = out->len;

            *at += skip ? 3 : 1;
            if (!fill(f, out, at) || skip)
                buf_setlen(out, mark);
            else
                printed = true;
            assert(**at == ']');
            ++*at;
            if (!str_starts(*at, "||"))
                printed = false;
        } else if (str_starts(*at, "||[")) {
            *at += 2;
        } else {
            buf_addch(out, *(*at)++);
        }
    }
    return all;
}

void template_fill(struct buf *out, const struct template_style *style, const char *text,
                   const struct object *o)
{
    struct filler f = {style, o};

    fill(&f, out, &text);
    assert(!*text);
}
