-- Plugins that were loaded from a library.
SELECT PLUGIN_NAME AS `name`, LOWER(PLUGIN_TYPE) AS `type`
FROM information_schema.PLUGINS
WHERE PLUGIN_LIBRARY IS NOT NULL AND PLUGIN_STATUS = 'ACTIVE'
