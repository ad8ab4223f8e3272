// services/templates/value.h - a document as a tree: what YAML and JSON have in common.
// Every node knows where it was written, so that an issue can say so. A tree lives in the arena
// that its nodes were made in; once built it is only read. An aliased part is shared, not copied:
// whoever changes something makes new nodes above the change (see environments.h).
#ifndef TMESH_SERVICES_TEMPLATES_VALUE_H
#define TMESH_SERVICES_TEMPLATES_VALUE_H

#include "runtime/base/arena.h"

typedef enum {
    TMESH_VALUE_NULL,
    TMESH_VALUE_BOOL,
    TMESH_VALUE_INTEGER,
    TMESH_VALUE_FLOAT,
    TMESH_VALUE_STRING,
    TMESH_VALUE_LIST,
    TMESH_VALUE_MAP,
} tmesh_value_kind_t;

enum {
    TMESH_VALUE_HEIGHT_MAX = 64,              // levels from the root to the deepest scalar
    TMESH_VALUE_NODES_MAX = 1000000,          // with every alias counted as what it stands for
    TMESH_VALUE_BYTES_MAX = 16 * 1024 * 1024, // of text, counted in the same way
};

typedef struct tmesh_value tmesh_value_t;

typedef struct {
    const tmesh_value_t *key; // a string; NULL in a list
    const tmesh_value_t *value;
} tmesh_member_t;

struct tmesh_value {
    tmesh_value_kind_t kind;
    uint32_t line; // from 1; 0: unknown
    uint32_t column;
    uint32_t height;             // 1 for a scalar or an empty container
    size_t nodes;                // here and below
    size_t bytes;                // of text, here and below
    const tmesh_value_t *parent; // where it was written first; NULL for the root
    uint32_t index;              // its place among the parent's members
    uint32_t count;
    uint32_t capacity;
    tmesh_member_t *members; // of a list or map, in the order of the document
    tmesh_bytes_t text;      // a string's contents; other scalars as they were written
    const char *number;      // INTEGER and FLOAT as a JSON number
};

tmesh_value_t *tmesh_value_new(tmesh_arena_t *arena, tmesh_value_kind_t kind, uint32_t line,
                               uint32_t column);
// Adds to a list or a map; `key` is NULL for a list. Equal keys are the caller's affair.
void tmesh_value_add(tmesh_arena_t *arena, tmesh_value_t *self, const tmesh_value_t *key,
                     tmesh_value_t *item);
// The same for an item that was written elsewhere, and stays there for whoever asks.
void tmesh_value_share(tmesh_arena_t *arena, tmesh_value_t *self, const tmesh_value_t *key,
                       const tmesh_value_t *item);
// Puts another item in the place of one.
void tmesh_value_replace(tmesh_value_t *self, uint32_t index, const tmesh_value_t *item);

// The member of a map, NULL when there is none or `self` is not a map.
const tmesh_value_t *tmesh_value_find(const tmesh_value_t *self, const char *key);
// The key of that member, or NULL.
const tmesh_value_t *tmesh_value_find_key(const tmesh_value_t *self, const char *key);
// Like find, and NULL when it is null: a field without a value counts as absent.
const tmesh_value_t *tmesh_value_get(const tmesh_value_t *self, const char *key);
// The later one of two members of a map with equal keys, or NULL.
const tmesh_member_t *tmesh_value_find_twin(const tmesh_value_t *self);
bool tmesh_value_is_true(const tmesh_value_t *self);
// "a string", "a list": for messages.
const char *tmesh_value_kind_phrase(tmesh_value_kind_t kind);
// Appends the JSON pointer from the root to `self`.
void tmesh_value_add_pointer(const tmesh_value_t *self, tmesh_buffer_t *out);

#endif
