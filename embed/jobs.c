#include "embed/jobs.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "runtime/base/memory.h"

typedef TAILQ_HEAD(job_list, tmesh_step_reply) job_list_t;

struct tmesh_jobs {
    tmesh_clients_t *clients; // lent
    int bell;                 // lent
    pthread_mutex_t lock;
    pthread_cond_t more; // a job waits, or it is over
    job_list_t waiting;
    job_list_t running;
    job_list_t finished;
    bool all_cancelled;
    bool is_over;
};

static const char closing[] = "runtime_closing";

tmesh_jobs_t *tmesh_jobs_new(tmesh_clients_t *clients, int bell)
{
    tmesh_jobs_t *self = tmesh_alloc(sizeof *self);
    self->clients = clients;
    self->bell = bell;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->more, NULL);
    TAILQ_INIT(&self->waiting);
    TAILQ_INIT(&self->running);
    TAILQ_INIT(&self->finished);
    return self;
}

void tmesh_jobs_destroy(tmesh_jobs_t **self_p)
{
    tmesh_jobs_t *self = *self_p;
    if (!self) return;
    pthread_cond_destroy(&self->more);
    pthread_mutex_destroy(&self->lock);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_job_destroy(tmesh_job_t **self_p)
{
    tmesh_job_t *self = *self_p;
    if (!self) return;
    tmesh_buffer_destroy(&self->checkpoint);
    tmesh_buffer_destroy(&self->next_checkpoint);
    tmesh_buffer_destroy(&self->progress);
    tmesh_answer_destroy(&self->inputs);
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_clients_t *tmesh_jobs_clients(const tmesh_jobs_t *self)
{
    return self->clients;
}

static void ring(const tmesh_jobs_t *self)
{
    eventfd_write(self->bell, 1);
}

// ---- Through the pool ---------------------------------------------------------------------------

static void add_waiting(tmesh_jobs_t *self, tmesh_job_t *job)
{
    TAILQ_INSERT_TAIL(&self->waiting, job, link);
    pthread_cond_signal(&self->more);
}

void tmesh_jobs_add(tmesh_jobs_t *self, tmesh_worker_run_t *run)
{
    tmesh_job_t *job = tmesh_alloc(sizeof *job);
    job->jobs = self;
    job->run = run;
    job->arena = tmesh_arena_new();
    run->user = job;
    pthread_mutex_lock(&self->lock);
    if (self->all_cancelled) job->cancel_reason = closing;
    add_waiting(self, job);
    pthread_mutex_unlock(&self->lock);
}

tmesh_job_t *tmesh_jobs_start(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    while (TAILQ_EMPTY(&self->waiting) && !self->is_over) {
        pthread_cond_wait(&self->more, &self->lock);
    }
    tmesh_job_t *job = TAILQ_FIRST(&self->waiting);
    if (job) {
        TAILQ_REMOVE(&self->waiting, job, link);
        TAILQ_INSERT_TAIL(&self->running, job, link);
    }
    pthread_mutex_unlock(&self->lock);
    return job;
}

void tmesh_jobs_finish(tmesh_jobs_t *self, tmesh_job_t *job)
{
    pthread_mutex_lock(&self->lock);
    TAILQ_REMOVE(&self->running, job, link);
    bool goes_on = job->answer == TMESH_JOB_YIELDED && !job->cancel_reason;
    if (goes_on) add_waiting(self, job);
    else TAILQ_INSERT_TAIL(&self->finished, job, link);
    pthread_mutex_unlock(&self->lock);
    if (!goes_on) ring(self);
}

tmesh_job_t *tmesh_jobs_take_finished(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    tmesh_job_t *job = TAILQ_FIRST(&self->finished);
    if (job) TAILQ_REMOVE(&self->finished, job, link);
    pthread_mutex_unlock(&self->lock);
    return job;
}

bool tmesh_jobs_are_none(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    bool are_none = TAILQ_EMPTY(&self->waiting) && TAILQ_EMPTY(&self->running) &&
                    TAILQ_EMPTY(&self->finished);
    pthread_mutex_unlock(&self->lock);
    return are_none;
}

void tmesh_jobs_end(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_over = true;
    pthread_cond_broadcast(&self->more);
    pthread_mutex_unlock(&self->lock);
}

// ---- While they run -----------------------------------------------------------------------------

void tmesh_job_begin_again(tmesh_job_t *self)
{
    tmesh_buffer_destroy(&self->checkpoint);
    self->checkpoint = self->next_checkpoint;
    self->next_checkpoint = NULL;
    self->run->checkpoint = tmesh_view(self->checkpoint->data, self->checkpoint->size);
    self->answer = TMESH_JOB_SILENT;
}

void tmesh_jobs_beat(tmesh_jobs_t *self, tmesh_job_t *job, tmesh_buffer_t **progress_p)
{
    pthread_mutex_lock(&self->lock);
    bool is_first = !job->beats; // the session has taken the one before
    job->beats = true;
    if (*progress_p) {
        tmesh_buffer_destroy(&job->progress);
        job->progress = *progress_p;
        *progress_p = NULL;
    }
    pthread_mutex_unlock(&self->lock);
    if (is_first) ring(self);
}

tmesh_worker_run_t *tmesh_jobs_take_beat(tmesh_jobs_t *self, tmesh_buffer_t **progress_p)
{
    pthread_mutex_lock(&self->lock);
    tmesh_job_t *job = TAILQ_FIRST(&self->running);
    while (job && !job->beats) job = TAILQ_NEXT(job, link);
    if (job) {
        job->beats = false;
        *progress_p = job->progress;
        job->progress = NULL;
    }
    pthread_mutex_unlock(&self->lock);
    return job ? job->run : NULL;
}

// ---- Cancelling ---------------------------------------------------------------------------------

// Behind the lock. The text is there before the pointer that the handler reads.
static void tell_cancelled(tmesh_job_t *job, const char *reason)
{
    if (job->cancel_reason) return;
    snprintf(job->reason, sizeof job->reason, "%s", reason);
    job->cancel_reason = job->reason;
}

void tmesh_jobs_tell_cancelled(tmesh_jobs_t *self, tmesh_job_t *job, const char *reason)
{
    pthread_mutex_lock(&self->lock);
    tell_cancelled(job, reason);
    pthread_mutex_unlock(&self->lock);
}

bool tmesh_jobs_cancel(tmesh_jobs_t *self, tmesh_job_t *job, const char *reason)
{
    pthread_mutex_lock(&self->lock);
    const tmesh_job_t *other = TAILQ_FIRST(&self->waiting);
    while (other && other != job) other = TAILQ_NEXT(other, link);
    if (other) TAILQ_REMOVE(&self->waiting, job, link);
    tell_cancelled(job, reason);
    pthread_mutex_unlock(&self->lock);
    return other != NULL;
}

void tmesh_jobs_cancel_all(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    self->all_cancelled = true;
    tmesh_job_t *job = NULL;
    TAILQ_FOREACH(job, &self->waiting, link) {
        if (!job->cancel_reason) job->cancel_reason = closing;
    }
    TAILQ_FOREACH(job, &self->running, link) {
        if (!job->cancel_reason) job->cancel_reason = closing;
    }
    pthread_mutex_unlock(&self->lock);
}

bool tmesh_job_is_cancelled_by_closing(const tmesh_job_t *self)
{
    return self->cancel_reason == closing;
}
