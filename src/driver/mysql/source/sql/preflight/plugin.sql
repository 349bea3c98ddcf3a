SELECT LOWER(PLUGIN_NAME) AS `name`, LOWER(PLUGIN_TYPE) AS `value`, NULL AS `more` FROM information_schema.PLUGINS --@ target
WHERE PLUGIN_STATUS = 'ACTIVE' --@ target
