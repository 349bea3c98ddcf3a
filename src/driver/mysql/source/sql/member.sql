-- Who was granted which role of the server. (Who makes a role in MariaDB gets it, with the admin option.)
SELECT CONCAT(FROM_USER, '@', FROM_HOST) AS `role`, --@ mysql >= 80000
       CONCAT(TO_USER, '@', TO_HOST) AS `member`, --@ mysql >= 80000
       WITH_ADMIN_OPTION = 'Y' AS `admin` --@ mysql >= 80000
FROM mysql.role_edges --@ mysql >= 80000
SELECT Role AS `role`, --@ mariadb
       IF(Host = '', User, CONCAT(User, '@', Host)) AS `member`, --@ mariadb
       Admin_option = 'Y' AS `admin` --@ mariadb
FROM mysql.roles_mapping --@ mariadb
