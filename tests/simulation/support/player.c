#include "tests/simulation/support/player.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum { TRY_AGAIN_MS = 500, LOOK_AGAIN_MS = 1000 };

struct tmesh_gateway {
    tmesh_context_t *context;
    tmesh_stage_t *stage;
    int64_t nudge_ms;    // the next look at the backlog, unless
    int64_t nudged_room; // this has changed since the last one
};

tmesh_context_t *tmesh_player_context(const tmesh_stage_t *stage)
{
    return stage->player->context;
}

tmesh_stage_t *tmesh_player_stage(const tmesh_gateway_t *self)
{
    return self->stage;
}

static int64_t now_ms(const tmesh_gateway_t *self)
{
    return tmesh_clock_monotonic_ms(tmesh_context_clock(self->context));
}

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_gateway_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->stage = services;
    self->stage->player = self;
    self->nudged_room = -1;
    return self;
}

static void destroy(void *object)
{
    tmesh_free(object);
}

static tmesh_played_run_t *find(tmesh_stage_t *stage, tmesh_step_id_t step_id, uint32_t run)
{
    tmesh_played_run_t *played = stage->runs;
    while (played && (played->fence.run != run ||
                      tmesh_step_id_compare(played->fence.step_id, step_id) != 0)) {
        played = played->next;
    }
    return played;
}

static void free_credit(tmesh_stage_t *stage, tmesh_played_run_t *played)
{
    tmesh_credit_give_back(stage->credit, played->offer);
    played->offer = TMESH_CREDIT_NONE;
}

static void forget(tmesh_stage_t *stage, tmesh_played_run_t *played)
{
    tmesh_played_run_t **link = &stage->runs;
    while (*link != played) link = &(*link)->next;
    *link = played->next;
    free_credit(stage, played);
    tmesh_free(played);
}

void tmesh_player_end_run(tmesh_stage_t *stage, const tmesh_fence_t *fence)
{
    tmesh_played_run_t *played = find(stage, fence->step_id, fence->run);
    if (played) forget(stage, played);
}

void tmesh_player_free_credit(tmesh_stage_t *stage, const tmesh_fence_t *fence)
{
    tmesh_played_run_t *played = find(stage, fence->step_id, fence->run);
    if (played) free_credit(stage, played);
}

static void note_sent(tmesh_gateway_t *self, const tmesh_played_run_t *played)
{
    tmesh_note_steps_sent_request_t note = {.fence = played->fence, .sent_at_ms = played->sent_ms};
    note.arena = tmesh_arena_new();
    note.worker = tmesh_arena_text(note.arena, "player");
    if (tmesh_tell_note_steps_sent(self->context, &note)) tmesh_arena_destroy(&note.arena);
}

static void begin_run(tmesh_gateway_t *self, const tmesh_parcel_t *parcel)
{
    tmesh_stage_t *stage = self->stage;
    const tmesh_sim_config_t *config = stage->config;
    tmesh_played_run_t *played = tmesh_alloc(sizeof *played);
    played->fence = parcel->fence;
    played->offer = parcel->offer;
    snprintf(played->step_name, sizeof played->step_name, "%s", parcel->step_name);
    played->sent_ms = tmesh_clock_now_ms(tmesh_context_clock(self->context));
    played->finish_ms = now_ms(self);
    if (config->step_ms_max > 0) {
        played->finish_ms +=
            (int64_t)tmesh_random_below(stage->random, (uint64_t)config->step_ms_max + 1);
    }
    if (config->script) {
        played->deed = config->script(config->script_self, parcel, stage->random);
    }
    played->next = stage->runs;
    stage->runs = played;
    stage->runs_begun++;
    tmesh_bytes_t cursor = TMESH_BYTES_NONE;
    if (parcel->checkpoint.data) cursor = tmesh_json_member(parcel->checkpoint, "cursor");
    snprintf(stage->last_cursor, sizeof stage->last_cursor, "%.*s", (int)cursor.size,
             cursor.data ? cursor.data : "");
    if (played->deed == TMESH_SIM_KEEP) {
        played->finish_ms = INT64_MAX;
        return;
    }
    if (tmesh_random_below(stage->random, 2) == 0) note_sent(self, played);
    if (played->deed == TMESH_SIM_STAY_SILENT) {
        note_sent(self, played); // so that its time limit runs
        forget(stage, played);
    }
}

static tmesh_err_t dispatch_steps(tmesh_gateway_t *self, tmesh_dispatch_steps_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_dispatch_steps_request_t *request = tmesh_dispatch_steps_request(batch, i);
        for (size_t j = 0; j < request->count; j++) {
            const tmesh_fence_t *fence = &request->parcels[j].fence;
            if (find(self->stage, fence->step_id, fence->run)) continue; // held already
            begin_run(self, &request->parcels[j]);
        }
    }
    return TMESH_OK;
}

