/* Any text as a connection URL, and as a message: parsed or refused with a reason, and what is
 * hidden neither makes the text longer nor changes when it is hidden once more. */
#include "fuzz.h"

#include <string.h>

#include "connection/my.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct my_url u;
    struct err err = ERR_INIT;
    char *text = arena_strndup(&a, (const char *)data, size), *once, *twice;

    if (!my_url_parse(text, &a, &u, &err))
        FUZZ_MUST(err.cls == ERR_USAGE && err.msg[0]);
    once = arena_strdup(&a, text);
    err_redact_word(once);
    FUZZ_MUST(strlen(once) <= strlen(text));
    twice = arena_strdup(&a, once);
    err_redact_word(twice);
    FUZZ_MUST(strcmp(once, twice) == 0);
    arena_release(&a);
    return 0;
}
