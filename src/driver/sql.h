/*
 * sql.h - the SQL files of the engines, embedded at build time by embed.sh.
 *
 * Two tables per engine, in the order of the engine's meson.build, ended by {NULL, NULL}. A name is
 * the file's name without folder and ".sql"; the text is the file, byte for byte.
 *
 * Only src/driver may include this.
 */
#ifndef DBTWIN_DRIVER_SQL_H
#define DBTWIN_DRIVER_SQL_H

struct sql_file {
    const char *name;
    const char *text;
};

extern const struct sql_file sql_postgres[];
extern const struct sql_file sql_mysql[];
/* Those of `ask` (driver.h), one for each topic: a row is name, value, more. */
extern const struct sql_file ask_postgres[];
extern const struct sql_file ask_mysql[];

#endif
