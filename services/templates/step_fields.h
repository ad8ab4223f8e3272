// services/templates/step_fields.h - the fields of one step, looked at alone.
// What concerns several steps is in step_graph.h and validate.h.
#ifndef TMESH_SERVICES_TEMPLATES_STEP_FIELDS_H
#define TMESH_SERVICES_TEMPLATES_STEP_FIELDS_H

#include "services/templates/fields.h"

enum {
    TMESH_STEP_NAME_CHARS_MAX = 255,
    TMESH_STEP_TIMEOUT_MAX_SECONDS = 366 * 24 * 3600,
};

// Fills everything but the edges, exists_at_start and queue_id. `source` is a map. What was
// refused stays NULL or at its default.
void tmesh_step_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *source,
                            tmesh_step_definition_t *step);
// The list of names that the step depends on, by either spelling; NULL when absent or no list.
const tmesh_value_t *tmesh_step_fields_dependencies(const tmesh_value_t *source);

#endif
