-- Base types and shells; array types come with their elements.
SELECT 'n' || t.typnamespace::text AS _parent,
    t.typname AS _name,
    't' || t.oid::text AS _id,
    CASE WHEN t.typisdefined THEN t.typinput::regproc::text END AS input,
    CASE WHEN t.typisdefined THEN t.typoutput::regproc::text END AS output,
    CASE WHEN t.typisdefined THEN concat_ws(', ',
        CASE WHEN t.typreceive <> 0 THEN 'RECEIVE = ' || t.typreceive::regproc::text END,
        CASE WHEN t.typsend <> 0 THEN 'SEND = ' || t.typsend::regproc::text END,
        CASE WHEN t.typmodin <> 0 THEN 'TYPMOD_IN = ' || t.typmodin::regproc::text END,
        CASE WHEN t.typmodout <> 0 THEN 'TYPMOD_OUT = ' || t.typmodout::regproc::text END,
        CASE WHEN t.typanalyze <> 0 THEN 'ANALYZE = ' || t.typanalyze::regproc::text END,
        CASE WHEN t.typsubscript <> 0 THEN 'SUBSCRIPT = ' || t.typsubscript::regproc::text END, --@ pg >= 140000
        'INTERNALLENGTH = ' || CASE WHEN t.typlen < 0 THEN 'VARIABLE' ELSE t.typlen::text END,
        CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
        'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
        'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' ELSE 'main' END,
        'CATEGORY = ' || quote_literal(t.typcategory::text),
        CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
        CASE WHEN t.typdefault IS NOT NULL THEN 'DEFAULT = ' || quote_literal(t.typdefault) END,
        CASE WHEN t.typelem <> 0 THEN 'ELEMENT = ' || format_type(t.typelem, NULL) END,
        'DELIMITER = ' || quote_literal(t.typdelim::text),
        CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END) END AS definition,
    pg_get_userbyid(t.typowner) AS owner,
    NULL AS comment
FROM pg_type t
WHERE t.oid >= 16384 AND (t.typtype = 'b' OR NOT t.typisdefined)
  AND NOT EXISTS (SELECT FROM pg_type x WHERE x.oid = t.typelem AND x.typarray = t.oid)
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
