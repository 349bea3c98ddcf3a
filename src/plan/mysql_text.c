#include "mysql.h"

#include <dbtwin/engine.h>

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

void mysql_name(struct buf *out, const char *name)
{
    engine_quote(ENGINE_MY, name, out);
}

void mysql_text(struct buf *out, const char *text, bool plain)
{
    buf_addch(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(out, "''");
        else if (*text == '\\' && !plain)
            buf_adds(out, "\\\\");
        else if (*text == '\n' && !plain)
            buf_adds(out, "\\n");
        else
            buf_addch(out, *text);
    }
    buf_addch(out, '\'');
}

void mysql_account(struct buf *out, const char *account)
{
    /* A user's name may hold @, a host may not. */
    const char *at = strrchr(account, '@');
    struct buf user = BUF_INIT;

    buf_add(&user, account, at ? (size_t)(at - account) : strlen(account));
    mysql_name(out, user.data);
    if (at && at[1]) {
        buf_addch(out, '@');
        mysql_name(out, at + 1);
    }
    buf_release(&user);
}

bool mysql_word(const char *text, const char *word)
{
    return text && !strcasecmp(text, word);
}

const char *mysql_upper(struct arena *a, const char *keyword)
{
    char *copy = arena_strdup(a, keyword);

    for (char *p = copy; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return copy;
}

/* https://dev.mysql.com/doc/refman/8.0/en/charset-charsets.html */
const char *mysql_default_collation(struct arena *a, const char *charset, unsigned flavor,
                                    unsigned version)
{
    static const struct {
        const char *charset, *collation;
    } others[] = {
        {"big5", "big5_chinese_ci"},        {"binary", "binary"},
        {"cp932", "cp932_japanese_ci"},     {"dec8", "dec8_swedish_ci"},
        {"eucjpms", "eucjpms_japanese_ci"}, {"euckr", "euckr_korean_ci"},
        {"gb18030", "gb18030_chinese_ci"},  {"gb2312", "gb2312_chinese_ci"},
        {"gbk", "gbk_chinese_ci"},          {"hp8", "hp8_english_ci"},
        {"latin1", "latin1_swedish_ci"},    {"latin5", "latin5_turkish_ci"},
        {"sjis", "sjis_japanese_ci"},       {"swe7", "swe7_swedish_ci"},
        {"tis620", "tis620_thai_ci"},       {"ujis", "ujis_japanese_ci"},
    };
    if (mysql_word(charset, "utf8mb4") && flavor == ENGINE_MY && version >= 80000)
        return "utf8mb4_0900_ai_ci";
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (mysql_word(charset, others[i].charset))
            return others[i].collation;
    return arena_printf(a, "%s_general_ci", charset);
}

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* https://dev.mysql.com/doc/refman/en/charset-charsets.html; latin1 is cp1252. */
static const char *iconv_name(const char *charset)
{
    static const char *const names[][2] = {
        {"big5", "BIG5"},
        {"cp1250", "CP1250"},
        {"cp1251", "CP1251"},
        {"cp1256", "CP1256"},
        {"cp1257", "CP1257"},
        {"cp850", "CP850"},
        {"cp852", "CP852"},
        {"cp866", "CP866"},
        {"cp932", "CP932"},
        {"eucjpms", "EUC-JP-MS"},
        {"euckr", "EUC-KR"},
        {"gb18030", "GB18030"},
        {"gb2312", "GB2312"},
        {"gbk", "GBK"},
        {"greek", "ISO-8859-7"},
        {"hebrew", "ISO-8859-8"},
        {"koi8r", "KOI8-R"},
        {"koi8u", "KOI8-U"},
        {"latin1", "CP1252"},
        {"latin2", "ISO-8859-2"},
        {"latin5", "ISO-8859-9"},
        {"latin7", "ISO-8859-13"},
        {"macce", "MAC-CENTRALEUROPE"},
        {"macroman", "MACINTOSH"},
        {"sjis", "SHIFT_JIS"},
        {"tis620", "TIS-620"},
        {"ujis", "EUC-JP"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (mysql_word(charset, names[i][0]))
            return names[i][1];
    return NULL;
}

const char *mysql_recode(struct arena *a, const char *sql, const char *charset)
{
    if (!charset || !strncasecmp(charset, "utf8", 4) || mysql_word(charset, "binary") ||
        is_ascii(sql))
        return sql;
    const char *name = iconv_name(charset);
    iconv_t cd = name ? iconv_open(name, "UTF-8") : (iconv_t)-1;
    if (cd == (iconv_t)-1)
        return NULL;
    size_t in_left = strlen(sql), size = in_left * 2 + 1, out_left = size - 1;
    char *out = arena_alloc(a, size), *to = out;
    char *in = arena_strdup(a, sql);
    size_t bad = iconv(cd, &in, &in_left, &to, &out_left);
    iconv_close(cd);
    if (bad != 0)
        return NULL;
    *to = 0;
    return out;
}
