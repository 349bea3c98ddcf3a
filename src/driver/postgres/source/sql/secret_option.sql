SELECT 'srv' || s.oid::text AS _parent, o.option_name AS _name, o.option_value AS value
FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o
UNION ALL
SELECT 'um' || u.umid::text, o.option_name, o.option_value
FROM pg_user_mappings u, pg_options_to_table(u.umoptions) o
