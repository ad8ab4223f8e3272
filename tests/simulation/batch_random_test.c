// Random batches: sizes, strategies, failures, lost workers and messages, crashes, repairs.
// An eighth of TMESH_PROPERTY_CASES says how many; TMESH_PROPERTY_SEED repeats one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/batch_play.h"
#include "tests/simulation/support/people.h"

enum { MINUTE_MS = 60000, CASES = 240, SIZE_MAX_OF_BATCH = 40, REPAIRS_MAX = 500 };

typedef struct {
    tmesh_batch_play_t play;
    tmesh_random_t *random;
    tmesh_sim_t *sim;
    tmesh_task_id_t id;
    uint32_t parallelism;
    int strategy;
    bool loses_messages;
} case_t;

static const char *const strategies[] = {"fail_fast", "continue_on_failure", "isolate"};

static uint32_t below(case_t *self, uint32_t limit)
{
    return (uint32_t)tmesh_random_below(self->random, limit);
}

static void open_case(case_t *self, uint64_t seed)
{
    *self = (case_t){.random = tmesh_random_new_seeded(seed)};
    self->play.batches = (int)below(self, SIZE_MAX_OF_BATCH + 1);
    self->play.chance = below(self, 3) * 20;
    self->parallelism = 1 + below(self, 12);
    self->strategy = (int)below(self, 3);
    self->loses_messages = below(self, 3) == 0;
    tmesh_sim_config_t config = {
        .seed = seed,
        .lose_percent = self->loses_messages ? 10 : 0,
        .double_percent = below(self, 2) * 20,
        // A claim that is cancelled before its lost message was repeated takes its credit along.
        .capacity = 1 + (int)below(self, 20) + (self->loses_messages ? 500 : 0),
        .step_ms_max = 100,
        .script = tmesh_batch_play_run,
        .script_self = &self->play,
        .answer = tmesh_batch_play_answer,
        .answer_self = &self->play,
    };
    self->sim = tmesh_sim_open(&config);
    char parallelism[16];
    snprintf(parallelism, sizeof parallelism, "%u", self->parallelism);
    tmesh_auto_free char *yaml =
        tmesh_printf(BATCH("random", "%s", "%s"), parallelism, strategies[self->strategy]);
    tmesh_sim_put_template(self->sim, yaml);
    self->id = tmesh_sim_start(self->sim, "random", "{}");
}

static void check(case_t *self)
{
    tmesh_sim_check(self->sim);
    assert_true(tmesh_batch_play_holding(self->sim, self->id) <= self->parallelism);
    // A worker that was not told to stop goes on; and one that is out of sight is not counted.
    if (self->loses_messages) return;
    assert_true(tmesh_batch_play_running(self->sim, self->id) <= self->parallelism);
}

static void disturb(case_t *self)
{
    int moments = (int)below(self, 12);
    for (int i = 0; i < moments; i++) {
        tmesh_sim_pass(self->sim, 1 + below(self, 4000));
        check(self);
        if (below(self, 4) == 0) {
            tmesh_sim_crash(self->sim, below(self, 2) == 0);
            check(self);
        }
    }
}

// Somebody sees to what has failed, in any of the ways; refusals are as good.
static void repair(case_t *self)
{
    static const tmesh_step_action_t actions[] = {TMESH_STEP_ACTION_RESET_FOR_RETRY,
                                                  TMESH_STEP_ACTION_RESOLVE_MANUALLY,
                                                  TMESH_STEP_ACTION_COMPLETE_MANUALLY};
    uint32_t total = tmesh_sim_task(self->sim, self->id).steps_total; // two, or one, are no workers
    for (uint32_t i = 0; i + 2 < total; i++) {
        uint16_t number = (uint16_t)(TMESH_BATCH_PLAY_FIRST + i);
        tmesh_step_state_t state = tmesh_sim_step(self->sim, self->id, number).state;
        bool is_cancelled = state == TMESH_STEP_CANCELLED && below(self, 4) == 0;
        if (state != TMESH_STEP_ERROR && !is_cancelled) continue;
        (void)tmesh_people_act_on_step(self->sim, self->id, number,
                                       actions[below(self, 3)], NULL);
        check(self);
        if (below(self, 3) == 0) return;
    }
}

static void settle(case_t *self)
{
    for (int i = 0; i < REPAIRS_MAX; i++) {
        assert_true(tmesh_sim_run(self->sim, 1000 * MINUTE_MS));
        check(self);
        if (tmesh_sim_task(self->sim, self->id).state == TMESH_TASK_COMPLETE) return;
        assert_int_equal(self->strategy, 0); // nothing else blocks
        if (i > 5) self->play.chance = 0;
        if (below(self, 3) == 0) {
            assert_string_equal(
                tmesh_people_act_on_task(self->sim, self->id, TMESH_TASK_ACTION_RETRY), "");
        } else {
            repair(self);
        }
        check(self);
    }
    fail_msg("it does not end");
}

static void run_case(uint64_t seed)
{
    case_t self;
    open_case(&self, seed);
    disturb(&self);
    if (self.strategy != 0 && below(&self, 2) == 0) repair(&self);
    settle(&self);
    tmesh_task_row_t task = tmesh_sim_task(self.sim, self.id);
    uint32_t workers = self.play.batches ? (uint32_t)self.play.batches : 1;
    assert_int_equal(task.steps_total, 2 + workers);
    assert_int_equal(task.steps_done + task.steps_tolerated, task.steps_total);
    if (self.strategy == 0) assert_int_equal(task.steps_tolerated, 0);
    if (self.play.chance == 0 && self.strategy != 0) assert_int_equal(task.steps_tolerated, 0);
    tmesh_step_row_t analyze = tmesh_sim_step(self.sim, self.id, 1);
    assert_int_equal(analyze.batch_free, self.parallelism); // every slot has come back
    tmesh_sim_destroy(&self.sim);
    tmesh_random_destroy(&self.random);
}

static void batches_end_as_they_must(void **state)
{
    (void)state;
    const char *repeated = getenv("TMESH_PROPERTY_SEED");
    const char *asked = getenv("TMESH_PROPERTY_CASES");
    uint64_t first = repeated ? strtoull(repeated, NULL, 10) : 1;
    uint64_t cases = repeated ? 1 : asked ? strtoull(asked, NULL, 10) / 8 : CASES;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        printf("seed %llu\n", (unsigned long long)seed);
        fflush(stdout);
        run_case(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(batches_end_as_they_must)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
