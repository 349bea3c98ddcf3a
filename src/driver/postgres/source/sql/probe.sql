-- For each catalog: the kinds that model it, and how many of its rows are of users. Conditions
-- are simpler than the queries' and independent of them; see probe.c.
WITH ns AS (
    SELECT n.oid FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dbtwin')
      AND (NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid
        AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
        OR (SELECT count(*) FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
            AND d.classid <> 'pg_extension'::regclass
            AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')) > 0)),
member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass),
rel AS (
    SELECT c.oid, c.relkind, c.relnatts FROM pg_class c
    WHERE c.relnamespace IN (SELECT oid FROM ns) AND c.relpersistence <> 't' AND c.relkind NOT IN ('i', 'I', 't')
      AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
      AND (c.relkind <> 'c' OR c.reltype NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass))),
-- Without the array type that each type has.
typ AS (
    SELECT t.oid, t.typtype, t.typisdefined FROM pg_type t
    LEFT JOIN pg_type e ON t.typtype = 'b' AND e.oid = t.typelem AND e.typarray = t.oid
    WHERE t.typnamespace IN (SELECT oid FROM ns) AND t.typtype <> 'c' AND e.oid IS NULL
      AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)),
pro AS (
    SELECT p.oid, p.prokind FROM pg_proc p
    WHERE p.pronamespace IN (SELECT oid FROM ns)
      AND p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass))
SELECT 'pg_namespace', 'schema', count(*) FROM ns
UNION ALL SELECT 'pg_extension', 'extension', count(*) FROM pg_extension
UNION ALL SELECT 'pg_class', 'table', count(*) FROM rel WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'pg_class', 'view', count(*) FROM rel WHERE relkind = 'v'
UNION ALL SELECT 'pg_class', 'materialized_view', count(*) FROM rel WHERE relkind = 'm'
UNION ALL SELECT 'pg_class', 'foreign_table', count(*) FROM rel WHERE relkind = 'f'
UNION ALL SELECT 'pg_class', 'sequence', count(*) FROM rel WHERE relkind = 'S'
UNION ALL SELECT 'pg_class', 'composite', count(*) FROM rel WHERE relkind = 'c'
UNION ALL SELECT 'pg_class relkind ' || relkind::text, '', count(*) FROM rel
    WHERE relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') GROUP BY relkind
UNION ALL SELECT 'pg_attribute', 'column,attribute',
    (SELECT coalesce(sum(relnatts), 0) FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c'))
    - (SELECT count(*) FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid --@ dropped
        WHERE rel.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND a.attisdropped) --@ dropped
UNION ALL SELECT 'pg_index', 'index,primary_key,unique,exclusion', count(*) FROM pg_index i
    WHERE i.indrelid IN (SELECT oid FROM rel)
UNION ALL SELECT 'pg_constraint', 'primary_key,unique,exclusion,check', count(*) FROM pg_constraint c
    WHERE c.contype IN ('p', 'u', 'x', 'c') AND (c.conrelid IN (SELECT oid FROM rel) OR c.contypid IN (SELECT oid FROM typ))
UNION ALL SELECT 'pg_constraint', 'foreign_key', count(*) FROM pg_constraint c
    WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid IN (SELECT oid FROM rel)
UNION ALL SELECT 'pg_constraint contype ' || c.contype::text, '', count(*) FROM pg_constraint c
    WHERE c.contype NOT IN ('p', 'u', 'x', 'c', 'f', 'n', 't') AND c.conrelid IN (SELECT oid FROM rel) GROUP BY c.contype
UNION ALL SELECT 'pg_inherits', 'inherits', count(*) FROM pg_inherits i
    WHERE i.inhrelid IN (SELECT r.oid FROM rel r JOIN pg_class c ON c.oid = r.oid WHERE NOT c.relispartition AND r.relkind IN ('r', 'f'))
UNION ALL SELECT 'pg_rewrite', 'rule', count(*) FROM pg_rewrite w
    WHERE w.ev_class IN (SELECT oid FROM rel) AND w.rulename <> '_RETURN'
UNION ALL SELECT 'pg_trigger', 'trigger', count(*) FROM pg_trigger t
    WHERE t.tgrelid IN (SELECT oid FROM rel) AND NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL SELECT 'pg_policy', 'policy', count(*) FROM pg_policy p WHERE p.polrelid IN (SELECT oid FROM rel)
UNION ALL SELECT 'pg_statistic_ext', 'statistics', count(*) FROM pg_statistic_ext s
    WHERE s.stxnamespace IN (SELECT oid FROM ns) AND s.stxrelid IN (SELECT oid FROM rel)
      AND s.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_statistic_ext'::regclass)
UNION ALL SELECT 'pg_type', 'enum', count(*) FROM typ WHERE typtype = 'e'
UNION ALL SELECT 'pg_enum', 'enum_label', count(*) FROM pg_enum l WHERE l.enumtypid IN (SELECT oid FROM typ)
UNION ALL SELECT 'pg_type', 'domain', count(*) FROM typ WHERE typtype = 'd'
UNION ALL SELECT 'pg_type', 'range', count(*) FROM typ WHERE typtype = 'r'
UNION ALL SELECT 'pg_type', 'base_type', count(*) FROM typ WHERE typtype IN ('b', 'p')
UNION ALL SELECT 'pg_proc', 'function', count(*) FROM pro WHERE prokind IN ('f', 'w')
    -- The constructors of a range or multirange come with the type.
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = pro.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)
UNION ALL SELECT 'pg_proc', 'procedure', count(*) FROM pro WHERE prokind = 'p'
UNION ALL SELECT 'pg_proc', 'aggregate', count(*) FROM pro WHERE prokind = 'a'
UNION ALL SELECT 'pg_proc prokind ' || prokind::text, '', count(*) FROM pro WHERE prokind NOT IN ('f', 'w', 'p', 'a') GROUP BY prokind
UNION ALL SELECT 'pg_operator', 'operator', count(*) FROM pg_operator o
    WHERE o.oprnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_operator'::regclass)
