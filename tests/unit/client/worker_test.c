// Runs, their results and their cancellation.
#include "tests/unit/client/worker_bench.h"

static void a_run_comes_whole_and_its_result_goes_back(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    assert_string_equal(run->step_name, "charge");
    assert_string_equal(run->step_uuid, STEP "1");
    assert_int_equal(run->attempt, 2);
    assert_int_equal(run->context.size, 9);
    assert_memory_equal(run->context.data, "{\"n\":0.1}", 9);
    assert_memory_equal(run->initialization.data, "{}", 2);
    assert_null(run->checkpoint.data);
    assert_int_equal(run->dependency_count, 1);
    assert_string_equal(run->dependency_names[0], "parent");
    assert_memory_equal(run->dependency_results[0].data, "{\"n\":0.1}", 9);

    push_run(&f, SESSION, 1, 1); // told twice: ignored
    tmesh_worker_succeed(f.worker, run, tmesh_view("[0.10]", 6));
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    assert_true(body_has(result, "\"run_token\":\"" TOKEN "\",\"success\":true"));
    assert_true(tmesh_bytes_equal_text(tmesh_frames_payload(result, 0), "[0.10]"));
    answer_result(&f, &result, 1, 200);
    await_unanswered(&f, 0);
    tmesh_worker_event_t event;
    assert_int_equal(tmesh_worker_next(f.worker, &event), TMESH_WORKER_NOTHING);
    close_worker(&f);
}

static void results_are_sent_again_until_they_are_answered(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    const tmesh_worker_failure_t failure = {
        .message = "no", .code = "c", .retryable = 1, .retry_after_ms = 1500};
    tmesh_worker_fail(f.worker, run, &failure);
    for (int i = 0; i < 3; i++) { // silence
        tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
        assert_true(body_has(result, "\"success\":false,\"error\":{\"message\":\"no\","
                                     "\"code\":\"c\",\"retryable\":true}"));
        assert_true(body_has(result, "\"delay_seconds\":1.500"));
        tmesh_frames_destroy(&result);
    }
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 503); // not now
    result = await_command(&f, "STEP.RESULT");
    fake_server_answer(f.server, &result, 503,
                       "{\"error\":{\"code\":\"full\",\"message\":\"m\","
                       "\"retry_after_ms\":20}}",
                       NULL);
    assert_int_equal(tmesh_worker_unanswered(f.worker), 1);
    result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 409); // any other answer ends it
    await_unanswered(&f, 0);
    close_worker(&f);
}

static void one_refused_result_does_not_hurt_the_others(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *first = take_run(&f, 1, 1);
    tmesh_worker_run_t *second = take_run(&f, 2, 1);
    tmesh_worker_succeed(f.worker, first, tmesh_view("1", 1));
    tmesh_worker_succeed(f.worker, second, tmesh_view("2", 1));
    tmesh_frames_t *both = await_command(&f, "STEP.RESULT");
    assert_int_equal(tmesh_frames_payload_count(both), 2);
    fake_server_answer(f.server, &both, 400, "{\"error\":{\"code\":\"x\",\"message\":\"y\"}}",
                       NULL);
    for (int i = 1; i <= 2; i++) { // each is judged by itself
        tmesh_frames_t *one = await_command(&f, "STEP.RESULT");
        assert_int_equal(tmesh_frames_payload_count(one), 1);
        int step = tmesh_bytes_equal_text(tmesh_frames_payload(one, 0), "1") ? 1 : 2;
        answer_result(&f, &one, step, 200);
        await_unanswered(&f, (size_t)(2 - i));
    }
    close_worker(&f);
}

static void a_cancelled_run_is_told_and_never_answered(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    fake_server_push(f.server, &f.address, "STEP.CANCEL",
                     "{\"session\":\"" SESSION "\",\"runs\":[{\"step_uuid\":\"" STEP
                     "1\",\"run\":1,\"reason\":\"task cancelled\"}]}",
                     NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_CANCEL, &event);
    assert_ptr_equal(event.run, run);
    assert_string_equal(event.reason, "task cancelled");
    tmesh_worker_succeed(f.worker, run, tmesh_view("1", 1)); // too late, and harmless
    assert_int_equal(tmesh_worker_unanswered(f.worker), 0);
    assert_int_equal(tmesh_worker_running(f.worker), 0);
    close_worker(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_comes_whole_and_its_result_goes_back),
        cmocka_unit_test(results_are_sent_again_until_they_are_answered),
        cmocka_unit_test(one_refused_result_does_not_hurt_the_others),
        cmocka_unit_test(a_cancelled_run_is_told_and_never_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
