// embed/jobs.h - runs on their way through a pool of threads: waiting, running, done.
// Any thread may call; the lock is inside. A job belongs to its list, while it runs to its thread.
#ifndef TMESH_EMBED_JOBS_H
#define TMESH_EMBED_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "embed/clients.h"
#include "runtime/base/arena.h"
#include "taskmesh/runtime.h"

typedef struct tmesh_jobs tmesh_jobs_t;

typedef enum {
    TMESH_JOB_SILENT, // no answer
    TMESH_JOB_SUCCEEDED,
    TMESH_JOB_FAILED,
    TMESH_JOB_HANDED_OVER,
    TMESH_JOB_YIELDED, // not done: from the checkpoint, once more
} tmesh_job_answer_t;

enum { TMESH_JOB_REASON_BYTES = 128 };

// What a handler sees as its reply.
typedef struct tmesh_step_reply {
    tmesh_jobs_t *jobs;
    tmesh_worker_run_t *run; // lent by the session
    tmesh_arena_t *arena;    // of the answer
    tmesh_job_answer_t answer;
    tmesh_view_t result;
    tmesh_worker_failure_t failure;
    tmesh_buffer_t *checkpoint;      // what run->checkpoint shows since it has yielded, or NULL
    tmesh_buffer_t *next_checkpoint; // what it will show to the next call of the handler, or NULL
    tmesh_answer_t *inputs;     // the last that were asked for
    _Atomic(const char *) cancel_reason; // NULL: somebody waits for the result
    // Behind the lock of the list:
    char reason[TMESH_JOB_REASON_BYTES];
    bool beats;               // it is being worked on, which the session does not know yet
    tmesh_buffer_t *progress; // to be told with that, or NULL
    TAILQ_ENTRY(tmesh_step_reply) link;
} tmesh_job_t;

// `clients` for what handlers ask while they run; `bell` is an eventfd that wakes the session when
// there is something for it. Both are lent.
tmesh_jobs_t *tmesh_jobs_new(tmesh_clients_t *clients, int bell);
// Nobody may wait in it any more.
void tmesh_jobs_destroy(tmesh_jobs_t **self_p);
void tmesh_job_destroy(tmesh_job_t **self_p);
tmesh_clients_t *tmesh_jobs_clients(const tmesh_jobs_t *self);

// A run to be done; run->user becomes its job.
void tmesh_jobs_add(tmesh_jobs_t *self, tmesh_worker_run_t *run);
// Waits for a job and has it running; NULL: it is over.
tmesh_job_t *tmesh_jobs_start(tmesh_jobs_t *self);
// One that has yielded waits again, unless it was cancelled.
void tmesh_jobs_finish(tmesh_jobs_t *self, tmesh_job_t *job);
// The oldest finished job (yours), or NULL.
tmesh_job_t *tmesh_jobs_take_finished(tmesh_jobs_t *self);

// Of a running job that has yielded, by its thread: as if it had been called for the first time, but
// from its last checkpoint.
void tmesh_job_begin_again(tmesh_job_t *self);
// Of a running job, by its thread. Takes the progress, which may be NULL.
void tmesh_jobs_beat(tmesh_jobs_t *self, tmesh_job_t *job, tmesh_buffer_t **progress_p);
// For the session: a run that has beaten, with its progress (yours, may be NULL). NULL: none has.
tmesh_worker_run_t *tmesh_jobs_take_beat(tmesh_jobs_t *self, tmesh_buffer_t **progress_p);

// Its handler is told that nobody waits; the first reason stays.
void tmesh_jobs_tell_cancelled(tmesh_jobs_t *self, tmesh_job_t *job, const char *reason);
// The same, but the job is taken back if nobody has started it: true, and it is yours.
bool tmesh_jobs_cancel(tmesh_jobs_t *self, tmesh_job_t *job, const char *reason);
// From now on every handler is told: the runtime is being closed.
void tmesh_jobs_cancel_all(tmesh_jobs_t *self);
bool tmesh_job_is_cancelled_by_closing(const tmesh_job_t *self);
// None waits, runs or is finished.
bool tmesh_jobs_are_none(tmesh_jobs_t *self);
// Ends the waiting of tmesh_jobs_start.
void tmesh_jobs_end(tmesh_jobs_t *self);

#endif
