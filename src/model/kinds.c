#include <dbtwin/kinds.h>

#include <string.h>

/* The words that kinds.def uses for engines and flags. */
#define PG            ENGINE_PG
#define MY            ENGINE_MY
#define MA            ENGINE_MA
#define MYSQL         ENGINE_MYSQL
#define ALL           ENGINE_ALL
#define PART          KF_PART
#define TOP           KF_TOP
#define ROWS          KF_ROWS
#define ESSENTIAL     KF_ESSENTIAL
#define RENAMED       KF_RENAMED
#define BY_TEXT       KF_BY_TEXT
#define OF_SERVER     KF_OF_SERVER
#define AROUND        KF_AROUND
#define RELATION      KF_RELATION
#define PROGRAM       KF_PROGRAM
#define COMPOSED      KF_COMPOSED
#define OF_COLUMNS    KF_OF_COLUMNS
#define SUPERUSERS    KF_SUPERUSERS
#define OUTSIDE       KF_OUTSIDE
#define ALIKE         F_ALIKE
#define VOLATILE      F_VOLATILE
#define ALIKE_BY_NAME KF_ALIKE_BY_NAME
#define COSMETIC      F_COSMETIC
#define CODE          F_CODE
#define SECRET        F_SECRET
#define INTERNAL      F_INTERNAL
#define SERVERS_OWN   F_SERVERS_OWN
#define NEEDED        F_NEEDED
#define HARMLESS      LF_HARMLESS
#define DATA          LF_DATA
#define SECURITY      LF_SECURITY

/* What ends a PROP row: the help, and the headline, which few rows have. */
#define HELP_OF(HELP, ...)               HELP
#define HEADLINE_OF(HELP, HEADLINE, ...) HEADLINE

/* One array of properties for each kind: a KIND row closes the array before it. */
/* clang-format off */
static const struct prop props_none[] __attribute__((unused)) = {
#define KIND(ID, ...) }; static const struct prop props_##ID[] = {
#define PROP(KIND_ID, ID, NAME, TYPE, SERVERS, TRAITS, ...) \
    [P_##KIND_ID##_##ID] = {NAME, T_##TYPE, (SERVERS), (TRAITS), HELP_OF(__VA_ARGS__, NULL), \
                            HEADLINE_OF(__VA_ARGS__, NULL, NULL)},
#include <dbtwin/kinds.def>
};
/* clang-format on */

const struct kind kinds[K_COUNT] = {
#define KIND(ID, NAME, UP, SCOPE, SERVERS, TRAITS, HELP) \
    [K_##ID] = {.id = K_##ID,                            \
                .name = NAME,                            \
                .parent = K_##UP,                        \
                .space = SPACE_##SCOPE,                  \
                .engines = (SERVERS),                    \
                .flags = (TRAITS),                       \
                .help = HELP,                            \
                .props = props_##ID,                     \
                .n_props = ARRAY_LEN(props_##ID)},
#include <dbtwin/kinds.def>
};

#define KIND(ID, ...) _Static_assert(ARRAY_LEN(props_##ID) <= 64, "a mask of slots has 64 bits");
#include <dbtwin/kinds.def>
_Static_assert(ARRAY_LEN(props_none) == 0, "a PROP row stands before the first KIND row");

const struct severity_rule severity_rules[] = {
#define LEVEL_NAME(KIND_ID, PATTERN, LEVEL) \
    {K_##KIND_ID, K_NONE, PATTERN, NULL, -1, ENGINE_ALL, SEVERITY_##LEVEL},
#define LEVEL_VALUE(KIND_ID, PATTERN, PROP_ID, VALUE, SERVERS, LEVEL) \
    {K_##KIND_ID, K_NONE, PATTERN, VALUE, P_##KIND_ID##_##PROP_ID, (SERVERS), SEVERITY_##LEVEL},
#define LEVEL_IN(KIND_ID, PARENT_ID, LEVEL) \
    {K_##KIND_ID, K_##PARENT_ID, NULL, NULL, -1, ENGINE_ALL, SEVERITY_##LEVEL},
#include <dbtwin/kinds.def>
    {.kind = K_NONE},
};

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < K_COUNT; i++)
        if (kinds[i].name[0] == name[0] && strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

int kind_prop(const struct kind *k, const char *name)
{
    for (unsigned i = 0; i < k->n_props; i++)
        if (k->props[i].name[0] == name[0] && strcmp(k->props[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool kind_may_have_parent(const struct kind *k, enum kind_id parent)
{
    if (k->parent == K_ANY)
        return parent < K_COUNT;
    if (k->parent == K_RELATION)
        return parent < K_COUNT && (kinds[parent].flags & KF_RELATION);
    /* MySQL has no schemas below the database. */
    if (k->parent == K_SCHEMA && parent == K_DATABASE)
        return (k->engines & ENGINE_MYSQL) != 0;
    return k->parent == parent;
}

const char *prop_type_name(enum prop_type t)
{
    static const char *const names[] = {
        [T_BOOL] = "bool", [T_INT] = "int",   [T_NAME] = "name", [T_TYPE] = "type",
        [T_EXPR] = "expr", [T_TEXT] = "text", [T_BODY] = "body",
    };

    return names[t];
}

void kind_words(const char *name, struct buf *out)
{
    for (; *name; name++)
        buf_addch(out, *name == '_' ? ' ' : *name);
}
