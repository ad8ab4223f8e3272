// bin/taskmesh/task_view.h - tasks and steps as people read them.
#ifndef TMESH_BIN_TASKMESH_TASK_VIEW_H
#define TMESH_BIN_TASKMESH_TASK_VIEW_H

#include "bin/taskmesh/cli.h"

// The answer's body is a task; with its context and its steps, as far as they are in it.
void cli_print_task(const tmesh_answer_t *answer);
// The answer's body is a step.
void cli_print_step(const tmesh_answer_t *answer);
// The answer's "/steps".
void cli_print_steps(const tmesh_answer_t *answer);
// The answer's "/tasks".
void cli_print_tasks(const tmesh_answer_t *answer);

#endif
