// Who is next when more waits than the workers take (SPEC 4.7), and what that costs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum {
    RUNS_MAX = 200,
    ROOM = 2, // of a worker of capacity 1: one run, and one that waits behind it
    MINUTE_MS = 60000,
    // Of a result: begin; step, task, result, children; task, 2 steps, result, 7 passages; context,
    // inputs; commit.
    STATEMENTS_OF_CHAIN = 19, // its dependent is claimed at once
    // A task ends instead, and there are also the queue, its eldest steps, two tasks, no other queue.
    STATEMENTS_OF_REFILL = 22,
};

// The runs in the order in which they reached the worker.
typedef struct {
    tmesh_sim_t *sim;
    tmesh_sim_deed_t deed;
    size_t count;
    struct {
        char namespace_name[16];
        char step_name[16];
        tmesh_fence_t fence;
        int32_t priority;
    } runs[RUNS_MAX];
} watch_t;

static tmesh_sim_deed_t note(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)random;
    watch_t *watch = self;
    assert_true(watch->count < RUNS_MAX);
    snprintf(watch->runs[watch->count].namespace_name, 16, "%s", parcel->namespace_name);
    snprintf(watch->runs[watch->count].step_name, 16, "%s", parcel->step_name);
    watch->runs[watch->count].fence = parcel->fence;
    watch->runs[watch->count].priority = parcel->priority;
    watch->count++;
    return watch->deed;
}

#define ONE_STEP(space, name)                                                                      \
    "name: " name "\nnamespace_name: " space "\nversion: 1.0.0\nsteps:\n"                          \
    "  - {name: " name ", handler: {callable: of_" name "}}\n"

static void open_watch(watch_t *self, tmesh_sim_deed_t deed)
{
    *self = (watch_t){.deed = deed};
    tmesh_sim_config_t config = {
        .seed = 31, .capacity = 1, .step_ms_max = 20, .script = note, .script_self = self};
    self->sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(self->sim, ONE_STEP("sim", "p"));
    tmesh_sim_put_template(self->sim, ONE_STEP("sim", "q"));
    tmesh_sim_put_template(self->sim, ONE_STEP("sim_two", "r"));
    tmesh_sim_put_template(self->sim, SHAPE_LINEAR);
}

static void submit(watch_t *self, const char *namespace_name, const char *name, int32_t priority)
{
    tmesh_submission_t submission = {
        .namespace_name = namespace_name, .name = name, .priority = priority};
    char key[32];
    static unsigned number;
    snprintf(key, sizeof key, "turns-%u", number++);
    submission.idempotency_key = key;
    assert_null(tmesh_sim_submit(self->sim, &submission).fault);
}

static void succeed(watch_t *self, size_t run)
{
    tmesh_reports_say(self->sim, &(tmesh_process_step_result_request_t){
        .fence = self->runs[run].fence, .kind = TMESH_RESULT_SUCCESS,
        .result = tmesh_bytes_of_text("1")});
}

static void close_watch(watch_t *self)
{
    tmesh_sim_check(self->sim);
    tmesh_sim_destroy(&self->sim);
}

// One slot, two namespaces: 40 steps of the first stand before 30 of the second.
static void namespaces_with_long_backlogs_alternate(void **state)
{
    (void)state;
    enum { FIRST = 40, SECOND = 30 };
    watch_t watch;
    open_watch(&watch, TMESH_SIM_SUCCEED);
    for (int i = 0; i < FIRST; i++) submit(&watch, "sim", i % 2 ? "p" : "q", 0);
    size_t before = watch.count; // these had no rivals
    for (int i = 0; i < SECOND; i++) submit(&watch, "sim_two", "r", 0);
    tmesh_sim_pass(watch.sim, MINUTE_MS);
    assert_int_equal(watch.count, FIRST + SECOND);
    int ahead = 0;
    int of_second = 0;
    for (size_t i = before; of_second < SECOND; i++) {
        bool is_second = strcmp(watch.runs[i].namespace_name, "sim_two") == 0;
        ahead += is_second ? 1 : -1;
        of_second += is_second;
        assert_in_range(ahead + 1, 0, 2);
    }
    close_watch(&watch);
}

static void expect_steps(const watch_t *watch, const char *expected)
{
    char found[RUNS_MAX * 2] = "";
    for (size_t i = 0; i < watch->count; i++) strcat(found, watch->runs[i].step_name);
    assert_string_equal(found, expected);
}

static void the_eldest_step_of_all_queues_goes_first(void **state)
{
    (void)state;
    static const char order[] = "ppqppqqqpqqppqpqqp";
    watch_t watch;
    open_watch(&watch, TMESH_SIM_KEEP);
    for (size_t i = 0; order[i]; i++) {
        submit(&watch, "sim", (char[]){order[i], 0}, 0);
        tmesh_sim_pass(watch.sim, 1);
    }
    for (size_t i = 0; i < watch.count; i++) {
        succeed(&watch, i);
        (void)tmesh_reports_hear(watch.sim);
    }
    expect_steps(&watch, order);
    close_watch(&watch);
}

