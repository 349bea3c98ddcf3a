-- The view shows the mappings to every role, and their options to those who may see them.
SELECT 'srv' || u.srvid::text AS _parent,
    CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE u.usename END AS _name,
    'um' || u.umid::text AS _id
FROM pg_user_mappings u
