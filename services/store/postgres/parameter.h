// services/store/postgres/parameter.h - one parameter of a statement in PostgreSQL's binary format: a
// value, or an array that grows by one with each row. Payloads are copied as they are: no quoting.
#ifndef TMESH_SERVICES_STORE_POSTGRES_PARAMETER_H
#define TMESH_SERVICES_STORE_POSTGRES_PARAMETER_H

#include "runtime/base/bytes.h"

typedef struct {
    uint32_t type;    // as PostgreSQL numbers them: an array's, or its own element
    uint32_t element; // what one value is
    tmesh_buffer_t *data;
    uint32_t count; // of values
    bool has_null;
} tmesh_parameter_t;

// Of a type that a statement of ours has; asserts that it is known.
void tmesh_parameter_init(tmesh_parameter_t *self, uint32_t type);
void tmesh_parameter_clear(tmesh_parameter_t *self);
void tmesh_parameter_free(tmesh_parameter_t *self);

void tmesh_parameter_add_null(tmesh_parameter_t *self);
void tmesh_parameter_add_int(tmesh_parameter_t *self, int64_t value);
void tmesh_parameter_add_bytes(tmesh_parameter_t *self, tmesh_bytes_t bytes);

// What is to be sent, lent until the next change; data NULL: NULL.
tmesh_bytes_t tmesh_parameter_finish(tmesh_parameter_t *self);

// The number in a value of an integer type or a boolean; false when it is neither.
bool tmesh_parameter_read_int(uint32_t type, const char *data, size_t size, int64_t *value);

#endif
