#include "notice.h"

#include <dbtwin/json.h>

#include <stdio.h>
#include <string.h>

/* Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; Teams: the card
 * that a workflow "when a webhook request is received" posts. */
static const struct {
    const char *name, *text;
} templates[] = {
    {"json", "{\"dbtwin\":1,\"state\":\"{state}\",\"before\":\"{before}\",\"from\":\"{from}\","
             "\"to\":\"{to}\",\"time\":\"{time}\",\"differences\":{differences},"
             "\"title\":\"{title}\",\"text\":\"{text}\"}"},
    {"slack", "{\"text\":\"*{title}*\\n{text}\"}"},
    {"teams",
     "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
     "\"application/vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{\"$schema\":"
     "\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":\"AdaptiveCard\","
     "\"version\":\"1.4\",\"body\":[{\"type\":\"TextBlock\",\"weight\":\"Bolder\",\"wrap\":true,"
     "\"text\":\"{title}\"},{\"type\":\"TextBlock\",\"wrap\":true,\"text\":\"{text}\"}]}}]}"},
};

const char *notice_template(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(templates); i++)
        if (strcmp(templates[i].name, name) == 0)
            return templates[i].text;
    return NULL;
}

/* The inside of a JSON string. */
static void add_value(const char *value, bool markup, struct buf *out)
{
    struct buf plain = BUF_INIT, quoted = BUF_INIT;
    for (const char *p = value ? value : ""; *p; p++) {
        const char *name = *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : NULL;
        if (markup && name)
            buf_adds(&plain, name);
        else
            buf_addch(&plain, *p);
    }
    json_dump_str(plain.data, &quoted);
    buf_add(out, quoted.data + 1, quoted.len - 2);
    buf_release(&plain);
    buf_release(&quoted);
}

bool notice_fill(const char *template, const struct notice *n, bool markup, struct buf *out,
                 struct err *err)
{
    char number[24];
    snprintf(number, sizeof(number), "%llu", (unsigned long long)n->differences);
    const struct {
        const char *name, *value;
    } values[] = {{"{title}", n->title},   {"{text}", n->text},      {"{state}", n->state},
                  {"{before}", n->before}, {"{from}", n->from},      {"{to}", n->to},
                  {"{time}", n->time},     {"{differences}", number}};
    struct err why = ERR_INIT;
    size_t start = out->len;
    for (const char *p = template; *p;) {
        size_t i = 0;
        while (i < ARRAY_LEN(values) && !str_starts(p, values[i].name))
            i++;
        if (i < ARRAY_LEN(values)) {
            add_value(values[i].value, markup, out);
            p += strlen(values[i].name);
        } else {
            buf_addch(out, *p++);
        }
    }
    struct json *v = json_parse((struct slice){out->data + start, out->len - start}, &why);
    json_free(v);
    return v ||
           err_set(err, ERR_USAGE, "the template is no JSON when it is filled in: %s", why.msg);
}
