#include "services/domain/audience.h"

#include <stdatomic.h>

#include "runtime/base/memory.h"

struct tmesh_audience {
    _Atomic uint32_t subscriptions;
};

tmesh_audience_t *tmesh_audience_new(void)
{
    tmesh_audience_t *self = tmesh_alloc(sizeof *self);
    atomic_init(&self->subscriptions, 0);
    return self;
}

void tmesh_audience_destroy(tmesh_audience_t **self_p)
{
    tmesh_free(*self_p);
    *self_p = NULL;
}

void tmesh_audience_set(tmesh_audience_t *self, uint32_t subscriptions)
{
    atomic_store_explicit(&self->subscriptions, subscriptions, memory_order_relaxed);
}

bool tmesh_audience_is_there(const tmesh_audience_t *self)
{
    return self && atomic_load_explicit(&self->subscriptions, memory_order_relaxed) > 0;
}
