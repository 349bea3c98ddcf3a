-- Functions from libraries: they are the server's, and every database may use them.
SELECT name AS `_name`,
       CASE ret WHEN 0 THEN 'string' WHEN 1 THEN 'real' WHEN 2 THEN 'integer' ELSE 'decimal' END AS `result`,
       IF(type = 'aggregate', 'yes', 'no') AS `aggregate`,
       dl AS `library`
FROM mysql.func
