#include "services/store/sql/rows_list.h"

#include <assert.h>
#include <string.h>

enum { FIRST_CAPACITY = 4 };

void *tmesh_rows_list_add(tmesh_rows_list_t *self)
{
    assert(self->size > 0);
    if (self->count == self->capacity) {
        // The old place is given up until the arena goes: at most doubles what the list takes.
        uint32_t capacity = self->capacity ? self->capacity * 2 : FIRST_CAPACITY;
        void *larger = tmesh_arena_alloc(self->arena, capacity * self->size);
        if (self->count > 0) memcpy(larger, self->rows, self->count * self->size);
        self->rows = larger;
        self->capacity = capacity;
    }
    return (char *)self->rows + self->size * self->count++;
}
