// services/task_initialization/context_checker.h - does a context fit its template's input_schema
// (SPEC 2.2)? Schemas are compiled once per definition, which never changes. Owned by one thread.
#ifndef TMESH_SERVICES_TASK_INITIALIZATION_CONTEXT_CHECKER_H
#define TMESH_SERVICES_TASK_INITIALIZATION_CONTEXT_CHECKER_H

#include "runtime/base/error.h"
#include "services/templates/definition.h"

typedef struct tmesh_context_checker tmesh_context_checker_t;

tmesh_context_checker_t *tmesh_context_checker_new(void);
void tmesh_context_checker_destroy(tmesh_context_checker_t **self_p);

// NULL when it fits, or when the template sets no schema; otherwise the fault (yours)
// "input_schema_violation", with every violation in its details. The context may be absent: {}.
tmesh_fault_t *tmesh_context_checker_object(tmesh_context_checker_t *self, int64_t definition_id,
                                            const tmesh_definition_t *definition,
                                            tmesh_bytes_t context);

#endif
