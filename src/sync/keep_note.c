#include "job.h"

#include <string.h>

/*
 * What is kept, for the mark: so that neither diff nor verify calls it drift later on. Beside the
 * tables this is what they need and the source has not: types, functions, schemas.
 */

static bool is_top(const struct object *o)
{
    return o->parent && (o->parent->kind->id == K_DATABASE || o->parent->kind->id == K_SCHEMA) &&
           o->kind->id != K_ROLE && o->kind->id != K_LARGE_OBJECTS;
}

/* By kind and path: a graft makes other objects of them. */
static const char *name_of(const struct job *j, const struct object *o)
{
    return arena_printf(j->arena, "%s %s", o->kind->name, model_path_text(o, j->arena));
}

void keep_note_before(struct job *j)
{
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        if (is_top(o)) {
            const char *name = name_of(j, o);
            map_put(&j->keep.before, name, strlen(name), j);
        }
    }
}

void keep_note_after(struct job *j)
{
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        const char *name = is_top(o) ? name_of(j, o) : NULL;
        if (name && !keep_is_kept(j, o) && !map_get(&j->keep.before, name, strlen(name)))
            VEC_PUSH(&j->keep.along, const struct object *, o);
    }
}
