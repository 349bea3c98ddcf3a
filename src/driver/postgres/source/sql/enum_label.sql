SELECT 't' || l.enumtypid::text AS _parent,
    l.enumlabel AS _name,
    row_number() OVER (PARTITION BY l.enumtypid ORDER BY l.enumsortorder) AS position
FROM pg_enum l
