/*
 * subset.h - choosing rows: what the config's rows: and references: say (dbtwin.conf(5)).
 *
 * A row is chosen (it brings the rows of the tables that are its children) or needed (it brings
 * only the rows that it refers to). All foreign keys hold by construction. Pure data, built by cli,
 * read by sync; texts live as long as the config.
 */
#ifndef DBTWIN_SUBSET_H
#define DBTWIN_SUBSET_H

#include <dbtwin/base.h>

/* Of one table: rows that a condition names, or a share of its rows. */
struct subset_start {
    const char *table;     /* path, as in reports */
    const char *condition; /* SQL of the source's server; NULL: all, of which a share */
    double percent;        /* of the rows that the condition names; 100: all */
    const char *cover;     /* columns of which every value is to be there, "a, b"; or NULL */
    uint64_t at_least;     /* rows */
    unsigned line;         /* in the config's file */
};
/* Rows of `child` that refer to a chosen row of `parent` are chosen. */
struct subset_child {
    const char *parent, *child; /* paths */
    unsigned line;
};
/* A key that no constraint declares. */
struct subset_reference {
    const char *table, *column, *to_table, *to_column;
    const char *when; /* SQL condition on table's row, or NULL */
    unsigned line;
};
struct subset_config {
    const char *file;
    bool given;            /* rows: is in the config */
    struct vec starts;     /* struct subset_start */
    struct vec whole;      /* const char *: patterns of tables with all their rows */
    struct vec none;       /* const char *: of tables that arrive empty */
    struct vec children;   /* struct subset_child */
    struct vec references; /* struct subset_reference */
    int64_t small;         /* bytes: tables that nothing reaches are whole up to this */
    int64_t max_rows;      /* refuse to choose more keys than this */
};

#endif
