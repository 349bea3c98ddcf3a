-- Servers of FEDERATED, CONNECT and SPIDER tables.
SELECT CONCAT('v:', Server_name) AS `_id`,
       Server_name AS `_name`,
       LOWER(Wrapper) AS `wrapper`
FROM mysql.servers
