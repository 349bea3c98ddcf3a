#include "suggest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 32 }; /* of a word that is worth a guess */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned n = a < b ? a : b;
    return n < c ? n : c;
}

/* Characters to add, take away, change or swap with their neighbour (optimal string alignment). */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    for (unsigned j = 0; j <= m; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

void suggest_offer(struct suggestion *s, const char *name)
{
    unsigned far = (unsigned)strlen(s->word) / 3 + 1, cost = distance(s->word, name);
    /* What begins with it is meant more often than what is merely like it. */
    if (strlen(s->word) > 1 && strncmp(s->word, name, strlen(s->word)) == 0)
        cost = 1;
    if (cost <= far && (!s->best || cost < s->cost)) {
        s->best = name;
        s->cost = cost;
    }
}
