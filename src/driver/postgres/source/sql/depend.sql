-- What must be there before what. Members of an extension stand for the extension; a view's rule
-- for the view, a default for its table, an array for its element, the index of a constraint for
-- the constraint. Left out: what an object needs of its own table or schema (the tree says that),
-- and a sequence's column that owns it (set afterwards). "columns": who needs and what is needed is a
-- column where the catalog says which, of the object's own table too.
WITH member AS (
    SELECT classid, objid, refobjid AS ext FROM pg_depend
    WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass),
d AS (
    SELECT DISTINCT classid, objid, refclassid, refobjid
        , objsubid, refobjsubid --@ columns
    FROM pg_depend
    WHERE classid <> 0
      -- By far the most: a default, constraint or trigger of its own table, an index of its columns, a
      -- sequence of its owner. Then the row type and TOAST table of a table, the array of a type, the
      -- multirange of a range, the index of a constraint, the rule of a view.
      AND CASE deptype
        WHEN 'a' THEN refclassid <> 'pg_class'::regclass
          OR refobjsubid > 0 AND (classid <> 'pg_class'::regclass OR objsubid > 0 --@ columns
            OR EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = objid)) --@ columns
          OR CASE WHEN classid = 'pg_class'::regclass THEN refobjsubid = 0
            ELSE classid NOT IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass) END
        WHEN 'i' THEN CASE refclassid
          WHEN 'pg_class'::regclass THEN classid NOT IN ('pg_type'::regclass, 'pg_rewrite'::regclass)
            AND NOT (classid = 'pg_class'::regclass AND refobjsubid = 0)
          WHEN 'pg_type'::regclass THEN classid NOT IN ('pg_type'::regclass, 'pg_rewrite'::regclass)
          WHEN 'pg_constraint'::regclass THEN classid <> 'pg_class'::regclass
          ELSE true END
        ELSE deptype IN ('n', 'P') END
      AND (refclassid <> 'pg_namespace'::regclass OR classid = 'pg_extension'::regclass)
      AND NOT (classid = 'pg_type'::regclass AND refclassid = 'pg_class'::regclass)),
-- What an operator or function of a class or family hangs on.
member_of AS (
    SELECT classid, objid, CASE refclassid WHEN 'pg_opclass'::regclass THEN 'opc' ELSE 'opf' END || refobjid::text AS id
    FROM pg_depend
    WHERE classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass) AND refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
      AND deptype IN ('a', 'i')),
typ AS (
    SELECT t.oid, CASE
        WHEN t.typrelid <> 0 THEN 'r' || t.typrelid::text
        WHEN e.oid IS NOT NULL AND e.typrelid <> 0 THEN 'r' || e.typrelid::text
        WHEN e.oid IS NOT NULL THEN 't' || e.oid::text
        WHEN r.rngtypid IS NOT NULL THEN 't' || r.rngtypid::text --@ pg >= 140000
        ELSE 't' || t.oid::text END AS id,
        coalesce(e.oid, t.oid) AS element
    FROM (SELECT objid FROM d WHERE classid = 'pg_type'::regclass
        UNION SELECT refobjid FROM d WHERE refclassid = 'pg_type'::regclass) u
    JOIN pg_type t ON t.oid = u.objid
    LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
    LEFT JOIN pg_range r ON r.rngmultitypid = coalesce(e.oid, t.oid) --@ pg >= 140000
    WHERE t.oid >= 16384),
