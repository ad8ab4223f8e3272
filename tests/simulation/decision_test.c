// Decisions: what they name comes to exist, in the commit of their result, and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/sim.h"

enum { MINUTE_MS = 60000, STEPS_MAX = 16 };

#define APPROVAL                                                                                   \
    "name: approval\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                \
    "  - {name: validate, handler: {callable: c}}\n"                                               \
    "  - {name: route, type: decision, dependencies: [validate], handler: {callable: c}}\n"        \
    "  - {name: final, type: deferred_convergence, dependencies: [auto, manager, finance],"        \
    " handler: {callable: c}}\n"                                                                   \
    "  - {name: auto, dependencies: [route], handler: {callable: c}}\n"                            \
    "  - {name: manager, dependencies: [route], handler: {callable: c}}\n"                         \
    "  - {name: finance, dependencies: [route], handler: {callable: c}}\n"

#define NESTED                                                                                     \
    "name: nested\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                  \
    "  - {name: a, handler: {callable: c}}\n"                                                      \
    "  - {name: outer, type: decision, dependencies: [a], handler: {callable: c}}\n"               \
    "  - {name: plain, dependencies: [outer], handler: {callable: c}}\n"                           \
    "  - {name: inner, type: decision, dependencies: [outer], handler: {callable: c}}\n"           \
    "  - {name: x, dependencies: [inner], handler: {callable: c}}\n"                               \
    "  - {name: y, dependencies: [inner], handler: {callable: c}}\n"                               \
    "  - {name: end, type: deferred_convergence, dependencies: [plain, x, y],"                     \
    " handler: {callable: c}}\n"

#define TWO_ABOVE_ONE                                                                              \
    "name: two\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                     \
    "  - {name: a, handler: {callable: c}}\n"                                                      \
    "  - {name: left, type: decision, dependencies: [a], handler: {callable: c}}\n"                \
    "  - {name: right, type: decision, dependencies: [a], handler: {callable: c}}\n"               \
    "  - {name: l, dependencies: [left], handler: {callable: c}}\n"                                \
    "  - {name: r, dependencies: [right], handler: {callable: c}}\n"                               \
    "  - {name: end, type: deferred_convergence, dependencies: [l, r], handler: {callable: c}}\n"

// What each decision answers, by the name of its step.
typedef struct {
    const char *step;
    const char *result;
} answer_t;

static const char *answer_of(void *self, const char *step)
{
    for (const answer_t *answer = self; answer->step; answer++) {
        if (strcmp(answer->step, step) == 0) return answer->result;
    }
    return NULL;
}

static tmesh_sim_t *open_sim(const answer_t *answers, uint64_t seed)
{
    tmesh_sim_config_t config = {
        .seed = seed,
        .capacity = 10,
        .step_ms_max = 50,
        .double_percent = 20,
        .answer = answer_of,
        .answer_self = (void *)answers,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, APPROVAL);
    tmesh_sim_put_template(sim, NESTED);
    tmesh_sim_put_template(sim, TWO_ABOVE_ONE);
    return sim;
}

// Asserts that exactly these steps exist, by their numbers in the template.
static void assert_steps(tmesh_sim_t *sim, tmesh_task_id_t id, const char *numbers)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_steps(tmesh_sim_reader(sim), id, arena, &views, &count),
                     TMESH_OK);
    char found[STEPS_MAX * 4] = "";
    for (size_t i = 0; i < count; i++) {
        char number[8];
        snprintf(number, sizeof number, "%s%u", i ? " " : "", tmesh_step_number(views[i].row.id));
        strcat(found, number);
    }
    assert_string_equal(found, numbers);
    tmesh_sim_check(sim);
}

static tmesh_task_id_t run(tmesh_sim_t *sim, const char *name, const char *state)
{
    tmesh_task_id_t id = tmesh_sim_start(sim, name, "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), state);
    return id;
}

#define CREATE(names) "{\"decision_point_outcome\":{\"type\":\"create_steps\",\"step_names\":" names "}}"
#define NOTHING "{\"decision_point_outcome\": {\"type\": \"no_branches\"}}"

static void what_it_names_exists_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *result;
        const char *steps;
    } cases[] = {
        {CREATE("[\"auto\"]"), "1 2 3 4"},
        {CREATE("[\"manager\"]"), "1 2 3 5"},
        {CREATE("[\"manager\", \"finance\"]"), "1 2 3 5 6"},
        {CREATE("[\"auto\", \"auto\"]"), "1 2 3 4"},
        {NOTHING, "1 2"},
        {CREATE("[]"), "1 2"},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        const answer_t answers[] = {{"route", cases[i].result}, {0}};
        tmesh_sim_t *sim = open_sim(answers, 100 + i);
        tmesh_task_id_t id = run(sim, "approval", "complete");
        assert_steps(sim, id, cases[i].steps);
        tmesh_sim_destroy(&sim);
    }
}

