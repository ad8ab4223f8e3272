#include "runtime/base/random.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/base/memory.h"

enum { POOL_BYTES = 256 }; // getrandom never returns less than asked up to this size

struct tmesh_random {
    bool seeded;
    uint64_t state;              // seeded: SplitMix64
    unsigned char pool[POOL_BYTES]; // system: bytes not yet given out
    size_t left;
};

tmesh_random_t *tmesh_random_new_system(void)
{
    return tmesh_alloc(sizeof(tmesh_random_t));
}

tmesh_random_t *tmesh_random_new_seeded(uint64_t seed)
{
    tmesh_random_t *self = tmesh_alloc(sizeof *self);
    self->seeded = true;
    self->state = seed;
    return self;
}

void tmesh_random_destroy(tmesh_random_t **self_p)
{
    tmesh_free(*self_p);
    *self_p = NULL;
}

static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t tmesh_random_next(tmesh_random_t *self)
{
    if (self->seeded) return split_mix(&self->state);
    uint64_t number = 0;
    tmesh_random_fill(self, &number, sizeof number);
    return number;
}

uint64_t tmesh_random_below(tmesh_random_t *self, uint64_t bound)
{
    assert(bound > 0);
    return tmesh_random_next(self) % bound;
}

void tmesh_random_fill(tmesh_random_t *self, void *data, size_t size)
{
    unsigned char *out = data;
    while (size > 0) {
        if (self->left == 0) {
            if (self->seeded) {
                for (size_t i = 0; i < POOL_BYTES; i += sizeof(uint64_t)) {
                    uint64_t number = split_mix(&self->state);
                    memcpy(self->pool + i, &number, sizeof number);
                }
            } else {
                while (getrandom(self->pool, POOL_BYTES, 0) != POOL_BYTES) {
                }
            }
            self->left = POOL_BYTES;
        }
        size_t part = size < self->left ? size : self->left;
        memcpy(out, self->pool + POOL_BYTES - self->left, part);
        self->left -= part;
        out += part;
        size -= part;
    }
}
