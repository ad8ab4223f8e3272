// What a worker says and asks of runs that go on, and how it hands them over.
#include "tests/unit/client/worker_bench.h"

static void a_run_brings_what_is_above_it(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    fake_server_push(
        f.server, &f.address, "STEP.RUN",
        "{\"session\":\"" SESSION "\",\"runs\":[{\"task_uuid\":\"" STEP "0\",\"step_uuid\":\"" STEP
        "1\",\"run\":1,\"run_token\":\"" TOKEN "\",\"step_name\":\"each_001\","
        "\"template_step_name\":\"each\",\"namespace\":\"shop\",\"callable\":\"c\","
        "\"context\":{\"frame\":0},\"dependency_results\":{},"
        "\"dependency_failures\":{\"w_1\":{\"code\":\"no\",\"message\":\"it broke\"}},"
        "\"ancestor_results\":{\"near\":{\"frame\":0},\"far\":{\"frame\":0}},\"truncated\":true}]}",
        "{\"n\":1}");
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_RUN, &event);
    const tmesh_worker_run_t *run = event.run;
    assert_string_equal(run->run_token, TOKEN);
    assert_string_equal(run->template_step_name, "each");
    assert_int_equal(run->dependency_count, 0);
    assert_int_equal(run->dependency_failure_count, 1);
    assert_string_equal(run->dependency_failures[0].name, "w_1");
    assert_string_equal(run->dependency_failures[0].code, "no");
    assert_string_equal(run->dependency_failures[0].message, "it broke");
    assert_int_equal(run->ancestor_count, 2);
    assert_string_equal(run->ancestor_names[0], "near");
    assert_string_equal(run->ancestor_names[1], "far");
    assert_memory_equal(run->ancestor_results[1].data, "{\"n\":1}", 7);
    assert_true(run->is_truncated);
    close_worker(&f);
}

static void handing_over_is_said_until_it_is_answered(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_hand_over(f.worker, take_run(&f, 1, 1));
    for (int i = 0; i < 2; i++) { // silence
        tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
        assert_true(body_has(result, "\"run_token\":\"" TOKEN "\",\"pending\":true}"));
        assert_false(body_has(result, "success"));
        tmesh_frames_destroy(&result);
    }
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 200);
    await_unanswered(&f, 0);
    close_worker(&f);
}

static void expect_checkpoint(fixture_t *f, const char *json, tmesh_frames_t **frames_p)
{
    *frames_p = await_command(f, "STEP.CHECKPOINT");
    assert_true(body_has(*frames_p, "\"run_token\":\"" TOKEN "\",\"checkpoint\":{\"frame\":0}"));
    assert_true(tmesh_bytes_equal_text(tmesh_frames_payload(*frames_p, 0), json));
}

static void a_failure_waits_for_its_checkpoint(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":1}", 12));
    tmesh_frames_t *first = NULL;
    expect_checkpoint(&f, "{\"cursor\":1}", &first);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":2}", 12));
    tmesh_frames_t *second = NULL;
    expect_checkpoint(&f, "{\"cursor\":2}", &second);
    tmesh_frames_destroy(&second);                        // lost
    fake_server_answer(f.server, &first, 200, "{}", NULL); // says nothing of the second
    const tmesh_worker_failure_t failure = {.message = "no", .retryable = 1};
    tmesh_worker_fail(f.worker, run, &failure);
    expect_checkpoint(&f, "{\"cursor\":2}", &second); // again; a result would have been dropped here
    fake_server_answer(f.server, &second, 503,
                       "{\"error\":{\"code\":\"full\",\"message\":\"m\",\"retry_after_ms\":20}}", NULL);
    expect_checkpoint(&f, "{\"cursor\":2}", &second);
    for (int i = 0; i < 3; i++) { // no result comes before the answer
        (void)tmesh_worker_wait(f.worker, NULL, 0, TURN_MS);
        tmesh_frames_t *frames = fake_server_receive(f.server, 0);
        if (frames) {
            assert_false(tmesh_bytes_equal_text(tmesh_frames_command(frames), "STEP.RESULT"));
        }
        tmesh_frames_destroy(&frames);
    }
    fake_server_answer(f.server, &second, 200, "{}", NULL);
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 200);
    await_unanswered(&f, 0);
    close_worker(&f);
}

static void a_checkpoint_is_made_of_fields(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_checkpoint_t checkpoint = {.cursor = tmesh_view("1,2", 3), .items_processed = 7};
    assert_false(tmesh_worker_save(f.worker, run, &checkpoint));
    checkpoint.cursor = tmesh_view("[1]", 3);
    checkpoint.accumulated_results = tmesh_view("{", 1);
    assert_false(tmesh_worker_save(f.worker, run, &checkpoint));
    checkpoint.accumulated_results = tmesh_view("0.50", 4);
    assert_true(tmesh_worker_save(f.worker, run, &checkpoint));
    tmesh_frames_t *frames = NULL;
    expect_checkpoint(&f, "{\"cursor\":[1],\"items_processed\":7,\"accumulated_results\":0.50}",
                      &frames);
    fake_server_answer(f.server, &frames, 200, "{}", NULL);
    close_worker(&f);
}

static void a_success_does_not_wait(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":1}", 12));
    tmesh_worker_succeed(f.worker, run, tmesh_view("1", 1));
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 200);
    await_unanswered(&f, 0);
    close_worker(&f);
}

