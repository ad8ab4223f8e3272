// services/templates/schema_value.h - JSON as a tree for those who compare values exactly.
// Unlike value.h it tells lone surrogates apart, keeps numbers as decimals and finds a member
// quickly. Read once, then only read: any thread.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_VALUE_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_VALUE_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "services/domain/json_text.h"
#include "services/templates/schema_decimal.h"

enum {
    TMESH_SCHEMA_HEIGHT_MAX = 64,             // levels from the root to the deepest scalar
    TMESH_SCHEMA_BYTES_MAX = 4 * 1024 * 1024, // of a schema or an instance
};

typedef struct tmesh_schema_value tmesh_schema_value_t;

typedef struct {
    const tmesh_schema_value_t *key; // a string; NULL in an array
    const tmesh_schema_value_t *value;
} tmesh_schema_member_t;

struct tmesh_schema_value {
    tmesh_json_kind_t kind;
    bool is_key;                        // the name of a member; its parent is the object
    uint32_t level;                     // 0: the root
    const tmesh_schema_value_t *parent; // NULL for the root
    uint32_t index;                     // its place among the parent's members
    uint32_t count;
    uint32_t capacity;
    tmesh_schema_member_t *members;      // of an array or object, in the order of the text
    const tmesh_schema_member_t *sorted; // of an object, by the bytes of the keys
    tmesh_bytes_t json;                  // as it was written
    union {
        tmesh_bytes_t text; // of a string: UTF-8, and three bytes per lone surrogate
        tmesh_schema_decimal_t number;
    };
};

// The root, in `arena`; `json` must outlive it. TMESH_ERR_INVALID with a fault of json_text.h when
// it is not JSON within the limits above.
tmesh_err_t tmesh_schema_value_read(tmesh_bytes_t json, tmesh_arena_t *arena,
                                    const tmesh_schema_value_t **root_p, tmesh_fault_t **fault_p);

// The member of an object, NULL when there is none or `self` is no object.
const tmesh_schema_value_t *tmesh_schema_value_find(const tmesh_schema_value_t *self,
                                                    tmesh_bytes_t name);
bool tmesh_schema_value_is_true(const tmesh_schema_value_t *self);
// The order of the bytes, which is that of the code points.
int tmesh_schema_value_compare_text(tmesh_bytes_t a, tmesh_bytes_t b);

// Appends the JSON pointer from the root to `self`; that of a key leads to its member. What can't
// be written as text, a lone surrogate or a zero, becomes U+FFFD.
void tmesh_schema_value_add_pointer(const tmesh_schema_value_t *self, tmesh_buffer_t *out);
// Appends a slash and the name, escaped for a pointer.
void tmesh_schema_value_add_token(tmesh_bytes_t name, tmesh_buffer_t *out);
// Appends the JSON, cut to about as many bytes as a sentence can bear.
void tmesh_schema_value_add_excerpt(const tmesh_schema_value_t *self, tmesh_buffer_t *out);
// "an object", "a string", "an integer", "a number with a fraction"...
const char *tmesh_schema_value_phrase(const tmesh_schema_value_t *self);

#endif
