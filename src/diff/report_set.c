#include "report.h"

#include <string.h>

const char *report_verdict_name(enum verdict v)
{
    static const char *const names[] = {"same", "drift", "incomplete"};
    return names[v];
}

enum verdict diff_part_verdict(const struct diff_part *p)
{
    if (p->diff)
        return p->diff->verdict;
    return p->alone == CHANGE_UNKNOWN ? VERDICT_INCOMPLETE : VERDICT_DRIFT;
}

bool report_part_is_empty(const struct diff_part *p)
{
    return p->diff && p->diff->empty && !p->diff->gaps.len;
}

enum verdict diff_set_verdict(const struct diff_set *s)
{
    enum verdict all = VERDICT_SAME;
    bool any = false;
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        enum verdict v = diff_part_verdict(p);
        if (report_part_is_empty(p))
            continue;
        any = true;
        if (v == VERDICT_DRIFT || all == VERDICT_SAME)
            all = v;
    }
    if (all == VERDICT_SAME && (!any || s->hidden.len))
        all = VERDICT_INCOMPLETE;
    return all;
}

const char *report_set_to(const struct diff_set *s)
{
    enum { SHORT = 32 };
    return strlen(s->to) <= SHORT && strcmp(s->from, s->to) != 0 ? s->to : "TO";
}

void report_part_word(const struct diff_set *s, const struct diff_part *p, struct buf *out)
{
    if (p->diff)
        buf_adds(out, report_part_is_empty(p) ? "empty on both sides"
                                              : report_verdict_name(p->diff->verdict));
    else if (p->alone == CHANGE_UNKNOWN)
        buf_addf(out, "not compared: %s", p->why);
    else
        buf_addf(out, "%s %s", p->alone == CHANGE_ADDED ? "only in" : "missing in",
                 report_set_to(s));
}

struct report_tally report_tally(const struct diff_set *s)
{
    struct report_tally t = {0};
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        enum verdict v = diff_part_verdict(p);
        t.missing += !p->diff && p->alone == CHANGE_REMOVED;
        t.added += !p->diff && p->alone == CHANGE_ADDED;
        t.drift += p->diff && v == VERDICT_DRIFT;
        t.incomplete += v == VERDICT_INCOMPLETE && !report_part_is_empty(p);
        t.same += v == VERDICT_SAME || report_part_is_empty(p);
    }
    return t;
}
