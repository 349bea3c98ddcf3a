-- Roles that own something in this database, are granted something, or stand in a policy. What
-- belongs to the role that initdb made is pinned and not recorded, so that role is not among them. Nor
-- is the role that made dbtwin's own mark, for that, or one only for what is kept of earlier states.
SELECT r.rolname AS _name, 'role' || r.oid::text AS _id, array_to_string(r.rolconfig, chr(10)) AS defaults
FROM pg_roles r
WHERE r.oid >= 16384
  AND r.oid IN (
    SELECT d.refobjid FROM pg_shdepend d
    WHERE d.refclassid = 'pg_authid'::regclass
      AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND NOT EXISTS (
        SELECT FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
        WHERE n.nspname = 'dbtwin' AND (d.classid = 'pg_namespace'::regclass AND d.objid = n.oid
          OR d.classid = 'pg_class'::regclass AND d.objid = c.oid))
      AND NOT EXISTS ( --@ kept
        SELECT FROM pg_namespace n, LATERAL ( --@ kept
          SELECT 'pg_namespace'::regclass AS class, n.oid AS oid --@ kept
          UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE collnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion WHERE connamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxnamespace = n.oid --@ kept
          UNION ALL SELECT 'pg_default_acl'::regclass, oid FROM pg_default_acl WHERE defaclnamespace = n.oid) k --@ kept
        WHERE n.nspname ~ '__dbtwin_[0-9]{8}T[0-9]{6}$' AND EXISTS ( --@ kept
            SELECT FROM pg_class c JOIN pg_namespace x ON x.oid = c.relnamespace --@ kept
            WHERE c.relname = 'kept' AND c.relkind = 'r' AND x.nspname = 'dbtwin' || right(n.nspname, 24)) --@ kept
          AND k.class = d.classid AND k.oid = d.objid) --@ kept
  )
