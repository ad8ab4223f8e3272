// services/step_enqueuing/retention.h - ended tasks are kept for a time, then removed (SPEC 9.3).
// By the time at which the first of them ended, which the credit board knows; nothing is scanned.
#ifndef TMESH_SERVICES_STEP_ENQUEUING_RETENTION_H
#define TMESH_SERVICES_STEP_ENQUEUING_RETENTION_H

#include "services/moves/tools.h"

typedef struct {
    int64_t not_before_ms; // by the clock of the day: tasks that end one after the other go together
} tmesh_retention_t;

// At the start: when the first of them ended is read from the store.
tmesh_err_t tmesh_retention_learn(tmesh_tools_t *tools);
// When something may have to be removed; TMESH_DUE_NONE: never, as things are.
int64_t tmesh_retention_due_ms(const tmesh_retention_t *self, const tmesh_tools_t *tools);
// Removes one batch, if it is time to. After an error it is tried again a little later.
tmesh_err_t tmesh_retention_run(tmesh_retention_t *self, tmesh_tools_t *tools, uint32_t *count_p);

#endif
