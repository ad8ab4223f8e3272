// actors/reader_tasks.h - the bodies of TASK.GET, TASK.STEPS, STEP.GET and TASK.LIST. Private to the
// reader.
#ifndef TMESH_ACTORS_READER_TASKS_H
#define TMESH_ACTORS_READER_TASKS_H

#include "actors/reader.h"
#include "services/templates/registry.h"
#include "services/wire/messages.h"

// NOT_FOUND: there is no such task, or no such step of it.
tmesh_err_t tmesh_reader_task_answer(const tmesh_reader_services_t *services,
                                     tmesh_definitions_t *definitions,
                                     const tmesh_query_task_request_t *request,
                                     tmesh_query_task_reply_t *reply);
tmesh_err_t tmesh_reader_tasks_answer(const tmesh_reader_services_t *services,
                                      const tmesh_query_tasks_request_t *request,
                                      tmesh_query_tasks_reply_t *reply);

#endif
