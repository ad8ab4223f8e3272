// embed/jobs.h - runs on their way through a pool of threads: waiting, running, done.
// Any thread may call; the lock is inside. A job belongs to its list, while it runs to its thread.
#ifndef TMESH_EMBED_JOBS_H
#define TMESH_EMBED_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "runtime/base/arena.h"
#include "taskmesh/runtime.h"

// What a handler sees as its reply.
typedef struct tmesh_step_reply {
    tmesh_worker_run_t *run; // lent by the session
    tmesh_arena_t *arena;    // of the answer
    _Atomic bool is_cancelled;
    bool is_answered;
    bool is_success;
    tmesh_view_t result;
    tmesh_worker_failure_t failure;
    TAILQ_ENTRY(tmesh_step_reply) link;
} tmesh_job_t;

typedef struct tmesh_jobs tmesh_jobs_t;

tmesh_jobs_t *tmesh_jobs_new(void);
// Nobody may wait in it any more.
void tmesh_jobs_destroy(tmesh_jobs_t **self_p);
void tmesh_job_destroy(tmesh_job_t **self_p);

// A run to be done; run->user becomes its job.
void tmesh_jobs_add(tmesh_jobs_t *self, tmesh_worker_run_t *run);
// Waits for a job and has it running; NULL: it is over.
tmesh_job_t *tmesh_jobs_start(tmesh_jobs_t *self);
void tmesh_jobs_finish(tmesh_jobs_t *self, tmesh_job_t *job);
// The oldest finished job (yours), or NULL.
tmesh_job_t *tmesh_jobs_take_finished(tmesh_jobs_t *self);

// Takes the job back if nobody has started it (it is yours then); otherwise its handler is told.
bool tmesh_jobs_cancel(tmesh_jobs_t *self, tmesh_job_t *job);
// From now on every handler is told.
void tmesh_jobs_cancel_all(tmesh_jobs_t *self);
// None waits, runs or is finished.
bool tmesh_jobs_are_none(tmesh_jobs_t *self);
// Ends the waiting of tmesh_jobs_start.
void tmesh_jobs_end(tmesh_jobs_t *self);

#endif
