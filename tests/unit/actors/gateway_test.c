// The gateway as clients see it: the door, answers, waiting.
#include "tests/unit/actors/gateway_bench.h"

#include "actors/gateway_parts.h"

#define TASK "\"01890000-0000-7000-8000-000000010000\""

static void the_door_refuses_with_a_code_and_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *command, *body, *payload, *status, *part;
    } cases[] = {
        {"NOPE", "{}", NULL, "400", "unknown_command"},
        {"PING", "{", NULL, "400", "invalid_json"},
        {"PING", "[]", NULL, "400", "not_an_object"},
        {"TASK.SUBMIT", "{\"namespace\":\"a\"}", NULL, "400", "\"where\":\"/name\""},
        {"TASK.SUBMIT", "{\"namespace\":\"a\",\"name\":\"b\",\"priority\":101}", NULL, "400",
         "out_of_range"},
        {"TASK.SUBMIT", "{\"namespace\":\"a\",\"name\":\"b\",\"context\":{\"frame\":0}}", "[1]",
         "400", "not_an_object"},
        {"TASK.SUBMIT", "{\"namespace\":\"a\",\"name\":\"b\",\"context\":{\"frame\":0}}",
         "{\"a\":1,\"a\":2}", "400", "duplicate_key"},
        {"TASK.SUBMIT", "{\"tasks\":[]}", NULL, "400", "too_few"},
        {"TASK.GET", "{}", NULL, "400", "missing_field"},
        {"TASK.GET", "{\"task_uuid\":" TASK ",\"include\":[\"x\"]}", NULL, "400", "unknown_value"},
        {"TASK.LIST", "{\"status\":\"x\"}", NULL, "400", "unknown_value"},
        {"TASK.EVENTS", "{}", NULL, "400", "missing_field"},
        {"TASK.EVENTS", "{\"task_uuid\":" TASK ",\"after\":-1}", NULL, "400", "out_of_range"},
        {"TASK.EVENTS", "{\"task_uuid\":" TASK ",\"limit\":1001}", NULL, "400", "out_of_range"},
        {"TASK.EVENTS", "{\"task_uuid\":" TASK ",\"wait_ms\":60001}", NULL, "400",
         "out_of_range"},
        {"TASK.CANCEL", "{\"task_uuid\":" TASK ",\"dry_run\":true}", NULL, "400",
         "\"where\":\"/dry_run\""},
        {"TASK.CANCEL", "{\"filter\":{},\"task_uuids\":[" TASK "]}", NULL, "400", "contradiction"},
        {"TASK.PAUSE", "{\"filter\":{}}", NULL, "400", "empty_filter"},
        {"TASK.PAUSE", "{\"filter\":{\"nam\":\"x\"},\"all\":true}", NULL, "400",
         "\"where\":\"/filter/nam\""},
        {"TASK.RESUME", "{\"task_uuids\":[" TASK ",\"x\"]}", NULL, "400",
         "\"where\":\"/task_uuids/1\""},
        {"WORKER.HEARTBEAT", "{\"session\":" TASK "}", NULL, "404", "unknown_session"},
    };
    void *peer = peer_open();
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        peer_send(peer, cases[i].command, cases[i].body, cases[i].payload);
        expect(peer, cases[i].status, cases[i].part);
    }
    peer_send(peer, "PING", "", NULL);
    expect(peer, "200", "\"version\":\"9.9\"");
    assert_int_equal(bench.submissions, 0);
    assert_int_equal(bench.queries, 0);
    assert_int_equal(bench.acts, 0);
}

static void a_submission_is_answered_with_its_request_id(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.SUBMIT",
              "{\"namespace\":\"a\",\"name\":\"four\",\"context\":{\"frame\":0}}", "{\"n\":0.1}");
    tmesh_frames_t *answer = peer_expect(peer, "201", "\"step_count\":4");
    char id[16];
    snprintf(id, sizeof id, "%d", bench.next_request);
    assert_true(tmesh_bytes_equal_text(tmesh_frames_request_id(answer), id));
    tmesh_frames_destroy(&answer);
}