k AS (
    SELECT d.refclassid, d.refobjid,
        d.refobjsubid, --@ columns
        CASE d.classid
            WHEN 'pg_class'::regclass THEN 'r' || d.objid::text
                || CASE WHEN d.objsubid > 0 THEN '.' || d.objsubid::text ELSE '' END --@ columns
            WHEN 'pg_proc'::regclass THEN 'f' || d.objid::text
            WHEN 'pg_constraint'::regclass THEN 'c' || d.objid::text
            WHEN 'pg_attrdef'::regclass THEN 'r' || (
                /* --@ columns
                SELECT adrelid::text
                */ --@ columns
                SELECT adrelid::text || '.' || adnum::text --@ columns
                FROM pg_attrdef WHERE oid = d.objid)
            WHEN 'pg_rewrite'::regclass THEN (
                SELECT CASE WHEN rulename = '_RETURN' THEN 'r' || ev_class::text ELSE 'w' || oid::text END FROM pg_rewrite WHERE oid = d.objid)
            WHEN 'pg_type'::regclass THEN t.id
            WHEN 'pg_trigger'::regclass THEN 'g' || d.objid::text
            WHEN 'pg_policy'::regclass THEN 'p' || d.objid::text
            WHEN 'pg_statistic_ext'::regclass THEN 's' || d.objid::text
            WHEN 'pg_extension'::regclass THEN 'ext' || d.objid::text
            WHEN 'pg_language'::regclass THEN 'lan' || d.objid::text
            WHEN 'pg_am'::regclass THEN 'am' || d.objid::text
            WHEN 'pg_collation'::regclass THEN 'col' || d.objid::text
            WHEN 'pg_conversion'::regclass THEN 'con' || d.objid::text
            WHEN 'pg_operator'::regclass THEN 'opr' || d.objid::text
            WHEN 'pg_opfamily'::regclass THEN 'opf' || d.objid::text
            WHEN 'pg_opclass'::regclass THEN 'opc' || d.objid::text
            WHEN 'pg_amop'::regclass THEN (SELECT v.id FROM member_of v WHERE v.classid = d.classid AND v.objid = d.objid)
            WHEN 'pg_amproc'::regclass THEN (SELECT v.id FROM member_of v WHERE v.classid = d.classid AND v.objid = d.objid)
            WHEN 'pg_cast'::regclass THEN 'cast' || d.objid::text
            WHEN 'pg_transform'::regclass THEN 'trf' || d.objid::text
            WHEN 'pg_ts_parser'::regclass THEN 'tsp' || d.objid::text
            WHEN 'pg_ts_template'::regclass THEN 'tst' || d.objid::text
            WHEN 'pg_ts_dict'::regclass THEN 'tsd' || d.objid::text
            WHEN 'pg_ts_config'::regclass THEN 'tsc' || d.objid::text
            WHEN 'pg_foreign_data_wrapper'::regclass THEN 'fdw' || d.objid::text
            WHEN 'pg_foreign_server'::regclass THEN 'srv' || d.objid::text
            WHEN 'pg_user_mapping'::regclass THEN 'um' || d.objid::text
            WHEN 'pg_publication_rel'::regclass THEN 'pr' || d.objid::text
            WHEN 'pg_event_trigger'::regclass THEN 'evt' || d.objid::text END AS id,
        CASE WHEN d.refclassid = 'pg_class'::regclass THEN CASE d.classid
            WHEN 'pg_class'::regclass THEN (SELECT indrelid FROM pg_index WHERE indexrelid = d.objid)
            WHEN 'pg_constraint'::regclass THEN (SELECT conrelid FROM pg_constraint WHERE oid = d.objid)
            WHEN 'pg_attrdef'::regclass THEN (SELECT adrelid FROM pg_attrdef WHERE oid = d.objid)
            WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = d.objid)
            WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = d.objid)
            WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = d.objid) END END AS own
    FROM d
    LEFT JOIN typ t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid),
edge AS (
    SELECT k.id AS _from,
        CASE WHEN m.ext IS NOT NULL THEN 'ext' || m.ext::text ELSE
        CASE k.refclassid
            WHEN 'pg_class'::regclass THEN CASE WHEN q.oid IS NOT NULL THEN 'c' || q.oid::text ELSE 'r' || k.refobjid::text
                || CASE WHEN k.refobjsubid > 0 THEN '.' || k.refobjsubid::text ELSE '' END --@ columns
                END
            WHEN 'pg_proc'::regclass THEN 'f' || k.refobjid::text
            WHEN 'pg_type'::regclass THEN t.id
            WHEN 'pg_constraint'::regclass THEN 'c' || k.refobjid::text
            WHEN 'pg_namespace'::regclass THEN 'n' || k.refobjid::text
            WHEN 'pg_extension'::regclass THEN 'ext' || k.refobjid::text
            WHEN 'pg_language'::regclass THEN 'lan' || k.refobjid::text
            WHEN 'pg_am'::regclass THEN 'am' || k.refobjid::text
            WHEN 'pg_collation'::regclass THEN 'col' || k.refobjid::text
            WHEN 'pg_operator'::regclass THEN 'opr' || k.refobjid::text
            WHEN 'pg_opfamily'::regclass THEN 'opf' || k.refobjid::text
            WHEN 'pg_opclass'::regclass THEN 'opc' || k.refobjid::text
            WHEN 'pg_cast'::regclass THEN 'cast' || k.refobjid::text
            WHEN 'pg_ts_parser'::regclass THEN 'tsp' || k.refobjid::text
            WHEN 'pg_ts_template'::regclass THEN 'tst' || k.refobjid::text
            WHEN 'pg_ts_dict'::regclass THEN 'tsd' || k.refobjid::text
            WHEN 'pg_ts_config'::regclass THEN 'tsc' || k.refobjid::text
            WHEN 'pg_foreign_data_wrapper'::regclass THEN 'fdw' || k.refobjid::text
            WHEN 'pg_foreign_server'::regclass THEN 'srv' || k.refobjid::text END END AS _to
    FROM k
    LEFT JOIN typ t ON k.refclassid = 'pg_type'::regclass AND t.oid = k.refobjid
    LEFT JOIN pg_constraint q ON k.refclassid = 'pg_class'::regclass AND q.conindid = k.refobjid AND q.contype IN ('p', 'u', 'x')
    LEFT JOIN member m ON m.classid = k.refclassid
        AND m.objid = CASE WHEN k.refclassid = 'pg_type'::regclass THEN coalesce(t.element, k.refobjid) ELSE k.refobjid END
    WHERE k.id IS NOT NULL AND NOT (k.refclassid = 'pg_class'::regclass AND k.refobjid IS NOT DISTINCT FROM k.own
        AND k.refobjsubid = 0 --@ columns
        ))
SELECT DISTINCT _from, _to FROM edge WHERE _to IS NOT NULL AND _from <> _to
UNION ALL
-- An extension's own schema: what stands in it comes after the extension.
SELECT 'n' || m.objid::text, 'ext' || m.ext::text FROM member m JOIN pg_extension x ON x.oid = m.ext
WHERE m.classid = 'pg_namespace'::regclass AND x.extnamespace <> m.objid
