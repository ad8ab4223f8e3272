// runtime/ring.h - a bounded queue of pointers: any thread puts in, one thread takes out.
// Private to runtime/. Nobody ever waits here: a full ring is an error of whoever puts in.
//
// One word says how many were ever put in, how many places are reserved, and whether it is closed.
// Putting in is one compare-and-swap of that word, which claims the place too, and one store of the
// pointer into its cell. So a pointer is accepted or refused in one step, the limit is exact, and
// none slips in after the close.
#ifndef TMESH_RUNTIME_RING_H
#define TMESH_RUNTIME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/error.h"

typedef struct tmesh_ring tmesh_ring_t;

tmesh_ring_t *tmesh_ring_new(uint32_t limit);
// What it still holds is not freed.
void tmesh_ring_destroy(tmesh_ring_t **self_p);

// Any thread. TMESH_ERR_FULL when items and reserved places are `limit`, TMESH_ERR_CLOSED.
tmesh_err_t tmesh_ring_put(tmesh_ring_t *self, void *item);
// A place for an item that will come, so that it can not be refused; any thread.
tmesh_err_t tmesh_ring_reserve(tmesh_ring_t *self);
void tmesh_ring_unreserve(tmesh_ring_t *self);
void tmesh_ring_put_reserved(tmesh_ring_t *self, void *item);
// Later puts and reservations fail; reserved places stay good. Any thread.
void tmesh_ring_close(tmesh_ring_t *self);

// Takes the oldest items, at most `max`, and says how many; it ends early at one whose thread has
// claimed the cell and not filled it yet. Their places become free all at once. The taking thread
// only.
size_t tmesh_ring_take(tmesh_ring_t *self, void **items, size_t max);
// Has an item been accepted that was not taken? Any thread.
bool tmesh_ring_holds_any(const tmesh_ring_t *self);

// Items and reserved places, now and at most. Any thread.
uint32_t tmesh_ring_depth(const tmesh_ring_t *self);
uint32_t tmesh_ring_depth_max(const tmesh_ring_t *self);
bool tmesh_ring_is_closed(const tmesh_ring_t *self);
// How many items were ever accepted (it wraps). Any thread.
uint32_t tmesh_ring_arrivals(const tmesh_ring_t *self);

#endif