static tmesh_err_t cancel_runs(tmesh_gateway_t *self, tmesh_cancel_runs_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_cancel_runs_request_t *request = tmesh_cancel_runs_request(batch, i);
        for (size_t j = 0; j < request->count; j++) {
            tmesh_played_run_t *played =
                find(self->stage, request->runs[j].step_id, request->runs[j].run);
            // Whatever the player holds is sent.
            if (!played || request->runs[j].only_unsent) continue;
            self->stage->runs_cancelled++;
            forget(self->stage, played);
        }
    }
    return TMESH_OK;
}

static tmesh_err_t task_settled(tmesh_gateway_t *self, tmesh_task_settled_batch_t *batch)
{
    self->stage->tasks_settled += (uint32_t)batch->any.count;
    return TMESH_OK;
}

static tmesh_err_t close_door(tmesh_gateway_t *self, tmesh_close_door_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}

static void on_result(void *object, const tmesh_process_step_result_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    const tmesh_fence_t *fence = &answer->request->fence;
    tmesh_played_run_t *played = find(self->stage, fence->step_id, fence->run);
    if (!answer->err && !answer->reply->repeated) self->stage->results_accepted++;
    if (!played) return;
    bool over = !answer->err || answer->err == TMESH_ERR_CONFLICT ||
                answer->err == TMESH_ERR_NOT_FOUND;
    if (over) {
        forget(self->stage, played);
    } else { // as a worker does that has no answer
        played->reported = false;
        played->finish_ms = now_ms(self) + TRY_AGAIN_MS;
    }
}

static void report(tmesh_gateway_t *self, tmesh_played_run_t *played)
{
    if (played->deed != TMESH_SIM_LOSE_WORKER) free_credit(self->stage, played);
    static const tmesh_result_kind_t kinds[] = {
        [TMESH_SIM_SUCCEED] = TMESH_RESULT_SUCCESS,
        [TMESH_SIM_FAIL_RETRYABLE] = TMESH_RESULT_FAILURE,
        [TMESH_SIM_FAIL] = TMESH_RESULT_FAILURE,
        [TMESH_SIM_LOSE_WORKER] = TMESH_RESULT_WORKER_LOST,
    };
    tmesh_process_step_result_request_t result = {
        .arena = tmesh_arena_new(),
        .fence = played->fence,
        .kind = kinds[played->deed],
        .retryable = played->deed == TMESH_SIM_FAIL_RETRYABLE,
        .retry_after_ms = -1,
        .sent_at_ms = played->sent_ms,
    };
    result.worker = tmesh_arena_text(result.arena, "player");
    if (played->deed == TMESH_SIM_SUCCEED) {
        const tmesh_sim_config_t *config = self->stage->config;
        const char *given =
            config->answer ? config->answer(config->answer_self, played->step_name) : NULL;
        result.result = tmesh_bytes_of_text(
            given ? tmesh_arena_text(result.arena, given)
                  : tmesh_arena_printf(result.arena, "\"%s\"", played->step_name));
    } else {
        result.error_code = tmesh_arena_text(result.arena, "played_failure");
        result.error_message = tmesh_arena_text(result.arena, "as the script says");
    }
    played->reported =
        tmesh_ask_process_step_result(self->context, &result, on_result, 0) == TMESH_OK;
    if (!played->reported) played->finish_ms = now_ms(self) + TRY_AGAIN_MS;
    tmesh_arena_destroy(&result.arena);
}

// As the gateway: when credit has come back, and once a second besides.
static int64_t nudge_due_ms(const tmesh_gateway_t *self)
{
    const tmesh_credit_t *credit = self->stage->credit;
    if (!tmesh_credit_has_backlog(credit) || !tmesh_credit_has_room(credit)) return INT64_MAX;
    bool has_changed = tmesh_credit_room(credit, self->stage->offer) != self->nudged_room;
    return has_changed ? now_ms(self) : self->nudge_ms;
}

static int64_t due_ms(void *object)
{
    const tmesh_gateway_t *self = object;
    int64_t earliest_ms = INT64_MAX;
    for (const tmesh_played_run_t *run = self->stage->runs; run; run = run->next) {
        if (!run->reported && run->finish_ms < earliest_ms) earliest_ms = run->finish_ms;
    }
    int64_t nudge_ms = nudge_due_ms(self);
    return nudge_ms < earliest_ms ? nudge_ms : earliest_ms;
}