// Each result of the chain makes its next step ready, and frees the credit for it.
static void what_becomes_ready_comes_after_those_that_wait(void **state)
{
    (void)state;
    watch_t watch;
    open_watch(&watch, TMESH_SIM_KEEP);
    submit(&watch, "sim", "linear", 0);
    for (int i = 0; i < 4; i++) {
        tmesh_sim_pass(watch.sim, 1);
        submit(&watch, "sim", i % 2 ? "p" : "q", 0);
    }
    for (size_t i = 0; i < watch.count; i++) {
        tmesh_sim_pass(watch.sim, 1);
        succeed(&watch, i);
        (void)tmesh_reports_hear(watch.sim);
    }
    expect_steps(&watch, "aqpqpbcd");
    close_watch(&watch);
}

// A new request is no better: it comes while credit has come back that nobody has seen yet.
static void a_new_task_comes_after_those_that_wait(void **state)
{
    (void)state;
    watch_t watch;
    open_watch(&watch, TMESH_SIM_KEEP);
    for (int i = 0; i < 4; i++) submit(&watch, "sim", "p", 0);
    assert_int_equal(watch.count, ROOM);
    tmesh_sim_pass(watch.sim, 1);
    succeed(&watch, 0);
    submit(&watch, "sim", "q", 0);
    (void)tmesh_reports_hear(watch.sim);
    expect_steps(&watch, "ppp");
    close_watch(&watch);
}

static void priority_counts_for_what_waits(void **state)
{
    (void)state;
    static const int32_t expected[] = {100, 50, 5, 0, -5, -100};
    watch_t watch;
    open_watch(&watch, TMESH_SIM_SUCCEED);
    for (int i = 0; i < ROOM; i++) submit(&watch, "sim", "p", 0);
    static const int32_t priorities[] = {0, 5, -5, 100, -100, 50};
    for (int i = 0; i < 6; i++) submit(&watch, "sim", i % 2 ? "p" : "q", priorities[i]);
    tmesh_sim_pass(watch.sim, MINUTE_MS);
    assert_int_equal(watch.count, ROOM + 6);
    for (int i = 0; i < 6; i++) assert_int_equal(watch.runs[ROOM + i].priority, expected[i]);
    close_watch(&watch);
}

static tmesh_store_stats_t costs_of_result(watch_t *self, size_t run)
{
    tmesh_store_stats_t before = tmesh_store_stats(tmesh_sim_store(self->sim));
    succeed(self, run);
    (void)tmesh_reports_hear(self->sim);
    tmesh_store_stats_t after = tmesh_store_stats(tmesh_sim_store(self->sim));
    after.commits -= before.commits;
    after.statements -= before.statements;
    return after;
}

static void without_a_backlog_a_result_costs_what_it_did(void **state)
{
    (void)state;
    watch_t watch;
    open_watch(&watch, TMESH_SIM_KEEP);
    submit(&watch, "sim", "linear", 0);
    for (size_t run = 0; run < 3; run++) {
        tmesh_store_stats_t costs = costs_of_result(&watch, run);
        assert_int_equal(costs.commits, 1);
        if (run == 0) continue; // its actor did not know the definition
        assert_int_equal(costs.statements, STATEMENTS_OF_CHAIN);
    }
    expect_steps(&watch, "abcd");
    close_watch(&watch);
}

static void under_a_backlog_a_step_costs_one_commit(void **state)
{
    (void)state;
    enum { WAITING = 30 };
    watch_t watch;
    open_watch(&watch, TMESH_SIM_KEEP);
    for (int i = 0; i < ROOM + WAITING; i++) submit(&watch, "sim", "p", 0);
    assert_int_equal(watch.count, ROOM);
    for (size_t run = 0; run < WAITING; run++) {
        tmesh_store_stats_t costs = costs_of_result(&watch, run);
        assert_int_equal(costs.commits, 1);
        if (run > 0) assert_in_range(costs.statements, 1, STATEMENTS_OF_REFILL);
        assert_int_equal(watch.count, ROOM + run + 1);
    }
    close_watch(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces_with_long_backlogs_alternate),
        cmocka_unit_test(the_eldest_step_of_all_queues_goes_first),
        cmocka_unit_test(what_becomes_ready_comes_after_those_that_wait),
        cmocka_unit_test(a_new_task_comes_after_those_that_wait),
        cmocka_unit_test(priority_counts_for_what_waits),
        cmocka_unit_test(without_a_backlog_a_result_costs_what_it_did),
        cmocka_unit_test(under_a_backlog_a_step_costs_one_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
