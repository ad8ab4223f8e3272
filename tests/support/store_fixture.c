#include "tests/support/store_fixture.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/domain/queue_id.h"

static void must(tmesh_err_t err)
{
    assert(err == TMESH_OK);
}

void tmesh_store_fixture_open(tmesh_store_fixture_t *self)
{
    must(self->factory->open(self->place, self->clock, &self->store));
    must(self->factory->open_reader(self->store, &self->reader));
}

tmesh_store_fixture_t *tmesh_store_fixture_new(const tmesh_store_factory_t *factory)
{
    tmesh_store_fixture_t *self = tmesh_alloc(sizeof *self);
    self->factory = factory;
    self->place = factory->new_place();
    self->clock = tmesh_clock_new_fake(FIXTURE_START_MS);
    self->random = tmesh_random_new_seeded(1);
    self->arena = tmesh_arena_new();
    tmesh_store_fixture_open(self);
    self->queue_a = tmesh_queue_id("shop", "a");
    self->queue_b = tmesh_queue_id("shop", "b");
    tmesh_queue_row_t queues[] = {{self->queue_a, "shop", "a"}, {self->queue_b, "shop", "b"}};
    tmesh_definition_row_t definition = {
        .namespace_name = "shop",
        .name = "order",
        .version = "1",
        .step_count = FIXTURE_STEPS_MAX,
        .json = tmesh_bytes_of_text("{}"),
        .created_ms = FIXTURE_START_MS,
    };
    bool is_created = false;
    must(tmesh_store_put_definition(self->store, &definition, queues, 2, &is_created));
    self->definition_id = definition.id;
    return self;
}

void tmesh_store_fixture_destroy(tmesh_store_fixture_t **self_p)
{
    tmesh_store_fixture_t *self = *self_p;
    if (!self) return;
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->store);
    tmesh_arena_destroy(&self->arena);
    tmesh_random_destroy(&self->random);
    tmesh_clock_destroy(&self->clock);
    self->factory->destroy_place(self->place);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_store_fixture_reopen(tmesh_store_fixture_t *self)
{
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->store);
    tmesh_store_fixture_open(self);
}

tmesh_work_t *tmesh_store_fixture_begin(tmesh_store_fixture_t *self, const tmesh_wants_t *wants)
{
    tmesh_work_t *work = NULL;
    must(tmesh_store_begin(self->store, wants, &work));
    return work;
}

void tmesh_store_fixture_commit(tmesh_store_fixture_t *self, tmesh_work_t **work_p)
{
    must(tmesh_store_commit(self->store, *work_p));
    tmesh_work_check(*work_p);
    tmesh_work_destroy(work_p);
}

tmesh_work_t *tmesh_store_fixture_load_task(tmesh_store_fixture_t *self, tmesh_task_id_t id)
{
    tmesh_wants_t wants = {.task_ids = &id, .task_count = 1, .with_all_steps = true};
    return tmesh_store_fixture_begin(self, &wants);
}

tmesh_work_t *tmesh_store_fixture_load_step(tmesh_store_fixture_t *self, tmesh_step_id_t id)
{
    tmesh_wants_t wants = {.step_ids = &id, .step_count = 1, .with_children = true};
    return tmesh_store_fixture_begin(self, &wants);
}

static void add_step(tmesh_store_fixture_t *self, tmesh_work_t *work, tmesh_task_id_t task_id,
                     uint16_t number)
{
    tmesh_step_row_t row = {
        .id = tmesh_step_id_of(task_id, number),
        .template_index = (uint16_t)(number - 1),
        .queue_id = self->queue_a,
        .max_attempts = 3,
        .retryable = true,
        .parents_open = number > 1,
        .due_ms = TMESH_DUE_NONE,
    };
    tmesh_work_step_t *step = tmesh_work_add_step(work, &row);
    step->is_new = true;
    must(tmesh_work_move_step(work, step, TMESH_STEP_EV_CREATE, 0, NULL));
    if (number > 1) {
        tmesh_work_add_edge(work, tmesh_step_id_of(task_id, (uint16_t)(number - 1)), row.id);
    }
}

tmesh_work_task_t *tmesh_store_fixture_add_task(tmesh_store_fixture_t *self, tmesh_work_t *work,
                                                uint16_t steps, tmesh_request_row_t *request)
{
    if (!request) {
        request = tmesh_arena_alloc(work->arena, sizeof *request);
        request->context = tmesh_bytes_of_text("{}");
    }
    tmesh_task_row_t row = {
        .id = tmesh_task_id_new(self->random, work->now_ms),
        .definition_id = self->definition_id,
        .due_ms = TMESH_DUE_NONE,
        .created_ms = work->now_ms,
        .updated_ms = work->now_ms,
    };
    request->task_id = row.id;
    tmesh_work_task_t *task = tmesh_work_add_task(work, &row);
    task->is_new = true;
    task->request = request;
    must(tmesh_work_move_task(work, task, TMESH_TASK_EV_CREATE, NULL));
    for (uint16_t number = 1; number <= steps; number++) add_step(self, work, row.id, number);
    return task;
}

tmesh_work_step_t *tmesh_store_fixture_step_of(tmesh_work_t *work, const tmesh_work_task_t *task,
                                               uint16_t number)
{
    tmesh_work_step_t *step =
        tmesh_work_find_step(work, tmesh_step_id_of(task->row.id, number));
    assert(step);
    return step;
}

tmesh_task_id_t tmesh_store_fixture_put_task(tmesh_store_fixture_t *self, uint16_t steps)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_task_id_t id = tmesh_store_fixture_add_task(self, work, steps, NULL)->row.id;
    tmesh_store_fixture_commit(self, &work);
    return id;
}

void tmesh_store_fixture_enqueue(tmesh_work_t *work, tmesh_work_step_t *step, int64_t order_key)
{
    must(tmesh_work_move_step(work, step, TMESH_STEP_EV_ENQUEUE, 0, NULL));
    step->row.parents_open = 0;
    step->row.order_key = order_key;
    step->row.enqueued_ms = work->now_ms;
}

void tmesh_store_fixture_claim(tmesh_store_fixture_t *self, tmesh_work_t *work,
                               tmesh_work_step_t *step)
{
    step->row.run++;
    step->row.token = tmesh_run_token_new(self->random);
    step->row.claimed = true;
    step->row.due_ms = work->now_ms + 5000;
    step->row.due_for = TMESH_STEP_DUE_HAND_OFF;
    step->is_changed = true;
    tmesh_work_add_claim(work, step, 0);
}

void tmesh_store_fixture_succeed(tmesh_work_t *work, tmesh_work_step_t *step, const char *body)
{
    tmesh_work_add_result(work, &(tmesh_result_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .success = true,
        .received_ms = work->now_ms,
        .worker = "w1",
        .body = body ? tmesh_bytes_of_text(body) : TMESH_BYTES_NONE,
        .answer = TMESH_STEP_COMPLETE,
    });
    step->row.worker = "w1";
    must(tmesh_work_move_step(work, step, TMESH_STEP_EV_START, 0, NULL));
    must(tmesh_work_move_step(work, step, TMESH_STEP_EV_ENQUEUE_FOR_ORCHESTRATION, 0, NULL));
    must(tmesh_work_move_step(work, step, TMESH_STEP_EV_COMPLETE, 0, NULL));
    step->row.attempts++;
    step->row.claimed = false;
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
}
