/*
 * sniff.h - which engine's SQL a text is, by words that only one of them has. Pure. Only src/cli
 * includes this.
 */
#ifndef CLI_SNIFF_H
#define CLI_SNIFF_H

/* How many of them; all zero at first. */
struct sniff {
    unsigned postgres, mysql; /* mysql: of MySQL and MariaDB */
    unsigned mysql_only, mariadb_only;
};
/* Adds those of a text. Strings and comments do not count, but for what dump programs write. */
void sniff_add(struct sniff *s, const char *text);
/* ENGINE_PG, ENGINE_MY, ENGINE_MA, ENGINE_MYSQL where it is one of these two, 0 where it is not
 * clear. */
unsigned sniff_flavor(const struct sniff *s);

#endif
