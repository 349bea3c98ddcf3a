/*
 * suggest.h - what somebody who wrote a word that nobody knows may have meant. Only src/cli.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

struct suggestion {
    const char *word; /* as it was written */
    const char *best; /* the nearest that was offered and is near enough; or NULL */
    unsigned cost;
};

/* One more word that it may stand for; not copied. O(length of both). */
void suggest_offer(struct suggestion *s, const char *name);

#endif
