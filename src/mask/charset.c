#include "rule.h"

#include <string.h>

#include <iconv.h>

/* A column's character set by the names of MySQL and PostgreSQL, and iconv's name for it. */
static const struct {
    const char *server, *iconv;
} names[] = {
    {"big5", "BIG5"},          {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},      {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},      {"cp850", "CP850"},
    {"cp852", "CP852"},        {"cp866", "CP866"},
    {"cp932", "CP932"},        {"euckr", "EUC-KR"},
    {"EUC_CN", "EUC-CN"},      {"EUC_JP", "EUC-JP"},
    {"EUC_KR", "EUC-KR"},      {"gb18030", "GB18030"},
    {"gb2312", "GB2312"},      {"gbk", "GBK"},
    {"greek", "ISO-8859-7"},   {"hebrew", "ISO-8859-8"},
    {"koi8r", "KOI8-R"},       {"KOI8R", "KOI8-R"},
    {"KOI8U", "KOI8-U"},       {"koi8u", "KOI8-U"},
    {"latin1", "CP1252"},      {"LATIN1", "ISO-8859-1"},
    {"latin2", "ISO-8859-2"},  {"LATIN2", "ISO-8859-2"},
    {"latin5", "ISO-8859-9"},  {"latin7", "ISO-8859-13"},
    {"LATIN9", "ISO-8859-15"}, {"macroman", "MACINTOSH"},
    {"sjis", "SJIS"},          {"tis620", "TIS-620"},
    {"ucs2", "UCS-2BE"},       {"ujis", "EUC-JP"},
    {"utf16", "UTF-16BE"},     {"utf16le", "UTF-16LE"},
    {"utf32", "UTF-32BE"},     {"WIN1250", "CP1250"},
    {"WIN1251", "CP1251"},     {"WIN1252", "CP1252"},
};

struct charset_pair {
    iconv_t in, out;
};

bool charset_is_plain(const struct mask_column *c)
{
    return c->type != MASK_T_TEXT || (c->charset != MASK_CS_LATIN1 && c->charset != MASK_CS_OTHER);
}

static const char *iconv_name(const char *server)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(names[i].server, server))
            return names[i].iconv;
    return NULL;
}

static struct charset_pair *pair_of(struct mask_worker *w, const char *server)
{
    struct charset_pair *p = map_get(&w->decoders, server, strlen(server));
    const char *name = iconv_name(server);

    if (p)
        return p;
    p = arena_new(&w->arena, struct charset_pair);
    p->in = name ? iconv_open("UTF-8", name) : (iconv_t)-1;
    p->out = name ? iconv_open(name, "UTF-8") : (iconv_t)-1;
    map_put(&w->decoders, arena_strdup(&w->arena, server), strlen(server), p);
    vec_push(&w->charsets);
    VEC_AT(&w->charsets, struct charset_pair *, w->charsets.len - 1) = p;
    return p;
}

static bool convert(iconv_t cd, struct slice in, struct buf *out)
{
    char *from = (char *)(uintptr_t)in.data, *to;
    size_t left = in.len, room = in.len * 4 + 4;

    if (cd == (iconv_t)-1)
        return false;
    buf_grow(out, room);
    to = out->data + out->len;
    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &from, &left, &to, &room) == (size_t)-1 || left)
        return false;
    buf_setlen(out, (size_t)(to - out->data));
    return true;
}

bool charset_decode(struct mask_worker *w, const struct mask_column *c, struct slice in,
                    struct buf *out)
{
    return convert(pair_of(w, c->charset_name)->in, in, out);
}

bool charset_encode(struct mask_worker *w, const struct mask_column *c, struct slice in,
                    struct buf *out)
{
    return convert(pair_of(w, c->charset_name)->out, in, out);
}

void charset_end(struct mask_worker *w)
{
    for (size_t i = 0; i < w->charsets.len; i++) {
        const struct charset_pair *p = VEC_AT(&w->charsets, struct charset_pair *, i);

        if (p->in != (iconv_t)-1)
            iconv_close(p->in);
        if (p->out != (iconv_t)-1)
            iconv_close(p->out);
    }
    vec_release(&w->charsets);
    map_release(&w->decoders);
}
