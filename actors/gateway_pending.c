#include <assert.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

tmesh_gateway_pending_t *tmesh_gateway_hold(tmesh_gateway_t *self,
                                            const tmesh_frames_address_t *to, void *state,
                                            void (*free_state)(void *state))
{
    tmesh_gateway_pending_t *pending = tmesh_alloc(sizeof *pending);
    pending->tag = ++self->last_tag;
    pending->to = *to;
    pending->state = state;
    pending->free_state = free_state;
    (void)tmesh_map_put(self->pending, &pending->tag, sizeof pending->tag, pending);
    return pending;
}

tmesh_gateway_pending_t *tmesh_gateway_find(const tmesh_gateway_t *self, uint64_t tag)
{
    return tmesh_map_get(self->pending, &tag, sizeof tag);
}

static void free_pending(tmesh_gateway_pending_t *pending)
{
    if (pending->state && pending->free_state) pending->free_state(pending->state);
    tmesh_free(pending);
}

tmesh_gateway_pending_t *tmesh_gateway_answered(tmesh_gateway_t *self, uint64_t tag,
                                                tmesh_err_t err, const tmesh_fault_t *fault)
{
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, tag);
    if (!pending || !err) return pending;
    tmesh_gateway_reply_error(self, &pending->to, err, fault);
    tmesh_gateway_release(self, &pending);
    return NULL;
}

void tmesh_gateway_release(tmesh_gateway_t *self, tmesh_gateway_pending_t **pending_p)
{
    void *removed =
        tmesh_map_remove(self->pending, &(*pending_p)->tag, sizeof(*pending_p)->tag);
    assert(removed == *pending_p);
    free_pending(*pending_p);
    *pending_p = NULL;
}

void tmesh_gateway_release_all(tmesh_gateway_t *self)
{
    size_t position = 0;
    tmesh_gateway_pending_t *pending = NULL;
    while ((pending = tmesh_map_next(self->pending, &position))) free_pending(pending);
}

void tmesh_gateway_asked(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending, tmesh_err_t err,
                         tmesh_arena_t **arena_p)
{
    if (!err) return;
    tmesh_gateway_reply_error(self, &pending->to, err, NULL);
    tmesh_arena_destroy(arena_p);
    tmesh_gateway_release(self, &pending);
}
