-- Components, which MySQL 8 has beside plugins.
SELECT component_urn AS `name`, 'component' AS `type` --@ mysql >= 80000
FROM mysql.component --@ mysql >= 80000
