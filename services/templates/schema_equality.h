// services/templates/schema_equality.h - when two JSON values are the same value.
// Numbers by their value (1 is 1.0 is 10e-1), strings by their code units, objects without regard
// to order. Pure; any thread.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_EQUALITY_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_EQUALITY_H

#include "services/templates/schema_value.h"

bool tmesh_schema_equality_holds(const tmesh_schema_value_t *a, const tmesh_schema_value_t *b);

// Values by their hashes, so that one of many is found quickly.
typedef struct {
    uint64_t hash;
    const tmesh_schema_value_t *value;
} tmesh_schema_hashed_t;

typedef struct {
    const tmesh_schema_hashed_t *items; // by hash, then by place in the array
    size_t count;
} tmesh_schema_set_t;

// All items of an array, equal ones as often as they are there.
tmesh_schema_set_t tmesh_schema_set_read(const tmesh_schema_value_t *array, tmesh_arena_t *arena);
// Each value that has to be compared takes one from *steps_left, which stays at 0 when it gets
// there; then the answer means nothing.
bool tmesh_schema_set_holds(const tmesh_schema_set_t *self, const tmesh_schema_value_t *value,
                            uint64_t *steps_left);
// Two equal items, the one that comes first in the array first; false when all differ.
bool tmesh_schema_set_find_pair(const tmesh_schema_set_t *self, const tmesh_schema_value_t *pair[2],
                                uint64_t *steps_left);

#endif
