// What workers and people say, and what they must be told.
#include <stdio.h>
#include <string.h>

#include "tests/property/support/law.h"
#include "tests/property/support/story.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/player.h"

static uint64_t draw(tmesh_story_t *self, uint64_t below)
{
    return tmesh_random_below(self->random, below);
}

static int index_of(tmesh_step_id_t id)
{
    return (int)tmesh_step_number(id) - 1;
}

static void expect(const tmesh_story_t *self, int index, const char *got, const char *expected)
{
    bool as_expected = tmesh_law_equal(got, expected);
    if (!as_expected) printf("answered \"%s\" instead of \"%s\"\n", got, expected);
    tmesh_model_must(self->model, as_expected, index, "the answer is another one");
}

bool tmesh_story_draw_held(tmesh_story_t *self, tmesh_fence_t *fence)
{
    uint64_t count = 0;
    for (tmesh_played_run_t *run = tmesh_sim_stage(self->sim)->runs; run; run = run->next) {
        if (draw(self, ++count) == 0) *fence = run->fence;
    }
    return count > 0;
}

// Mostly of a run that is held; else of any that ever was, and sometimes forged.
static bool draw_fence(tmesh_story_t *self, tmesh_fence_t *fence, bool *is_forged)
{
    *is_forged = false;
    if (draw(self, 5) && tmesh_story_draw_held(self, fence)) return true;
    if (self->fence_count == 0) return false;
    *fence = self->fences[draw(self, (uint64_t)self->fence_count)];
    *is_forged = draw(self, 6) == 0;
    if (*is_forged) fence->token.bytes[draw(self, sizeof fence->token.bytes)] ^= 1;
    return true;
}

// The code that a word on this run is answered with; *repeated_p: the same answer as before.
static const char *verdict(const tmesh_story_t *self, const tmesh_fence_t *fence, bool *repeated_p)
{
    const tmesh_model_step_t *step = &self->model->steps[index_of(fence->step_id)];
    *repeated_p = false;
    if (tmesh_law_equal(step->state, "cancelled")) return "step_cancelled";
    if (fence->run != step->stored_run) return "stale_run";
    if (!tmesh_run_token_equal(fence->token, step->stored_token)) return "stale_run";
    if (step->answered_run == fence->run) {
        *repeated_p = step->answer != NULL;
        return *repeated_p ? "" : "stale_run";
    }
    return tmesh_law_is_out(step->state) ? "" : "stale_run";
}

const tmesh_heard_t *tmesh_story_hear(tmesh_story_t *self)
{
    const tmesh_heard_t *heard = tmesh_reports_hear(self->sim);
    for (int i = 0; i < self->said_count; i++) {
        bool is_refused = !tmesh_law_equal(heard[i].code, "");
        bool legal = !is_refused || tmesh_law_equal(heard[i].code, "stale_run") ||
                     tmesh_law_equal(heard[i].code, "step_cancelled");
        tmesh_model_must(self->model, legal, -1, heard[i].code);
        if (!is_refused || self->said_at[i] < 0) continue;
        tmesh_journal_strike(&self->model->journal, self->said_at[i]);
    }
    self->said_count = 0;
    return heard;
}

static void hear(tmesh_story_t *self, const tmesh_fence_t *fence, bool is_result)
{
    int index = index_of(fence->step_id);
    bool repeated = false;
    const char *expected = verdict(self, fence, &repeated);
    tmesh_heard_t heard = *tmesh_story_hear(self);
    // The worker that speaks is free by then: the step may be claimed anew before its word is read.
    bool is_overtaken = self->model->steps[index].may_be_claimed && heard.code[0];
    if (is_overtaken) expected = "stale_run";
    expect(self, index, heard.code, expected);
    if (!is_result || *expected) return;
    tmesh_model_must(self->model, heard.repeated == repeated, index, "repeated, or not");
    if (!repeated) return;
    expect(self, index, tmesh_step_state_word(heard.state), self->model->steps[index].answer);
}

