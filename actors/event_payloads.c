#include "actors/event_payloads.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/memory.h"

struct tmesh_event_payloads {
    size_t bytes_max;
    _Atomic size_t under_way;
    _Atomic size_t holders; // its owner and every payload under way: the last one frees it
};

// What libzmq is lent. Atomic, because whoever releases it must see all that was written before.
typedef struct {
    _Atomic(tmesh_event_payloads_t *) of;
    size_t size;
    char data[];
} payload_t;

static void let_go(tmesh_event_payloads_t *self)
{
    if (atomic_fetch_sub(&self->holders, 1) == 1) tmesh_free(self);
}

static void release(void *data, void *hint)
{
    (void)data;
    payload_t *payload = hint;
    tmesh_event_payloads_t *of = atomic_load(&payload->of);
    atomic_fetch_sub(&of->under_way, payload->size);
    tmesh_free(payload);
    let_go(of);
}

tmesh_event_payloads_t *tmesh_event_payloads_new(size_t bytes_max)
{
    tmesh_event_payloads_t *self = tmesh_alloc(sizeof *self);
    self->bytes_max = bytes_max;
    atomic_init(&self->holders, 1);
    return self;
}

void tmesh_event_payloads_destroy(tmesh_event_payloads_t **self_p)
{
    if (!*self_p) return;
    let_go(*self_p);
    *self_p = NULL;
}

bool tmesh_event_payloads_load(tmesh_event_payloads_t *self, tmesh_bytes_t payload,
                               zmq_msg_t *message)
{
    zmq_msg_init(message);
    if (payload.size > self->bytes_max) return false;
    if (atomic_load(&self->under_way) > self->bytes_max - payload.size) return false;
    payload_t *copy = tmesh_alloc(sizeof *copy + payload.size);
    copy->size = payload.size;
    if (payload.size) memcpy(copy->data, payload.data, payload.size);
    atomic_fetch_add(&self->holders, 1);
    atomic_fetch_add(&self->under_way, payload.size);
    atomic_store(&copy->of, self);
    int failed = zmq_msg_init_data(message, copy->data, payload.size, release, copy);
    assert(!failed);
    return true;
}

size_t tmesh_event_payloads_under_way(const tmesh_event_payloads_t *self)
{
    return atomic_load(&self->under_way);
}
