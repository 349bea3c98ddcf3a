/*
 * documents.h - what the text of a JSON document does not show.
 *
 * MySQL keeps documents in a form of its own, with DECIMAL, DATE, TIME, DATETIME, BLOB, BIT and
 * geometry values inside. As text, which is how rows travel (and what mysqldump writes), they are
 * numbers and strings. Here they are found before a copy, and digested for verify. MariaDB's JSON
 * is text: it has nothing to lose.
 * Only src/driver/mysql includes this.
 */
#ifndef MYSQL_DOCUMENTS_H
#define MYSQL_DOCUMENTS_H

#include "data.h"

#include "../../ask.h"

#define MY_DOCUMENTS      "document"
#define MY_DOCUMENTS_LEFT "document_left"

/* Topic MY_DOCUMENTS of a source: an answer for each JSON column: its name, the types that its
 * text loses in the rows looked at or NULL, and which rows those were. */
bool my_documents_ask(struct my_session *s, const struct asking *q, struct err *err);

/* source_ops.project_inner: a table's key, and a digest of the types in each of its documents. */
bool my_documents_project(struct session *s, const struct object *table, struct arena *a,
                          struct projection *ret, struct err *err);

/* source_ops.carry_inner */
void my_documents_carry(struct projection *p, uint32_t column, struct arena *a);
/* Whether it carries the value w.v of a document. */
extern const char my_documents_carried[];
#endif
