// Which steps come to exist: decisions beside, below and above each other, behind batches.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/templates/growth.h"
#include "services/templates/parse.h"

enum { STEPS_MAX = 16 };

// A task under way: what exists, what is done, what each decision has named.
typedef struct {
    tmesh_definition_t *definition;
    bool has_row[STEPS_MAX];
    bool is_done[STEPS_MAX];
    bool named[STEPS_MAX][STEPS_MAX];
    tmesh_growth_t status[STEPS_MAX];
    uint16_t order[STEPS_MAX];
} game_t;

static bool named(void *self, uint16_t decision, uint16_t step)
{
    return ((game_t *)self)->named[decision][step];
}

static uint16_t at(const game_t *game, const char *name)
{
    int index = tmesh_definition_find_step(game->definition, name);
    assert_true(index >= 0);
    return (uint16_t)index;
}

static void settle(game_t *game)
{
    tmesh_growth_facts_t facts = {
        .definition = game->definition,
        .has_row = game->has_row,
        .is_done = game->is_done,
        .named = named,
        .named_self = game,
    };
    tmesh_growth_settle(&facts, game->status, game->order);
}

static game_t *begin(const char *steps)
{
    game_t *game = tmesh_alloc(sizeof *game);
    tmesh_auto_free char *yaml = tmesh_printf(
        "name: g\nnamespace_name: t\nversion: 1.0.0\nsteps:\n%s", steps);
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("g.yaml");
    tmesh_err_t err =
        tmesh_template_parse(tmesh_bytes_of_text(yaml), NULL, report, &game->definition);
    assert_int_equal(err, TMESH_OK);
    for (uint16_t i = 0; i < game->definition->step_count; i++) {
        game->has_row[i] = game->definition->steps[i].exists_at_start;
    }
    settle(game);
    return game;
}

static void end(game_t *game)
{
    tmesh_definition_destroy(&game->definition);
    tmesh_free(game);
}

