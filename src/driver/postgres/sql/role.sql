-- Roles that own something in this database, are granted something, or stand in a policy. What
-- belongs to the role that initdb made is pinned and not recorded, so that role is not among them. Nor
-- is the role that made dbtwin's own mark, for that.
SELECT r.rolname AS _name, 'role' || r.oid AS _id
FROM pg_roles r
WHERE r.oid >= 16384
  AND r.oid IN (
    SELECT d.refobjid FROM pg_shdepend d
    WHERE d.refclassid = 'pg_authid'::regclass
      AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND NOT EXISTS (
        SELECT FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
        WHERE n.nspname = 'dbtwin' AND (d.classid = 'pg_namespace'::regclass AND d.objid = n.oid
          OR d.classid = 'pg_class'::regclass AND d.objid = c.oid)))
