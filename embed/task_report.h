// embed/task_report.h - the answer to TASK.GET or TASK.WAIT as a struct.
#ifndef TMESH_EMBED_TASK_REPORT_H
#define TMESH_EMBED_TASK_REPORT_H

#include "taskmesh/runtime.h"

// What an answer has to include for it.
enum { TMESH_TASK_REPORT_INCLUDE = TMESH_INCLUDE_CONTEXT | TMESH_INCLUDE_STEPS };

// Takes a good answer.
tmesh_runtime_task_t *tmesh_task_report_new(tmesh_answer_t **answer_p);

#endif