static void of_an_array_the_good_ones_go_through(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.SUBMIT",
              "{\"tasks\":[{\"namespace\":\"a\",\"name\":\"one\"},7,{\"namespace\":\"a\"},"
              "{\"namespace\":\"a\",\"name\":\"three\"}]}", NULL);
    tmesh_frames_t *answer = peer_expect(peer, "200", "\"step_count\":5");
    tmesh_bytes_t body = tmesh_frames_body(answer);
    const char *order[] = {"\"step_count\":3", "\"where\":\"/tasks/1\"",
                           "\"where\":\"/tasks/2/name\"", "\"step_count\":5"};
    const char *at = body.data;
    for (size_t i = 0; i < TMESH_COUNT_OF(order); i++) {
        at = memmem(at, body.size - (size_t)(at - body.data), order[i], strlen(order[i]));
        assert_non_null(at);
    }
    assert_int_equal(bench.submissions, 2);
    tmesh_frames_destroy(&answer);
}

static void full_is_503_with_a_time_to_come_back(void **state)
{
    (void)state;
    bench.refuse_submissions = 1;
    void *peer = peer_open();
    peer_send(peer, "TASK.SUBMIT", "{\"namespace\":\"a\",\"name\":\"b\"}", NULL);
    expect(peer, "503", "retry_after_ms");
}

static void a_waiting_client_is_answered_when_its_task_settles(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.WAIT", "{\"task_uuid\":" TASK ",\"timeout_ms\":5000}", NULL);
    await_count(&bench.queries, 1);
    expect_nothing(peer, 50);
    bench.task_state = TMESH_TASK_COMPLETE;
    tmesh_task_settled_request_t settled = {.state = TMESH_TASK_COMPLETE};
    assert_true(tmesh_task_id_parse("01890000-0000-7000-8000-000000010000", &settled.task_id));
    assert_int_equal(
        tmesh_tell_task_settled(tmesh_registry_context(bench.registry), &settled), TMESH_OK);
    expect(peer, "200", "complete");
}

static void waiting_ends_with_the_task_as_it_is(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.WAIT", "{\"task_uuid\":" TASK ",\"timeout_ms\":50}", NULL);
    expect(peer, "200", "steps_in_process");
    bench.task_state = TMESH_TASK_BLOCKED_BY_FAILURES; // settled, not ended
    peer_send(peer, "TASK.WAIT", "{\"task_uuid\":" TASK ",\"timeout_ms\":5000}", NULL);
    expect(peer, "200", "blocked");
    peer_send(peer, "TASK.WAIT",
              "{\"task_uuid\":" TASK ",\"until\":\"ended\",\"timeout_ms\":0}", NULL);
    expect(peer, "200", "blocked");
}

static void a_settled_message_that_was_lost_costs_two_seconds(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.WAIT", "{\"task_uuid\":" TASK ",\"timeout_ms\":30000}", NULL);
    await_count(&bench.queries, 1);
    bench.task_state = TMESH_TASK_COMPLETE;
    expect(peer, "200", "complete");
}

static void events_are_answered_at_once_without_a_wait(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.EVENTS", "{\"task_uuid\":" TASK "}", NULL);
    expect(peer, "200", "\"last\":0,\"limit\":200");
    bench.last_event = 7;
    peer_send(peer, "TASK.EVENTS", "{\"task_uuid\":" TASK ",\"after\":7,\"limit\":5}", NULL);
    expect(peer, "200", "\"last\":7,\"limit\":5");
    assert_int_equal(bench.queries, 2);
}

static void an_event_is_seen_without_a_message_that_tells_of_it(void **state)
{
    (void)state;
    void *peer = peer_open();
    bench.last_event = 7;
    peer_send(peer, "TASK.EVENTS",
              "{\"task_uuid\":" TASK ",\"after\":7,\"wait_ms\":30000}", NULL);
    await_count(&bench.queries, 1);
    expect_nothing(peer, 50);
    bench.last_event = 8;
    expect(peer, "200", "\"last\":8");
    int asked = bench.queries;
    expect_nothing(peer, 500);
    assert_int_equal(bench.queries, asked); // nobody waits, nobody asks
}

static void waiting_for_events_ends_with_none(void **state)
{
    (void)state;
    void *peer = peer_open();
    bench.last_event = 7;
    peer_send(peer, "TASK.EVENTS", "{\"task_uuid\":" TASK ",\"after\":7,\"wait_ms\":50}", NULL);
    expect(peer, "200", "\"last\":7");
    assert_int_equal(bench.queries, 2);
}

