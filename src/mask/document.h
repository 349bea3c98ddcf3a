/*
 * document.h - values inside values: which rule holds for the leaf of a document at a path.
 * Included by the .c files of this room only.
 *
 *   PATH = "$" { "." NAME | "." '"' any '"' | ".*" | "[*]" | ".." NAME }
 *
 * "*" is any member, "[*]" any element, ".." any depth, also none. A rule for something that has
 * leaves holds for all of them.
 */
#ifndef DBTWIN_MASK_DOCUMENT_H
#define DBTWIN_MASK_DOCUMENT_H

#include "rule.h"

enum { DOCUMENT_DEEPEST = 64 };
enum document_leaf { LEAF_STRING, LEAF_NUMBER, LEAF_OTHER };

struct step {
    struct slice name;
    bool element;
};

/* One document that is being rewritten. */
struct document {
    struct mask_worker *worker;
    const struct mask_rule *rule;
    const struct mask_input *in;
    struct slice text;
    size_t at;
    struct buf *out;
    struct err *err; /* is set: something else than the document's form is wrong */
    struct step steps[DOCUMENT_DEEPEST];
    unsigned depth;
};

/* The parameters of json and php: rules by path, others, invalid. */
extern const struct mask_param document_params[];
bool document_prepare(struct mask_rule *r, struct err *err);
/* Rewrites the value by `value`, which reads one value of the document and writes it to d->out. */
bool document_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    bool (*value)(struct document *d), struct buf *out, bool *ret_null,
                    struct err *err);
/* Masks a leaf; result in *made (the caller's), or *ret_null. *ret_typed: made by a transformer of
 * numbers. False: d->err is set. */
bool document_leaf(struct document *d, struct slice text, enum document_leaf leaf, struct buf *made,
                   bool *ret_null);
/* The name of a member: itself, or a hash of it in `made` if it looks like a person's. */
struct slice document_name(struct document *d, struct slice name, struct buf *made);
/* What a text is where all leaves are texts: a number, or a string. */
enum document_leaf document_sort(struct slice text);
bool document_keeps(const struct mask_rule *r);                          /* others: keep */
bool document_into(struct document *d, struct slice name, bool element); /* false: too deep */
void document_out(struct document *d);

#endif
