/*
 * notice.h - what a webhook is sent when a comparison's state changes, by a template. Pure. Only
 * src/cli includes this.
 *
 * A template is JSON in which {title}, {text}, {state}, {before}, {from}, {to}, {time} and
 * {differences} stand for values, written as the inside of a JSON string.
 */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

struct notice {
    const char *title, *text, *state, *before, *from, *to, *time;
    uint64_t differences;
};
/* "slack", "teams" or "json"; NULL: there is no such. */
const char *notice_template(const char *name);
/* Appends; `markup`: & < > as Slack's mrkdwn wants them. ERR_USAGE where it comes to no JSON. */
bool notice_fill(const char *template, const struct notice *n, bool markup, struct buf *out,
                 struct err *err);

#endif
