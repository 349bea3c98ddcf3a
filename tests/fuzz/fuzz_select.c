/* Patterns, one a line, over a small model: refused with a reason, or applied. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/select.h>

static const char xml[] =
    "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\"><database name=\"d\">"
    "<schema name=\"public\"><table name=\"users\"><column name=\"a.b\" type=\"text\"/>"
    "</table></schema></database></model>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct selection s;
    struct select_counts counts = {0};
    struct model m;
    struct err err = ERR_INIT;
    char *text = arena_strndup(&a, (const char *)data, size), *save = NULL;
    unsigned sort = 0;

    select_init(&s);
    model_init(&m);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (!select_add(&s, (enum select_sort)(sort++ % (SELECT_PARTITION + 1)), line, &err))
            FUZZ_MUST(err.cls == ERR_USAGE && err.msg[0]);
        err_clear(&err);
    }
    select_schema_is_out(&s, "public");
    FUZZ_MUST(model_from_xml(&m, (struct slice){xml, sizeof xml - 1}, &err));
    FUZZ_MUST(select_apply(&s, &m, &counts, &err));
    model_release(&m);
    select_release(&s);
    arena_release(&a);
    return 0;
}
