#include "documents.h"

#include <string.h>

/*
 * Types inside documents, carried. A document that has none travels as its text. Of any other what
 * is read is "![LIST, TEXT]": TEXT as a JSON string, and in LIST for each value {"p": its path,
 * "t": its type, "v": its text} and the text once more, under the type's name, where a typed column
 * of JSON_TABLE takes it from ("s" for binary strings, which are base64 there). No text of a
 * document begins with "!". The load folds LIST over the document, JSON_SET by JSON_SET, and skips
 * each value that the server would not write as production does.
 *
 * What no expression of SQL gives arrives as a string, and is not in LIST: TINYBLOB, BINARY of
 * other lengths than 16, BIT of more than 8, BLOB and MEDIUMBLOB of more than 12 kB, DECIMAL of
 * more digits than DECIMAL(65,30) has there. So is a document with values or bytes beyond all
 * measure. https://dev.mysql.com/doc/refman/9.4/en/json-function-reference.html
 */
#define TYPED "('BIT','BLOB','DATE','DATETIME','DECIMAL','TIME','TIMESTAMP')"

/* Of w.v; its text as the server writes it is JSON_UNQUOTE(w.v). */
#define TYPE "JSON_TYPE(w.v)"
#define TEXT "JSON_UNQUOTE(w.v)"
const char my_documents_carried[] =
    "(" TYPE " IN ('DATE','DATETIME','TIME','TIMESTAMP') OR (" TYPE " = 'DECIMAL' AND "
    "CHAR_LENGTH(SUBSTRING_INDEX(" TEXT ", '.', 1)) < 36) OR (" TYPE " IN ('BIT','BLOB') AND "
    "(" TEXT " LIKE 'base64:type251:%' OR (CHAR_LENGTH(" TEXT ") < 16000 AND "
    "(" TEXT " LIKE 'base64:type15:%' OR " TEXT " LIKE 'base64:type250:%' OR " TEXT
    " LIKE 'base64:type252:%' OR " TEXT " LIKE 'base64:type254:______________________==' OR " TEXT
    " LIKE 'base64:type16:__==')))))";

/* The values of a document with their paths; %1$s is the column. */
static const char walk[] =
    "WITH RECURSIVE w (path, v, size) AS (SELECT CAST('$' AS CHAR(4000) CHARACTER SET utf8mb4), "
    "%1$s, LENGTH(CONVERT(%1$s USING utf8mb4)) UNION ALL "
    "SELECT CONCAT(w.path, s.step), JSON_EXTRACT(w.v, CONCAT('$', s.step)), w.size FROM w JOIN "
    "LATERAL (SELECT CONCAT('.', JSON_QUOTE(k.k)) AS step FROM JSON_TABLE(IF(JSON_TYPE(w.v) = "
    "'OBJECT', JSON_KEYS(w.v), '[]'), '$[*]' COLUMNS (k VARCHAR(3900) PATH '$')) k UNION ALL "
    "SELECT CONCAT('[', a.o - 1, ']') FROM JSON_TABLE(IF(JSON_TYPE(w.v) = 'ARRAY', w.v, '[]'), "
    "'$[*]' COLUMNS (o FOR ORDINALITY)) a) s "
    "WHERE CHAR_LENGTH(w.path) + CHAR_LENGTH(s.step) < 4000)";

/* A document of a thousand values is as deep as a recursion goes by itself, and all its steps are
 * in memory at once. */
static const char list[] =
    " SELECT JSON_ARRAYAGG(JSON_OBJECT('p', w.path, 't', " TYPE ", 'v', " TEXT ", "
    "IF(" TYPE " IN ('BIT','BLOB'), 's', " TYPE "), "
    "IF(CHAR_LENGTH(" TEXT ") < 16000, " TEXT ", NULL))) FROM w WHERE ";
static const char bounds[] = " HAVING COUNT(*) < 1000 AND COUNT(*) * MAX(w.size) < 67108864";

/* Most documents have none, which this finds out at a tenth of the walk's cost. */
static const char any[] =
    "(JSON_TYPE(%1$s) IN " TYPED " OR EXISTS (SELECT 1 FROM JSON_TABLE(%1$s, '$**.*' COLUMNS (v "
    "JSON PATH '$')) x WHERE JSON_TYPE(x.v) IN " TYPED ") OR EXISTS (SELECT 1 FROM "
    "JSON_TABLE(%1$s, '$**[*]' COLUMNS (v JSON PATH '$')) x WHERE JSON_TYPE(x.v) IN " TYPED "))";

