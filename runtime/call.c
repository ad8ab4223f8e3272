#include "runtime/call.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "runtime/linger.h"


struct tmesh_call {
    pthread_mutex_t guard;
    pthread_cond_t answered;
    _Atomic(tmesh_message_t *) message; // the answer
    bool abandoned;                     // nobody waits any more
};

tmesh_call_t *tmesh_call_new(tmesh_pool_t *pool)
{
    tmesh_call_t *self = tmesh_pool_take(pool, sizeof *self);
    self->message = NULL;
    self->abandoned = false;
    pthread_mutex_init(&self->guard, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    return self;
}

void tmesh_call_destroy(tmesh_call_t **self_p, tmesh_pool_t *pool)
{
    tmesh_call_t *self = *self_p;
    if (!self) return;
    pthread_cond_destroy(&self->answered);
    pthread_mutex_destroy(&self->guard);
    tmesh_pool_give(pool, self);
    *self_p = NULL;
}

static struct timespec in_ms(int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

static bool is_answered(const void *call)
{
    return ((const tmesh_call_t *)call)->message != NULL;
}

tmesh_message_t *tmesh_call_wait(tmesh_call_t **self_p, tmesh_pool_t *pool, int64_t timeout_ms)
{
    assert(timeout_ms >= 0);
    tmesh_call_t *self = *self_p;
    *self_p = NULL;
    const struct timespec until = in_ms(timeout_ms);
    if (timeout_ms > 0) tmesh_linger(is_answered, self);
    pthread_mutex_lock(&self->guard);
    int rc = 0;
    while (!self->message && rc == 0) {
        rc = pthread_cond_timedwait(&self->answered, &self->guard, &until);
    }
    tmesh_message_t *message = self->message;
    self->abandoned = !message;
    pthread_mutex_unlock(&self->guard);
    if (message) tmesh_call_destroy(&self, pool);
    return message;
}

void tmesh_call_answer(tmesh_call_t *self, tmesh_message_t **message_p)
{
    pthread_mutex_lock(&self->guard);
    bool abandoned = self->abandoned;
    if (!abandoned) {
        self->message = *message_p;
        *message_p = NULL;
        pthread_cond_signal(&self->answered);
    }
    pthread_mutex_unlock(&self->guard);
    if (!abandoned) return; // the waiting thread may have freed it by now
    tmesh_message_destroy(message_p);
    tmesh_call_destroy(&self, NULL);
}
