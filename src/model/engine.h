/*
 * engine.h - the names of the flavors in files. Included by the .c files of this room only.
 */
#ifndef DBTWIN_MODEL_ENGINE_H
#define DBTWIN_MODEL_ENGINE_H

/* "postgresql", "mysql" or "mariadb"; "" for 0. */
const char *engine_name(unsigned flavor);
/* What people call it: "PostgreSQL", "MySQL", "MariaDB". */
const char *engine_title(unsigned flavor);
/* ENGINE_…, or 0 when there is no such name. */
unsigned engine_find(const char *name);

#endif
