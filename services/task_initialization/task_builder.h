// services/task_initialization/task_builder.h - one accepted request as rows: a task, its steps,
// its edges, its first steps enqueued. Pure but for the ids that it draws.
#ifndef TMESH_SERVICES_TASK_INITIALIZATION_TASK_BUILDER_H
#define TMESH_SERVICES_TASK_INITIALIZATION_TASK_BUILDER_H

#include "services/moves/tools.h"
#include "services/wire/messages.h"

typedef struct {
    const tmesh_submission_t *submission;
    int64_t definition_id;
    const tmesh_definition_t *definition;
    bool has_identity;
    tmesh_identity_t identity;
} tmesh_accepted_request_t;

tmesh_err_t tmesh_task_builder_add(tmesh_tools_t *tools, tmesh_work_t *work,
                                   const tmesh_accepted_request_t *accepted,
                                   tmesh_work_task_t **task_p);

#endif
