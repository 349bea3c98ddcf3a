/* The first line is a rule in JSON, the second the column's length, the rest a value of production:
 * refused with a reason, or masked within the length, twice alike. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/mask.h>

static const char key[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static void mask_both(const struct mask_rule *r, const struct mask_column *c, struct mask_key *k,
                      struct slice value)
{
    struct buf one = BUF_INIT, two = BUF_INIT;
    struct err err = ERR_INIT;
    struct mask_input in = {.value = value, .row_key = {"1", 1}};
    struct mask_worker *w = mask_worker_new(k);
    bool null, null2;
    bool ok = mask_value(w, r, &in, &one, &null, &err);

    FUZZ_MUST(ok || err.msg[0]);
    if (ok) {
        FUZZ_MUST(mask_value(w, r, &in, &two, &null2, &err));
        FUZZ_MUST(null == null2 && one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
        FUZZ_MUST(mask_rule_facts(r)->keeps || mask_rule_facts(r)->sql || c->type != MASK_T_TEXT ||
                  c->array || one.len <= c->max_bytes || one.len == value.len);
    }
    mask_worker_free(w);
    buf_release(&one);
    buf_release(&two);
}

static const struct mask_column attributes[] = {
    {.path = "t.c a",
     .name = "a",
     .type_text = "text",
     .type = MASK_T_TEXT,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {.path = "t.c b",
     .name = "b",
     .type_text = "date",
     .type = MASK_T_DATE,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data, *rule_end = memchr(s, '\n', size);
    const char *end =
        rule_end ? memchr(rule_end + 1, '\n', size - (size_t)(rule_end + 1 - s)) : NULL;
    struct arena a = ARENA_INIT;
    struct mask_node *n = NULL;
    struct err err = ERR_INIT;
    struct mask_key *k = NULL;
    uint64_t length;

    if (!end || size > 65536)
        return 0;
    FUZZ_MUST(mask_key_new((struct slice){key, sizeof key - 1}, &k, &err));
    if (!str_parse_u64(arena_strndup(&a, rule_end + 1, (size_t)(end - rule_end - 1)), &length))
        length = MASK_NO_LIMIT;
    if (mask_node_from_json((struct slice){s, (size_t)(rule_end - s)}, &a, &n, &err)) {
        for (unsigned type = 1; type < MASK_T_ALL; type <<= 1) {
            for (int array = 0; array < 2; array++) {
                struct mask_column c = {
                    .path = "t.c", .type_text = "its type", .min = INT32_MIN, .max = INT32_MAX};
                const struct mask_rule *r = NULL;

                c.type = (enum mask_type)type;
                c.parts = type == MASK_T_COMPOSITE ? attributes
                          : type == MASK_T_RANGE   ? attributes + 1
                                                   : NULL;
                c.max_chars = c.max_bytes = length;
                c.array = array;
                c.fold = 7;
                err_clear(&err);
                if (mask_rule_new(n, &c, k, &a, &r, &err))
                    mask_both(r, &c, k, (struct slice){end + 1, size - (size_t)(end + 1 - s)});
                else
                    FUZZ_MUST(err.cls == ERR_USAGE && err.msg[0]);
            }
        }
    }
    mask_key_free(k);
    arena_release(&a);
    return 0;
}
