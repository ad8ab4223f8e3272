#include "runtime/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/base/memory.h"

enum {
    STACK_COUNT = 64, // blocks that go to the depot at once, and come from there
    SHARED_LANES = 8,
};

// Two stacks, so that neither taking nor giving needs the depot more than once in STACK_COUNT times,
// whatever their order.
typedef struct {
    tmesh_blocks_t open;
    tmesh_blocks_t full; // or none
} stock_t;

typedef struct {
    TMESH_CACHE_ALIGNED pthread_mutex_t guard; // of a shared pool
    _Atomic uint64_t allocations;
    stock_t stocks[TMESH_DEPOT_SIZES];
} lane_t;

struct tmesh_pool {
    tmesh_depot_t *depot; // lent
    size_t count;         // of lanes; one: for one thread, which needs no lock
    lane_t lanes[];
};

static tmesh_pool_t *new_with_lanes(tmesh_depot_t *depot, size_t count)
{
    tmesh_pool_t *self = tmesh_alloc_lines(sizeof *self + count * sizeof self->lanes[0]);
    self->depot = depot;
    self->count = count;
    for (size_t i = 0; i < count; i++) pthread_mutex_init(&self->lanes[i].guard, NULL);
    return self;
}

tmesh_pool_t *tmesh_pool_new(tmesh_depot_t *depot)
{
    return new_with_lanes(depot, 1);
}

tmesh_pool_t *tmesh_pool_new_shared(tmesh_depot_t *depot)
{
    return new_with_lanes(depot, SHARED_LANES);
}

void tmesh_pool_destroy(tmesh_pool_t **self_p)
{
    tmesh_pool_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->count; i++) {
        for (size_t size = 0; size < TMESH_DEPOT_SIZES; size++) {
            const stock_t *stock = &self->lanes[i].stocks[size];
            if (stock->open.count > 0) tmesh_depot_give(self->depot, stock->open);
            if (stock->full.count > 0) tmesh_depot_give(self->depot, stock->full);
        }
        pthread_mutex_destroy(&self->lanes[i].guard);
    }
    tmesh_free(self);
    *self_p = NULL;
}

// A shared pool begins at a lane by thread and goes on until one is free.
static lane_t *enter(tmesh_pool_t *self)
{
    if (self->count == 1) return &self->lanes[0];
    static_assert(SHARED_LANES == 8, "three bits choose one");
    size_t first = ((uintptr_t)pthread_self() >> 12) * 0x9e3779b97f4a7c15u >> 61;
    lane_t *lane = &self->lanes[first];
    for (size_t i = 1; pthread_mutex_trylock(&lane->guard) != 0; i++) {
        lane = &self->lanes[(first + i) % SHARED_LANES];
    }
    return lane;
}

static void leave(const tmesh_pool_t *self, lane_t *lane)
{
    if (self->count > 1) pthread_mutex_unlock(&lane->guard);
}

static void refill(tmesh_pool_t *self, lane_t *lane, uint32_t size_index)
{
    stock_t *stock = &lane->stocks[size_index];
    stock->open = stock->full;
    stock->full = (tmesh_blocks_t){0};
    if (stock->open.count > 0) return;
    bool fresh = false;
    stock->open = tmesh_depot_take(self->depot, size_index, &fresh);
    if (fresh) atomic_fetch_add_explicit(&lane->allocations, 1, memory_order_relaxed);
}

static void *take_from_heap(tmesh_pool_t *self, size_t size)
{
    if (self) atomic_fetch_add_explicit(&self->lanes[0].allocations, 1, memory_order_relaxed);
    tmesh_block_t *block = tmesh_alloc(sizeof *block + size);
    return block->data; // its depot is NULL
}

void *tmesh_pool_take(tmesh_pool_t *self, size_t size)
{
    size_t size_index = (sizeof(tmesh_block_t) + size - 1) / TMESH_DEPOT_STEP;
    if (!self || size_index >= TMESH_DEPOT_SIZES) return take_from_heap(self, size);
    lane_t *lane = enter(self);
    tmesh_blocks_t *open = &lane->stocks[size_index].open;
    if (open->count == 0) refill(self, lane, (uint32_t)size_index);
    tmesh_block_t *block = open->first;
    open->first = block->next;
    open->count--;
    __builtin_prefetch(open->first, 1); // for the next time: another core may have it
    leave(self, lane);
    block->depot = self->depot;
    return block->data;
}

static void keep(tmesh_pool_t *self, lane_t *lane, tmesh_block_t *block)
{
    stock_t *stock = &lane->stocks[block->size_index];
    if (stock->open.count == STACK_COUNT) {
        if (stock->full.count > 0) tmesh_depot_give(self->depot, stock->full);
        stock->full = stock->open;
        stock->open = (tmesh_blocks_t){0};
    }
    block->next = stock->open.first;
    stock->open.first = block;
    stock->open.count++;
}

void tmesh_pool_give(tmesh_pool_t *self, void *memory)
{
    tmesh_block_t *block = (tmesh_block_t *)((char *)memory - offsetof(tmesh_block_t, data));
    tmesh_depot_t *depot = block->depot;
    if (!depot) {
        tmesh_free(block);
    } else if (!self) {
        block->next = NULL;
        tmesh_depot_give(depot, (tmesh_blocks_t){block, 1});
    } else {
        assert(depot == self->depot);
        lane_t *lane = enter(self);
        keep(self, lane, block);
        leave(self, lane);
    }
}

uint64_t tmesh_pool_allocations(const tmesh_pool_t *self)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < self->count; i++) {
        sum += atomic_load_explicit(&self->lanes[i].allocations, memory_order_relaxed);
    }
    return sum;
}
