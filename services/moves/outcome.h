// services/moves/outcome.h - what has to be told to others after a commit. Services return it,
// actors send it. Losing any of it costs time, never correctness: due times repeat it.
#ifndef TMESH_SERVICES_MOVES_OUTCOME_H
#define TMESH_SERVICES_MOVES_OUTCOME_H

#include "services/moves/tools.h"
#include "services/wire/messages.h"

typedef struct {
    tmesh_task_id_t task_id;
    tmesh_task_state_t state;
} tmesh_settled_t;

// One passage, for those who listen to events.
typedef struct {
    const tmesh_transition_row_t *row;
    const char *namespace_name;
    const char *task_name;
    const char *task_version;
    const char *step_name; // NULL: the task's own
} tmesh_happening_t;

// An event that the step's template declares, and whose condition holds for this result.
typedef struct {
    const char *event_name;
    const char *fired_by;             // a worker's name or the id of this node
    const tmesh_happening_t *passage; // of the step, to which the result led
    const tmesh_result_row_t *result;
    const tmesh_step_row_t *step; // as it was committed
} tmesh_announcement_t;

// A task that has lived, or rested, for too long.
typedef struct {
    tmesh_task_id_t task_id;
    tmesh_task_state_t state; // in which it was found
    tmesh_dlq_reason_t reason;
    const char *action; // what was done, in a word; it is constant
} tmesh_overdue_t;

typedef struct tmesh_outcome {
    tmesh_arena_t *arena; // owns what parcels, happenings and announcements point to
    tmesh_parcel_t *parcels;
    size_t parcel_count;
    tmesh_settled_t *settled; // tasks that ended or are blocked
    size_t settled_count;
    tmesh_cancelled_run_t *cancelled;
    size_t cancelled_count;
    size_t cancelled_capacity;
    tmesh_overdue_t *overdue;
    size_t overdue_count;
    size_t overdue_capacity;
    tmesh_happening_t *happenings; // none unless somebody listens
    size_t happening_count;
    tmesh_announcement_t *announcements; // the same
    size_t announcement_count;
    size_t announcement_capacity;
    int64_t due_ms;      // the earliest due time written; TMESH_DUE_NONE: none
    bool left_unclaimed; // steps were enqueued that nobody could claim
} tmesh_outcome_t;

tmesh_outcome_t *tmesh_outcome_new(void);
void tmesh_outcome_destroy(tmesh_outcome_t **self_p);

void tmesh_outcome_add_cancelled(tmesh_outcome_t *self, tmesh_cancelled_run_t run);
void tmesh_outcome_add_overdue(tmesh_outcome_t *self, tmesh_overdue_t task);

// Commits the work and collects what follows from it. Takes the work either way. After an error
// nothing was written, the credit of its claims is given back and the outcome is empty.
tmesh_err_t tmesh_outcome_commit(tmesh_outcome_t *self, tmesh_tools_t *tools,
                                 tmesh_work_t **work_p);
// The way out of a decision that failed: gives the credit back and abandons the work.
void tmesh_outcome_abandon(tmesh_outcome_t *self, tmesh_tools_t *tools, tmesh_work_t **work_p);

#endif
