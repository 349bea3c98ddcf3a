/*
 * script.h - an SQL script, statement by statement, as psql or the mysql client would send it.
 * Only src/cli includes this.
 *
 * What a script says about owners, roles, privileges and the database itself is skipped, and so are
 * the rows of COPY: a schema is wanted, and it belongs to whoever loads it. What only a client
 * could do, or what would reach beyond the database, is an error with its line.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

/* How much of a script was skipped; of several, added up. */
struct script_skipped {
    uint64_t rights, database, tables, rows;
    char connected[128]; /* the database that \connect or USE leads to; "": none */
};
struct script_client;
struct script {
    const char *p; /* what is left of the text */
    unsigned flavor, line;
    const struct script_client *client;
    char delimiter[16]; /* MySQL and MariaDB */
    bool own;           /* the server holds nothing else and the account may do nothing else */
    bool block;         /* behind StatementBegin: all until StatementEnd is one statement */
    struct script_skipped *skipped;
    struct buf made; /* a statement in place of one of the text */
};
void script_begin(struct script *s, const char *text, unsigned flavor, bool own,
                  struct script_skipped *skipped);
/* 1 and a statement, which begins at *ret_line and lives until the next call; 0 at the end; -1:
 * ERR_USAGE. */
int script_next(struct script *s, struct slice *ret, unsigned *ret_line, struct err *err);
void script_end(struct script *s);

/* script_rules.c: what becomes of a statement. */
enum script_fate {
    SCRIPT_RUN,
    SCRIPT_NOTHING,  /* skipped without a word */
    SCRIPT_RIGHTS,   /* skipped: about owners, roles, privileges */
    SCRIPT_DATABASE, /* skipped: about the database itself, or the connection */
    SCRIPT_INSTEAD,  /* s->made is carried out instead */
    SCRIPT_ROWS,     /* COPY … FROM stdin: its rows follow, and are skipped */
    SCRIPT_REFUSED,
};
/* Of the statement from s->p to end; *ret_why where it is refused. */
enum script_fate script_judge(struct script *s, const char *end, const char **ret_why);

#define SCRIPT_CLIENTS "is a command of the client's, which dbtwin does not carry out"

/* How a client reads scripts. */
struct script_words;
struct script_client {
    unsigned flavors;
    bool hash;      /* # begins a comment */
    bool versioned; /* what mysqldump puts into comments is carried out */
    bool delimiter; /* DELIMITER is a command */
    bool nests;     /* a semicolon within brackets or a body of statements ends nothing */
    /* What the table of words does not say. */
    enum script_fate (*judge)(struct script *s, const char *end, const struct script_words *w,
                              const char **ret_why);
    /* Of a line that begins with a backslash; NULL: there is no such command. */
    enum script_fate (*command)(struct script *s, const char **ret_why);
};
const struct script_client *script_client_of(unsigned flavor);

#endif
