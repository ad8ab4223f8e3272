// tests/unit/actors/races_gateway.h - a gateway that keeps what it is given. One per process: the test
// finds it here.
#ifndef TMESH_TESTS_UNIT_ACTORS_RACES_GATEWAY_H
#define TMESH_TESTS_UNIT_ACTORS_RACES_GATEWAY_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/wire/contract.h"

enum { PATIENCE_MS = 30000, RECENT = 32 };

struct tmesh_gateway {
    int unused;
};
static struct {
    pthread_mutex_t guard;
    pthread_cond_t came;
    // Under the guard. Several, because those of the round before may come late.
    tmesh_fence_t recent[RECENT];
    uint32_t next;
    _Atomic uint32_t settled;
} gateway = {.guard = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};

static void *create(tmesh_context_t *context, void *services)
{
    (void)context;
    (void)services;
    return tmesh_alloc(1);
}

static void destroy(void *object)
{
    tmesh_free(object);
}

static tmesh_err_t dispatch_steps(tmesh_gateway_t *self, tmesh_dispatch_steps_batch_t *batch)
{
    (void)self;
    pthread_mutex_lock(&gateway.guard);
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_dispatch_steps_request_t *request = tmesh_dispatch_steps_request(batch, i);
        for (size_t j = 0; j < request->count; j++) {
            gateway.recent[gateway.next++ % RECENT] = request->parcels[j].fence;
        }
    }
    pthread_cond_broadcast(&gateway.came);
    pthread_mutex_unlock(&gateway.guard);
    return TMESH_OK;
}

static tmesh_err_t cancel_runs(tmesh_gateway_t *self, tmesh_cancel_runs_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}

static tmesh_err_t task_settled(tmesh_gateway_t *self, tmesh_task_settled_batch_t *batch)
{
    (void)self;
    gateway.settled += (uint32_t)batch->any.count;
    return TMESH_OK;
}

static tmesh_err_t close_door(tmesh_gateway_t *self, tmesh_close_door_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_gateway_class = {
    .name = "gateway", .create = create, .destroy = destroy};
TMESH_ANSWER(gateway, dispatch_steps, dispatch_steps)
TMESH_ANSWER(gateway, cancel_runs, cancel_runs)
TMESH_ANSWER(gateway, task_settled, task_settled)
TMESH_ANSWER(gateway, close_door, close_door)

static const tmesh_fence_t *find_recent(tmesh_step_id_t id)
{
    for (size_t i = 0; i < RECENT; i++) {
        if (tmesh_step_id_compare(gateway.recent[i].step_id, id) == 0) return &gateway.recent[i];
    }
    return NULL;
}

// The fence of this step's run, once it is dispatched.
static tmesh_fence_t await_run(tmesh_step_id_t id)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    int waited = 0;
    pthread_mutex_lock(&gateway.guard);
    while (!waited && !find_recent(id)) {
        waited = pthread_cond_timedwait(&gateway.came, &gateway.guard, &until);
    }
    const tmesh_fence_t *found = find_recent(id);
    tmesh_fence_t fence = found ? *found : (tmesh_fence_t){0};
    pthread_mutex_unlock(&gateway.guard);
    assert_non_null(found);
    return fence;
}

#endif
