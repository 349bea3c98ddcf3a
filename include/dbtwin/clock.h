/*
 * clock.h - measures durations, and waits for them. For the driver and the rooms to its right; pure
 * rooms do not know the time.
 */
#ifndef DBTWIN_CLOCK_H
#define DBTWIN_CLOCK_H

#include <pthread.h>

/* Seconds since some moment, the same for all threads; never goes back (CLOCK_MONOTONIC). */
double clock_now(void);

/* A condition for clock_wait, whose time does not follow changes of the machine's date. */
void clock_cond_init(pthread_cond_t *changed);
/* Until it is signalled, at most for this long, or less: the caller looks why. `lock` is held. */
void clock_wait(pthread_cond_t *changed, pthread_mutex_t *lock, unsigned milliseconds);

#endif
