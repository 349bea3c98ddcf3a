-- General tablespaces; a table's own has its name and needs no word.
SELECT NAME AS `name`, NULL AS `value`, NULL AS `more` FROM information_schema.INNODB_TABLESPACES --@ mysql >= 80000 and target
WHERE SPACE_TYPE = 'General' --@ mysql >= 80000 and target
