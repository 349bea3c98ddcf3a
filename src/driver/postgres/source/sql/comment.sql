-- Comments of all objects but columns, attributes and the database, which bring their own.
SELECT m.prefix::text || (CASE WHEN d.classoid = 'pg_type'::regclass AND t.typrelid <> 0 THEN t.typrelid ELSE d.objoid END)::text AS _id,
    d.description AS comment
FROM pg_description d
JOIN (VALUES ('pg_namespace', 'n'), ('pg_class', 'r'), ('pg_type', 't'), ('pg_proc', 'f'), ('pg_constraint', 'c'),
        ('pg_trigger', 'g'), ('pg_rewrite', 'w'), ('pg_policy', 'p'), ('pg_statistic_ext', 's'), ('pg_extension', 'ext'),
        ('pg_language', 'lan'), ('pg_am', 'am'), ('pg_collation', 'col'), ('pg_conversion', 'con'), ('pg_operator', 'opr'),
        ('pg_opfamily', 'opf'), ('pg_opclass', 'opc'), ('pg_cast', 'cast'), ('pg_transform', 'trf'), ('pg_ts_parser', 'tsp'),
        ('pg_ts_template', 'tst'), ('pg_ts_dict', 'tsd'), ('pg_ts_config', 'tsc'), ('pg_foreign_data_wrapper', 'fdw'),
        ('pg_foreign_server', 'srv'), ('pg_publication', 'pub'), ('pg_subscription', 'sub'),
        ('pg_event_trigger', 'evt')) v(class, prefix)
    ON d.classoid = ('pg_catalog.' || v.class::text)::regclass
LEFT JOIN pg_type t ON d.classoid = 'pg_type'::regclass AND t.oid = d.objoid AND t.typtype = 'c'
CROSS JOIN LATERAL (SELECT CASE WHEN t.typrelid <> 0 THEN 'r' ELSE v.prefix END) m(prefix)
WHERE d.objsubid = 0 AND (d.objoid >= 16384 OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass))
