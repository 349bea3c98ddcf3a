/*
 * transformers.h - the functions that the table mask_transformers names. Included by the .c files
 * of this room only.
 */
#ifndef DBTWIN_MASK_TRANSFORMERS_H
#define DBTWIN_MASK_TRANSFORMERS_H

#include "rule.h"

#define MASK_TRANSFORMER(name)                                                      \
    extern const struct mask_param name##_params[];                                 \
    bool name##_prepare(struct mask_rule *r, struct err *err);                      \
    bool name##_apply(struct mask_worker *w, const struct mask_rule *r,             \
                      const struct mask_input *in, struct buf *out, bool *ret_null, \
                      struct err *err)

MASK_TRANSFORMER(bytes);
MASK_TRANSFORMER(choice);
MASK_TRANSFORMER(company);
MASK_TRANSFORMER(composite);
MASK_TRANSFORMER(date);
MASK_TRANSFORMER(decimal);
MASK_TRANSFORMER(digits);
MASK_TRANSFORMER(email);
MASK_TRANSFORMER(fixed);
MASK_TRANSFORMER(hash);
MASK_TRANSFORMER(hstore);
MASK_TRANSFORMER(int);
MASK_TRANSFORMER(ip);
MASK_TRANSFORMER(json);
MASK_TRANSFORMER(keep);
MASK_TRANSFORMER(list);
MASK_TRANSFORMER(mac);
MASK_TRANSFORMER(name);
MASK_TRANSFORMER(null);
MASK_TRANSFORMER(password);
MASK_TRANSFORMER(phone);
MASK_TRANSFORMER(php);
MASK_TRANSFORMER(range);
MASK_TRANSFORMER(regex);
MASK_TRANSFORMER(same_as);
MASK_TRANSFORMER(sql);
MASK_TRANSFORMER(street);
MASK_TRANSFORMER(text);
MASK_TRANSFORMER(token);
MASK_TRANSFORMER(truncate);
MASK_TRANSFORMER(url);
MASK_TRANSFORMER(username);
MASK_TRANSFORMER(uuid);
MASK_TRANSFORMER(xml);

#undef MASK_TRANSFORMER

/* Whether a value that is written in a rule fits the column. */
bool plain_fits(struct mask_rule *r, const char *value, struct err *err);

#endif
