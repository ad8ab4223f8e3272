#include "actors/event_payloads.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/allowance.h"
#include "runtime/base/memory.h"

struct tmesh_event_payloads {
    size_t bytes_max;
    tmesh_allowance_t *under_way;
};

// What libzmq is lent. Atomic, because whoever releases it must see all that was written before.
typedef struct {
    _Atomic(tmesh_allowance_t *) of;
    size_t size;
    char data[];
} payload_t;

static void release(void *data, void *hint)
{
    (void)data;
    payload_t *payload = hint;
    tmesh_allowance_give_back(atomic_load(&payload->of), payload->size);
    tmesh_free(payload);
}

tmesh_event_payloads_t *tmesh_event_payloads_new(size_t bytes_max)
{
    tmesh_event_payloads_t *self = tmesh_alloc(sizeof *self);
    self->bytes_max = bytes_max;
    self->under_way = tmesh_allowance_new(bytes_max);
    return self;
}

void tmesh_event_payloads_destroy(tmesh_event_payloads_t **self_p)
{
    tmesh_event_payloads_t *self = *self_p;
    if (!self) return;
    tmesh_allowance_destroy(&self->under_way);
    tmesh_free(self);
    *self_p = NULL;
}

bool tmesh_event_payloads_load(tmesh_event_payloads_t *self, tmesh_bytes_t payload,
                               zmq_msg_t *message)
{
    zmq_msg_init(message);
    if (payload.size > self->bytes_max) return false;
    if (!tmesh_allowance_has_room(self->under_way, payload.size, 100)) return false;
    payload_t *copy = tmesh_alloc(sizeof *copy + payload.size);
    copy->size = payload.size;
    if (payload.size) memcpy(copy->data, payload.data, payload.size);
    tmesh_allowance_take(self->under_way, payload.size);
    atomic_store(&copy->of, self->under_way);
    int failed = zmq_msg_init_data(message, copy->data, payload.size, release, copy);
    assert(!failed);
    return true;
}

size_t tmesh_event_payloads_under_way(const tmesh_event_payloads_t *self)
{
    return tmesh_allowance_used(self->under_way);
}
