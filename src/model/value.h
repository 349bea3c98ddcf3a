/*
 * value.h - the texts that slots may hold. Included by the .c files of this room only.
 */
#ifndef DBTWIN_MODEL_VALUE_H
#define DBTWIN_MODEL_VALUE_H

#include <dbtwin/model.h>

#define VALUE_DIGEST "sha256:"

enum value_origin {
    VALUE_FROM_SERVER, /* yes/no in any of the servers' spellings; secrets as they are */
    VALUE_FROM_FILE,   /* yes/no only; secrets mostly as digests already */
};

/*
 * The text (not NULL, len bytes without a NUL) as the model keeps it: interned, a BOOL as "yes" or
 * "no", a SECRET as its digest. False with a message that names the property when it does not fit
 * the property's type, or the property is not one of the model's engine.
 */
bool value_store(struct model *m, const struct prop *p, enum value_origin origin, const char *text,
                 size_t len, const char **ret, struct err *err);

#endif
