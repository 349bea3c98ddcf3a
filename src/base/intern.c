#include <dbtwin/base.h>

#include <string.h>

void intern_init(struct intern *in, struct arena *arena)
{
    *in = (struct intern){arena, MAP_INIT};
}

const char *intern_bytes(struct intern *in, const void *p, size_t n)
{
    char *text = map_get(&in->map, p, n);

    if (!text) {
        text = arena_strndup(in->arena, p, n);
        map_put(&in->map, text, n, text);
    }
    return text;
}

const char *intern_str(struct intern *in, const char *s)
{
    return intern_bytes(in, s, strlen(s));
}

void intern_release(struct intern *in)
{
    map_release(&in->map);
}
