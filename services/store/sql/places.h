// services/store/sql/places.h - where each step of a work lies in work->steps.
#ifndef TMESH_SERVICES_STORE_SQL_PLACES_H
#define TMESH_SERVICES_STORE_SQL_PLACES_H

#include "services/store/work.h"

typedef struct {
    tmesh_map_t *by_id; // step id -> its index, plus one; NULL: nobody asked
    uint32_t count;     // how many of work->steps are in there
} tmesh_places_t;

// The index of a step of the work.
uint32_t tmesh_places_find(tmesh_places_t *self, const tmesh_work_t *work,
                           const tmesh_work_step_t *step);
void tmesh_places_clear(tmesh_places_t *self);

#endif
