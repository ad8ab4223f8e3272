// services/moves/lifecycle.h - how long a task may live, and rest (SPEC 7.2). Due times, no scanning.
#ifndef TMESH_SERVICES_MOVES_LIFECYCLE_H
#define TMESH_SERVICES_MOVES_LIFECYCLE_H

#include "services/moves/tools.h"

// A task begins, or begins again: its time runs from now. Nothing happens when its definition can't
// be read: then nobody can say what its limits are.
void tmesh_lifecycle_begin(tmesh_tools_t *tools, const tmesh_work_t *work,
                           tmesh_work_task_t *task);

// How long it may rest in its state without anything happening to it; 0: as long as it likes.
int64_t tmesh_lifecycle_threshold_ms(const tmesh_settings_t *settings,
                                     const tmesh_lifecycle_t *lifecycle,
                                     tmesh_task_state_t state);
// When somebody has to look at it, if nothing happens to it from now on; TMESH_DUE_NONE: never.
int64_t tmesh_lifecycle_due_ms(const tmesh_settings_t *settings,
                               const tmesh_lifecycle_t *lifecycle, const tmesh_task_row_t *row,
                               int64_t now_ms);

// Before a commit: every task that has moved has a due time that is early enough. One that is too
// early stays: whoever looks then puts it off, which is cheaper than an index that follows each step.
void tmesh_lifecycle_schedule(tmesh_tools_t *tools, tmesh_work_t *work);

#endif
