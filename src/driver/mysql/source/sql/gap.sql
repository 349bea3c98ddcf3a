-- What exists here and is not modelled.
SELECT 'library' AS `kind`, LIBRARY_NAME AS `path`, 'libraries are not modelled' AS `why` --@ mysql >= 90200
FROM information_schema.LIBRARIES WHERE LIBRARY_SCHEMA = DATABASE() --@ mysql >= 90200
UNION ALL --@ mysql >= 90400
SELECT 'json_duality_view' AS `kind`, TABLE_NAME AS `path`, 'JSON duality views are not modelled' AS `why` --@ mysql >= 90400
FROM information_schema.JSON_DUALITY_VIEWS WHERE TABLE_SCHEMA = DATABASE() --@ mysql >= 90400
