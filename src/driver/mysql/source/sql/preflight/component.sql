-- The first row says that it could be asked.
SELECT '' AS `name`, NULL AS `value`, NULL AS `more` --@ mysql >= 80000 and target
UNION ALL SELECT LOWER(component_urn), NULL, NULL FROM mysql.component --@ mysql >= 80000 and target
