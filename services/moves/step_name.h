// services/moves/step_name.h - what a step is called: its definition's name, or, of a worker of a
// batch, its own.
#ifndef TMESH_SERVICES_MOVES_STEP_NAME_H
#define TMESH_SERVICES_MOVES_STEP_NAME_H

#include "services/store/rows.h"
#include "services/templates/definition.h"

// Lent by the row or the definition. NULL: the definition is NULL, or has no such step.
const char *tmesh_step_name_of(const tmesh_definition_t *definition, const tmesh_step_row_t *row);

#endif
