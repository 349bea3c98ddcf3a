/*
 * template.h - SQL whose shape is a text, with the object's properties as variables.
 *
 *   {name}       the object's name, quoted
 *   {qualified}  its name with its schema's, quoted
 *   {parent}     its parent's qualified name
 *   {prop}       the property as the server wrote it
 *   {prop:id}    the property quoted as an identifier; {prop:text} as a literal
 *   {prop:upper} in capitals: a keyword
 *   {?prop} {!prop}  print nothing; a condition: set (BOOL: yes), not set (BOOL: no)
 *   [ … ]        printed only when every variable in it is set and every condition holds
 *   ||           between two such: the second only when the first was not printed
 *
 * A variable outside of brackets that is not set prints nothing. Templates are written in the
 * source, so a wrong one is a bug: an unknown property ends the program by assert.
 * Only src/plan includes this.
 */
#ifndef PLAN_TEMPLATE_H
#define PLAN_TEMPLATE_H

#include <dbtwin/model.h>

/* How an engine writes names and texts. */
struct template_style {
    void (*identifier)(struct buf *out, const char *name);
    void (*literal)(struct buf *out, const char *text);
    void (*qualified)(struct buf *out, const struct object *o);
};

/* Appends the template filled in for o. */
void template_fill(struct buf *out, const struct template_style *style, const char *text,
                   const struct object *o);
#endif
