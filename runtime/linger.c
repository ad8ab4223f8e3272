#include "runtime/linger.h"

#include <sched.h>
#include <stdint.h>
#include <time.h>

enum { LINGER_NS = 6000 };

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool tmesh_linger(tmesh_is_there_t *is_there, const void *what)
{
    if (is_there(what)) return true;
    const int64_t end_ns = now_ns() + LINGER_NS;
    do {
        sched_yield();
        if (is_there(what)) return true;
    } while (now_ns() < end_ns);
    return false;
}
