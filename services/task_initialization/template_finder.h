// services/task_initialization/template_finder.h - from namespace, name and perhaps a version to a
// definition (SPEC 1.7), and new definitions into the store (1.6).
#ifndef TMESH_SERVICES_TASK_INITIALIZATION_TEMPLATE_FINDER_H
#define TMESH_SERVICES_TASK_INITIALIZATION_TEMPLATE_FINDER_H

#include "services/moves/tools.h"
#include "services/wire/contract.h"

typedef struct tmesh_template_finder tmesh_template_finder_t;

// `tools` is lent. Owned by one thread, the only one of this node that registers templates, so
// what it remembers of current versions is true.
tmesh_template_finder_t *tmesh_template_finder_new(tmesh_tools_t *tools);
void tmesh_template_finder_destroy(tmesh_template_finder_t **self_p);

// version NULL: the highest. NOT_FOUND with fault "unknown_template" (yours). The definition lives
// as long as the tools. Not while this thread has a work.
tmesh_err_t tmesh_template_finder_find(tmesh_template_finder_t *self, const char *namespace_name,
                                       const char *name, const char *version, int64_t *id_p,
                                       const tmesh_definition_t **definition_p,
                                       tmesh_fault_t **fault_p);

// Parses and registers one template. INVALID with fault "invalid_template" and the issues as
// details. The reply's texts live in its arena.
tmesh_err_t tmesh_template_finder_put(tmesh_template_finder_t *self,
                                      const tmesh_put_template_request_t *request,
                                      tmesh_put_template_reply_t *reply, tmesh_fault_t **fault_p);

#endif
