#include "report.h"

#include <dbtwin/json.h>
#include <dbtwin/xml.h>

#include <string.h>

enum verdict diff_part_verdict(const struct diff_part *p)
{
    if (p->diff)
        return p->diff->verdict;
    return p->alone == CHANGE_UNKNOWN ? VERDICT_INCOMPLETE : VERDICT_DRIFT;
}

static bool is_empty(const struct diff_part *p)
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
        if (is_empty(p))
            continue;
        any = true;
        if (v == VERDICT_DRIFT || all == VERDICT_SAME)
            all = v;
    }
    if (all == VERDICT_SAME && (!any || s->hidden.len))
        all = VERDICT_INCOMPLETE;
    return all;
}

/* What TO is called in lines of text: a URL in each would bury the rest. */
static const char *name_of_to(const struct diff_set *s)
{
    enum { SHORT = 32 };
    return strlen(s->to) <= SHORT && strcmp(s->from, s->to) != 0 ? s->to : "TO";
}

/* What people are told of a part in a word or two. */
static void add_word(const struct diff_set *s, const struct diff_part *p, struct buf *out)
{
    if (p->diff)
        buf_adds(out, is_empty(p) ? "empty on both sides" : report_verdict_name(p->diff->verdict));
    else if (p->alone == CHANGE_UNKNOWN)
        buf_addf(out, "not compared: %s", p->why);
    else
        buf_addf(out, "%s %s", p->alone == CHANGE_ADDED ? "only in" : "missing in", name_of_to(s));
}

/* ---- text ---------------------------------------------------------------------------------- */

struct tally {
    size_t same, drift, incomplete, missing, added;
};

static struct tally tally_of(const struct diff_set *s)
{
    struct tally t = {0};
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        enum verdict v = diff_part_verdict(p);
        t.missing += !p->diff && p->alone == CHANGE_REMOVED;
        t.added += !p->diff && p->alone == CHANGE_ADDED;
        t.drift += p->diff && v == VERDICT_DRIFT;
        t.incomplete += v == VERDICT_INCOMPLETE && !is_empty(p);
        t.same += v == VERDICT_SAME || is_empty(p);
    }
    return t;
}

static void add_bold(const struct report_options *opt, const char *text, struct buf *out)
{
    buf_addf(out, "%s%s%s\n", opt->colour ? "\033[1m" : "", text, opt->colour ? "\033[0m" : "");
}

static void text_head(const struct diff_set *s, const struct report_options *opt, struct buf *out)
{
    static const char *const lines[] = {
        "Same: no drift in any database.", "Drift: not all databases are what they should be.",
        "Incomplete: nothing differs, but not everything could be compared."};
    struct tally t = tally_of(s);
    add_bold(opt,
             s->parts.len ? lines[diff_set_verdict(s)]
                          : "Nothing was compared: neither side shows a database.",
             out);
    buf_addf(out, "  from %s\n  to   %s\n", s->from, s->to);
    buf_addf(out,
             "  %zu databases: %zu same, %zu drifted, %zu missing in %s, %zu only there, "
             "%zu not compared\n",
             s->parts.len, t.same, t.drift, t.missing, name_of_to(s), t.added, t.incomplete);
    for (size_t i = 0; i < s->hidden.len; i++)
        buf_addf(out, "  ? %s\n", VEC_AT(&s->hidden, const char *, i));
}

