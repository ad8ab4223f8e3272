// services/templates/validate.h - the rules that concern several steps and their types.
#ifndef TMESH_SERVICES_TEMPLATES_VALIDATE_H
#define TMESH_SERVICES_TEMPLATES_VALIDATE_H

#include "services/templates/step_graph.h"

// Sets exists_at_start. `order` is parents first. DECISION_WITHOUT_DEPENDENCIES,
// WORKER_TEMPLATE_MISSING, WORKER_TEMPLATE_TYPE, CONVERGENCE_BEHIND_NOTHING.
void tmesh_validate_steps(const tmesh_step_graph_t *graph, const uint16_t *order,
                          const tmesh_fields_t *fields);

#endif
