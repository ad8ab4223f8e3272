// The same thing several times at once: it happens once.
#include "tests/simulation/race_bench.h"

enum { ROUNDS = 1000, FINALIZATIONS = 50, FINALIZED = 100 };

static void on_submitted(void *player, const tmesh_process_task_request_answer_t *answer)
{
    bench_t *bench = tmesh_player_stage(player)->config->script_self;
    assert_int_equal(answer->err, TMESH_OK);
    bench->submitted[answer->tag] = answer->reply->answers[0];
    const tmesh_fault_t *fault = answer->reply->answers[0].fault;
    snprintf(bench->codes[answer->tag], sizeof bench->codes[0], "%s", fault ? fault->code : "");
}

static void submit(bench_t *bench, uint64_t tag, tmesh_on_duplicate_t on_duplicate, const char *key)
{
    tmesh_process_task_request_request_t request = {.arena = tmesh_arena_new(), .count = 1};
    tmesh_submission_t submission = {
        .namespace_name = "sim",
        .name = "one",
        .context = tmesh_bytes_of_text("{}"),
        .idempotency_key = tmesh_arena_text(request.arena, key),
        .on_duplicate = on_duplicate,
    };
    request.submissions = tmesh_arena_copy(request.arena, &submission, sizeof submission);
    tmesh_context_t *context = tmesh_player_context(tmesh_sim_stage(bench->sim));
    assert_int_equal(tmesh_ask_process_task_request(context, &request, on_submitted, tag), TMESH_OK);
}

static void equal_submissions(void **state)
{
    bench_t *bench = *state;
    int refused = 0, returned = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char key[32];
        snprintf(key, sizeof key, "equal-%d", i);
        for (uint64_t j = 0; j < SUBMITTERS; j++) {
            submit(bench, j, (tmesh_on_duplicate_t)tmesh_random_below(bench->random, 3), key);
            tmesh_sim_stir(bench->sim);
        }
        tmesh_sim_settle(bench->sim);
        int created = 0;
        for (int j = 0; j < SUBMITTERS; j++) {
            bool is_refused = strcmp(bench->codes[j], "duplicate_task") == 0;
            assert_true(is_refused || strcmp(bench->codes[j], "") == 0);
            created += !is_refused && !bench->submitted[j].existed;
            refused += is_refused;
            returned += bench->submitted[j].existed;
            assert_memory_equal(&bench->submitted[j].task_id, &bench->submitted[0].task_id,
                                sizeof bench->submitted[0].task_id);
        }
        assert_int_equal(created, 1);
        tmesh_history_check(tmesh_sim_reader(bench->sim), bench->submitted[0].task_id);
    }
    assert_true(refused > 0 && returned > 0);
}

// Fifty at once, before, with and after the last result: one end, told once.
static void fifty_finalizations(void **state)
{
    bench_t *bench = *state;
    uint32_t *settled = &tmesh_sim_stage(bench->sim)->tasks_settled;
    for (int i = 0; i < FINALIZED; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "one", "{}");
        uint32_t told = *settled;
        int before = (int)tmesh_random_below(bench->random, FINALIZATIONS + 1);
        for (int j = 0; j <= FINALIZATIONS; j++) {
            if (j == before) {
                say(bench, id, 1, true);
            } else {
                tmesh_people_tell_finalize(bench->sim, id);
            }
            if (i % 2) tmesh_sim_stir(bench->sim); // else all are one batch
            if (i % 10 == 9) tmesh_sim_settle(bench->sim); // one by one
        }
        assert_int_equal(tmesh_reports_hear(bench->sim)->err, TMESH_OK);
        assert_true(is_in(bench, id, TMESH_TASK_COMPLETE));
        assert_int_equal(passages_to(bench, id, "complete"), 1);
        assert_int_equal(*settled, told + 1);
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_submissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fifty_finalizations, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
