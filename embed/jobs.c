#include "embed/jobs.h"

#include <pthread.h>

#include "runtime/base/memory.h"

typedef TAILQ_HEAD(job_list, tmesh_step_reply) job_list_t;

struct tmesh_jobs {
    pthread_mutex_t lock;
    pthread_cond_t more; // a job waits, or it is over
    job_list_t waiting;
    job_list_t running;
    job_list_t finished;
    bool all_cancelled;
    bool is_over;
};

tmesh_jobs_t *tmesh_jobs_new(void)
{
    tmesh_jobs_t *self = tmesh_alloc(sizeof *self);
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
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_jobs_add(tmesh_jobs_t *self, tmesh_worker_run_t *run)
{
    tmesh_job_t *job = tmesh_alloc(sizeof *job);
    job->run = run;
    job->arena = tmesh_arena_new();
    run->user = job;
    pthread_mutex_lock(&self->lock);
    job->is_cancelled = self->all_cancelled;
    TAILQ_INSERT_TAIL(&self->waiting, job, link);
    pthread_cond_signal(&self->more);
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
    TAILQ_INSERT_TAIL(&self->finished, job, link);
    pthread_mutex_unlock(&self->lock);
}

tmesh_job_t *tmesh_jobs_take_finished(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    tmesh_job_t *job = TAILQ_FIRST(&self->finished);
    if (job) TAILQ_REMOVE(&self->finished, job, link);
    pthread_mutex_unlock(&self->lock);
    return job;
}

bool tmesh_jobs_cancel(tmesh_jobs_t *self, tmesh_job_t *job)
{
    pthread_mutex_lock(&self->lock);
    const tmesh_job_t *other = TAILQ_FIRST(&self->waiting);
    while (other && other != job) other = TAILQ_NEXT(other, link);
    if (other) TAILQ_REMOVE(&self->waiting, job, link);
    job->is_cancelled = true;
    pthread_mutex_unlock(&self->lock);
    return other != NULL;
}

void tmesh_jobs_cancel_all(tmesh_jobs_t *self)
{
    pthread_mutex_lock(&self->lock);
    self->all_cancelled = true;
    tmesh_job_t *job = NULL;
    TAILQ_FOREACH(job, &self->waiting, link) job->is_cancelled = true;
    TAILQ_FOREACH(job, &self->running, link) job->is_cancelled = true;
    pthread_mutex_unlock(&self->lock);
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

// ---- For the handler ------------------------------------------------------------------------------

void tmesh_step_succeed(tmesh_step_reply_t *self, tmesh_view_t result)
{
    tmesh_bytes_t copy =
        result.data ? tmesh_arena_bytes(self->arena, tmesh_bytes(result.data, result.size))
                    : TMESH_BYTES_NONE;
    self->result = tmesh_view(copy.data, copy.size);
    self->is_success = true;
    self->is_answered = true;
}

void tmesh_step_fail(tmesh_step_reply_t *self, const tmesh_worker_failure_t *failure)
{
    self->failure = *failure;
    self->failure.message = tmesh_arena_text(self->arena, failure->message);
    self->failure.code = tmesh_arena_text(self->arena, failure->code);
    self->failure.error_type = tmesh_arena_text(self->arena, failure->error_type);
    self->is_success = false;
    self->is_answered = true;
}

int tmesh_step_is_cancelled(const tmesh_step_reply_t *self)
{
    return self->is_cancelled;
}
