/*
 * sqlnode.h - SQL as PostgreSQL's deparser writes it, as a tree of tokens and parentheses. Included
 * by the .c files of this room only.
 *
 * Nothing is known of grammar; whoever changes the tree keeps to what the deparser does: key words
 * are in capitals, a call has no blank before its parenthesis, every operation has parentheses.
 */
#ifndef DBTWIN_MODEL_SQLNODE_H
#define DBTWIN_MODEL_SQLNODE_H

#include <dbtwin/base.h>

/* A token, or what stands between two parentheses or brackets. */
struct sqlnode {
    const char *text; /* of a token; NULL: a group */
    struct sqlnode *first, *next;
    char open;      /* '(' or '[' of a group */
    bool space;     /* a blank before it */
    bool extracted; /* its type is date_part's */
};

struct sqlnode_reader {
    struct arena *a;
    const char *at;
    unsigned mode, depth;
    bool failed;
};

/* The list up to `close`, or to the end with '\0'; all of it is in the reader's arena. Comments,
 * what does not end, and what is too deep make `failed` true. */
struct sqlnode *sqlnode_read(struct sqlnode_reader *c, char close);
void sqlnode_write(const struct sqlnode *n, struct buf *out);
struct sqlnode *sqlnode_token(struct sqlnode_reader *c, const char *text);
struct sqlnode *sqlnode_group(struct sqlnode_reader *c, struct sqlnode *first);

/* All of them take NULL for no node, where a node is looked at. */
bool sqlnode_is(const struct sqlnode *n, const char *text);
bool sqlnode_is_one_of(const struct sqlnode *n, const char *const *list); /* ends with NULL */
bool sqlnode_is_group(const struct sqlnode *n);                           /* (…) */
bool sqlnode_is_word(const struct sqlnode *n);
bool sqlnode_is_keyword(const struct sqlnode *n);
bool sqlnode_is_call(const struct sqlnode *n); /* a name with its arguments next to it */
bool sqlnode_is_query(const struct sqlnode *list);
bool sqlnode_has(const struct sqlnode *list, const char *word);
struct sqlnode *sqlnode_last(struct sqlnode *n);
/* The list up to `word`, cut off; *rest is what follows it. NULL where there is no such word behind
 * something else, and then nothing is cut. */
struct sqlnode *sqlnode_cut(struct sqlnode *list, const char *word, struct sqlnode **rest);

#endif
