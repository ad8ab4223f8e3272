#include "embed/reports.h"

#include "runtime/base/memory.h"

// One that was told of the closing and has no answer is not done, and not to blame.
static void hand_in_silent(tmesh_worker_t *worker, const tmesh_job_t *job)
{
    static const tmesh_worker_failure_t no_answer = {
        .message = "the handler returned without an answer", .code = "handler_silent"};
    if (tmesh_job_is_cancelled_by_closing(job)) tmesh_worker_give_up(worker, job->run);
    else tmesh_worker_fail(worker, job->run, &no_answer);
}

static void hand_in(tmesh_worker_t *worker, const tmesh_job_t *job)
{
    switch (job->answer) {
    case TMESH_JOB_SUCCEEDED: tmesh_worker_succeed(worker, job->run, job->result); break;
    case TMESH_JOB_FAILED: tmesh_worker_fail(worker, job->run, &job->failure); break;
    case TMESH_JOB_HANDED_OVER: tmesh_worker_hand_over(worker, job->run); break;
    case TMESH_JOB_YIELDED: // and was cancelled since
    case TMESH_JOB_SILENT: hand_in_silent(worker, job); break;
    }
}

void tmesh_reports_hand_in(tmesh_worker_t *worker, tmesh_jobs_t *jobs)
{
    tmesh_job_t *job = NULL;
    while ((job = tmesh_jobs_take_finished(jobs))) {
        hand_in(worker, job);
        tmesh_job_destroy(&job);
    }
}

void tmesh_reports_pass_on_beats(tmesh_worker_t *worker, tmesh_jobs_t *jobs)
{
    for (;;) { // ends with those that have beaten
        tmesh_auto(tmesh_buffer) progress = NULL;
        tmesh_worker_run_t *run = tmesh_jobs_take_beat(jobs, &progress);
        if (!run) return;
        tmesh_view_t json = tmesh_view(NULL, 0);
        if (progress) json = tmesh_view(progress->data, progress->size);
        (void)tmesh_worker_beat(worker, run, json); // it was checked
    }
}

void tmesh_reports_cancel(tmesh_worker_t *worker, tmesh_jobs_t *jobs, tmesh_worker_run_t *run,
                          const char *reason)
{
    tmesh_job_t *job = run->user;
    if (!tmesh_jobs_cancel(jobs, job, reason)) return; // its handler is told, and answers some time
    tmesh_worker_forget(worker, run);
    tmesh_job_destroy(&job);
}
