// services/workers/runs.h - the runs that this node has in its hands: one per step, at most.
// Plain state of the gateway's thread. The table owns the runs; dispatch.h moves them.
#ifndef TMESH_SERVICES_WORKERS_RUNS_H
#define TMESH_SERVICES_WORKERS_RUNS_H

#include <sys/queue.h>

#include "runtime/base/arena.h"
#include "services/domain/parcel.h"

// The arena of one message, shared by the parcels that came with it: freed with the last of them.
// Shares may be given up in any thread, since libzmq lets go of what it sends in its own.
typedef struct tmesh_hold tmesh_hold_t;
// Takes the arena (NULL is allowed); one share, the caller's.
tmesh_hold_t *tmesh_hold_new(tmesh_arena_t **arena_p);
tmesh_hold_t *tmesh_hold_share(tmesh_hold_t *self);
void tmesh_hold_destroy(tmesh_hold_t **self_p);

typedef enum {
    TMESH_RUN_WAITING,   // for a session with a free slot
    TMESH_RUN_ASSIGNED,  // its session is chosen, STEP.RUN is being written
    TMESH_RUN_SENT,      // STEP.RUN was written, or the worker came back holding it
    TMESH_RUN_RETURNING, // nobody here runs it; the orchestration is being told
} tmesh_run_state_t;

typedef struct tmesh_session tmesh_session_t;
typedef struct tmesh_run_queue tmesh_run_queue_t;

typedef struct tmesh_run {
    tmesh_run_state_t state;
    tmesh_fence_t fence;
    int offer;                // whose credit it holds; TMESH_CREDIT_NONE: nobody's
    tmesh_parcel_t parcel;    // valid while `hold` is there: until it was sent
    tmesh_hold_t *hold;
    uint64_t age;             // smaller: came earlier
    tmesh_session_t *session; // ASSIGNED and SENT
    tmesh_run_queue_t *queue; // WAITING
    bool was_sent;            // RETURNING: a worker may have begun it
    char *worker;             // RETURNING, was_sent: which one
    bool told;                // RETURNING: asked, the answer has not come
    bool note_due;            // SENT: it stands in the list of sends to be recorded
    int64_t sent_at_ms;       // since 1970; 0: not sent
    int64_t note_at_ms;       // monotonic: when the send should be recorded
    int64_t timeout_ms;       // of the attempt; 0: none
    int64_t extended_ms;      // monotonic: when its time limit was last asked to run anew; 0: never
    char *progress;           // by its worker's last word: JSON, or NULL
    TAILQ_ENTRY(tmesh_run) in_state;   // a queue when WAITING, the list when RETURNING
    TAILQ_ENTRY(tmesh_run) in_session; // ASSIGNED and SENT
    TAILQ_ENTRY(tmesh_run) in_notes;   // note_due
} tmesh_run_t;

TAILQ_HEAD(tmesh_run_list, tmesh_run);
typedef struct tmesh_run_list tmesh_run_list_t;

typedef struct tmesh_runs tmesh_runs_t;

tmesh_runs_t *tmesh_runs_new(void);
void tmesh_runs_destroy(tmesh_runs_t **self_p);

// The run of this step, whichever it is, or NULL.
tmesh_run_t *tmesh_runs_find(const tmesh_runs_t *self, tmesh_step_id_t step_id);
// The step must have none. The parcel may be NULL (an adopted run); otherwise `hold` is shared.
tmesh_run_t *tmesh_runs_add(tmesh_runs_t *self, tmesh_fence_t fence, int offer,
                            const tmesh_parcel_t *parcel, tmesh_hold_t *hold);
// Frees it; it must stand in no list any more.
void tmesh_runs_remove(tmesh_runs_t *self, tmesh_run_t **run_p);
size_t tmesh_runs_count(const tmesh_runs_t *self);
// Walks all in no order: start with *position = 0; NULL at the end. No change meanwhile.
tmesh_run_t *tmesh_runs_next(const tmesh_runs_t *self, size_t *position);

#endif
