/*
 * pins.h - a session that does what our statements say, whatever the server's defaults are.
 *
 * Limits: a snapshot's holder idles for long, a slow reader must not be cut off, and a lock must
 * not be waited for all night. A SOURCE session is READ ONLY on the server as well.
 * Cost: four round trips, one more for each setting that differs.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_PINS_H
#define DBTWIN_MYSQL_PINS_H

#include "my.h"

bool my_pins_set(struct my_session *s, struct err *err);

#endif
