/*
 * print.h - a plan as a text: one file per format (print_FORMAT.c), one row each in plan_formats
 * (print_format.c), which stands above them: what they share is in print.c.
 *
 * Only src/plan/print*.c include this.
 */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include <dbtwin/plan.h>

plan_print_fn print_sql, print_json, print_markdown;

/* For people: "prod (postgresql://…), PostgreSQL 15.4, database shop", on one line; appended. */
void print_side(const struct model *m, struct buf *out);
/* A text of any origin, on one line; NULL is "?". Appended. */
void print_line(const char *text, struct buf *out);
/* "-- WORD: KIND PATH: WHY", a comment of SQL. Appended. */
void print_refusal(const char *word, const struct plan_refusal *r, struct buf *out);
/* print_client.c: the client that carries a script out, a row each. */
struct print_client {
    unsigned flavors;
    /* plan_print_statement */
    bool (*add)(const char *sql, struct buf *out, struct err *err);
    const char *settings;      /* plan_print_settings */
    const char *after_program; /* plan_settings_before, or NULL */
    const char *command;       /* how a script is carried out */
};
const struct print_client *print_client_of(unsigned flavor);
/* Why rows would stay lost after the reverse plan: what a step with HAZARD_DATA does. */
#define PRINT_LOST "what this step loses does not come back with the reverse plan"

#endif
