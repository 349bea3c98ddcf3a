-- Options of servers. Only digests of the values leave the driver.
SELECT CONCAT('v:', Server_name) AS `_parent`, 'host' AS `_name`, Host AS `value`
FROM mysql.servers WHERE Host <> ''
UNION ALL SELECT CONCAT('v:', Server_name), 'database', Db FROM mysql.servers WHERE Db <> ''
UNION ALL SELECT CONCAT('v:', Server_name), 'user', Username FROM mysql.servers WHERE Username <> ''
UNION ALL SELECT CONCAT('v:', Server_name), 'password', Password FROM mysql.servers WHERE Password <> ''
UNION ALL SELECT CONCAT('v:', Server_name), 'port', CAST(Port AS CHAR) FROM mysql.servers WHERE Port <> 0
UNION ALL SELECT CONCAT('v:', Server_name), 'socket', Socket FROM mysql.servers WHERE Socket <> ''
UNION ALL SELECT CONCAT('v:', Server_name), 'owner', Owner FROM mysql.servers WHERE Owner <> ''
UNION ALL SELECT CONCAT('v:', s.Server_name), LOWER(k.name), JSON_UNQUOTE(JSON_EXTRACT(s.Options, CONCAT('$."', k.name, '"'))) --@ mariadb >= 110700
FROM mysql.servers AS s, JSON_TABLE(JSON_KEYS(s.Options), '$[*]' COLUMNS (name varchar(255) PATH '$')) AS k --@ mariadb >= 110700
WHERE LOWER(k.name) NOT IN ('host', 'database', 'user', 'password', 'port', 'socket', 'owner') --@ mariadb >= 110700
