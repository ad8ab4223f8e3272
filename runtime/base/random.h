// runtime/base/random.h - randomness, always from a source that was handed in.
// One source belongs to one thread. The host's random() is never touched.
#ifndef TMESH_RUNTIME_BASE_RANDOM_H
#define TMESH_RUNTIME_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct tmesh_random tmesh_random_t;

// From the kernel: for ids and tokens that nobody may guess.
tmesh_random_t *tmesh_random_new_system(void);
// The same seed gives the same numbers: for tests and simulations.
tmesh_random_t *tmesh_random_new_seeded(uint64_t seed);
void tmesh_random_destroy(tmesh_random_t **self_p);

uint64_t tmesh_random_next(tmesh_random_t *self);
// 0 <= result < bound; bound > 0.
uint64_t tmesh_random_below(tmesh_random_t *self, uint64_t bound);
void tmesh_random_fill(tmesh_random_t *self, void *data, size_t size);

#endif
