/*
 * postgres.h - what the files of the PostgreSQL DDL room share.
 *
 * Every statement is written for search_path '' and names everything in full; names are always
 * quoted, so that no list of keywords can age. Texts that the server deparsed (expressions,
 * types, definitions) come from a session with search_path '' and are used as they are.
 * Source of every rule: the SQL command pages of the PostgreSQL manual, and the order and
 * grouping of pg_dump, whose restored result these steps must equal.
 * Only src/plan/postgres*.c include this.
 */
#ifndef PLAN_POSTGRES_H
#define PLAN_POSTGRES_H

#include "hooks.h"
#include "template.h"

extern const struct template_style postgres_style;

/* ---- postgres_name.c: how things are written ---------------------------------------------- */
void postgres_identifier(struct buf *out, const char *name);
void postgres_literal(struct buf *out, const char *text);
/* Whether statements can name objects of a kind: it has a row in postgres_name.c. */
bool postgres_has_target(enum kind_id kind);
/* What ALTER DEFAULT PRIVILEGES calls objects of a kind ("tables"), or NULL. */
const char *postgres_default_objects(enum kind_id kind);
/* With the schema; an index, whose parent is a table, with the table's schema. */
void postgres_qualified(struct buf *out, const struct object *o);
/* A routine's qualified name without its types. */
void postgres_routine_name(struct buf *out, const struct object *o);
/* As COMMENT ON and ALTER … OWNER TO name it: "TABLE "s"."t"", "TRIGGER "x" ON "s"."t"". */
void postgres_target(struct buf *out, const struct object *o);
/* As GRANT … ON names it (a column: its table); false for kinds without privileges. */
bool postgres_grant_target(struct buf *out, const struct object *o);
/* A literal, in the plan's arena. */
const char *postgres_text(struct plan_builder *b, const char *text);
/* Appends fmt with %I an identifier, %L a literal, %Q an object's qualified name, %s text. */
void postgres_format(struct buf *out, const char *fmt, ...);

/* ---- postgres_step.c: steps every kind has ------------------------------------------------- */
/* One formatted step of the object's own phase (postgres_format's rules). */
struct step *postgres_step(struct plan_builder *b, const struct object *o,
                           const struct object *table, const char *fmt, ...);
struct step *postgres_step_at(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                              const char *fmt, ...);
/* The property of that name, of any kind; NULL: it has none, or no value. */
const char *postgres_get(const struct object *o, const char *prop);
/* Fills a template into one step. */
struct step *postgres_template(struct plan_builder *b, const struct object *o,
                               const struct object *table, const char *text);
/* Comment, owner: what follows every object's creation. */
void postgres_finish(struct plan_builder *b, const struct object *o, const struct object *table);
/* The same in PHASE_FINAL, at a rank; objects that are made at a later rank than the owners. */
void postgres_finish_at(struct plan_builder *b, enum plan_rank rank, const struct object *o);
void postgres_comment(struct plan_builder *b, const struct object *o, const struct object *table);
/* Its tablespace, where map: tablespaces gave it one; else that it is left to the default. `what`:
 * TABLE, INDEX … */
void postgres_tablespace(struct plan_builder *b, const struct object *o, const struct object *table,
                         const char *what);
/* ALTER DATABASE … SET or ALTER ROLE … IN DATABASE … SET, whatever the database is called. */
void postgres_database_setting(struct plan_builder *b, const struct object *o, const char *value,
                               struct buf *out);
/* The same that resets it; */
void postgres_database_reset(struct plan_builder *b, const struct object *o, struct buf *out);
/* a routine's: as SET … TO has it. */
const char *postgres_setting_value(struct plan_builder *b, const struct object *o);
/* A step that formats the database's name into `format`, with `rest` after it. */
void postgres_for_database(struct plan_builder *b, const struct object *o, const char *format,
                           const char *rest);
