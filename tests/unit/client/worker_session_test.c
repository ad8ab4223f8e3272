// How a session begins, stays alive, is lost and ends.
#include "tests/unit/client/worker_bench.h"

static void hello_says_what_it_serves(void **state)
{
    (void)state;
    static const char *const callables[] = {"charge_*"};
    fixture_t f;
    open_worker(&f, callables, 1);
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO");
    assert_true(body_has(hello, "\"name\":\"w\\\"1\""));
    assert_true(body_has(hello, "\"namespaces\":[\"shop\",\"mail\"]"));
    assert_true(body_has(hello, "\"callables\":[\"charge_*\"]"));
    assert_true(body_has(hello, "\"capacity\":4"));
    assert_true(body_has(hello, "\"held_runs\":[]"));
    tmesh_frames_destroy(&hello);
    close_worker(&f);
}

static void it_beats(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    for (int i = 0; i < 3; i++) {
        tmesh_frames_t *beat = await_command(&f, "WORKER.HEARTBEAT");
        assert_true(body_has(beat, SESSION));
        fake_server_answer(f.server, &beat, 200, "{}", NULL);
    }
    close_worker(&f);
}

static void held_runs_survive_an_unknown_session(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *running = take_run(&f, 1, 1);
    tmesh_worker_run_t *finished = take_run(&f, 2, 1);
    tmesh_worker_run_t *taken_away = take_run(&f, 3, 1);
    tmesh_worker_succeed(f.worker, finished, tmesh_view("2", 1));
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    fake_server_answer(f.server, &result, 404,
                       "{\"error\":{\"code\":\"unknown_session\",\"message\":\"m\"}}", NULL);
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO");
    for (int step = 1; step <= 3; step++) {
        char held[128];
        snprintf(held, sizeof held,
                 "{\"step_uuid\":\"" STEP "%d\",\"run\":1,\"run_token\":\"" TOKEN "\"}", step);
        assert_true(body_has(hello, held));
    }
    fake_server_answer(f.server, &hello, 200,
                       "{\"session\":\"" OTHER_SESSION "\",\"heartbeat_ms\":10,"
                       "\"lost_after_ms\":60000,\"held\":["
                       "{\"step_uuid\":\"" STEP "1\",\"run\":1,\"status\":200},"
                       "{\"step_uuid\":\"" STEP "2\",\"run\":1,\"status\":200},"
                       "{\"step_uuid\":\"" STEP "3\",\"run\":1,\"status\":409,"
                       "\"code\":\"stale_run\"}]}",
                       NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_CANCEL, &event);
    assert_ptr_equal(event.run, taken_away);
    assert_string_equal(event.reason, "stale_run");
    tmesh_worker_forget(f.worker, taken_away);
    result = await_command(&f, "STEP.RESULT"); // the finished one comes again, by itself
    assert_true(body_has(result, OTHER_SESSION));
    assert_true(body_has(result, STEP "2"));
    answer_result(&f, &result, 2, 200);
    await_unanswered(&f, 0);
    assert_int_equal(tmesh_worker_running(f.worker), 1);
    tmesh_worker_succeed(f.worker, running, tmesh_view(NULL, 0));
    result = await_command(&f, "STEP.RESULT");
    assert_true(tmesh_bytes_equal_text(tmesh_frames_payload(result, 0), "null"));
    answer_result(&f, &result, 1, 200);
    await_unanswered(&f, 0);
    close_worker(&f);
}

static void silence_ends_a_session(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO"); // nobody answered its beats
    assert_true(body_has(hello, STEP "1"));
    tmesh_frames_destroy(&hello);
    hello = await_command(&f, "WORKER.HELLO"); // nor its HELLO
    tmesh_frames_destroy(&hello);
    welcome(&f, OTHER_SESSION, "", 60000);
    tmesh_worker_succeed(f.worker, run, tmesh_view("1", 1));
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    assert_true(body_has(result, OTHER_SESSION));
    tmesh_frames_destroy(&result);
    close_worker(&f);
}

