/*
 * sqltext.h - the SQL that a word of the command line names, as texts in the order in which they
 * are loaded: a file, a folder, git:REV:PATH, standard input, a dump. Only src/cli includes this.
 *
 * Nothing of a text is carried out here. Cost: all of it is in memory, at most SQLTEXT_MAX bytes.
 */
#ifndef CLI_SQLTEXT_H
#define CLI_SQLTEXT_H

#include "cli.h"

#define SQLTEXT_MAX (UINT64_C(1) << 30)

struct sqltext_file {
    const char *name; /* for messages: "db/V1__x.sql", "git:main:db/V1__x.sql" */
    const char *path; /* below the folder; of a single file its name */
    const char *text;
};
struct sqltext {
    const char *label; /* the word */
    struct arena arena;
    struct vec files; /* struct sqltext_file */
    uint64_t bytes;
    bool folder;
    bool retry; /* the order of their names says nothing: what lacks something is tried again */
};

/* Whether the word is neither in the config nor a URL nor a model or snapshot, but such a thing. */
bool sqltext_is(struct cli *c, const char *word);
/* Reads it, puts a folder's files in order and says what of them is left out. Released by
 * sqltext_release in any case. */
bool sqltext_read(struct sqltext *t, struct cli *c, const char *word, struct err *err);
void sqltext_release(struct sqltext *t);
/* Adds a file whose text is taken from b; both names are copied. */
bool sqltext_add(struct sqltext *t, const char *name, const char *path, const struct buf *b,
                 struct err *err);

/* sqltext_git.c: git:REV:PATH, through git. */
bool sqltext_git(struct sqltext *t, const char *word, struct err *err);
/* sqltext_dump.c: what a file holds, whether it is a dump of pg_dump's, compressed, or plain. */
bool sqltext_file(struct sqltext *t, const char *path, const char *name, int fd, struct err *err);
/* A dump in a folder (pg_dump -Fd). */
bool sqltext_is_dump(const char *folder);

/* layout.c: whether a folder's file matters at all: SQL, and what says how a tool orders it. */
bool layout_wants(const char *path);
/*
 * The order in which migration tools take a folder's files (struct sqltext_file), by their names:
 * Flyway, golang-migrate, goose, dbmate, sql-migrate, Prisma, Diesel, sqitch, and plain ones in the
 * order of their names. Removes what goes back (down, undo, revert) and what is no SQL. Appends to
 * notes (const char *, in a) what was left out. *ret_retry: see sqltext. Pure.
 */
bool layout_arrange(struct vec *files, struct arena *a, struct vec *notes, bool *ret_retry,
                    struct err *err);

#endif