/* ALTER FUNCTION … SET, unless the whole routine is made or replaced. */
plan_alter_fn postgres_alter_setting;
/* Whether a statement that replaces the routine restates its settings. */
bool postgres_is_replaced(const struct plan_builder *b, const struct object *routine);
/* verb: DEPENDS or NO DEPENDS. */
void postgres_extension_depends(struct plan_builder *b, const struct object *o, const char *verb);
/* public as initdb of 15 or later made it, for a target whose initdb makes it otherwise. */
bool postgres_is_initdbs(const struct plan_builder *b, const struct object *schema);
/* Without the semicolon and blanks at its end: for statements that the server deparsed. */
const char *postgres_trimmed(struct plan_builder *b, const char *text);
/* ENABLE, DISABLE … of a trigger, rule or event trigger; NULL for another word. */
const char *postgres_enabled(const char *state);
/* Refuses o, saying that the target is older than the version that has `what`; true when it
 * did. */
bool postgres_too_old(struct plan_builder *b, const struct object *o, unsigned needs,
                      const char *what);
/* "a=1, b='x'" of the OPTION children, nothing when there are none; `prefix` and `suffix` stand
 * around them. */
void postgres_options(struct plan_builder *b, const struct object *o, struct buf *out,
                      const char *prefix, const char *suffix);
/* An option's name as SET (…) takes it. */
void postgres_option_name(struct buf *out, const char *name);
/* The same as OPTIONS (a '1', b 'x') of foreign objects. */
void postgres_foreign_options(struct plan_builder *b, const struct object *o, struct buf *out);
/* The relation that a qualified name stands for, as the server writes it (quoted where needed);
 * NULL if there is none. With `ret_column` the name ends with a column's. */
const struct object *postgres_relation(struct plan_builder *b, const char *qualified,
                                       const struct object **ret_column);
/* The same of another model. */
const struct object *postgres_relation_in(struct plan_builder *b, const struct model *m,
                                          const char *qualified, const struct object **ret_column);
/* An expression about a table, written so that the server shows it as this one: a list of varying
 * characters' texts is otherwise shown as a list of texts. */
const char *postgres_expression(struct plan_builder *b, const struct object *table,
                                const char *text);
/* The type of the schema's that a type's text names, or NULL: the server's own, or none. */
const struct object *postgres_type_in(struct plan_builder *b, const struct model *m,
                                      const char *type);
/* Whether a name, as the server writes it, ends with o's. */
bool postgres_is_named(struct plan_builder *b, const struct object *o, const char *name);
/* The name of that relation as SQL that others run must write it; `qualified` if there is none. */
const char *postgres_relation_name(struct plan_builder *b, const char *qualified);
/* The sequence that belongs to a column (identity or owned), or NULL. */
const struct object *postgres_sequence_of(struct plan_builder *b, const struct object *column);

/* The same of TO's column. */
const struct object *postgres_sequence_there(struct plan_builder *b, const struct object *column);
/* Whether other tables of FROM inherit it, or are its partitions. */
bool postgres_has_children(struct plan_builder *b, const struct object *table);
/* What is done once: by whichever rule needs it first. */
enum postgres_once { ONCE_DETACHED = 1, ONCE_ATTACHED = 2, ONCE_DROPPED = 4, ONCE_TYPES = 8 };
/* Whether this was not asked before of TO's object. */
bool postgres_first_time(struct plan_builder *b, const struct object *to, enum postgres_once what);

/* ---- rules ---------------------------------------------------------------------------------- */
plan_emit postgres_simple; /* any kind that is one template: see postgres.c */
/* postgres_database.c */
plan_emit postgres_database, postgres_setting, postgres_schema, postgres_extension;
plan_emit postgres_addition;
plan_emit postgres_foreign_data_wrapper, postgres_foreign_server;
plan_emit postgres_publication, postgres_publication_table;
plan_emit postgres_event_trigger, postgres_extension_dependency;
/* postgres_type.c */
plan_emit postgres_enum, postgres_composite, postgres_domain, postgres_sequence;
plan_emit postgres_base_type, postgres_base_type_late, postgres_range, postgres_range_late;
/* postgres_routine.c */
/* Its definition alone. */
plan_emit postgres_routine_again;
plan_emit postgres_function, postgres_aggregate, postgres_cast, postgres_transform;
plan_emit postgres_operator, postgres_operator_family, postgres_operator_family_late;
plan_emit postgres_operator_class;
plan_emit postgres_ts_configuration;
/* postgres_table.c */
plan_emit postgres_table, postgres_table_late, postgres_foreign_table, postgres_check_late;
/* postgres_key.c */
plan_emit postgres_key, postgres_exclusion, postgres_foreign_key, postgres_index;
plan_emit postgres_statistics, postgres_constraint_trigger;
/* state: "ENABLE" and the like; NULL: one that is not known. */
void postgres_constraint_trigger_state(struct plan_builder *b, const struct object *o,
                                       const char *state);
