// tests/support/store_fixture.h - an open store with a definition in it, and short ways to fill it.
// For every backend: a factory says how one is opened.
#ifndef TMESH_TESTS_SUPPORT_STORE_FIXTURE_H
#define TMESH_TESTS_SUPPORT_STORE_FIXTURE_H

#include "runtime/base/random.h"
#include "services/store/reader.h"
#include "services/store/store.h"

typedef struct {
    const char *name;
    void *(*new_place)(void); // somewhere for a store that is still empty
    void (*destroy_place)(void *place);
    tmesh_err_t (*open)(void *place, tmesh_clock_t *clock, tmesh_store_t **store_p);
    tmesh_err_t (*open_reader)(tmesh_store_t *store, tmesh_reader_t **reader_p);
    bool is_durable;   // what was committed is there when it is opened again
    bool reads_beside; // a reader need not wait for an open work
    uint32_t statements_per_result; // one result, one dependent that is claimed: of a batch of one
} tmesh_store_factory_t;

enum {
    FIXTURE_START_MS = 1000000,
    FIXTURE_STEPS_MAX = 16,
};

typedef struct {
    const tmesh_store_factory_t *factory;
    void *place;
    tmesh_clock_t *clock; // fake
    tmesh_random_t *random;
    tmesh_arena_t *arena; // of the whole test
    tmesh_store_t *store;
    tmesh_reader_t *reader;
    int64_t definition_id; // shop/order@1
    uint64_t queue_a;      // shop/a
    uint64_t queue_b;
} tmesh_store_fixture_t;

tmesh_store_fixture_t *tmesh_store_fixture_new(const tmesh_store_factory_t *factory);
void tmesh_store_fixture_destroy(tmesh_store_fixture_t **self_p);
// Opens store and reader again, which the test has destroyed.
void tmesh_store_fixture_open(tmesh_store_fixture_t *self);
// Closes and opens.
void tmesh_store_fixture_reopen(tmesh_store_fixture_t *self);

// They must succeed.
tmesh_work_t *tmesh_store_fixture_begin(tmesh_store_fixture_t *self, const tmesh_wants_t *wants);
void tmesh_store_fixture_commit(tmesh_store_fixture_t *self, tmesh_work_t **work_p);
tmesh_work_t *tmesh_store_fixture_load_task(tmesh_store_fixture_t *self, tmesh_task_id_t id);
tmesh_work_t *tmesh_store_fixture_load_step(tmesh_store_fixture_t *self, tmesh_step_id_t id);

// A new task of `steps` pending steps in a row, each the parent of the next, all in queue_a.
// The request is lent, its id is set here; NULL: one with the context {}.
tmesh_work_task_t *tmesh_store_fixture_add_task(tmesh_store_fixture_t *self, tmesh_work_t *work,
                                                uint16_t steps, tmesh_request_row_t *request);
tmesh_work_step_t *tmesh_store_fixture_step_of(tmesh_work_t *work, const tmesh_work_task_t *task,
                                               uint16_t number);
// The same, committed: its id.
tmesh_task_id_t tmesh_store_fixture_put_task(tmesh_store_fixture_t *self, uint16_t steps);

void tmesh_store_fixture_enqueue(tmesh_work_t *work, tmesh_work_step_t *step, int64_t order_key);
void tmesh_store_fixture_claim(tmesh_store_fixture_t *self, tmesh_work_t *work,
                               tmesh_work_step_t *step);
// A claimed step succeeds with this body, as a whole: started, handed in, complete.
void tmesh_store_fixture_succeed(tmesh_work_t *work, tmesh_work_step_t *step, const char *body);

#endif
