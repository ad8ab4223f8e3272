#include "services/store/sql/places.h"

#include <assert.h>

uint32_t tmesh_places_find(tmesh_places_t *self, const tmesh_work_t *work,
                           const tmesh_work_step_t *step)
{
    if (!self->by_id) self->by_id = tmesh_map_new();
    for (; self->count < work->step_count; self->count++) {
        const tmesh_step_id_t *id = &work->steps[self->count]->row.id;
        void *place = (void *)(uintptr_t)(self->count + 1);
        tmesh_map_put(self->by_id, id->bytes, sizeof id->bytes, place);
    }
    const tmesh_step_id_t *id = &step->row.id;
    uintptr_t place = (uintptr_t)tmesh_map_get(self->by_id, id->bytes, sizeof id->bytes);
    assert(place > 0);
    return (uint32_t)(place - 1);
}

void tmesh_places_clear(tmesh_places_t *self)
{
    tmesh_map_destroy(&self->by_id);
    self->count = 0;
}
