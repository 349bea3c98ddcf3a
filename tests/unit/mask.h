/*
 * mask.h - what the tests of masking share: a key, columns, and a rule applied to a value.
 */
#ifndef DBTWIN_TESTS_MASK_H
#define DBTWIN_TESTS_MASK_H

#include <dbtwin/mask.h>

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static inline struct slice text_slice(const char *s)
{
    return (struct slice){s, strlen(s)};
}

static inline struct mask_key *key_of(const char *text)
{
    struct mask_key *k = NULL;
    struct err err = ERR_INIT;

    assert_true(mask_key_new(text_slice(text), &k, &err));
    return k;
}

/* What a composite type or a range of the tests is made of. */
static const struct mask_column test_attributes[] = {
    {.path = "t.c mail",
     .name = "mail",
     .type_text = "text",
     .type = MASK_T_TEXT,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {.path = "t.c number",
     .name = "number",
     .type_text = "integer",
     .type = MASK_T_INT,
     .min = INT32_MIN,
     .max = INT32_MAX,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {0},
};
static const struct mask_column test_bounds[] = {
    {.path = "t.c",
     .type_text = "date",
     .type = MASK_T_DATE,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {0},
};

/* A column without limits; a test sets what it is about. */
static inline struct mask_column column_of(enum mask_type type)
{
    return (struct mask_column){.path = "t.c",
                                .type_text = "its type",
                                .type = type,
                                .parts = type == MASK_T_COMPOSITE ? test_attributes
                                         : type == MASK_T_RANGE   ? test_bounds
                                                                  : NULL,
                                .max_chars = MASK_NO_LIMIT,
                                .max_bytes = MASK_NO_LIMIT,
                                .min = INT32_MIN,
                                .max = INT32_MAX};
}

static inline const struct mask_rule *rule_of(const char *json, const struct mask_column *c,
                                              struct mask_key *k, struct arena *a, struct err *err)
{
    struct mask_node *n = NULL;
    const struct mask_rule *r = NULL;

    assert_true(mask_node_from_json(text_slice(json), a, &n, err));
    return mask_rule_new(n, c, k, a, &r, err) ? r : NULL;
}

/* The masked value in `a`; "NULL" for NULL. */
static inline const char *masked(struct mask_worker *w, const struct mask_rule *r,
                                 const char *value, struct arena *a)
{
    struct mask_input in = {.value = text_slice(value)};
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    bool null = false;
    const char *ret;

    if (!mask_value(w, r, &in, &out, &null, &err))
        fail_msg("%s", err.msg);
    ret = null ? "NULL" : arena_strndup(a, out.data, out.len);
    buf_release(&out);
    return ret;
}

/* All in one, with KEY_A. */
static inline const char *mask_once(const char *json, const struct mask_column *c,
                                    const char *value, struct arena *a)
{
    struct err err = ERR_INIT;
    struct mask_key *k = key_of(KEY_A);
    const struct mask_rule *r = rule_of(json, c, k, a, &err);
    struct mask_worker *w = mask_worker_new(k);
    const char *ret;

    if (!r)
        fail_msg("%s", err.msg);
    ret = masked(w, r, value, a);
    mask_worker_free(w);
    mask_key_free(k);
    return ret;
}

#endif
