// runtime/base/map.h - from bytes to a pointer, in one open-addressing table.
// Keys are copied, values are lent. Owned by one thread. (CZMQ's own hash tables grow without
// bound in the version we build on.)
#ifndef TMESH_RUNTIME_BASE_MAP_H
#define TMESH_RUNTIME_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tmesh_map tmesh_map_t;

tmesh_map_t *tmesh_map_new(void);
void tmesh_map_destroy(tmesh_map_t **self_p);

size_t tmesh_map_count(const tmesh_map_t *self);
// The value, or NULL.
void *tmesh_map_get(const tmesh_map_t *self, const void *key, size_t size);
// Sets a value that is not NULL; returns the one it replaces, or NULL.
void *tmesh_map_put(tmesh_map_t *self, const void *key, size_t size, void *value);
// Returns the value that was removed, or NULL.
void *tmesh_map_remove(tmesh_map_t *self, const void *key, size_t size);
// Walks all values in no order: start with *position = 0; NULL at the end.
// The map must not change while it is walked.
void *tmesh_map_next(const tmesh_map_t *self, size_t *position);

#endif