static void the_convergence_waits_for_exactly_the_chosen_ones(void **state)
{
    (void)state;
    const answer_t answers[] = {{"route", CREATE("[\"manager\",\"finance\"]")}, {0}};
    tmesh_sim_t *sim = open_sim(answers, 5);
    tmesh_task_id_t id = run(sim, "approval", "complete");
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_steps(tmesh_sim_reader(sim), id, arena, &views, &count),
                     TMESH_OK);
    assert_int_equal(tmesh_step_number(views[2].row.id), 3);
    assert_int_equal(views[2].parent_count, 2);
    assert_int_equal(views[2].parents[0], 5);
    assert_int_equal(views[2].parents[1], 6);
    tmesh_sim_destroy(&sim);
}

static void an_invalid_decision_fails_its_step_visibly(void **state)
{
    (void)state;
    static const char *const results[] = {
        CREATE("[\"nobody\"]"), CREATE("[\"validate\"]"), CREATE("\"auto\""), CREATE("[1]"),
        "{\"decision_point_outcome\": {\"type\": \"whatever\"}}", "{\"amount\": 3}", "7",
        CREATE("[\"final\"]"), // nothing that it depends on would exist
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(results); i++) {
        const answer_t answers[] = {{"route", results[i]}, {0}};
        tmesh_sim_t *sim = open_sim(answers, 200 + i);
        tmesh_task_id_t id = run(sim, "approval", "blocked_by_failures");
        assert_steps(sim, id, "1 2");
        tmesh_step_row_t route = tmesh_sim_step(sim, id, 2);
        assert_string_equal(tmesh_step_state_word(route.state), "error");
        assert_int_equal(route.attempts, 1); // for good
        tmesh_sim_destroy(&sim);
    }
}

static void nested_decisions_are_waited_for(void **state)
{
    (void)state;
    const answer_t both[] = {{"outer", CREATE("[\"plain\",\"inner\"]")},
                             {"inner", CREATE("[\"y\"]")},
                             {0}};
    tmesh_sim_t *sim = open_sim(both, 31);
    assert_steps(sim, run(sim, "nested", "complete"), "1 2 3 4 6 7");
    tmesh_sim_destroy(&sim);

    const answer_t plain[] = {{"outer", CREATE("[\"plain\"]")}, {0}};
    sim = open_sim(plain, 32);
    assert_steps(sim, run(sim, "nested", "complete"), "1 2 3 7");
    tmesh_sim_destroy(&sim);

    const answer_t none[] = {{"outer", CREATE("[\"inner\"]")}, {"inner", NOTHING}, {0}};
    sim = open_sim(none, 33);
    assert_steps(sim, run(sim, "nested", "complete"), "1 2 4");
    tmesh_sim_destroy(&sim);
}

static void two_decisions_above_one_convergence(void **state)
{
    (void)state;
    const answer_t answers[] = {{"left", CREATE("[\"l\"]")}, {"right", CREATE("[\"r\"]")}, {0}};
    const answer_t one[] = {{"left", CREATE("[\"l\"]")}, {"right", NOTHING}, {0}};
    for (uint64_t seed = 1; seed <= 40; seed++) { // in every order, also in one commit
        tmesh_sim_t *sim = open_sim(answers, seed);
        assert_steps(sim, run(sim, "two", "complete"), "1 2 3 4 5 6");
        tmesh_sim_destroy(&sim);
        sim = open_sim(one, seed);
        assert_steps(sim, run(sim, "two", "complete"), "1 2 3 4 6");
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_names_exists_and_nothing_else),
        cmocka_unit_test(the_convergence_waits_for_exactly_the_chosen_ones),
        cmocka_unit_test(an_invalid_decision_fails_its_step_visibly),
        cmocka_unit_test(nested_decisions_are_waited_for),
        cmocka_unit_test(two_decisions_above_one_convergence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
