/*
 * clock.h - how long things take. For the driver and the rooms to its right: pure rooms know no
 * time.
 */
#ifndef DBTWIN_CLOCK_H
#define DBTWIN_CLOCK_H

/* Seconds since some moment, the same for all threads; never goes back (CLOCK_MONOTONIC). */
double clock_now(void);

#endif