static tmesh_err_t tick(void *object)
{
    tmesh_gateway_t *self = object;
    for (tmesh_played_run_t *run = self->stage->runs; run; run = run->next) {
        if (run->reported || run->finish_ms > now_ms(self)) continue;
        report(self, run);
        bool twice =
            tmesh_random_below(self->stage->random, 100) < self->stage->config->double_percent;
        if (twice) report(self, run);
    }
    if (nudge_due_ms(self) > now_ms(self)) return TMESH_OK;
    self->nudge_ms = now_ms(self) + LOOK_AGAIN_MS;
    self->nudged_room = tmesh_credit_room(self->stage->credit, self->stage->offer);
    tmesh_credit_changed_request_t request = {0};
    return tmesh_tell_credit_changed(self->context, &request);
}

static void on_submitted(void *object, const tmesh_process_task_request_answer_t *answer)
{
    tmesh_stage_t *stage = ((tmesh_gateway_t *)object)->stage;
    tmesh_fault_destroy(&stage->submission_fault);
    stage->submission_err = answer->err;
    stage->submission = (tmesh_submission_answer_t){0};
    if (answer->err) return;
    stage->submission = answer->reply->answers[0];
    stage->submission_fault = tmesh_fault_copy(stage->submission.fault);
    stage->submission.fault = stage->submission_fault;
}

void tmesh_player_submit(tmesh_stage_t *stage, const tmesh_submission_t *submission)
{
    tmesh_process_task_request_request_t request = {.arena = tmesh_arena_new(), .count = 1};
    request.submissions = tmesh_arena_copy(request.arena, submission, sizeof *submission);
    tmesh_err_t err =
        tmesh_ask_process_task_request(stage->player->context, &request, on_submitted, 0);
    assert(!err);
}

static void on_template(void *object, const tmesh_put_template_answer_t *answer)
{
    tmesh_stage_t *stage = ((tmesh_gateway_t *)object)->stage;
    stage->template_err = answer->err;
    tmesh_fault_destroy(&stage->template_fault);
    stage->template_fault = tmesh_fault_copy(answer->fault);
}

void tmesh_player_put_template(tmesh_stage_t *stage, const char *yaml)
{
    tmesh_put_template_request_t request = {.arena = tmesh_arena_new()};
    request.file = "sim.yaml";
    request.text = tmesh_arena_bytes(request.arena, tmesh_bytes_of_text(yaml));
    tmesh_err_t err = tmesh_ask_put_template(stage->player->context, &request, on_template, 0);
    assert(!err);
}

static void on_cancelled(void *object, const tmesh_cancel_task_answer_t *answer)
{
    ((tmesh_gateway_t *)object)->stage->cancel_err = answer->err;
}

void tmesh_player_cancel(tmesh_stage_t *stage, tmesh_task_id_t id)
{
    tmesh_cancel_task_request_t request = {.task_id = id, .by = "sim", .reason = "asked to"};
    tmesh_err_t err = tmesh_ask_cancel_task(stage->player->context, &request, on_cancelled, 0);
    assert(!err);
}

static void on_finalized(void *object, const tmesh_finalize_task_answer_t *answer)
{
    assert(!answer->err);
    tmesh_stage_t *stage = ((tmesh_gateway_t *)object)->stage;
    stage->finalize_action = answer->reply->action;
    stage->finalized_in[answer->reply->state]++;
}

void tmesh_player_finalize(tmesh_stage_t *stage, tmesh_task_id_t id)
{
    tmesh_finalize_task_request_t request = {.task_id = id};
    tmesh_err_t err = tmesh_ask_finalize_task(stage->player->context, &request, on_finalized, 0);
    assert(!err);
}

static void on_adopted(void *object, const tmesh_note_steps_sent_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    const tmesh_fence_t *fence = &answer->request->fence;
    tmesh_played_run_t *played = find(self->stage, fence->step_id, fence->run);
    if (played && answer->err) forget(self->stage, played);
}

void tmesh_player_come_back(tmesh_stage_t *stage)
{
    for (tmesh_played_run_t *run = stage->runs; run; run = run->next) {
        run->reported = false;
        run->offer = TMESH_CREDIT_NONE;
        tmesh_note_steps_sent_request_t note = {
            .fence = run->fence, .sent_at_ms = run->sent_ms, .adopted = true};
        tmesh_err_t err =
            tmesh_ask_note_steps_sent(stage->player->context, &note, on_adopted, 0);
        assert(!err);
    }
}

const tmesh_actor_class_t tmesh_gateway_class = {
    .name = "gateway",
    .create = create,
    .destroy = destroy,
    .due_ms = due_ms,
    .tick = tick,
};
TMESH_ANSWER(gateway, dispatch_steps, dispatch_steps)
TMESH_ANSWER(gateway, cancel_runs, cancel_runs)
TMESH_ANSWER(gateway, task_settled, task_settled)
TMESH_ANSWER(gateway, close_door, close_door)
