#include "finding.h"

#include <dbtwin/json.h>

#include <string.h>

/*
 * SARIF 2.1.0 (OASIS): one run; a rule for each kind.property that has a result. GitHub's code
 * scanning needs a physical location, so the object's path stands for a file where the schema is
 * none, and takes primaryLocationLineHash as the fingerprint.
 */
struct rules {
    struct map index; /* rule → its place + 1 */
    struct vec list;  /* const struct finding *: the first of each */
};

static size_t rule_index(struct rules *r, const struct finding *f)
{
    uintptr_t at = (uintptr_t)map_get(&r->index, f->rule, strlen(f->rule));
    if (at)
        return at - 1;
    VEC_PUSH(&r->list, const struct finding *, f);
    map_put(&r->index, f->rule, strlen(f->rule), (void *)(uintptr_t)r->list.len);
    return r->list.len - 1;
}

static struct json *text_of(const char *text)
{
    struct json *v = json_obj();
    json_set(v, "text", json_str(text));
    return v;
}

static bool is_unknown(const struct finding *f)
{
    return strcmp(f->change, "unknown") == 0;
}

static const char *level_name(enum severity s)
{
    static const char *const names[] = {"note", "warning", "error", "error"};
    return names[s];
}

static struct json *rule(const struct finding *f)
{
    struct json *v = json_obj(), *config = json_obj(), *more = json_obj(), *tags = json_arr();
    json_set(v, "id", json_str(f->rule));
    json_set(v, "shortDescription", text_of(f->help));
    json_set(v, "help", text_of(f->help));
    json_set(config, "level", json_str(level_name(f->rule_level)));
    json_set(v, "defaultConfiguration", config);
    json_push(tags, json_str(severity_name(f->rule_level)));
    json_set(more, "tags", tags);
    if (f->rule_level == SEVERITY_SECURITY)
        json_set(more, "security-severity", json_str("8.0"));
    json_set(v, "properties", more);
    return v;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c);
}

/* A relative URI of the path: unreserved characters (RFC 3986) and "/" as they are. */
static struct json *uri(const char *path)
{
    struct buf b = BUF_INIT;
    for (const char *p = path; *p; p++)
        if (is_plain(*p))
            buf_addch(&b, *p);
        else
            buf_addf(&b, "%%%02X", (unsigned char)*p);
    struct json *v = json_str(b.data);
    buf_release(&b);
    return v;
}

static struct json *location(const struct finding *f, const struct report_options *opt)
{
    struct json *v = json_obj(), *physical = json_obj(), *artifact = json_obj(),
                *region = json_obj(), *logical = json_obj(), *list = json_arr();
    const char *path = f->path ? f->path : f->kind;
    json_set(artifact, "uri", uri(opt->file ? opt->file : f->top ? f->top : f->kind));
    json_set(region, "startLine", json_int(1));
    json_set(physical, "artifactLocation", artifact);
    json_set(physical, "region", region);
    json_set(logical, "fullyQualifiedName", json_str(path));
    json_set(logical, "kind", json_str(f->kind));
    json_push(list, logical);
    json_set(v, "physicalLocation", physical);
    json_set(v, "logicalLocations", list);
    return v;
}

static struct json *result(const struct finding *f, size_t rule_at,
                           const struct report_options *opt)
{
    struct json *v = json_obj(), *prints = json_obj(), *more = json_obj(), *places = json_arr();
    struct buf line = BUF_INIT;
    json_set(v, "ruleId", json_str(f->rule));
    json_set(v, "ruleIndex", json_int((int64_t)rule_at));
    json_set(v, "level", json_str(is_unknown(f) && f->property ? "warning" : level_name(f->level)));
    json_set(v, "message", text_of(f->message));
    json_push(places, location(f, opt));
    json_set(v, "locations", places);
    buf_addf(&line, "%.16s:1", f->fingerprint);
    json_set(prints, "primaryLocationLineHash", json_str(line.data));
    json_set(prints, "dbtwin/v1", json_str(f->fingerprint));
    json_set(v, "partialFingerprints", prints);
    json_set(more, "change", json_str(f->change));
    if (!is_unknown(f) || f->property)
        json_set(more, "severity", json_str(severity_name(f->level)));
    if (f->database)
        json_set(more, "database", json_str(f->database));
    json_set(v, "properties", more);
    buf_release(&line);
    return v;
}

static void add_tool(const struct rules *r, struct buf *text, struct buf *out)
{
    buf_adds(out, "      \"tool\": {\n        \"driver\": {\n"
                  "          \"name\": \"dbtwin\",\n"
                  "          \"version\": \"" DBTWIN_VERSION "\",\n"
                  "          \"rules\": [");
    for (size_t i = 0; i < r->list.len; i++) {
        buf_adds(out, i ? "," : "");
        report_json_item(rule(VEC_AT(&r->list, const struct finding *, i)), 6, text, out);
    }
    buf_adds(out, r->list.len ? "\n          ]" : "]");
    buf_adds(out, "\n        }\n      },\n");
}

static void add_invocation(const struct report_options *opt, struct buf *text, struct buf *out)
{
    if (!opt->run || !opt->run->started)
        return;
    struct json *v = json_obj();
    json_set(v, "executionSuccessful", json_bool(true));
    json_set(v, "startTimeUtc", json_str(opt->run->started));
    buf_adds(out, "      \"invocations\": [");
    report_json_item(v, 4, text, out);
    buf_adds(out, "\n      ],\n");
}

static void write_log(const struct vec *findings, const struct report_options *opt, struct buf *out)
{
    struct rules r = {.list = VEC_INIT(const struct finding *)};
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < findings->len; i++)
        rule_index(&r, &VEC_AT(findings, struct finding, i));
    buf_adds(out, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
                  "  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n");
    add_tool(&r, &text, out);
    add_invocation(opt, &text, out);
    buf_adds(out, "      \"columnKind\": \"utf16CodeUnits\",\n      \"results\": [");
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &VEC_AT(findings, struct finding, i);
        buf_adds(out, i ? "," : "");
        report_json_item(result(f, rule_index(&r, f), opt), 4, &text, out);
    }
    buf_adds(out, findings->len ? "\n      ]" : "]");
    buf_adds(out, "\n    }\n  ]\n}\n");
    map_release(&r.index);
    vec_release(&r.list);
    buf_release(&text);
}

bool report_sarif(const struct diff *d, const struct report_options *opt, struct buf *out,
                  struct err *err)
{
    (void)err;
    return finding_report(d, NULL, write_log, opt, out);
}

bool report_set_sarif(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                      struct err *err)
{
    (void)err;
    return finding_report(NULL, s, write_log, opt, out);
}
