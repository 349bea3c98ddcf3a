-- All accounts and roles of the server; those that have to do with the database are taken.
SELECT
       CONCAT(User, '@', Host) AS `name`, --@ mysql
       IF(Host = '', User, CONCAT(User, '@', Host)) AS `name`, --@ mariadb
       plugin
FROM mysql.user
