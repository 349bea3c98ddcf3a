/*
 * config_read.h - reading dbtwin.yaml: the files (config_file.c), their nodes (config_node.c), and
 * a file for each part of it. Only config*.c include this.
 *
 * All files are parsed before anything of them is read, because an environment of one may change
 * what another says. `struct reading` says in which file the nodes are that are being read; texts
 * live in the process's arena, documents only while it is read.
 */
#ifndef CLI_CONFIG_READ_H
#define CLI_CONFIG_READ_H

#include "cli.h"
#include "config_mask.h"
#include "config_rows.h"
#include "config_yaml.h"

struct config_file {
    const char *path;
    yaml_document_t doc;
    struct stat st;
    bool has_password, has_webhook;
};

struct config_pattern {
    enum select_sort sort;
    const char *text;
    const char *database; /* NULL: all */
};

struct config_rename {
    const char *text;     /* "OLD=NEW" */
    const char *database; /* NULL: all */
};

struct config {
    const char *path;
    struct vec files;        /* struct config_file *, the first is `path`; while it is read */
    struct vec paths;        /* const char *: of all files */
    struct vec environments; /* const char *: the names that there are */
    const char *environment; /* the chosen one, or NULL */
    struct vec databases;    /* struct config_database */
    struct vec former;       /* the same: production, before the environment gave another URL */
    struct vec patterns;     /* struct config_pattern */
    struct vec renames;      /* struct config_rename */
    struct map places;       /* what may stand in one file only → const char *, "FILE:LINE" */
    struct namemap map;
    const char *baseline;
    struct config_neutral neutral; /* for all databases */
    struct config_hooks hooks;     /* of all databases that have none */
    struct config_mask mask;
    struct subset_config rows;
};

struct reading {
    struct cli *c;
    struct config *config;
    struct config_file *file; /* whose nodes these are */
    struct config_file *environment_file;
    const yaml_node_t *environment; /* the chosen one's mapping, or NULL */
};

/* ---- config_node.c */

/* ERR_USAGE with file, line and column. */
bool config_node_fail(const struct reading *r, const yaml_node_t *n, struct err *err,
                      const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same for a key that is none of `known` (NULL-terminated), and what may have been meant. */
bool config_node_unknown(const struct reading *r, const yaml_node_t *k, const char *key,
                         const char *of, const char *const *known, struct err *err);
const yaml_node_t *config_node_at(const struct reading *r, int number);
/* The value of a key of a mapping, or NULL. */
const yaml_node_t *config_node_get(const struct config_file *f, const yaml_node_t *mapping,
                                   const char *key);
bool config_node_text(const struct reading *r, const yaml_node_t *n, const char *key,
                      const char **ret, struct err *err);
/* ${NAME} and ${NAME:-DEFAULT} become what the environment has. */
bool config_node_expand(const struct reading *r, const yaml_node_t *n, const char **text,
                        struct err *err);
const char *config_node_place(const struct reading *r, const yaml_node_t *n); /* "FILE:LINE" */
/* What may stand in one of the files only: an error with both places if it was there before. */
bool config_node_once(struct reading *r, const yaml_node_t *k, const char *what, struct err *err);

/* What one key of a mapping says. `of` is what the mapping describes. */
typedef bool config_key_fn(struct reading *r, const yaml_node_t *k, const char *key,
                           const yaml_node_t *v, void *of, struct err *err);
bool config_node_keys(struct reading *r, const yaml_node_t *n, config_key_fn *read, void *of,
                      struct err *err);

/* ---- config_file.c: the file and what it includes, parsed; and the end of the documents */
bool config_file_load(struct reading *r, const char *path, struct err *err);
void config_file_release(struct config *config);
/* A path beside the file that names it. */
const char *config_file_beside(const struct reading *r, const char *path);

/* ---- config_env.c: environments:, of all files; then the chosen one */
bool config_env_choose(struct reading *r, struct err *err);
/* Whether the environment says something else for that key of the files. */
bool config_env_replaces(const struct reading *r, const char *key);
/* What the environment says of that database, or NULL. */
const yaml_node_t *config_env_database(const struct reading *r, const char *name);

/* ---- a part of the file each */
bool config_database_read_all(struct reading *r, const yaml_node_t *n, struct err *err);
/* Those that only the environment names. */
bool config_database_read_new(struct reading *r, struct err *err);
bool config_neutral_read(struct reading *r, const yaml_node_t *n, struct config_neutral *ret,
                         struct err *err);
/* 1 when the key is one of patterns, 0 when not, -1 with err. The value is a text or a list. */
int config_compare_patterns(struct reading *r, const char *key, const yaml_node_t *n,
                            const char *database, struct err *err);
/* database NULL: of all. */
bool config_compare_renames(struct reading *r, const yaml_node_t *n, const char *database,
                            struct err *err);
bool config_compare_map(struct reading *r, const yaml_node_t *n, struct err *err);
bool config_hooks_read(struct reading *r, const yaml_node_t *n, const char *key,
                       const struct config_hook **ret, struct err *err);
#endif
