/*
 * clock.h - measures durations. For the driver and the rooms to its right; pure rooms do not know
 * the time.
 */
#ifndef DBTWIN_CLOCK_H
#define DBTWIN_CLOCK_H

/* Seconds since some moment, the same for all threads; never goes back (CLOCK_MONOTONIC). */
double clock_now(void);

#endif