static void silence_leads_to_the_next_endpoint(void **state)
{
    (void)state;
    fixture_t f = {.server = fake_server_new()};
    fake_server_t *other = fake_server_new();
    tmesh_auto_free char *endpoints =
        tmesh_printf("%s,%s", fake_server_endpoint(f.server), fake_server_endpoint(other));
    open_worker_at(&f, endpoints, NULL, 0);
    welcome(&f, SESSION, "", 60);
    (void)take_run(&f, 1, 1);
    fake_server_destroy(&f.server);
    f.server = other;
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO");
    assert_true(body_has(hello, "\"held_runs\":[{\"step_uuid\":\"" STEP "1\""));
    tmesh_frames_destroy(&hello);
    close_worker(&f);
}

static void what_an_old_session_sends_is_ignored(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_frames_t *beat = await_command(&f, "WORKER.HEARTBEAT"); // it knows its session
    tmesh_frames_destroy(&beat);
    push_run(&f, OTHER_SESSION, 1, 1);
    push_run(&f, SESSION, 2, 1);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_RUN, &event);
    assert_string_equal(event.run->step_uuid, STEP "2");
    assert_int_equal(tmesh_worker_next(f.worker, &event), TMESH_WORKER_NOTHING);
    close_worker(&f);
}

static void it_drains_before_it_leaves(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_drain(f.worker, 60000);
    tmesh_frames_t *wish = await_command(&f, "WORKER.BYE");
    assert_true(body_has(wish, "\"drain\":true"));
    fake_server_answer(f.server, &wish, 200, "{}", NULL);
    tmesh_worker_succeed(f.worker, run, tmesh_view("1", 1));
    tmesh_frames_t *result = await_command(&f, "STEP.RESULT");
    answer_result(&f, &result, 1, 200);
    tmesh_frames_t *bye = await_command(&f, "WORKER.BYE");
    assert_false(body_has(bye, "drain"));
    fake_server_answer(f.server, &bye, 200, "{}", NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_STOPPED, &event);
    assert_null(event.reason);
    assert_int_equal(tmesh_worker_wait(f.worker, NULL, 0, TURN_MS), 0);
    assert_null(fake_server_receive(f.server, TURN_MS)); // nothing is said after BYE
    close_worker(&f);
}

static void a_run_that_is_given_up_does_not_hold_up_the_end(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    tmesh_worker_drain(f.worker, 60000);
    tmesh_frames_t *wish = await_command(&f, "WORKER.BYE");
    fake_server_answer(f.server, &wish, 200, "{}", NULL);
    tmesh_worker_give_up(f.worker, run);
    assert_int_equal(tmesh_worker_running(f.worker), 0);
    assert_int_equal(tmesh_worker_unanswered(f.worker), 0);
    tmesh_frames_t *bye = await_command(&f, "WORKER.BYE");
    assert_false(body_has(bye, "drain"));
    fake_server_answer(f.server, &bye, 200, "{}", NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_STOPPED, &event);
    close_worker(&f);
}

static void a_worker_nobody_wants_stops(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    tmesh_frames_t *hello = await_command(&f, "WORKER.HELLO");
    fake_server_answer(f.server, &hello, 400,
                       "{\"error\":{\"code\":\"too_long\",\"message\":\"the name is too long\"}}",
                       NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_STOPPED, &event);
    assert_string_equal(event.reason, "the name is too long (too_long)");
    close_worker(&f);
}

static void unusable_options_are_refused(void **state)
{
    (void)state;
    static const char *const namespaces[] = {"shop"};
    char error[128];
    tmesh_worker_options_t options = {.name = "w", .namespaces = namespaces, .namespace_count = 1};
    assert_null(tmesh_worker_open(&options, error, sizeof error));
    assert_string_equal(error, "an endpoint is needed");
    options.endpoint = "nonsense";
    assert_null(tmesh_worker_open(&options, error, sizeof error));
    options.endpoint = "ipc:///tmp/tmesh_test_nobody";
    options.capacity = 10001;
    assert_null(tmesh_worker_open(&options, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_says_what_it_serves),
        cmocka_unit_test(it_beats),
        cmocka_unit_test(held_runs_survive_an_unknown_session),
        cmocka_unit_test(silence_ends_a_session),
        cmocka_unit_test(silence_leads_to_the_next_endpoint),
        cmocka_unit_test(what_an_old_session_sends_is_ignored),
        cmocka_unit_test(it_drains_before_it_leaves),
        cmocka_unit_test(a_run_that_is_given_up_does_not_hold_up_the_end),
        cmocka_unit_test(a_worker_nobody_wants_stops),
        cmocka_unit_test(unusable_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
