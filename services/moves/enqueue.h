// services/moves/enqueue.h - steps become ready: enqueued, and claimed if this node has credit.
#ifndef TMESH_SERVICES_MOVES_ENQUEUE_H
#define TMESH_SERVICES_MOVES_ENQUEUE_H

#include "services/moves/tools.h"

// All steps of one task that may start now. The task passes through its states to
// steps_in_process; if it is there it stays there. Errors: CORRUPT when a state does not allow it, or
// the registry's.
tmesh_err_t tmesh_moves_enqueue(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                tmesh_work_step_t *const *steps, size_t count);

// Does the state of the task allow it?
bool tmesh_moves_may_enqueue(const tmesh_work_task_t *task);

// An enqueued step that was not sent waits with its task, which is paused: nobody may claim it.
void tmesh_moves_hold(tmesh_work_step_t *step);

// Claims an enqueued step that nobody has, if there is credit and nobody else may wait for it; else it
// waits, unclaimed, until its turn comes (refill.h). If its task is paused it is held.
tmesh_err_t tmesh_moves_claim(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step);

// Its turn has come: it is claimed if there is credit, else nothing is changed.
tmesh_err_t tmesh_moves_claim_in_turn(tmesh_tools_t *tools, tmesh_work_t *work,
                                      tmesh_work_step_t *step);

// How long an attempt of the step may take; 0: no limit.
tmesh_err_t tmesh_moves_time_limit(tmesh_tools_t *tools, const tmesh_work_step_t *step,
                                   int64_t *timeout_ms_p);
// The time limit of its run begins at from_ms.
tmesh_err_t tmesh_moves_limit_time(tmesh_tools_t *tools, tmesh_work_step_t *step, int64_t from_ms);

// The claimed run was written to a worker's socket at sent_ms (0: just now): it is in progress,
// an attempt is counted, its time limit begins.
tmesh_err_t tmesh_moves_start(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                              int64_t sent_ms, const char *worker);

#endif
