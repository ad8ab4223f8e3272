#include "runtime/depot.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/base/memory.h"

// One stack on top of others of the same size; written into the free memory of its first block.
typedef struct {
    tmesh_block_t *below; // the first block of the next stack
    uint32_t count;
} pile_t;

struct tmesh_depot {
    pthread_mutex_t guard;
    tmesh_block_t *piles[TMESH_DEPOT_SIZES]; // of stacks, by size
    _Atomic uint64_t blocks; // that exist
};

static pile_t *pile_of(tmesh_block_t *first)
{
    static_assert(sizeof(tmesh_block_t) + sizeof(pile_t) <= TMESH_DEPOT_STEP, "it has room");
    return (pile_t *)first->data;
}

tmesh_depot_t *tmesh_depot_new(void)
{
    tmesh_depot_t *self = tmesh_alloc(sizeof *self);
    pthread_mutex_init(&self->guard, NULL);
    return self;
}

static uint64_t free_blocks(tmesh_block_t *first)
{
    uint64_t count = 0;
    for (tmesh_block_t *block = first; block; count++) {
        tmesh_block_t *next = block->next;
        tmesh_free(block);
        block = next;
    }
    return count;
}

void tmesh_depot_destroy(tmesh_depot_t **self_p)
{
    tmesh_depot_t *self = *self_p;
    if (!self) return;
    uint64_t freed = 0;
    for (size_t i = 0; i < TMESH_DEPOT_SIZES; i++) {
        for (tmesh_block_t *first = self->piles[i]; first;) {
            tmesh_block_t *below = pile_of(first)->below;
            freed += free_blocks(first);
            first = below;
        }
    }
    assert(freed == self->blocks); // none is still under way
    pthread_mutex_destroy(&self->guard);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_blocks_t tmesh_depot_take(tmesh_depot_t *self, uint32_t size_index, bool *fresh_p)
{
    assert(size_index < TMESH_DEPOT_SIZES);
    tmesh_blocks_t taken = {0};
    pthread_mutex_lock(&self->guard);
    taken.first = self->piles[size_index];
    if (taken.first) {
        taken.count = pile_of(taken.first)->count;
        self->piles[size_index] = pile_of(taken.first)->below;
    }
    pthread_mutex_unlock(&self->guard);
    *fresh_p = !taken.first;
    if (taken.first) return taken;
    self->blocks++;
    taken.first = tmesh_alloc_lines((size_t)(size_index + 1) * TMESH_DEPOT_STEP);
    taken.first->size_index = size_index;
    taken.count = 1;
    return taken;
}

void tmesh_depot_give(tmesh_depot_t *self, tmesh_blocks_t blocks)
{
    assert(blocks.count > 0);
    pile_t *pile = pile_of(blocks.first);
    pile->count = blocks.count;
    pthread_mutex_lock(&self->guard);
    pile->below = self->piles[blocks.first->size_index];
    self->piles[blocks.first->size_index] = blocks.first;
    pthread_mutex_unlock(&self->guard);
}
