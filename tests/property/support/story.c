#include "tests/property/support/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "tests/property/support/law.h"
#include "tests/simulation/support/history.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/player.h"

enum {
    THINGS_MAX = 40,
    AT_ONCE_MAX = 6,
    LONG_MS = 40000,
    SHORT_MS = 4000,
    CREDIT_ENOUGH = 100000, // a lost message loses its credit too, which the real gateway finds
    ROUNDS_MAX = 3000,
};

static uint64_t draw(tmesh_story_t *self, uint64_t below)
{
    return tmesh_random_below(self->random, below);
}

static tmesh_sim_deed_t take_parcel(void *script, const tmesh_parcel_t *parcel,
                                    tmesh_random_t *unused)
{
    (void)unused;
    tmesh_story_t *self = script;
    int index = (int)tmesh_step_number(parcel->fence.step_id) - 1;
    self->fences[self->fence_count++ % TMESH_STORY_FENCES_MAX] = parcel->fence;
    tmesh_model_trace(self->model, "s%d run %u: begun\n", index, parcel->fence.run);
    memset(self->inputs[index], 0, sizeof self->inputs[index]);
    for (size_t i = 0; i < parcel->input_count; i++) {
        const tmesh_parcel_input_t *input = &parcel->inputs[i];
        snprintf(self->inputs[index][atoi(input->name + 1)], sizeof self->inputs[0][0], "%.*s",
                 (int)input->result.size, input->result.data);
    }
    return TMESH_SIM_KEEP;
}

static int64_t now_ms(const tmesh_story_t *self)
{
    return tmesh_clock_now_ms(tmesh_sim_clock(self->sim));
}

void tmesh_story_check(tmesh_story_t *self)
{
    tmesh_sim_settle(self->sim);
    tmesh_model_trace(self->model, "at %lld\n", (long long)now_ms(self));
    tmesh_model_check(self->model, tmesh_sim_reader(self->sim), now_ms(self));
    tmesh_history_check(tmesh_sim_reader(self->sim), self->model->id);
}

static tmesh_story_t *begin(uint64_t seed)
{
    tmesh_story_t *self = tmesh_alloc(sizeof *self);
    self->random = tmesh_random_new_seeded(seed);
    self->success_percent = 40 + (unsigned)draw(self, 50);
    self->lost_percent = draw(self, 5) ? 20 : 90;
    tmesh_flow_t flow = tmesh_flow_draw(self->random);
    self->model = tmesh_model_new(seed, &flow);
    bool lossy = draw(self, 4) == 0;
    self->model->is_lossy = lossy;
    tmesh_sim_config_t config = {
        .seed = seed,
        .shuffled = true,
        .lose_percent = lossy ? 30 : 0,
        .capacity = lossy ? CREDIT_ENOUGH : 1 + (int)draw(self, 4),
        .script = take_parcel,
        .script_self = self,
    };
    self->sim = tmesh_sim_open(&config);
    tmesh_auto(tmesh_buffer) yaml = tmesh_buffer_new();
    tmesh_flow_write(&flow, yaml);
    tmesh_model_trace(self->model, "%s", tmesh_buffer_text(yaml));
    tmesh_sim_put_template(self->sim, tmesh_buffer_text(yaml));
    tmesh_submission_t submission = {
        .namespace_name = "sim", .name = "drawn", .context = tmesh_bytes_of_text("{}")};
    if (draw(self, 5) == 0) submission.delay_ms = 1 + (int64_t)draw(self, SHORT_MS);
    if (submission.delay_ms) self->model->run_at_ms = now_ms(self) + submission.delay_ms;
    self->model->id = tmesh_sim_submit(self->sim, &submission).task_id;
    tmesh_story_check(self);
    return self;
}

static void end(tmesh_story_t **self_p)
{
    tmesh_story_t *self = *self_p;
    tmesh_sim_destroy(&self->sim);
    tmesh_random_destroy(&self->random);
    tmesh_free(self->model);
    tmesh_free(self);
    *self_p = NULL;
}

static void let_something_happen(tmesh_story_t *self, bool alone)
{
    switch (draw(self, 32)) {
    case 0: tmesh_story_finalize(self, alone); return;
    case 1:
    case 2:
    case 3:
    case 4: tmesh_story_act_on_step(self, alone); return;
    case 5:
    case 6:
    case 7: tmesh_story_act_on_task(self, alone); return;
    case 8: // most tasks live longer
        if (draw(self, 4) == 0) tmesh_story_cancel(self, alone);
        return;
    case 9:
    case 10:
    case 11:
    case 12: tmesh_story_note_sent(self, alone); return;
    default: tmesh_story_report(self, alone); return;
    }
}

// Said before anybody has answered: at moments, and to actors, that the seed chooses.
static void let_much_happen_at_once(tmesh_story_t *self)
{
    uint64_t count = 2 + draw(self, AT_ONCE_MAX - 1);
    for (uint64_t i = 0; i < count; i++) {
        let_something_happen(self, false);
        tmesh_sim_stir(self->sim);
    }
    (void)tmesh_story_hear(self);
}

static void die_and_live_again(tmesh_story_t *self)
{
    tmesh_model_crash(self->model);
    tmesh_model_trace(self->model, "crash\n");
    tmesh_sim_crash(self->sim, draw(self, 2) == 0);
}

