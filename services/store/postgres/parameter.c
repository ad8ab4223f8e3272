#include "services/store/postgres/parameter.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "runtime/base/memory.h"

// Numbers of types are the same in every PostgreSQL: they are part of the protocol.
enum {
    BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, JSON = 114, UUID = 2950,
    XID8 = 5069,
};

static const struct {
    uint32_t array;
    uint32_t element;
    int width; // of an integer; 0: bytes
} types[] = {
    {1000, BOOL, 1}, {1001, BYTEA, 0}, {1016, INT8, 8}, {1005, INT2, 2}, {1007, INT4, 4},
    {1009, TEXT, 0}, {199, JSON, 0}, {2951, UUID, 0}, {271, XID8, 8},
};

enum {
    HEADER_BYTES = 20, // dimensions, has a NULL, type of the elements; their number, the first index
    KEPT_BYTES = 65536, // larger buffers go back when a statement has been sent
};

static int width_of(uint32_t element)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(types); i++) {
        if (types[i].element == element) return types[i].width;
    }
    return 0;
}

static void add_u32(tmesh_buffer_t *data, uint32_t value)
{
    uint32_t big = htobe32(value);
    tmesh_buffer_add(data, &big, sizeof big);
}

static bool is_array(const tmesh_parameter_t *self)
{
    return self->type != self->element;
}

void tmesh_parameter_init(tmesh_parameter_t *self, uint32_t type)
{
    *self = (tmesh_parameter_t){.type = type};
    for (size_t i = 0; i < TMESH_COUNT_OF(types); i++) {
        if (types[i].element == type || types[i].array == type) self->element = types[i].element;
    }
    assert(self->element);
    self->data = tmesh_buffer_new();
    tmesh_parameter_clear(self);
}

void tmesh_parameter_clear(tmesh_parameter_t *self)
{
    if (self->data->capacity > KEPT_BYTES) {
        tmesh_buffer_destroy(&self->data);
        self->data = tmesh_buffer_new();
    }
    tmesh_buffer_clear(self->data);
    self->count = 0;
    self->has_null = false;
    static const char header[HEADER_BYTES];
    if (is_array(self)) tmesh_buffer_add(self->data, header, sizeof header); // filled at the end
}

void tmesh_parameter_free(tmesh_parameter_t *self)
{
    tmesh_buffer_destroy(&self->data);
}

void tmesh_parameter_add_null(tmesh_parameter_t *self)
{
    assert(is_array(self) || self->count == 0);
    if (is_array(self)) add_u32(self->data, UINT32_MAX);
    self->has_null = true;
    self->count++;
}

void tmesh_parameter_add_bytes(tmesh_parameter_t *self, tmesh_bytes_t bytes)
{
    assert(is_array(self) || self->count == 0);
    if (is_array(self)) add_u32(self->data, (uint32_t)bytes.size);
    tmesh_buffer_add(self->data, bytes.data, bytes.size);
    self->count++;
}

void tmesh_parameter_add_int(tmesh_parameter_t *self, int64_t value)
{
    size_t width = (size_t)width_of(self->element);
    assert(width > 0);
    uint64_t big = htobe64((uint64_t)value);
    int64_t kept = 0;
    bool fits =
        tmesh_parameter_read_int(self->element, (char *)&big + sizeof big - width, width, &kept);
    assert(fits);
    assert(kept == value); // the columns are as wide as our types
    tmesh_parameter_add_bytes(self, tmesh_bytes((char *)&big + sizeof big - width, width));
}

tmesh_bytes_t tmesh_parameter_finish(tmesh_parameter_t *self)
{
    if (!is_array(self)) {
        assert(self->count == 1);
        return self->has_null ? TMESH_BYTES_NONE : tmesh_buffer_bytes(self->data);
    }
    uint32_t header[HEADER_BYTES / 4] = {
        htobe32(1), htobe32(self->has_null), htobe32(self->element), htobe32(self->count),
        htobe32(1),
    };
    memcpy(self->data->data, header, sizeof header);
    return tmesh_buffer_bytes(self->data);
}

bool tmesh_parameter_read_int(uint32_t type, const char *data, size_t size, int64_t *value)
{
    int width = width_of(type);
    if (width == 0 || (size_t)width != size) return false;
    uint64_t number = 0;
    memcpy((char *)&number + sizeof number - size, data, size);
    number = be64toh(number);
    unsigned spare = 64 - 8 * (unsigned)width;
    *value = (int64_t)(number << spare) >> spare; // with its sign
    return true;
}
