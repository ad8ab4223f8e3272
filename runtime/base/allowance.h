// runtime/base/allowance.h - how many bytes may be under way at one time.
// Its owner's thread takes; what was taken is given back in any thread, also when the owner is gone.
#ifndef TMESH_RUNTIME_BASE_ALLOWANCE_H
#define TMESH_RUNTIME_BASE_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/arena.h"

typedef struct tmesh_allowance tmesh_allowance_t;

tmesh_allowance_t *tmesh_allowance_new(size_t bytes_max);
// By its owner. It lives on until everything is given back.
void tmesh_allowance_destroy(tmesh_allowance_t **self_p);

// Is there room for so many bytes more in this share of it (100: in all of it)? What is larger than
// that has room when nothing is under way, or it would wait for ever.
bool tmesh_allowance_has_room(const tmesh_allowance_t *self, size_t bytes, unsigned percent);
// Whether there is room or not.
void tmesh_allowance_take(tmesh_allowance_t *self, size_t bytes);
void tmesh_allowance_give_back(tmesh_allowance_t *self, size_t bytes);
// Takes them until the arena is destroyed.
void tmesh_allowance_take_for(tmesh_allowance_t *self, size_t bytes, tmesh_arena_t *arena);
size_t tmesh_allowance_used(const tmesh_allowance_t *self);

#endif