static void say(tmesh_story_t *self, tmesh_fence_t fence, const tmesh_saying_t *said,
                bool is_forged)
{
    static const tmesh_result_kind_t kinds[] = {
        [TMESH_SAID_SUCCESS] = TMESH_RESULT_SUCCESS,
        [TMESH_SAID_FAILURE] = TMESH_RESULT_FAILURE,
        [TMESH_SAID_UNUSABLE] = TMESH_RESULT_UNUSABLE,
        [TMESH_SAID_LOST] = TMESH_RESULT_WORKER_LOST,
    };
    bool succeeds = said->kind == TMESH_SAID_SUCCESS;
    tmesh_process_step_result_request_t report = {
        .fence = fence,
        .kind = kinds[said->kind],
        .retryable = said->retryable,
        .retry_after_ms = said->retry_after_ms,
        .result = succeeds ? tmesh_bytes_of_text(said->text) : TMESH_BYTES_NONE,
        .error_code = succeeds ? NULL : "drawn_failure",
    };
    tmesh_model_trace(self->model, "s%d run %u: said %d %s\n", said->step, said->run, said->kind,
                      said->text);
    self->said_at[self->said_count++] =
        is_forged ? -1 : tmesh_journal_add(&self->model->journal, said);
    tmesh_reports_say(self->sim, &report);
}

static void hand_back(tmesh_story_t *self, tmesh_fence_t fence)
{
    tmesh_process_step_result_request_t report = {
        .fence = fence, .kind = TMESH_RESULT_HANDED_BACK, .retry_after_ms = -1};
    tmesh_model_trace(self->model, "s%d run %u: handed back\n", index_of(fence.step_id), fence.run);
    self->said_at[self->said_count++] = -1;
    tmesh_reports_say(self->sim, &report);
}

void tmesh_story_report(tmesh_story_t *self, bool alone)
{
    tmesh_fence_t fence;
    bool is_forged = false;
    if (!draw_fence(self, &fence, &is_forged)) return;
    if (draw(self, 20) == 0) {
        self->model->may_go_on = true; // it is claimed again, if it was not held
        hand_back(self, fence);
    } else {
        tmesh_saying_t said = {
            .step = index_of(fence.step_id), .run = fence.run, .retry_after_ms = -1};
        if (draw(self, 100) < self->success_percent) {
            tmesh_saying_draw_success(&said, &self->model->flow, true, self->random);
        } else {
            tmesh_saying_draw_failure(&said, self->lost_percent, self->random);
        }
        say(self, fence, &said, is_forged);
    }
    if (alone) hear(self, &fence, true);
}

void tmesh_story_report_success(tmesh_story_t *self, tmesh_fence_t fence)
{
    tmesh_saying_t said = {.step = index_of(fence.step_id), .run = fence.run};
    tmesh_saying_draw_success(&said, &self->model->flow, false, self->random);
    say(self, fence, &said, false);
    hear(self, &fence, true);
}

void tmesh_story_note_sent(tmesh_story_t *self, bool alone)
{
    tmesh_fence_t fence;
    bool is_forged = false;
    if (!draw_fence(self, &fence, &is_forged)) return;
    tmesh_model_trace(self->model, "s%d run %u: sent\n", index_of(fence.step_id), fence.run);
    self->said_at[self->said_count++] = -1;
    tmesh_reports_say_sent(self->sim, fence, draw(self, 8) == 0);
    if (alone) hear(self, &fence, false);
}

static const char *refusal_of_step(const tmesh_story_t *self, int index, tmesh_step_action_t action,
                                   const tmesh_saying_t *by_hand)
{
    const tmesh_model_t *model = self->model;
    const tmesh_model_step_t *step = &model->steps[index];
    if (!step->exists) return "unknown_step";
    if (tmesh_model_has_ended(model)) return "task_ended";
    if (tmesh_law_is_done(step->state)) return "invalid_transition";
    bool is_reset = action == TMESH_STEP_ACTION_RESET_FOR_RETRY;
    if (is_reset && !tmesh_law_equal(step->state, "error")) return "invalid_transition";
    bool decides = action == TMESH_STEP_ACTION_COMPLETE_MANUALLY &&
                   model->flow.steps[index].kind == TMESH_FLOW_DECISION;
    bool allowed = !decides || tmesh_saying_is_allowed(by_hand, &model->flow, &model->word);
    return allowed ? "" : "invalid_decision";
}

// One that failed, if there is one: the others refuse most of it.
static int draw_step(tmesh_story_t *self)
{
    int index = (int)draw(self, (uint64_t)self->model->flow.count);
    for (int i = 0; i < self->model->flow.count && draw(self, 4); i++) {
        if (tmesh_law_equal(self->model->steps[i].state, "error")) return i;
    }
    return index;
}

