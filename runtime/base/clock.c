#include "runtime/base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "runtime/base/memory.h"

struct tmesh_clock {
    bool fake;
    _Atomic int64_t fake_ms;
};

tmesh_clock_t *tmesh_clock_new_system(void)
{
    return tmesh_alloc(sizeof(tmesh_clock_t));
}

tmesh_clock_t *tmesh_clock_new_fake(int64_t start_ms)
{
    tmesh_clock_t *self = tmesh_alloc(sizeof *self);
    self->fake = true;
    self->fake_ms = start_ms;
    return self;
}

void tmesh_clock_destroy(tmesh_clock_t **self_p)
{
    tmesh_free(*self_p);
    *self_p = NULL;
}

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tmesh_clock_now_ms(const tmesh_clock_t *self)
{
    return self->fake ? self->fake_ms : read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t tmesh_clock_monotonic_ms(const tmesh_clock_t *self)
{
    return self->fake ? self->fake_ms : read_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t tmesh_clock_monotonic_ns(const tmesh_clock_t *self)
{
    return self->fake ? self->fake_ms * 1000000 : read_ns(CLOCK_MONOTONIC);
}

void tmesh_clock_advance_ms(tmesh_clock_t *self, int64_t by_ms)
{
    assert(self->fake);
    assert(by_ms >= 0);
    self->fake_ms += by_ms;
}