static void a_checkpoint_of_a_run_that_is_over_cancels_it(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{}", 2));
    tmesh_frames_t *refused = await_command(&f, "STEP.CHECKPOINT");
    fake_server_answer(f.server, &refused, 400,
                       "{\"error\":{\"code\":\"missing_field\",\"message\":\"m\"}}", NULL);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":1}", 12)); // it goes on
    refused = await_command(&f, "STEP.CHECKPOINT");
    fake_server_answer(f.server, &refused, 409,
                       "{\"error\":{\"code\":\"stale_run\",\"message\":\"m\"}}", NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_CANCEL, &event);
    assert_ptr_equal(event.run, run);
    assert_string_equal(event.reason, "stale_run");
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":2}", 12)); // nobody wants it
    tmesh_worker_forget(f.worker, run);
    close_worker(&f);
}

static void beats_of_several_runs_are_one_message(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *one = take_run(&f, 1, 1);
    tmesh_worker_run_t *two = take_run(&f, 2, 1);
    assert_false(tmesh_worker_beat(f.worker, one, tmesh_view("{", 1)));
    assert_true(tmesh_worker_beat(f.worker, one, tmesh_view("[0.50]", 6)));
    assert_true(tmesh_worker_beat(f.worker, two, tmesh_view(NULL, 0)));
    tmesh_frames_t *beat = await_command(&f, "STEP.HEARTBEAT");
    assert_true(body_has(beat, "{\"session\":\"" SESSION "\",\"runs\":[{"));
    assert_true(body_has(beat, "\"run_token\":\"" TOKEN "\",\"progress\":[0.50]},{\"step_uuid\":\"" STEP
                               "2\",\"run\":1,\"run_token\":\"" TOKEN "\"}]}"));
    fake_server_answer(f.server, &beat, 200,
                       "{\"runs\":[{\"step_uuid\":\"" STEP "1\",\"run\":1,\"status\":200},"
                       "{\"step_uuid\":\"" STEP "2\",\"run\":1,\"status\":409,\"code\":\"stale_run\"}]}",
                       NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_CANCEL, &event);
    assert_ptr_equal(event.run, two);
    tmesh_worker_forget(f.worker, two);
    assert_int_equal(tmesh_worker_running(f.worker), 1);
    close_worker(&f);
}

static void inputs_that_are_asked_for_come_as_an_event(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_ask_inputs(f.worker, run, (const char *const[]){"a", "b\"c"}, 2);
    tmesh_frames_t *question = await_command(&f, "STEP.INPUTS");
    assert_true(body_has(question, "\"names\":[\"a\",\"b\\\"c\"]}"));
    tmesh_frames_destroy(&question); // lost
    question = await_command(&f, "STEP.INPUTS");
    fake_server_answer(f.server, &question, 200,
                       "{\"inputs\":{\"a\":{\"frame\":0}},\"truncated\":true}", "[1]");
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_INPUTS, &event);
    assert_ptr_equal(event.run, run);
    assert_null(event.reason);
    assert_int_equal(run->input_count, 1);
    assert_string_equal(run->input_names[0], "a");
    assert_memory_equal(run->input_results[0].data, "[1]", 3);
    assert_true(run->inputs_are_truncated);

    tmesh_worker_ask_inputs(f.worker, run, NULL, 0);
    question = await_command(&f, "STEP.INPUTS");
    assert_false(body_has(question, "names"));
    fake_server_answer(f.server, &question, 500,
                       "{\"error\":{\"code\":\"internal_error\",\"message\":\"m\"}}", NULL);
    await_event(&f, TMESH_WORKER_INPUTS, &event);
    assert_string_equal(event.reason, "internal_error");
    assert_int_equal(run->input_count, 0);
    close_worker(&f);
}

static void what_is_unanswered_is_said_again_in_the_next_session(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_checkpoint(f.worker, run, tmesh_view("{\"cursor\":1}", 12));
    tmesh_worker_beat(f.worker, run, tmesh_view(NULL, 0));
    tmesh_frames_t *beat = await_command(&f, "STEP.HEARTBEAT");
    fake_server_answer(f.server, &beat, 404,
                       "{\"error\":{\"code\":\"unknown_session\",\"message\":\"m\"}}", NULL);
    welcome(&f, OTHER_SESSION, "{\"step_uuid\":\"" STEP "1\",\"run\":1,\"status\":200}", 60000);
    tmesh_frames_t *checkpoint = NULL;
    expect_checkpoint(&f, "{\"cursor\":1}", &checkpoint);
    fake_server_answer(f.server, &checkpoint, 200, "{}", NULL);
    assert_int_equal(tmesh_worker_running(f.worker), 1);
    close_worker(&f);
}

static void features_are_asked_for(void **state)
{
    (void)state;
    static const char *const namespaces[] = {"shop"};
    fixture_t f = {.server = fake_server_new()};
    const tmesh_worker_options_t options = {
        .endpoint = fake_server_endpoint(f.server),
        .name = "w",
        .namespaces = namespaces,
        .namespace_count = 1,
        .extends_time_limit = 1,
        .parents_only = 1,
    };
    f.worker = tmesh_worker_open(&options, NULL, 0);
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO");
    assert_true(body_has(hello, "\"features\":[\"extend_time_limit\",\"parents_only\"]"));
    tmesh_frames_destroy(&hello);
    close_worker(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_brings_what_is_above_it),
        cmocka_unit_test(handing_over_is_said_until_it_is_answered),
        cmocka_unit_test(a_failure_waits_for_its_checkpoint),
        cmocka_unit_test(a_checkpoint_is_made_of_fields),
        cmocka_unit_test(a_success_does_not_wait),
        cmocka_unit_test(a_checkpoint_of_a_run_that_is_over_cancels_it),
        cmocka_unit_test(beats_of_several_runs_are_one_message),
        cmocka_unit_test(inputs_that_are_asked_for_come_as_an_event),
        cmocka_unit_test(what_is_unanswered_is_said_again_in_the_next_session),
        cmocka_unit_test(features_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
