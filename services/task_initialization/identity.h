// services/task_initialization/identity.h - which two requests are the same task (SPEC 2.3).
#ifndef TMESH_SERVICES_TASK_INITIALIZATION_IDENTITY_H
#define TMESH_SERVICES_TASK_INITIALIZATION_IDENTITY_H

#include "services/store/rows.h"
#include "services/templates/definition.h"
#include "services/wire/messages.h"

// A key of the caller's wins under any strategy; else strict is the canonical context,
// caller_provided without a key is a fault (yours), always_unique has no identity, unless the
// client library drew a key for its own repeats. Hashed with namespace, name and version.
tmesh_err_t tmesh_identity_of(const tmesh_submission_t *submission,
                              const tmesh_definition_t *definition, tmesh_identity_t *identity,
                              bool *has_identity, tmesh_fault_t **fault_p);

#endif
