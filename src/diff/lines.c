#include "lines.h"

#include <string.h>

static void cut(const char *s, struct vec *ret)
{
    while (s && *s) {
        size_t n = strcspn(s, "\n");
        VEC_PUSH(ret, struct line_op, ((struct line_op){' ', s, n}));
        s += n;
        s += *s == '\n';
    }
}

static bool same(const struct vec *a, size_t i, const struct vec *b, size_t k)
{
    const struct line_op *x = &VEC_AT(a, struct line_op, i), *y = &VEC_AT(b, struct line_op, k);
    return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
}

static void push(struct vec *ret, char op, const struct vec *from, size_t i)
{
    struct line_op line = VEC_AT(from, struct line_op, i);
    line.op = op;
    VEC_PUSH(ret, struct line_op, line);
}

/* The middle, by a longest common subsequence: longest[i][k] is that of what follows i and k. */
static void middle(const struct vec *a, const struct vec *b, size_t head, size_t tail,
                   struct vec *ret)
{
    enum { MOST = 1000000 };
    size_t rows = a->len - tail, columns = b->len - tail, wide = columns - head + 1;
    struct arena scratch = ARENA_INIT;
    uint32_t *longest = NULL;
    if ((rows - head) * (columns - head) <= MOST)
        longest = arena_calloc(&scratch, (rows - head + 1) * wide * sizeof(*longest));
#define AT(i, k) longest[((i)-head) * wide + ((k)-head)]
    for (size_t i = rows; longest && i-- > head;)
        for (size_t k = columns; k-- > head;)
            AT(i, k) = same(a, i, b, k)              ? AT(i + 1, k + 1) + 1
                       : AT(i + 1, k) > AT(i, k + 1) ? AT(i + 1, k)
                                                     : AT(i, k + 1);
    size_t i = head, k = head;
    while (i < rows || k < columns) {
        if (longest && i < rows && k < columns && same(a, i, b, k)) {
            push(ret, ' ', a, i);
            i++, k++;
        } else if (i < rows && (k == columns || !longest || AT(i + 1, k) >= AT(i, k + 1))) {
            push(ret, '-', a, i++);
        } else {
            push(ret, '+', b, k++);
        }
    }
#undef AT
    arena_release(&scratch);
}

void lines_diff(const char *from, const char *to, struct vec *ret)
{
    struct vec a = VEC_INIT(struct line_op), b = VEC_INIT(struct line_op);
    size_t head = 0, tail = 0;
    cut(from, &a);
    cut(to, &b);
    while (head < a.len && head < b.len && same(&a, head, &b, head))
        push(ret, ' ', &a, head++);
    while (tail < a.len - head && tail < b.len - head &&
           same(&a, a.len - 1 - tail, &b, b.len - 1 - tail))
        tail++;
    middle(&a, &b, head, tail, ret);
    for (; tail; tail--)
        push(ret, ' ', &a, a.len - tail);
    vec_release(&a);
    vec_release(&b);
}