// The step is done; `names` lists what it named, if it is a decision.
static void finish(game_t *game, const char *step, const char *const *names)
{
    uint16_t index = at(game, step);
    assert_int_equal(game->status[index], TMESH_GROWTH_EXISTS);
    game->is_done[index] = true;
    for (; names && *names; names++) game->named[index][at(game, *names)] = true;
    settle(game);
    for (uint16_t i = 0; i < game->definition->step_count; i++) {
        if (game->status[i] == TMESH_GROWTH_EXISTS) game->has_row[i] = true;
    }
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define assert_status(game, step, word)                                                            \
    assert_int_equal((game)->status[at(game, step)], TMESH_GROWTH_##word)

static const char approval[] =
    "  - {name: validate, handler: {callable: c}}\n"
    "  - {name: route, type: decision, dependencies: [validate], handler: {callable: c}}\n"
    "  - {name: auto, dependencies: [route], handler: {callable: c}}\n"
    "  - {name: manager, dependencies: [route], handler: {callable: c}}\n"
    "  - {name: finance, dependencies: [route], handler: {callable: c}}\n"
    "  - {name: final, type: deferred_convergence, dependencies: [auto, manager, finance],"
    " handler: {callable: c}}\n";

static void one_decision_makes_what_it_names_and_what_that_leads_to(void **state)
{
    (void)state;
    game_t *game = begin(approval);
    assert_status(game, "auto", UNDECIDED);
    assert_status(game, "final", UNDECIDED);
    finish(game, "validate", NULL);
    assert_status(game, "final", UNDECIDED);
    finish(game, "route", NAMES("manager", "finance"));
    assert_status(game, "auto", ABSENT);
    assert_status(game, "manager", EXISTS);
    assert_status(game, "finance", EXISTS);
    assert_status(game, "final", EXISTS);
    end(game);
}

static void naming_nothing_makes_nothing(void **state)
{
    (void)state;
    game_t *game = begin(approval);
    finish(game, "validate", NULL);
    finish(game, "route", NULL);
    assert_status(game, "manager", ABSENT);
    assert_status(game, "final", ABSENT);
    end(game);
}

static void a_nested_decision_keeps_what_it_may_name_undecided(void **state)
{
    (void)state;
    game_t *game = begin(
        "  - {name: a, handler: {callable: c}}\n"
        "  - {name: outer, type: decision, dependencies: [a], handler: {callable: c}}\n"
        "  - {name: plain, dependencies: [outer], handler: {callable: c}}\n"
        "  - {name: inner, type: decision, dependencies: [outer], handler: {callable: c}}\n"
        "  - {name: x, dependencies: [inner], handler: {callable: c}}\n"
        "  - {name: y, dependencies: [inner], handler: {callable: c}}\n"
        "  - {name: end, type: deferred_convergence, dependencies: [plain, x, y],"
        " handler: {callable: c}}\n");
    finish(game, "a", NULL);
    finish(game, "outer", NAMES("plain", "inner"));
    assert_status(game, "plain", EXISTS);
    assert_status(game, "x", UNDECIDED);
    assert_status(game, "end", UNDECIDED); // although plain may be done before inner is
    finish(game, "plain", NULL);
    assert_status(game, "end", UNDECIDED);
    finish(game, "inner", NAMES("y"));
    assert_status(game, "x", ABSENT);
    assert_status(game, "end", EXISTS);
    end(game);
}

static void an_inner_decision_that_was_not_named_takes_its_branches_along(void **state)
{
    (void)state;
    game_t *game = begin(
        "  - {name: a, handler: {callable: c}}\n"
        "  - {name: outer, type: decision, dependencies: [a], handler: {callable: c}}\n"
        "  - {name: plain, dependencies: [outer], handler: {callable: c}}\n"
        "  - {name: inner, type: decision, dependencies: [outer], handler: {callable: c}}\n"
        "  - {name: x, dependencies: [inner], handler: {callable: c}}\n"
        "  - {name: end, type: deferred_convergence, dependencies: [plain, x],"
        " handler: {callable: c}}\n");
    finish(game, "a", NULL);
    finish(game, "outer", NAMES("plain"));
    assert_status(game, "inner", ABSENT);
    assert_status(game, "x", ABSENT);
    assert_status(game, "end", EXISTS);
    end(game);
}

static void a_convergence_waits_for_all_decisions_above_it(void **state)
{
    (void)state;
    game_t *game = begin(
        "  - {name: a, handler: {callable: c}}\n"
        "  - {name: left, type: decision, dependencies: [a], handler: {callable: c}}\n"
        "  - {name: right, type: decision, dependencies: [a], handler: {callable: c}}\n"
        "  - {name: l, dependencies: [left], handler: {callable: c}}\n"
        "  - {name: r, dependencies: [right], handler: {callable: c}}\n"
        "  - {name: both, dependencies: [left, right], handler: {callable: c}}\n"
        "  - {name: end, type: deferred_convergence, dependencies: [l, r, both],"
        " handler: {callable: c}}\n");
    finish(game, "a", NULL);
    finish(game, "left", NAMES("l", "both"));
    assert_status(game, "l", EXISTS);
    assert_status(game, "both", UNDECIDED); // right may name it too, or not
    assert_status(game, "end", UNDECIDED);
    finish(game, "right", NULL);
    assert_status(game, "r", ABSENT);
    assert_status(game, "both", EXISTS); // left named it
    assert_status(game, "end", EXISTS);
    end(game);
}

static void batch_workers_exist_once_their_batch_is_done(void **state)
{
    (void)state;
    game_t *game = begin(
        "  - {name: analyze, type: batchable, handler: {callable: c,"
        " initialization: {worker_template_name: work}}}\n"
        "  - {name: work, type: batch_worker, dependencies: [analyze], handler: {callable: c},"
        " batch_config: {batch_size: 1, parallelism: 1, cursor_field: id, worker_template: work,"
        " failure_strategy: fail_fast}}\n"
        "  - {name: sum, type: deferred_convergence, dependencies: [work], handler: {callable: c}}\n"
        "  - {name: after, dependencies: [sum], handler: {callable: c}}\n");
    assert_status(game, "work", UNDECIDED);
    assert_status(game, "sum", UNDECIDED);
    assert_status(game, "after", UNDECIDED);
    finish(game, "analyze", NAMES("work"));
    assert_status(game, "work", EXISTS);
    assert_status(game, "sum", EXISTS);
    assert_status(game, "after", EXISTS);
    end(game);
}

static void a_decision_names_its_own_segment_only(void **state)
{
    (void)state;
    game_t *game = begin(
        "  - {name: a, handler: {callable: c}}\n"
        "  - {name: outer, type: decision, dependencies: [a], handler: {callable: c}}\n"
        "  - {name: near, dependencies: [outer], handler: {callable: c}}\n"
        "  - {name: far, dependencies: [near], handler: {callable: c}}\n"
        "  - {name: inner, type: decision, dependencies: [near], handler: {callable: c}}\n"
        "  - {name: beyond, dependencies: [inner], handler: {callable: c}}\n");
    const tmesh_definition_t *definition = game->definition;
    uint16_t outer = at(game, "outer");
    assert_true(tmesh_growth_may_name(definition, outer, at(game, "near")));
    assert_true(tmesh_growth_may_name(definition, outer, at(game, "far")));
    assert_true(tmesh_growth_may_name(definition, outer, at(game, "inner")));
    assert_false(tmesh_growth_may_name(definition, outer, at(game, "beyond")));
    assert_false(tmesh_growth_may_name(definition, outer, at(game, "a")));
    end(game);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_decision_makes_what_it_names_and_what_that_leads_to),
        cmocka_unit_test(naming_nothing_makes_nothing),
        cmocka_unit_test(a_nested_decision_keeps_what_it_may_name_undecided),
        cmocka_unit_test(an_inner_decision_that_was_not_named_takes_its_branches_along),
        cmocka_unit_test(a_convergence_waits_for_all_decisions_above_it),
        cmocka_unit_test(batch_workers_exist_once_their_batch_is_done),
        cmocka_unit_test(a_decision_names_its_own_segment_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