/* postgres_view.c */
plan_emit postgres_view, postgres_view_late, postgres_materialized_view;
plan_emit postgres_rule, postgres_trigger, postgres_policy;
/* CREATE OR REPLACE VIEW: its options too, nothing of its columns. */
plan_emit postgres_view_again;
/* postgres_grant.c */
plan_emit postgres_grant, postgres_default_privilege, postgres_security_label;

/* ---- privileges: postgres_grant.c, postgres_alter_grant.c -------------------------------------
 */
struct postgres_grant_on {
    const char *before;  /* "", or ALTER DEFAULT PRIVILEGES … */
    const char *on;      /* what on */
    const char *grantee; /* a role or PUBLIC */
    const char *list;    /* privileges */
    const char *columns; /* "", or " (column)" */
};
/* PUBLIC is no role, and must not be quoted. */
void postgres_role(struct buf *out, const char *role);
/* False for an object whose privileges cannot be set. */
bool postgres_grant_describe(struct plan_builder *b, const struct object *o,
                             struct postgres_grant_on *ret);
bool postgres_grant_by_other(struct plan_builder *b, const struct object *o);
/* What the owner may do himself. */
bool postgres_grant_is_owners(struct plan_builder *b, const struct object *o);
/* The privileges that the target has; the others are named as left out where `tell`: not the
 * owner's own, who may do by owning what the privilege is about on an older server. */
const char *postgres_known_privileges(struct plan_builder *b, const struct object *o,
                                      const char *list, bool tell);
/* All grants on an object and its columns, as where it is created. */
void postgres_grants_again(struct plan_builder *b, const struct object *holder);
/* Where the owner changes, what he and the new one hold does too: all privileges are set. */
void postgres_grants_of_owner(struct plan_builder *b, const struct plan_pair *p);
/* By difference, where the object stays: either side may be NULL. */
plan_alter_fn postgres_alter_grant, postgres_alter_default_privilege;
/* Takes away what TO's default privileges give o as the plan creates it, and FROM's does not have.
 */
void postgres_take_defaults(struct plan_builder *b, const struct object *o);

/* ---- changing what is there: postgres_alter*.c ------------------------------------------------
 */
extern const struct plan_alter postgres_alter_table_rows[], postgres_alter_column_rows[],
    postgres_alter_key_rows[], postgres_alter_sequence_rows[], postgres_alter_swap_rows[],
    postgres_alter_type_rows[], postgres_alter_view_rows[], postgres_alter_code_rows[],
    postgres_alter_right_rows[], postgres_alter_domain_rows[];
/* postgres_alter_any.c */
/* DROP …, of any kind that postgres_target names. */
plan_alter_fn postgres_alter_drop, postgres_alter_comment;
/* For rows whose change is a part of another's, or none. */
plan_alter_fn postgres_alter_nothing;
/* The rule's own steps, where they replace what is there. */
plan_alter_fn postgres_alter_again;

/* postgres_table.c: what the rows share with the rules */
/* GENERATED … AS IDENTITY (…) of a column that has a sequence; ALTER … ADD of any with an identity.
 */
void postgres_identity(struct plan_builder *b, const struct object *c, struct buf *out);
void postgres_add_identity(struct plan_builder *b, const struct object *c);
/* ADD COLUMN and what is said of it afterwards; the first step. */
struct step *postgres_column(struct plan_builder *b, const struct object *c);
const struct object *postgres_not_null_of(struct plan_builder *b, const struct object *column);
void postgres_not_null(struct plan_builder *b, enum plan_phase phase, const struct object *n);
void postgres_attach(struct plan_builder *b, const struct object *o);

