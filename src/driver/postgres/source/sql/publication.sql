SELECT p.pubname AS _name,
    'pub' || p.oid::text AS _id,
    p.puballtables AS all_tables,
    concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS operations,
    p.pubviaroot AS via_root,
    CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END AS generated_columns, --@ pg >= 180000
    'none' AS generated_columns, --@ pg < 180000
    pg_get_userbyid(p.pubowner) AS owner,
    NULL AS comment
FROM pg_publication p