void tmesh_story_act_on_step(tmesh_story_t *self, bool alone)
{
    static const tmesh_step_action_t actions[] = {
        TMESH_STEP_ACTION_RESET_FOR_RETRY, TMESH_STEP_ACTION_RESET_FOR_RETRY,
        TMESH_STEP_ACTION_RESOLVE_MANUALLY, TMESH_STEP_ACTION_COMPLETE_MANUALLY};
    int index = draw_step(self);
    tmesh_step_action_t action = actions[draw(self, 4)];
    tmesh_model_step_t *step = &self->model->steps[index];
    tmesh_saying_t by_hand = {.step = index};
    tmesh_saying_draw_success(&by_hand, &self->model->flow, true, self->random);
    snprintf(step->by_hand, sizeof step->by_hand, "%s", alone ? by_hand.text : "null");
    memcpy(step->by_hand_names, by_hand.names, sizeof step->by_hand_names);
    self->model->may_go_on = true;
    uint16_t number = (uint16_t)(index + 1);
    tmesh_model_trace(self->model, "s%d: action %d\n", index, action);
    if (!alone) {
        tmesh_people_tell_step(self->sim, self->model->id, number, action);
        return;
    }
    const char *expected = refusal_of_step(self, index, action, &by_hand);
    bool completes = action == TMESH_STEP_ACTION_COMPLETE_MANUALLY;
    const char *code = tmesh_people_act_on_step(self->sim, self->model->id, number, action,
                                                completes ? by_hand.text : NULL);
    expect(self, index, code, expected);
}

static const char *refusal_of_task(const tmesh_story_t *self, tmesh_task_action_t action)
{
    const char *state = self->model->task;
    bool ended = tmesh_model_has_ended(self->model);
    if (action == TMESH_TASK_ACTION_RESET && tmesh_law_equal(state, "error")) return "";
    if (ended) return "task_ended";
    bool only_blocked = action == TMESH_TASK_ACTION_GIVE_UP;
    bool fits = only_blocked ? tmesh_model_is_blocked(self->model)
                             : action != TMESH_TASK_ACTION_RESET;
    return fits ? "" : "invalid_transition";
}

void tmesh_story_act_on_task(tmesh_story_t *self, bool alone)
{
    // The last ones end it, and are rare.
    static const tmesh_task_action_t actions[] = {
        TMESH_TASK_ACTION_PAUSE,   TMESH_TASK_ACTION_RESUME, TMESH_TASK_ACTION_PAUSE,
        TMESH_TASK_ACTION_RESUME,  TMESH_TASK_ACTION_RESUME, TMESH_TASK_ACTION_RESET,
        TMESH_TASK_ACTION_GIVE_UP, TMESH_TASK_ACTION_RESOLVE};
    tmesh_task_action_t action = actions[draw(self, draw(self, 3) ? 6 : 8)];
    tmesh_model_trace(self->model, "task: action %d\n", action);
    self->model->may_go_on = true;
    if (!alone) {
        self->model->may_be_paused = true;
        tmesh_people_tell_task(self->sim, self->model->id, action);
        return;
    }
    const char *expected = refusal_of_task(self, action);
    const char *code = tmesh_people_act_on_task(self->sim, self->model->id, action);
    expect(self, -1, code, expected);
    if (*expected) return;
    if (action == TMESH_TASK_ACTION_PAUSE) self->model->is_paused = true;
    if (action == TMESH_TASK_ACTION_RESUME) self->model->is_paused = false;
}

void tmesh_story_cancel(tmesh_story_t *self, bool alone)
{
    tmesh_model_trace(self->model, "task: cancel\n");
    if (!alone) {
        tmesh_people_tell_cancel(self->sim, self->model->id);
        return;
    }
    bool ended = tmesh_model_has_ended(self->model);
    tmesh_err_t err = tmesh_sim_cancel(self->sim, self->model->id);
    tmesh_model_must(self->model, (err == TMESH_ERR_CONFLICT) == ended && (ended || !err), -1,
                     "cancelled, or not");
}

void tmesh_story_finalize(tmesh_story_t *self, bool alone)
{
    uint64_t times = 1 + draw(self, 5);
    for (uint64_t i = 0; i < times; i++) tmesh_people_tell_finalize(self->sim, self->model->id);
    if (!alone) return;
    uint32_t before = self->model->number;
    tmesh_story_check(self);
    tmesh_model_must(self->model, self->model->number == before, -1, "a finalization moved it");
}