/* postgres_parent.c: tables and their parents, of inheritance and partitions */
/* Whether o, of a kind whose rows are for tables' parts, is a part of a table or foreign table. */
bool postgres_is_of_table(const struct object *o);
bool postgres_pair_of_table(struct plan_builder *b, const struct plan_pair *p);
/* The table's parents by number, the one that it is a partition of first; NULL after the last. */
const char *postgres_parent_name(struct plan_builder *b, const struct object *table, size_t at);
bool postgres_has_parent(struct plan_builder *b, const struct object *table, const char *name);
/* Whether FROM's table has the parent too, at the same position. */
bool postgres_keeps_parent(const struct object *from, const struct object *inherits);
/* Whether a partition gets another parent or bound: it is by itself meanwhile. */
bool postgres_moves(const struct object *from, const struct object *to);
/* Whether the partition is attached to a table that is there: then when all else is as it should
 * be, because attaching makes the indexes that are missing. */
bool postgres_attaches_late(struct plan_builder *b, const struct object *table);
/* The same part, in the same model, of the next parent that its table has on both sides, after *at
 * parents; NULL when there is none. */
const struct object *postgres_inherited(struct plan_builder *b, const struct object *part,
                                        size_t *at);
/* Whether a statement about a parent, which has the same change, does it. */
bool postgres_is_passed_on(struct plan_builder *b, const struct plan_pair *p);
/* Takes TO's table from the parents that it does not keep. */
void postgres_detach(struct plan_builder *b, const struct object *to);
/* postgres_alter_column.c: those that a partition needs before it is attached to a new table. */
void postgres_add_columns(struct plan_builder *b, const struct object *table);
/* postgres_alter_table.c */
void postgres_replica_identity(struct plan_builder *b, const struct object *table);
plan_alter_fn postgres_alter_tablespace;
/* postgres_alter_cost.c: whether an expression may have another value for each row; whether values
 * of FROM's type are checked, as a domain's may be. */
extern const char postgres_all_wait[]; /* why a scan under ACCESS EXCLUSIVE is a hazard */
bool postgres_is_volatile(const char *expression);
bool postgres_is_checked(struct plan_builder *b, const char *type);
void postgres_alter_cost(struct plan_builder *b, struct step *s);
/* postgres_alter_type.c: a base type and the functions that read and write it, a range and what
 * makes it canonical. */
bool postgres_ties(struct plan_builder *b, const struct object *needs, const struct object *needed);
/* Drops all types that others have replaced, or that wait with an old table: a step of o, which is
 * the first of them. */
void postgres_drop_old_types(struct plan_builder *b, const struct object *o);
/* What the server has made with a range and that keeps its names while another one is made: its
 * multirange and the functions that make values go to a schema, or get another name. Steps of o. */
void postgres_free_range(struct plan_builder *b, const struct object *o, const struct object *to,
                         const char *schema, const char *name);
/* postgres_alter_identity.c */
void postgres_change_identity(struct plan_builder *b, const struct plan_pair *p);
/* postgres_alter_column.c: whether the column is in its own table's partition key. */
bool postgres_is_partition_key(const struct object *column);
/* postgres_alter_cast.c: the USING that a column's new type needs, if any; what it does to rows. */
void postgres_cast_using(struct plan_builder *b, const struct object *from, const struct object *to,
                         struct buf *out);
/* Whether what is of the one type can be compared with what is of the other, in a foreign key. */
bool postgres_cast_compares(struct plan_builder *b, const struct object *from,
                            const struct object *to);
void postgres_cast_hazards(struct plan_builder *b, struct step *s, const struct plan_pair *p);
/* postgres_alter_swap.c: DROP TABLE, or the first half of a swap with a new table of that name;
 * whether the table cannot be swapped, for want of a reason. */
plan_alter_fn postgres_drop_table;
/* The schema in which old tables wait until the new ones have their rows. */
extern const char postgres_waiting_room[];
/* Whether a type or collation that goes is that of an old table's column: it waits there, too. */
bool postgres_waits(struct plan_builder *b, const struct object *to);
/* Whether no statement changes a table that differs only in what is attached to it. */
bool postgres_in_the_way(struct plan_builder *b, const struct object *to);
bool postgres_stays_as_it_is(struct plan_builder *b, const struct plan_pair *p);
/* postgres_alter_sequence.c: all that CREATE SEQUENCE would say, and (last) whose it is. */
void postgres_sequence_options(struct plan_builder *b, const struct object *sequence);
void postgres_sequence_owned_by(struct plan_builder *b, const struct object *sequence);
#endif
