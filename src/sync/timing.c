#include "job.h"

#include <time.h>

const char *sync_utc(struct arena *a)
{
    char text[32];
    time_t now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &t);
    return arena_strdup(a, text);
}

void sync_sleep(double seconds)
{
    struct timespec t;
    t.tv_sec = (time_t)seconds;
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

void sync_wait(pthread_cond_t *changed, pthread_mutex_t *lock)
{
    clock_wait(changed, lock, 100);
}
