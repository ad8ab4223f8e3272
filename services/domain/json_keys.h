// services/domain/json_keys.h - the keys of the objects that a checker is inside of.
// One stack for all of them, so an object costs no allocation; a pair of equal keys is looked for
// once per object, when it ends.
#ifndef TMESH_SERVICES_DOMAIN_JSON_KEYS_H
#define TMESH_SERVICES_DOMAIN_JSON_KEYS_H

#include "runtime/base/arena.h"

// All zero is an empty stack.
typedef struct {
    tmesh_bytes_t *keys; // unescaped
    size_t count;
    size_t capacity;
    tmesh_arena_t *arena; // of keys that had escapes; NULL until there is one
} tmesh_json_keys_t;

void tmesh_json_keys_free(tmesh_json_keys_t *self);
// `quoted` as written, with its quotes; lent until the object ends.
void tmesh_json_keys_push(tmesh_json_keys_t *self, tmesh_bytes_t quoted);
// Two equal keys among those from `first` on: one of them, or NULL. Changes their order.
const tmesh_bytes_t *tmesh_json_keys_find_pair(tmesh_json_keys_t *self, size_t first);
// Forgets the keys from `first` on.
void tmesh_json_keys_drop(tmesh_json_keys_t *self, size_t first);

#endif
