#include "runtime/base/allowance.h"

#include <assert.h>
#include <stdatomic.h>

#include "runtime/base/memory.h"

struct tmesh_allowance {
    size_t bytes_max;
    _Atomic size_t used;
    _Atomic size_t holders; // its owner and all who have to give back: the last one frees it
};

// What an arena gives back at its end. Atomic, because another thread must see what was written.
typedef struct {
    _Atomic(tmesh_allowance_t *) of;
    size_t bytes;
} taken_t;

static void let_go(tmesh_allowance_t *self)
{
    if (atomic_fetch_sub(&self->holders, 1) == 1) tmesh_free(self);
}

tmesh_allowance_t *tmesh_allowance_new(size_t bytes_max)
{
    tmesh_allowance_t *self = tmesh_alloc(sizeof *self);
    self->bytes_max = bytes_max;
    atomic_init(&self->holders, 1);
    return self;
}

void tmesh_allowance_destroy(tmesh_allowance_t **self_p)
{
    if (!*self_p) return;
    let_go(*self_p);
    *self_p = NULL;
}

bool tmesh_allowance_has_room(const tmesh_allowance_t *self, size_t bytes, unsigned percent)
{
    size_t used = atomic_load(&self->used);
    size_t share = self->bytes_max / 100 * percent + self->bytes_max % 100 * percent / 100;
    return used == 0 || (used <= share && bytes <= share - used);
}

void tmesh_allowance_take(tmesh_allowance_t *self, size_t bytes)
{
    atomic_fetch_add(&self->holders, 1);
    atomic_fetch_add(&self->used, bytes);
}

void tmesh_allowance_give_back(tmesh_allowance_t *self, size_t bytes)
{
    size_t before = atomic_fetch_sub(&self->used, bytes);
    assert(before >= bytes);
    let_go(self);
}

static void give_back_taken(void *object)
{
    taken_t *taken = object;
    tmesh_allowance_give_back(atomic_load(&taken->of), taken->bytes);
}

void tmesh_allowance_take_for(tmesh_allowance_t *self, size_t bytes, tmesh_arena_t *arena)
{
    tmesh_allowance_take(self, bytes);
    taken_t *taken = tmesh_arena_alloc(arena, sizeof *taken);
    taken->bytes = bytes;
    atomic_store(&taken->of, self);
    tmesh_arena_adopt(arena, taken, give_back_taken);
}

size_t tmesh_allowance_used(const tmesh_allowance_t *self)
{
    return atomic_load(&self->used);
}
