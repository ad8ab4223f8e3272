// services/moves/failure.h - an attempt has failed: again, or never again (SPEC 4.2, 4.3, 4.6).
#ifndef TMESH_SERVICES_MOVES_FAILURE_H
#define TMESH_SERVICES_MOVES_FAILURE_H

#include "services/moves/tools.h"

struct tmesh_outcome;
struct tmesh_touched;

typedef struct {
    const char *code;       // stable word, stored
    const char *message;    // stored
    tmesh_bytes_t error;    // the worker's own object, or absent
    tmesh_bytes_t metadata; // or absent
    bool retryable;         // as the result says; the template has its own word
    int64_t retry_after_ms; // the worker's wish, capped by the template; -1: none
    bool from_worker;       // handed in, rather than concluded from silence
} tmesh_failure_t;

// The step is in progress. It waits for its next attempt or is in error; the failure is recorded
// as the result of its run.
tmesh_err_t tmesh_moves_fail(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                             const tmesh_failure_t *failure);

// The worker of a run that was sent is gone. The first time for a step: at once and without using
// an attempt. A step that took down three workers is in error, "poison_step".
tmesh_err_t tmesh_moves_lose_worker(tmesh_tools_t *tools, tmesh_work_t *work,
                                    tmesh_work_step_t *step);

// What follows once a failure has moved the step: when that was its last, an entry in the dead letter
// queue, and in a batch what its failure strategy says (SPEC 5.6, 6.2). `outcome` is told whose runs
// are cancelled for it.
tmesh_err_t tmesh_moves_follow_failure(tmesh_tools_t *tools, tmesh_work_t *work,
                                       tmesh_work_step_t *step, struct tmesh_touched *touched,
                                       struct tmesh_outcome *outcome);

// The run was out when its node stopped, and its worker has not come back: again, without using an
// attempt, without backoff, and not counted against the step. The step waits, due now.
tmesh_err_t tmesh_moves_lose_node(tmesh_work_t *work, tmesh_work_step_t *step);

// The step is about to be tried anew: it has all its attempts again, nothing is held against it, and a
// late result of an earlier run does not count. Its state is the caller's to change.
void tmesh_moves_forget_attempts(tmesh_tools_t *tools, tmesh_work_step_t *step);

// Was this result concluded from silence? Then a late one of the worker is stale.
bool tmesh_moves_was_concluded(const tmesh_result_row_t *result);

#endif
