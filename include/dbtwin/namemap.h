/*
 * namemap.h - production's names as staging has them: a difference that is mapped is no drift.
 *
 * The map is put on production's model: names of schemas and roles, properties that hold names
 * (owners, grantees, definers, tablespaces …), and qualified names within types and expressions:
 * "app.users" becomes "stage.users" where app is mapped to stage and, so that an alias is not
 * taken for a schema, the schema app has something called users; and settings that name schemas,
 * roles or tablespaces (search_path, role …). String constants, comments and bodies of routines are
 * never touched, except bodies in standard SQL. Reports then show production's objects by staging's
 * names.
 *
 * A MySQL account is "user@host": the map may name it whole or the user alone, on either side; what
 * names no host keeps it. A table in the tablespace pg_default names none. A host is that of a
 * foreign server (or of a user mapping's options); where only its digest is known, digests are
 * compared.
 */
#ifndef DBTWIN_NAMEMAP_H
#define DBTWIN_NAMEMAP_H

#include <dbtwin/model.h>

enum namemap_what {
    NAMEMAP_SCHEMA,
    NAMEMAP_ROLE,
    NAMEMAP_TABLESPACE,
    NAMEMAP_HOST,
    NAMEMAP_COLLATION, /* of MySQL and MariaDB */
    NAMEMAP_COUNT
};

struct namemap {
    struct arena arena;
    struct map to[NAMEMAP_COUNT]; /* production's name → staging's */
    struct map hosts;             /* digest of production's host → staging's, as it is */
    struct map spaces;            /* staging's tablespaces that something is mapped to */
};

/* What a copy maps of the source's model: all but schemas, whose tables are read by those names and
 * which are renamed at the end (plan.renames). A host of a foreign server is then not the digest
 * that models have, so that it can be made. */
enum namemap_use { NAMEMAP_COMPARED, NAMEMAP_COPIED };

void namemap_init(struct namemap *n);
void namemap_release(struct namemap *n);
bool namemap_is_empty(const struct namemap *n);
/* Copies the texts. False if production's name is already mapped. */
bool namemap_add(struct namemap *n, enum namemap_what what, const char *from, const char *to);
/* The schema's name in staging; the name itself if it is not mapped. */
const char *namemap_schema(const struct namemap *n, const char *name);
/* The same for a PostgreSQL role. */
const char *namemap_role(const struct namemap *n, const char *name);
/* Renames in a frozen model and sorts it again. ERR_USAGE if two objects get one name. */
bool namemap_apply(const struct namemap *n, enum namemap_use use, struct model *m, struct err *err);
/* A text of the model, or a list of a search_path, with the schemas' mapped names. */
const char *namemap_text(const struct namemap *n, struct arena *a, const struct model *m,
                         const char *text);
const char *namemap_schemas(const struct namemap *n, struct arena *a, const struct model *m,
                            const char *list);
/* Whether some tablespace is mapped to this one; n may be NULL. */
bool namemap_is_tablespace(const struct namemap *n, const char *name);
/* Whether the routine's body is standard SQL, which the server holds parsed. */
bool namemap_is_standard(const struct object *o);
/* A foreign server's host that was mapped to be copied. */
bool namemap_is_host(const struct object *o);
#endif
