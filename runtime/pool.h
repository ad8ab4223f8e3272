// runtime/pool.h - one thread's stock of memory for messages. Private to runtime/.
//
// Whoever has handled a message keeps its memory for its own next one, while that is still in its
// cache; what is too much goes to the depot, where those find it who only send.
#ifndef TMESH_RUNTIME_POOL_H
#define TMESH_RUNTIME_POOL_H

#include <stdbool.h>

#include "runtime/depot.h"

typedef struct tmesh_pool tmesh_pool_t;

// `depot` is lent and outlives the pool. For one thread at a time.
tmesh_pool_t *tmesh_pool_new(tmesh_depot_t *depot);
// For any number of threads: several lanes with a lock each, so that they seldom meet.
tmesh_pool_t *tmesh_pool_new_shared(tmesh_depot_t *depot);
// Brings its stock to the depot.
void tmesh_pool_destroy(tmesh_pool_t **self_p);

// At least `size` bytes, aligned for any type, with any content. `self` NULL: from the heap.
void *tmesh_pool_take(tmesh_pool_t *self, size_t size) __attribute__((returns_nonnull));
// Puts memory from any pool into this one; `self` NULL: back to where it came from.
void tmesh_pool_give(tmesh_pool_t *self, void *memory);

// How often it took memory from the heap. Any thread.
uint64_t tmesh_pool_allocations(const tmesh_pool_t *self);

#endif
