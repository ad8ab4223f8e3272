// tests/unit/runtime/toy_actors.h - the two actors of the toy contract, steered through their
// services. Included once, by the test itself: each test is one program of one file.
#ifndef TMESH_TESTS_UNIT_RUNTIME_TOY_ACTORS_H
#define TMESH_TESTS_UNIT_RUNTIME_TOY_ACTORS_H

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "tests/unit/runtime/toy_contract.h"

enum { TOY_PATIENCE_S = 20, TOY_LOG_MAX = 64 };

// What survives the lives of a worker.
typedef struct {
    _Atomic int lives;
    _Atomic int living; // objects now
    _Atomic int doubled;
    _Atomic int doomed_runs; // of items that break their batch
    _Atomic int batches;
    char order[TOY_LOG_MAX]; // one letter per batch: d(ouble), n(ote)
    tmesh_err_t stopped_says;
    sem_t arrived; // raised by TOY_WAIT
    sem_t gate;    // and waited for
} toy_bench_t;

typedef struct {
    _Atomic int lives;
    _Atomic int answers;
    _Atomic int errors;
    _Atomic int last_error;
    _Atomic int faults;
    _Atomic int64_t sum;
    _Atomic int64_t tags;
    sem_t answered; // raised once per answer
    sem_t arrived;  // raised by a forward that waits first
    sem_t gate;     // and waited for
} toy_ledger_t;

struct tmesh_toy_worker {
    tmesh_context_t *context;
    toy_bench_t *bench;
};

struct tmesh_toy_asker {
    tmesh_context_t *context;
    toy_ledger_t *ledger;
};

[[maybe_unused]] static void toy_bench_init(toy_bench_t *self)
{
    *self = (toy_bench_t){0};
    sem_init(&self->arrived, 0, 0);
    sem_init(&self->gate, 0, 0);
}

[[maybe_unused]] static void toy_ledger_init(toy_ledger_t *self)
{
    *self = (toy_ledger_t){0};
    sem_init(&self->answered, 0, 0);
    sem_init(&self->arrived, 0, 0);
    sem_init(&self->gate, 0, 0);
}

// False when it was not raised within a time that only a broken test needs.
[[maybe_unused]] static bool toy_wait_for(sem_t *semaphore, int times)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TOY_PATIENCE_S;
    for (int i = 0; i < times; i++) {
        int rc;
        do {
            rc = sem_timedwait(semaphore, &until);
        } while (rc != 0 && errno == EINTR);
        if (rc != 0) return false;
    }
    return true;
}

static void *toy_worker_create(tmesh_context_t *context, void *services)
{
    tmesh_toy_worker_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->bench = services;
    self->bench->lives++;
    self->bench->living++;
    return self;
}

static void toy_worker_destroy(void *self)
{
    ((tmesh_toy_worker_t *)self)->bench->living--;
    tmesh_free(self);
}

static tmesh_err_t toy_worker_stopped(void *self)
{
    return ((tmesh_toy_worker_t *)self)->bench->stopped_says;
}

const tmesh_actor_class_t tmesh_toy_worker_class = {
    .name = "toy_worker_with_a_long_name", // longer than a thread's name may be
    .create = toy_worker_create,
    .destroy = toy_worker_destroy,
    .stopped = toy_worker_stopped,
};

static void toy_note_batch(toy_bench_t *bench, char letter)
{
    int batch = bench->batches++;
    if (batch < TOY_LOG_MAX - 1) bench->order[batch] = letter;
}

static tmesh_err_t toy_double_one(toy_bench_t *bench, const tmesh_toy_double_request_t *request,
                                  tmesh_toy_double_reply_t *reply)
{
    if (request->deed == TOY_SPOIL || request->deed == TOY_DIE) {
        bench->doomed_runs++;
        return request->deed == TOY_DIE ? TMESH_ERR_FATAL : TMESH_ERR_IO;
    }
    if (request->deed == TOY_WAIT) {
        sem_post(&bench->arrived);
        bool came = toy_wait_for(&bench->gate, 1);
        assert(came);
    }
    reply->arena = tmesh_arena_new();
    reply->doubled = 2 * request->number;
    reply->text = tmesh_arena_printf(reply->arena, "%s", request->label ? request->label : "");
    bench->doubled++;
    return TMESH_OK;
}