bool report_set_text(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    bool ok = true;
    text_head(s, opt, out);
    for (size_t i = 0; ok && i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        bool more = p->diff && p->diff->verdict != VERDICT_SAME && !is_empty(p);
        struct buf line = BUF_INIT;
        buf_adds(&line, "Database ");
        report_visible(p->database, strlen(p->database), &line);
        buf_adds(&line, ": ");
        add_word(s, p, &line);
        if (more || i == 0)
            buf_addch(out, '\n');
        add_bold(opt, line.data, out);
        buf_release(&line);
        if (!more)
            continue;
        ok = report_text(p->diff, opt, out, err);
        buf_addch(out, '\n');
    }
    return ok;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static struct json *json_part(const struct diff_part *p)
{
    struct json *v = json_obj();
    json_set(v, "database", json_str(p->database));
    json_set(v, "verdict",
             json_str(is_empty(p) ? "empty" : report_verdict_name(diff_part_verdict(p))));
    if (p->diff) {
        json_set(v, "diff", report_json_of(p->diff));
        return v;
    }
    json_set(v, "change", json_str(report_change_names[p->alone]));
    json_set(v, "why", json_str(p->why));
    return v;
}

bool report_set_json(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    struct json *v = json_obj(), *list = json_arr(), *hidden = json_arr(), *summary = json_obj();
    struct tally t = tally_of(s);
    (void)opt, (void)err;
    for (size_t i = 0; i < s->parts.len; i++)
        json_push(list, json_part(&VEC_AT(&s->parts, struct diff_part, i)));
    for (size_t i = 0; i < s->hidden.len; i++)
        json_push(hidden, json_str(VEC_AT(&s->hidden, const char *, i)));
    json_set(summary, "same", json_int((int64_t)t.same));
    json_set(summary, "drift", json_int((int64_t)t.drift));
    json_set(summary, "removed", json_int((int64_t)t.missing));
    json_set(summary, "added", json_int((int64_t)t.added));
    json_set(summary, "incomplete", json_int((int64_t)t.incomplete));
    json_set(v, "dbtwin", json_int(1));
    json_set(v, "from", json_str(s->from));
    json_set(v, "to", json_str(s->to));
    json_set(v, "verdict", json_str(report_verdict_name(diff_set_verdict(s))));
    json_set(v, "databases", list);
    json_set(v, "not_compared", hidden);
    json_set(v, "summary", summary);
    json_dump(v, 2, out);
    buf_addch(out, '\n');
    json_free(v);
    return true;
}

/* ---- XML ----------------------------------------------------------------------------------- */

bool report_set_xml(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                    struct err *err)
{
    struct xml *x = xml_start();
    (void)opt, (void)err;
    xml_open(x, "diffs");
    xml_attr(x, "dbtwin", "1");
    xml_attr(x, "verdict", report_verdict_name(diff_set_verdict(s)));
    xml_attr(x, "from", s->from);
    xml_attr(x, "to", s->to);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        xml_open(x, "database");
        xml_attr(x, "name", p->database);
        xml_attr(x, "change", p->diff ? NULL : report_change_names[p->alone]);
        xml_attr(x, "why", p->why);
        if (p->diff)
            report_xml_of(p->diff, x);
        xml_close(x);
    }
    for (size_t i = 0; i < s->hidden.len; i++) {
        xml_open(x, "not_compared");
        xml_attr(x, "why", VEC_AT(&s->hidden, const char *, i));
        xml_close(x);
    }
    xml_close(x);
    xml_end(x, out);
    return true;
}

/* ---- JUnit: a suite for each database ------------------------------------------------------ */

static void junit_alone(struct xml *x, const char *name, bool drift, const char *why)
{
    xml_open(x, "testsuite");
    xml_attr(x, "name", name);
    xml_attr_int(x, "tests", 1);
    xml_attr_int(x, "failures", drift);
    xml_attr_int(x, "errors", !drift);
    xml_open(x, "testcase");
    xml_attr(x, "classname", "dbtwin.diff");
    xml_attr(x, "name", name);
    xml_open(x, drift ? "failure" : "error");
    xml_attr(x, "type", drift ? "drift" : "incomplete");
    xml_attr(x, "message", why);
    xml_close(x);
    xml_close(x);
    xml_close(x);
}

bool report_set_junit(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                      struct err *err)
{
    struct xml *x = xml_start();
    bool any = diff_set_verdict(s) != VERDICT_INCOMPLETE;
    (void)opt, (void)err;
    xml_open(x, "testsuites");
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        struct buf name = BUF_INIT, why = BUF_INIT;
        buf_addf(&name, "database %s", p->database);
        add_word(s, p, &why);
        if (!p->diff)
            junit_alone(x, name.data, p->alone != CHANGE_UNKNOWN, why.data);
        else if (!is_empty(p) || !any)
            report_junit_of(p->diff, x);
        buf_release(&name);
        buf_release(&why);
    }
    for (size_t i = 0; i < s->hidden.len; i++)
        junit_alone(x, "databases", false, VEC_AT(&s->hidden, const char *, i));
    xml_close(x);
    xml_end(x, out);
    return true;
}