static void live(tmesh_story_t *self, tmesh_story_counts_t *counts)
{
    uint64_t things = draw(self, THINGS_MAX);
    for (uint64_t i = 0; i < things; i++) {
        switch (draw(self, 16)) {
        case 0:
            die_and_live_again(self);
            counts->crashes++;
            break;
        case 1: tmesh_sim_pass(self->sim, (int64_t)draw(self, LONG_MS)); break;
        case 2:
        case 3: tmesh_sim_pass(self->sim, (int64_t)draw(self, SHORT_MS)); break;
        case 4:
        case 5:
        case 6: let_much_happen_at_once(self); break;
        default: let_something_happen(self, true);
        }
        tmesh_story_check(self);
    }
}

static void repair(tmesh_story_t *self)
{
    for (int i = 0; i < self->model->flow.count; i++) {
        if (!tmesh_law_equal(self->model->steps[i].state, "error")) continue;
        self->model->may_go_on = true;
        const char *code = tmesh_people_act_on_step(self->sim, self->model->id, (uint16_t)(i + 1),
                                                    TMESH_STEP_ACTION_RESET_FOR_RETRY, NULL);
        tmesh_model_must(self->model, tmesh_law_equal(code, ""), i, code);
        tmesh_story_check(self);
    }
}

static void act(tmesh_story_t *self, tmesh_task_action_t action)
{
    self->model->may_go_on = true;
    self->model->may_be_paused = true;
    const char *code = tmesh_people_act_on_task(self->sim, self->model->id, action);
    tmesh_model_must(self->model, tmesh_law_equal(code, ""), -1, code);
    tmesh_story_check(self);
}

// From here on everything succeeds.
static void let_it_end(tmesh_story_t *self)
{
    if (self->model->is_paused) act(self, TMESH_TASK_ACTION_RESUME);
    for (int i = 0; i < ROUNDS_MAX && !tmesh_model_has_ended(self->model); i++) {
        tmesh_fence_t fence;
        if (tmesh_model_is_blocked(self->model)) {
            repair(self);
        } else if (tmesh_story_draw_held(self, &fence)) {
            tmesh_story_report_success(self, fence);
        } else {
            tmesh_sim_pass(self->sim, 1000);
        }
        tmesh_story_check(self);
    }
    tmesh_model_must(self->model, tmesh_model_has_ended(self->model), -1, "it does not end");
}

static void check_inputs(const tmesh_story_t *self, int index)
{
    const tmesh_model_t *model = self->model;
    if (model->steps[index].run == 0) return; // by hand: nobody was given anything
    for (int i = 0; i < model->flow.count; i++) {
        bool is_parent = model->steps[i].has_result &&
                         tmesh_flow_has_edge(&model->flow, &model->word, i, index);
        if (!is_parent) continue;
        bool was_given = tmesh_law_equal(self->inputs[index][i], model->steps[i].result);
        tmesh_model_must(model, was_given, index, "it was not given its parent's result");
    }
}

// One result for each run, and one success at most.
static void check_results(const tmesh_story_t *self, int index, tmesh_story_counts_t *counts)
{
    const tmesh_model_t *model = self->model;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_result_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_results(tmesh_sim_reader(self->sim),
                                           tmesh_step_id_of(model->id, (uint16_t)(index + 1)), arena,
                                           &rows, &count);
    tmesh_model_must(model, !err, index, "its results could not be read");
    int successes = 0;
    for (size_t i = 0; i < count; i++) {
        tmesh_model_must(model, i == 0 || rows[i].run > rows[i - 1].run, index, "two for one run");
        successes += rows[i].success;
        const char *code = rows[i].error_code ? rows[i].error_code : "";
        counts->timeouts += tmesh_law_equal(code, "step_timeout");
        counts->poisoned += tmesh_law_equal(code, "poison_step");
        counts->refused_decisions += tmesh_law_equal(code, "invalid_decision");
    }
    bool is_complete = tmesh_law_equal(model->steps[index].state, "complete");
    tmesh_model_must(model, successes == is_complete, index, "one success, or none");
}

static void check_end(tmesh_story_t *self, tmesh_story_counts_t *counts)
{
    for (int i = 0; i < self->model->flow.count; i++) {
        if (!self->model->steps[i].exists) continue;
        check_inputs(self, i);
        check_results(self, i, counts);
        for (int j = 0; j < self->model->flow.count; j++) {
            counts->branches += self->model->word.named[i][j];
        }
    }
    bool complete = tmesh_law_equal(self->model->task, "complete");
    counts->ends_complete += complete;
    counts->ends_other += !complete;
}

void tmesh_story_tell(uint64_t seed, tmesh_story_counts_t *counts)
{
    tmesh_story_t *self = begin(seed);
    live(self, counts);
    let_it_end(self);
    if (tmesh_law_equal(self->model->task, "error")) {
        counts->resets++;
        act(self, TMESH_TASK_ACTION_RESET);
        let_it_end(self);
        tmesh_model_must(self->model, tmesh_law_equal(self->model->task, "complete"), -1,
                         "it was reset, and has not completed");
    }
    tmesh_sim_pass(self->sim, LONG_MS); // nothing comes after the end
    tmesh_story_check(self);
    check_end(self, counts);
    end(&self);
}