UNION ALL SELECT 'pg_opclass', 'operator_class', count(*) FROM pg_opclass o
    WHERE o.opcnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_opclass'::regclass)
UNION ALL SELECT 'pg_opfamily', 'operator_family', count(*) FROM pg_opfamily o
    WHERE o.opfnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_opfamily'::regclass)
UNION ALL SELECT 'pg_collation', 'collation', count(*) FROM pg_collation o
    WHERE o.collnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_collation'::regclass)
UNION ALL SELECT 'pg_conversion', 'conversion', count(*) FROM pg_conversion o
    WHERE o.connamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_conversion'::regclass)
UNION ALL SELECT 'pg_ts_parser', 'ts_parser', count(*) FROM pg_ts_parser o
    WHERE o.prsnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_parser'::regclass)
UNION ALL SELECT 'pg_ts_template', 'ts_template', count(*) FROM pg_ts_template o
    WHERE o.tmplnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_template'::regclass)
UNION ALL SELECT 'pg_ts_dict', 'ts_dictionary', count(*) FROM pg_ts_dict o
    WHERE o.dictnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_dict'::regclass)
UNION ALL SELECT 'pg_ts_config', 'ts_configuration', count(*) FROM pg_ts_config o
    WHERE o.cfgnamespace IN (SELECT oid FROM ns) AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_config'::regclass)
UNION ALL SELECT 'pg_cast', 'cast', count(*) FROM pg_cast o
    WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL SELECT 'pg_transform', 'transform', count(*) FROM pg_transform o
    WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_transform'::regclass)
UNION ALL SELECT 'pg_language', 'language', count(*) FROM pg_language o
    WHERE o.oid >= 16384 AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_language'::regclass)
UNION ALL SELECT 'pg_am', 'access_method', count(*) FROM pg_am o
    WHERE o.oid >= 16384 AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_am'::regclass)
UNION ALL SELECT 'pg_foreign_data_wrapper', 'foreign_data_wrapper', count(*) FROM pg_foreign_data_wrapper o
    WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_foreign_data_wrapper'::regclass)
UNION ALL SELECT 'pg_foreign_server', 'foreign_server', count(*) FROM pg_foreign_server o
    WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_foreign_server'::regclass)
UNION ALL SELECT 'pg_user_mapping', 'user_mapping', count(*) FROM pg_user_mappings
UNION ALL SELECT 'pg_event_trigger', 'event_trigger', count(*) FROM pg_event_trigger o
    WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_event_trigger'::regclass)
UNION ALL SELECT 'pg_publication', 'publication', count(*) FROM pg_publication
UNION ALL SELECT 'pg_publication_rel', 'publication_table', count(*) FROM pg_publication_rel
UNION ALL SELECT 'pg_subscription', 'subscription', count(*) FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'pg_largeobject_metadata', 'large_objects', least(count(*), 1) FROM pg_largeobject_metadata --@ data
-- What somebody put among the system's own.
UNION ALL SELECT 'pg_class in pg_catalog', '', count(*) FROM pg_class c
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.oid >= 16384 AND c.relkind NOT IN ('i', 't', 'c')
      AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL SELECT 'pg_proc in pg_catalog', '', count(*) FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.oid >= 16384
      AND p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass)
UNION ALL SELECT 'pg_type in pg_catalog', '', count(*) FROM pg_type t
    WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.oid >= 16384 AND t.typtype IN ('d', 'e', 'r')
      AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
-- Catalogs that this version of dbtwin has never heard of, of a newer server.
UNION ALL SELECT 'catalog ' || c.relname::text, '', greatest(c.reltuples::bigint, 1) FROM pg_class c
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND c.oid < 16384 AND c.relname NOT IN (
        'pg_aggregate', 'pg_am', 'pg_amop', 'pg_amproc', 'pg_attrdef', 'pg_attribute', 'pg_auth_members', 'pg_authid',
        'pg_cast', 'pg_class', 'pg_collation', 'pg_constraint', 'pg_conversion', 'pg_database', 'pg_db_role_setting',
        'pg_default_acl', 'pg_depend', 'pg_description', 'pg_enum', 'pg_event_trigger', 'pg_extension',
        'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_foreign_table', 'pg_index', 'pg_inherits', 'pg_init_privs',
        'pg_language', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_namespace', 'pg_opclass', 'pg_operator',
        'pg_opfamily', 'pg_parameter_acl', 'pg_partitioned_table', 'pg_policy', 'pg_proc', 'pg_publication',
        'pg_publication_namespace', 'pg_publication_rel', 'pg_range', 'pg_replication_origin', 'pg_rewrite', 'pg_seclabel',
        'pg_sequence', 'pg_shdepend', 'pg_shdescription', 'pg_shseclabel', 'pg_statistic', 'pg_statistic_ext',
        'pg_statistic_ext_data', 'pg_subscription', 'pg_subscription_rel', 'pg_tablespace', 'pg_transform', 'pg_trigger',
        'pg_ts_config', 'pg_ts_config_map', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_type', 'pg_user_mapping')
