/*
 * grants.h - what an account may do, as SHOW GRANTS tells it (roles that are active included).
 *
 * information_schema shows nothing of what an account has no right on: that is not absence. So
 * rights are asked for, before an empty answer is believed.
 * https://dev.mysql.com/doc/refman/8.4/en/show-grants.html
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_GRANTS_H
#define DBTWIN_MYSQL_GRANTS_H

#include "my.h"

struct my_grants {
    struct arena *arena; /* not owned: where the texts live */
    struct vec texts;    /* const char *: lines of SHOW GRANTS */
};

bool my_grants_read(struct my_session *s, struct arena *a, struct my_grants *ret, struct err *err);
void my_grants_release(struct my_grants *g);
/* Whether the account has the privilege ("SELECT", "SHOW VIEW" …; ALL PRIVILEGES has them all) on a
 * whole database; NULL: on the server. A privilege on single tables or columns does not count. */
bool my_grants_have(const struct my_grants *g, const char *privilege, const char *database);
/* Whether it has some privilege on single columns of a table of the database. */
bool my_grants_have_columns(const struct my_grants *g, const char *database);
/* 'user'@'host', of CURRENT_USER() as the server writes it. */
const char *my_grants_account(const char *current_user, struct arena *a);

#endif