static void settling_is_told_to_who_waits_for_events(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.EVENTS", "{\"task_uuid\":" TASK ",\"wait_ms\":30000}", NULL);
    await_count(&bench.queries, 1);
    bench.last_event = 1;
    tmesh_task_settled_request_t settled = {.state = TMESH_TASK_COMPLETE};
    assert_true(tmesh_task_id_parse("01890000-0000-7000-8000-000000010000", &settled.task_id));
    assert_int_equal(
        tmesh_tell_task_settled(tmesh_registry_context(bench.registry), &settled), TMESH_OK);
    expect(peer, "200", "\"last\":1");
}

static void statistics_have_the_gateways_part(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "STATS", "", NULL);
    expect(peer, "200", "\"store\":{\"commits\":1},\"gateway\":{\"received\":1,");
    peer_send(peer, "TASK.CANCEL", "{\"task_uuid\":" TASK "}", NULL);
    expect(peer, "200", "\"status\":\"cancelled\"");
}

// SPEC 9.2. A peer without a key may do all of it.
static void every_command_names_what_it_needs(void **state)
{
    (void)state;
    assert_in_range(tmesh_gateway_command_count(), 20, 1000);
    for (size_t i = 0; i < tmesh_gateway_command_count(); i++) {
        tmesh_permission_t needed = tmesh_gateway_command_permission(i);
        if (needed == TMESH_PERMISSION_UNDECIDED) fail_msg("%s", tmesh_gateway_command_name(i));
        assert_true(tmesh_permissions_cover(tmesh_permissions_all(), needed));
    }
    void *peer = peer_open();
    peer_send(peer, "PING", "{\"permissions\": true}", NULL);
    expect(peer, "200", "{\"command\":\"TASK.GET\",\"permission\":\"tasks:read\",\"allowed\":true}");
    peer_send(peer, "PING", "{\"permissions\": 1}", NULL);
    expect(peer, "400", "\"where\":\"/permissions\"");
}

static void behind_a_closed_door_there_is_503(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.WAIT", "{\"task_uuid\":" TASK "}", NULL);
    await_count(&bench.queries, 1);
    tmesh_close_door_request_t request = {0};
    tmesh_close_door_reply_t reply;
    assert_int_equal(tmesh_call_close_door(tmesh_registry_context(bench.registry), &request, &reply,
                                           NULL, BENCH_PATIENCE_MS),
                     TMESH_OK);
    assert_int_equal(reply.runs_out, 0);
    expect(peer, "503", "stopping");
    peer_send(peer, "PING", "", NULL);
    expect(peer, "503", "stopping");
    peer_send(peer, "STEP.RESULT", "{\"results\":[]}", NULL);
    expect(peer, "200", "\"results\":[]");
}

// More answers than the connection and the queue behind it take: the rest is dropped, the gateway
// lives.
static void a_peer_that_does_not_read_costs_a_bounded_amount(void **state)
{
    (void)state;
    void *deaf = peer_open();
    int high_water = 1;
    zmq_setsockopt(deaf, ZMQ_RCVHWM, &high_water, sizeof high_water);
    for (int i = 0; i < 5000; i++) {
        char body[512];
        memset(body, ' ', sizeof body);
        body[sizeof body - 1] = 0;
        memcpy(body, "{}", 2);
        peer_send(deaf, "PING", body, NULL);
    }
    void *peer = peer_open();
    peer_send(peer, "STATS", "", NULL);
    tmesh_frames_t *answer = peer_expect(peer, "200", "\"dropped\":");
    tmesh_bytes_t body = tmesh_frames_body(answer);
    assert_null(memmem(body.data, body.size, "\"dropped\":0", 11));
    tmesh_frames_destroy(&answer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_door_refuses_with_a_code_and_a_place),
        TEST(a_submission_is_answered_with_its_request_id),
        TEST(of_an_array_the_good_ones_go_through),
        TEST(full_is_503_with_a_time_to_come_back),
        TEST(a_waiting_client_is_answered_when_its_task_settles),
        TEST(waiting_ends_with_the_task_as_it_is),
        TEST(a_settled_message_that_was_lost_costs_two_seconds),
        TEST(events_are_answered_at_once_without_a_wait),
        TEST(an_event_is_seen_without_a_message_that_tells_of_it),
        TEST(waiting_for_events_ends_with_none),
        TEST(settling_is_told_to_who_waits_for_events),
        TEST(statistics_have_the_gateways_part),
        TEST(every_command_names_what_it_needs),
        TEST(behind_a_closed_door_there_is_503),
        TEST(a_peer_that_does_not_read_costs_a_bounded_amount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
