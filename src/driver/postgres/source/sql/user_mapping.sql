-- The view shows the mappings to every role, and their options to those who may see them.
SELECT 'srv' || u.srvid AS _parent,
    CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE u.usename END AS _name,
    'um' || u.umid AS _id
FROM pg_user_mappings u
