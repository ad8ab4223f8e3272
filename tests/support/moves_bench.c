#include "tests/support/moves_bench.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/task_initialization/template_finder.h"
#include "tests/support/store_sqlite_place.h"

static const char template_text[] =
    "name: chain\nnamespace_name: shop\nversion: 1.0.0\nsteps:\n"
    "  - name: a\n    handler: {callable: a, initialization: {greeting: hello}}\n"
    "    timeout_seconds: 60\n"
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 1000, max_backoff_ms: 10000}\n"
    "  - name: b\n    handler: {callable: a}\n    dependencies: [a]\n"
    "    publishes_events:\n"
    "      - {name: b.done, description: d, schema: {}}\n"
    "      - {name: b.failed, description: d, schema: {}, condition: failure}\n"
    "      - {name: b.again, description: d, schema: {}, condition: retryable_failure}\n"
    "      - {name: b.dead, description: d, schema: {}, condition: permanent_failure}\n"
    "      - {name: b.tried, description: d, schema: {}, condition: always}\n"
    "  - {name: c, handler: {callable: a}, dependencies: [b], timeout_seconds: 0}\n";

static void put_template(tmesh_moves_bench_t *self)
{
    tmesh_template_finder_t *finder = tmesh_template_finder_new(self->tools);
    tmesh_put_template_request_t request = {
        .file = "bench", .text = tmesh_bytes_of_text(template_text)};
    tmesh_put_template_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    const tmesh_definition_t *definition = NULL;
    tmesh_err_t err = tmesh_template_finder_put(finder, &request, &reply, &fault);
    assert(!err);
    err = tmesh_template_finder_find(finder, "shop", "chain", NULL, &self->fixture->definition_id,
                                     &definition, &fault);
    assert(!err);
    tmesh_arena_destroy(&reply.arena);
    tmesh_template_finder_destroy(&finder);
}

tmesh_moves_bench_t *tmesh_moves_bench_new(void)
{
    static const char *const namespaces[] = {"shop"};
    tmesh_moves_bench_t *self = tmesh_alloc(sizeof *self);
    self->fixture = tmesh_store_fixture_new(&tmesh_store_sqlite_memory);
    self->credit = tmesh_credit_new();
    bool first_look = tmesh_credit_take_backlog(self->credit);
    assert(first_look);
    tmesh_credit_leave_backlog(self->credit, false); // nobody waits
    int offer = tmesh_credit_offer(self->credit, namespaces, 1, NULL, 0);
    assert(offer == 0);
    self->settings = (tmesh_settings_t){
        .hand_off_ms = MOVES_BENCH_HAND_OFF_MS,
        .step_timeout_default_ms = MOVES_BENCH_TIMEOUT_MS,
        .unclaimed_warning_ms = MOVES_BENCH_UNCLAIMED_MS,
    };
    self->tools = tmesh_tools_new(self->fixture->store, self->fixture->clock, self->fixture->random,
                                  self->credit, &self->settings);
    put_template(self);
    return self;
}

void tmesh_moves_bench_destroy(tmesh_moves_bench_t **self_p)
{
    tmesh_moves_bench_t *self = *self_p;
    if (!self) return;
    tmesh_tools_destroy(&self->tools);
    tmesh_credit_destroy(&self->credit);
    tmesh_store_fixture_destroy(&self->fixture);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_work_t *tmesh_moves_bench_begin(tmesh_moves_bench_t *self, tmesh_task_state_t state,
                                      tmesh_work_task_t **task_p)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self->fixture, &(tmesh_wants_t){0});
    *task_p = tmesh_store_fixture_add_task(self->fixture, work, 3, NULL);
    (*task_p)->row.state = state;
    return work;
}

tmesh_work_step_t *tmesh_moves_bench_step(tmesh_work_t *work, uint16_t number)
{
    return tmesh_store_fixture_step_of(work, work->tasks[0], number);
}

void tmesh_moves_bench_claim(tmesh_moves_bench_t *self, tmesh_work_t *work,
                             tmesh_work_step_t *step)
{
    step->row.parents_open = 0;
    tmesh_credit_add(self->credit, 0, 1);
    tmesh_err_t err = tmesh_work_move_step(work, step, TMESH_STEP_EV_ENQUEUE, 0, NULL);
    if (!err) err = tmesh_moves_claim(self->tools, work, step);
    assert(!err);
    assert(step->row.claimed);
}

void tmesh_moves_bench_start(tmesh_moves_bench_t *self, tmesh_work_t *work,
                             tmesh_work_step_t *step)
{
    tmesh_moves_bench_claim(self, work, step);
    tmesh_err_t err = tmesh_moves_start(self->tools, work, step, 0, "w1");
    assert(!err);
}

void tmesh_moves_bench_end(tmesh_moves_bench_t *self, tmesh_work_t **work_p)
{
    tmesh_work_check(*work_p);
    tmesh_store_abandon(self->fixture->store, work_p);
}
