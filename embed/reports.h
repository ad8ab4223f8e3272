// embed/reports.h - what the session says of the jobs of its pool, and they of it.
// For the session's thread, which owns the worker.
#ifndef TMESH_EMBED_REPORTS_H
#define TMESH_EMBED_REPORTS_H

#include "embed/jobs.h"

// The answers of all jobs that are finished, which are gone then.
void tmesh_reports_hand_in(tmesh_worker_t *worker, tmesh_jobs_t *jobs);
// That handlers are at their runs, and their progress.
void tmesh_reports_pass_on_beats(tmesh_worker_t *worker, tmesh_jobs_t *jobs);
// Nobody waits for this run any more: its handler is told, or never called.
void tmesh_reports_cancel(tmesh_worker_t *worker, tmesh_jobs_t *jobs, tmesh_worker_run_t *run,
                          const char *reason);

#endif
