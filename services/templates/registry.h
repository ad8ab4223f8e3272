// services/templates/registry.h - definitions by id, kept in memory once they have been loaded.
// A stored definition never changes, so nothing here grows old. Owned by one thread.
#ifndef TMESH_SERVICES_TEMPLATES_REGISTRY_H
#define TMESH_SERVICES_TEMPLATES_REGISTRY_H

#include "runtime/base/error.h"
#include "services/templates/definition.h"

// Reads the stored json of a definition into `out` (appended).
typedef tmesh_err_t tmesh_definition_source_t(void *source, int64_t definition_id,
                                              tmesh_buffer_t *out);

typedef struct tmesh_definitions tmesh_definitions_t;

// `source` is lent.
tmesh_definitions_t *tmesh_definitions_new(tmesh_definition_source_t *load, void *source);
void tmesh_definitions_destroy(tmesh_definitions_t **self_p);

// The definition, valid as long as the registry. TMESH_ERR_NOT_FOUND, CORRUPT, or the source's.
tmesh_err_t tmesh_definitions_get(tmesh_definitions_t *self, int64_t definition_id,
                                  const tmesh_definition_t **definition_p);

#endif