static tmesh_err_t toy_double_all(tmesh_toy_worker_t *self, tmesh_toy_double_batch_t *batch)
{
    toy_note_batch(self->bench, 'd');
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_toy_double_request_t *request = tmesh_toy_double_request(batch, i);
        if (request->deed == TOY_REFUSE) {
            tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "refused", "/number",
                                                   "%lld is refused", (long long)request->number);
            tmesh_item_fail(&batch->any.items[i], TMESH_ERR_CONFLICT, &fault);
            continue;
        }
        tmesh_err_t err = toy_double_one(self->bench, request, tmesh_toy_double_reply(batch, i));
        if (err) return err;
    }
    return TMESH_OK;
}
TMESH_ANSWER(toy_worker, toy_double, toy_double_all)

static tmesh_err_t toy_note_all(tmesh_toy_worker_t *self, tmesh_toy_note_batch_t *batch)
{
    (void)batch;
    toy_note_batch(self->bench, 'n');
    return TMESH_OK;
}
TMESH_ANSWER(toy_worker, toy_note, toy_note_all)

static void *toy_asker_create(tmesh_context_t *context, void *services)
{
    tmesh_toy_asker_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->ledger = services;
    self->ledger->lives++;
    return self;
}

const tmesh_actor_class_t tmesh_toy_asker_class = {
    .name = "toy_asker",
    .create = toy_asker_create,
    .destroy = tmesh_free,
};

static void toy_on_doubled(void *self, const tmesh_toy_double_answer_t *answer)
{
    toy_ledger_t *ledger = ((tmesh_toy_asker_t *)self)->ledger;
    ledger->answers++;
    ledger->errors += answer->err != TMESH_OK;
    ledger->faults += answer->fault != NULL;
    if (answer->err) ledger->last_error = answer->err;
    ledger->sum += answer->reply->doubled;
    ledger->tags += (int64_t)answer->tag;
    sem_post(&ledger->answered);
}

static tmesh_err_t toy_forward_one(tmesh_toy_asker_t *self,
                                   const tmesh_toy_forward_request_t *request, int64_t i)
{
    tmesh_toy_double_request_t work = {
        .arena = tmesh_arena_new(),
        .number = request->number + i,
        .deed = request->deed,
    };
    work.label = tmesh_arena_printf(work.arena, "number %lld", (long long)work.number);
    tmesh_err_t err = request->only_tell
                          ? tmesh_tell_toy_double(self->context, &work)
                          : tmesh_ask_toy_double(self->context, &work, toy_on_doubled, (uint64_t)i);
    tmesh_arena_destroy(&work.arena); // NULL when it was taken
    return err;
}

static tmesh_err_t toy_forward_all(tmesh_toy_asker_t *self, tmesh_toy_forward_batch_t *batch)
{
    bool die = false;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_toy_forward_request_t *request = tmesh_toy_forward_request(batch, i);
        tmesh_toy_forward_reply_t *reply = tmesh_toy_forward_reply(batch, i);
        if (request->waits_first) {
            sem_post(&self->ledger->arrived);
            bool came = toy_wait_for(&self->ledger->gate, 1);
            assert(came);
        }
        for (int64_t n = 0; n < request->times; n++) {
            tmesh_err_t err = toy_forward_one(self, request, n);
            if (!err) {
                reply->sent++;
                continue;
            }
            reply->refused++;
            reply->error = err;
        }
        if (request->then_die) die = true;
    }
    return die ? TMESH_ERR_FATAL : TMESH_OK;
}
TMESH_ANSWER(toy_asker, toy_forward, toy_forward_all)

#endif