/* A binary string is of the type of the column that it comes from. */
static const char fold[] =
    "(WITH RECURSIVE q AS (SELECT SUBSTR(CONVERT(%s USING utf8mb4), 2) AS v), "
    "l AS (SELECT x.i, x.p, x.v, CASE WHEN x.t = 'DECIMAL' THEN CAST(TRUNCATE(x.n, "
    "IF(LOCATE('.', x.v), CHAR_LENGTH(SUBSTRING_INDEX(x.v, '.', -1)), 0)) AS JSON) "
    "WHEN x.t = 'DATE' THEN CAST(x.d AS JSON) WHEN x.t = 'TIME' THEN CAST(x.tm AS JSON) "
    "WHEN x.t = 'DATETIME' THEN CAST(x.dt AS JSON) "
    "WHEN x.t = 'TIMESTAMP' THEN CAST(x.ts AS JSON) WHEN x.v LIKE 'base64:type251:%' THEN "
    "JSON_EXTRACT(JSON_ARRAY(FROM_BASE64(SUBSTR(x.v, 16))), '$[0]') "
    "WHEN x.v LIKE 'base64:type15:%' THEN "
    "JSON_EXTRACT(JSON_ARRAY(FROM_BASE64(SUBSTR(x.s, 15))), '$[0]') WHEN x.t = 'BIT' THEN "
    "(SELECT JSON_EXTRACT(JSON_ARRAY(y.b), '$[0]') FROM JSON_TABLE(JSON_ARRAY(CAST(CONV(HEX("
    "FROM_BASE64(SUBSTR(x.s, 15))), 16, 10) AS UNSIGNED)), '$[*]' COLUMNS (b BIT(8) PATH '$')) y) "
    "ELSE (SELECT CASE SUBSTR(x.s, 12, 4) "
    "WHEN '250:' THEN JSON_EXTRACT(JSON_ARRAY(y.b250), '$[0]') "
    "WHEN '252:' THEN JSON_EXTRACT(JSON_ARRAY(y.b252), '$[0]') "
    "WHEN '254:' THEN JSON_EXTRACT(JSON_ARRAY(y.b16), '$[0]') END FROM JSON_TABLE(JSON_ARRAY("
    "FROM_BASE64(SUBSTR(x.s, 16))), '$[*]' COLUMNS (b16 BINARY(16) PATH '$', "
    "b250 MEDIUMBLOB PATH '$', b252 BLOB PATH '$')) y) END AS o FROM q, JSON_TABLE(q.v, "
    "'$[0][*]' COLUMNS (i FOR ORDINALITY, p LONGTEXT PATH '$.p', t VARCHAR(20) PATH '$.t', "
    "v LONGTEXT PATH '$.v', s VARCHAR(16000) PATH '$.s', n DECIMAL(65,30) PATH '$.DECIMAL', "
    "d DATE PATH '$.DATE', tm TIME(6) PATH '$.TIME', dt DATETIME(6) PATH '$.DATETIME', "
    "ts TIMESTAMP(6) PATH '$.TIMESTAMP')) x), "
    "f (i, doc) AS (SELECT 1, CAST(JSON_UNQUOTE(JSON_EXTRACT(q.v, '$[1]')) AS JSON) FROM q UNION "
    "ALL SELECT f.i + 1, IF(JSON_UNQUOTE(l.o) = CONVERT(l.v USING utf8mb4) COLLATE utf8mb4_bin, "
    "JSON_SET(f.doc, l.p, l.o), f.doc) FROM f JOIN l ON l.i = f.i) "
    "SELECT f.doc FROM f ORDER BY f.i DESC LIMIT 1)";

/* Puts the column's name into the places of a text from above. */
static void add(struct buf *sql, const char *text, const char *quoted)
{
    for (const char *hole; (hole = strstr(text, "%1$s")); text = hole + 4) {
        buf_add(sql, text, (size_t)(hole - text));
        buf_adds(sql, quoted);
    }
    buf_adds(sql, text);
}

void my_documents_carry(struct projection *p, uint32_t column, struct arena *a)
{
    struct projection_column *c = &p->columns[column];
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "IF(");
    add(&sql, any, c->read);
    buf_adds(&sql, ", IFNULL(CONCAT('![', (");
    add(&sql, walk, c->read);
    buf_adds(&sql, list);
    buf_adds(&sql, my_documents_carried);
    buf_adds(&sql, bounds);
    add(&sql, "), ', ', JSON_QUOTE(CONVERT(%1$s USING utf8mb4)), ']'), %1$s), %1$s)", c->read);
    c->read = arena_strdup(a, sql.data);
    c->typed = fold;
    buf_release(&sql);
}
