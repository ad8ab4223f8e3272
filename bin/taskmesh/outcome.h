// bin/taskmesh/outcome.h - what a program's end, or a line of it, says about its step.
// Each hands the run in.
#ifndef TMESH_BIN_TASKMESH_OUTCOME_H
#define TMESH_BIN_TASKMESH_OUTCOME_H

#include "bin/taskmesh/process.h"
#include "taskmesh/worker.h"

// A program that ran one step and has ended: exit 0 success with stdout as the result, or handed over
// when that is {"pending": true} and nothing else; 75 a failure
// that may be retried, anything else a permanent one, a signal a retryable one.
void cli_outcome_of_exit(tmesh_worker_t *worker, tmesh_worker_run_t *run,
                         const cli_process_t *process);
// A line of a program that speaks lines: {"success": true, "result": ...},
// {"success": false, "error": {"message", "retryable", "code"}} or {"pending": true}.
void cli_outcome_of_line(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t line);
// A line that comes before the answer: {"checkpoint": {...}}, {"progress": ...} or both. False when it
// is none; hands nothing in.
bool cli_outcome_of_news(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t line);
// A program that speaks lines ended in the middle of a step.
void cli_outcome_of_death(tmesh_worker_t *worker, tmesh_worker_run_t *run,
                          const cli_process_t *process);
// The program could not be started.
void cli_outcome_of_no_start(tmesh_worker_t *worker, tmesh_worker_run_t *run, const char *message);
void cli_outcome_of_overflow(tmesh_worker_t *worker, tmesh_worker_run_t *run);

#endif
