// The gateway as workers see it, and what it tells the orchestration of them.
#include "tests/unit/actors/gateway_bench.h"

typedef struct {
    void *socket;
    char session[37];
} worker_t;

// `more` are further members of the body, with a leading comma, or "".
static worker_t worker_join(unsigned capacity, const char *more)
{
    worker_t worker = {.socket = peer_open()};
    char body[1024];
    snprintf(body, sizeof body,
             "{\"name\":\"w\",\"namespaces\":[\"shop\"],\"capacity\":%u,\"heartbeat_ms\":100,"
             "\"lost_after_ms\":400%s}", capacity, more);
    peer_send(worker.socket, "WORKER.HELLO", body, NULL);
    tmesh_frames_t *answer = peer_expect(worker.socket, "200", "\"session\":\"");
    const char *at = memmem(tmesh_frames_body(answer).data, tmesh_frames_body(answer).size,
                            "\"session\":\"", 11);
    snprintf(worker.session, sizeof worker.session, "%s", at + 11);
    tmesh_frames_destroy(&answer);
    return worker;
}

static tmesh_fence_t fence_of(uint8_t number, uint32_t run)
{
    return (tmesh_fence_t){
        .step_id = {.bytes = {[0] = 1, [15] = number}}, .run = run, .token = {.bytes = {number}}};
}

// Like a service that has claimed and committed.
static void hand_over(uint8_t number, uint32_t run)
{
    tmesh_dispatch_steps_request_t request = {.arena = tmesh_arena_new(), .count = 1};
    tmesh_parcel_t *parcel = tmesh_arena_alloc(request.arena, sizeof *parcel);
    *parcel = (tmesh_parcel_t){
        .fence = fence_of(number, run),
        .offer = tmesh_credit_take(bench.credit, "shop", "charge"),
        .step_name = "charge_it",
        .namespace_name = "shop",
        .task_name = "order",
        .task_version = "1.0.0",
        .callable = "charge",
        .method = "call",
        .attempt = 1,
        .max_attempts = 3,
        .context = tmesh_arena_bytes(request.arena, tmesh_bytes_of_text("{\"price\": 0.10}")),
    };
    request.parcels = parcel;
    assert_int_equal(
        tmesh_tell_dispatch_steps(tmesh_registry_context(bench.registry), &request), TMESH_OK);
}

static void send_result(const worker_t *worker, uint8_t number, const char *members,
                        const char *payload)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"results\":[{\"step_uuid\":\"01000000-0000-0000-0000-"
             "0000000000%02x\",\"run\":1,\"run_token\":\"%02x000000000000000000000000000000\",%s}]}",
             worker->session, number, number, members);
    peer_send(worker->socket, "STEP.RESULT", body, payload);
}

static void keep_alive(const worker_t *worker)
{
    char body[64];
    snprintf(body, sizeof body, "{\"session\":\"%s\"}", worker->session);
    peer_send(worker->socket, "WORKER.HEARTBEAT", body, NULL);
    expect(worker->socket, "200", "{}");
}

static tmesh_result_kind_t kind_seen(int index)
{
    await_count(&bench.results, index + 1);
    return bench.seen[index].kind;
}

static void a_run_goes_out_and_its_result_comes_in(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    hand_over(2, 1);
    tmesh_frames_t *run = peer_expect(worker.socket, "STEP.RUN", "\"step_name\":\"charge_it\"");
    assert_true(tmesh_bytes_equal_text(tmesh_frames_payload(run, 0), "{\"price\": 0.10}"));
    tmesh_frames_destroy(&run);
    expect_nothing(worker.socket, 30); // one slot
    send_result(&worker, 1, "\"success\":true,\"result\":{\"frame\":0}", "[ 0.10 ]");
    assert_int_equal(kind_seen(0), TMESH_RESULT_SUCCESS);
    assert_string_equal(bench.seen_bytes[0], "[ 0.10 ]");
    assert_true(bench.seen[0].sent_at_ms > 0);
    expect(worker.socket, "200", "\"state\":\"complete\"");
    expect(worker.socket, "STEP.RUN", "000000000002");
}

static void a_send_without_a_quick_result_is_recorded_once(void **state)
{
    (void)state;
    worker_t worker = worker_join(2, "");
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "");
    assert_int_equal(bench.notes, 0);
    await_count(&bench.notes, 1);
    keep_alive(&worker);
    hand_over(1, 1); // its hand-off time passed: nobody had recorded it
    await_count(&bench.notes, 2);
    expect_nothing(worker.socket, 100);
}

static void what_turns_out_stale_is_called_off(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    bench.stale_notes = 1;
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "000000000001");
    expect(worker.socket, "STEP.CANCEL", "\"reason\":\"stale_run\"");
    hand_over(2, 1);
    expect(worker.socket, "STEP.RUN", "000000000002");
}

static void a_cancelled_run_is_called_off_and_a_waiting_one_forgotten(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    for (uint8_t i = 1; i <= 3; i++) hand_over(i, 1);
    expect(worker.socket, "STEP.RUN", "000000000001");
    tmesh_cancel_runs_request_t request = {.arena = tmesh_arena_new(), .count = 3};
    tmesh_cancelled_run_t *runs = tmesh_arena_alloc(request.arena, 3 * sizeof *runs);
    runs[0] = (tmesh_cancelled_run_t){fence_of(1, 1).step_id, 1, true, "task_blocked"};
    runs[1] = (tmesh_cancelled_run_t){fence_of(2, 1).step_id, 1, true, "task_blocked"};
    runs[2] = (tmesh_cancelled_run_t){fence_of(1, 1).step_id, 0, false, "task_cancelled"};
    request.runs = runs;
    assert_int_equal(tmesh_tell_cancel_runs(tmesh_registry_context(bench.registry), &request),
                     TMESH_OK);
    expect(worker.socket, "STEP.CANCEL", "task_cancelled"); // not for the one that was only unsent
    expect(worker.socket, "STEP.RUN", "000000000003");
}

static void a_silent_worker_is_lost_until_somebody_listens(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    hand_over(2, 1);
    expect(worker.socket, "STEP.RUN", "000000000001");
    bench.refuse_results = 3;
    await_count(&bench.results, 2);
    int lost = bench.seen[0].kind == TMESH_RESULT_WORKER_LOST ? 0 : 1;
    assert_int_equal(bench.seen[lost].kind, TMESH_RESULT_WORKER_LOST);
    assert_int_equal(bench.seen[lost].fence.step_id.bytes[15], 1);
    assert_int_equal(bench.seen[1 - lost].kind, TMESH_RESULT_HANDED_BACK);
    assert_int_equal(bench.seen[1 - lost].fence.step_id.bytes[15], 2);
    // The late heartbeat of the lost worker.
    peer_send(worker.socket, "WORKER.HEARTBEAT",
              "{\"session\":\"00000000-0000-4000-8000-000000000000\"}", NULL);
    expect(worker.socket, "404", "unknown_session");
}

static void a_worker_that_reports_is_not_lost(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "");
    for (int i = 0; i < 10; i++) {
        expect_nothing(worker.socket, 100);
        keep_alive(&worker);
    }
    assert_int_equal(bench.results, 0);
}

static void after_bye_others_get_what_was_not_sent(void **state)
{
    (void)state;
    worker_t leaving = worker_join(1, "");
    hand_over(1, 1);
    hand_over(2, 1);
    expect(leaving.socket, "STEP.RUN", "000000000001");
    worker_t staying = worker_join(1, "");
    expect(staying.socket, "STEP.RUN", "000000000002");
    hand_over(3, 1);
    char body[64];
    snprintf(body, sizeof body, "{\"session\":\"%s\"}", leaving.session);
    peer_send(leaving.socket, "WORKER.BYE", body, NULL);
    expect(leaving.socket, "200", "{}");
    assert_int_equal(kind_seen(0), TMESH_RESULT_WORKER_LOST);
    send_result(&staying, 2, "\"success\":true", NULL);
    expect(staying.socket, "200", "complete");
    expect(staying.socket, "STEP.RUN", "000000000003");
}

static void unusable_results_are_permanent_failures(void **state)
{
    (void)state;
    static const struct {
        const char *members, *payload;
        tmesh_result_kind_t kind;
        const char *code;
    } cases[] = {
        {"\"success\":true,\"result\":{\"frame\":0}", "{", TMESH_RESULT_UNUSABLE, "invalid_result"},
        {"\"success\":true,\"result\":{\"frame\":9}", NULL, TMESH_RESULT_UNUSABLE, "invalid_result"},
        {"\"success\":1", NULL, TMESH_RESULT_UNUSABLE, "invalid_result"},
        {"\"x\":1", NULL, TMESH_RESULT_UNUSABLE, "invalid_result"},
        {"\"success\":false", NULL, TMESH_RESULT_UNUSABLE, "invalid_result"},
        {"\"success\":false,\"error\":{\"message\":\"m\",\"code\":\"declined\"}", NULL,
         TMESH_RESULT_FAILURE, "declined"},
        {"\"success\":true", NULL, TMESH_RESULT_SUCCESS, ""},
    };
    worker_t worker = worker_join(1, "");
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        send_result(&worker, 1, cases[i].members, cases[i].payload);
        expect(worker.socket, "200", "\"status\":200");
        assert_int_equal(kind_seen((int)i), cases[i].kind);
        assert_string_equal(bench.seen_codes[i], cases[i].code);
    }
    char large[2000];
    memset(large, '1', sizeof large);
    large[sizeof large - 1] = 0;
    send_result(&worker, 1, "\"success\":true,\"result\":{\"frame\":0}", large);
    expect(worker.socket, "200", "\"status\":200");
    int last = (int)TMESH_COUNT_OF(cases);
    assert_int_equal(kind_seen(last), TMESH_RESULT_UNUSABLE);
    assert_string_equal(bench.seen_codes[last], "result_too_large");
}

static void the_workers_wish_for_a_retry_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *wish;
        int64_t wait_ms;
    } cases[] = {
        {"{\"headers\":{\"retry-after\":\"3\"},\"backoff_hint\":{\"delay_seconds\":9}}", 3000},
        {"{\"headers\":{\"Retry-After\":2}}", 2000},
        {"{\"headers\":{\"Retry-After\":\"soon\"},\"backoff_hint\":{\"delay_seconds\":1.5}}", 1500},
        {"{\"headers\":{\"Retry-After\":\"Sun, 06 Nov 1994 08:49:37 GMT\"}}", -1},
        {"{}", -1},
        {"7", -1},
    };
    worker_t worker = worker_join(1, "");
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        char members[512];
        snprintf(members, sizeof members,
                 "\"success\":false,\"error\":{\"message\":\"m\",\"retryable\":true},"
                 "\"orchestration_metadata\":%s", cases[i].wish);
        send_result(&worker, 1, members, NULL);
        expect(worker.socket, "200", "\"status\":200");
        assert_int_equal(kind_seen((int)i), TMESH_RESULT_FAILURE);
        assert_true(bench.seen[i].retryable);
        assert_int_equal(bench.seen[i].retry_after_ms, cases[i].wait_ms);
    }
    send_result(&worker, 1,
                "\"success\":false,\"error\":{\"message\":\"m\"},\"orchestration_metadata\":"
                "{\"headers\":{\"Retry-After\":\"Fri, 31 Dec 2100 23:59:59 GMT\"}}", NULL);
    expect(worker.socket, "200", "\"status\":200");
    int last = (int)TMESH_COUNT_OF(cases);
    await_count(&bench.results, last + 1);
    int64_t left_ms = 4133980799000 - tmesh_clock_now_ms(bench.clock);
    assert_true(llabs(bench.seen[last].retry_after_ms - left_ms) < 5000);
}

static void refused_results_are_to_be_sent_again(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    bench.refuse_results = 1;
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "");
    send_result(&worker, 1, "\"success\":true", NULL);
    expect(worker.socket, "200", "\"status\":503");
    send_result(&worker, 1, "\"success\":true", NULL);
    expect(worker.socket, "200", "\"status\":200");
    peer_send(worker.socket, "STEP.RESULT", "{\"results\":[{\"run\":1}]}", NULL);
    expect(worker.socket, "200", "\"status\":400");
}

#define HELD                                                                                       \
    ",\"held_runs\":[{\"step_uuid\":\"01000000-0000-0000-0000-000000000001\",\"run\":1,"           \
    "\"run_token\":\"01000000000000000000000000000000\"}]"

static void held_runs_are_adopted_or_not(void **state)
{
    (void)state;
    worker_t before = worker_join(1, "");
    hand_over(1, 1);
    expect(before.socket, "STEP.RUN", "");
    worker_t after = worker_join(1, HELD);
    assert_int_equal(bench.adoptions, 1);
    hand_over(2, 1);
    expect(before.socket, "STEP.RUN", "000000000002"); // its slot is free again
    send_result(&after, 1, "\"success\":true", NULL);
    expect(after.socket, "200", "complete");
    bench.stale_notes = 1;
    void *third = peer_open();
    peer_send(third, "WORKER.HELLO",
              "{\"name\":\"w\",\"namespaces\":[\"shop\"],\"capacity\":1" HELD "}", NULL);
    expect(third, "200", "\"status\":409,\"code\":\"stale_run\"");
}

// Whose they are nobody can say: to call them stale would throw results away.
static void held_runs_are_kept_while_the_store_is_away(void **state)
{
    (void)state;
    void *socket = peer_open();
    bench.lost_notes = 1;
    for (int i = 0; i < 2; i++) {
        peer_send(socket, "WORKER.HELLO",
                  "{\"name\":\"w\",\"namespaces\":[\"shop\"],\"capacity\":1" HELD "}", NULL);
        expect(socket, i == 0 ? "503" : "200", i == 0 ? "retry_after_ms" : "\"status\":200");
    }
    assert_int_equal(bench.adoptions, 2);
}

static void beat(const worker_t *worker, const char *answer)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"runs\":[{\"step_uuid\":\"01000000-0000-0000-0000-000000000001\","
             "\"run\":1,\"run_token\":\"01000000000000000000000000000000\"}]}", worker->session);
    peer_send(worker->socket, "STEP.HEARTBEAT", body, NULL);
    expect(worker->socket, "200", answer);
}

static void a_beat_is_told_on_once_half_a_time_limit_has_passed(void **state)
{
    (void)state;
    enum { BEATS = 20, NEVER_MS = 1000000000 };
    static const struct {
        int64_t timeout_ms;
        const char *more;
        int extensions; // the first by HELLO
    } cases[] = {
        {NEVER_MS, HELD ",\"features\":[\"extend_time_limit\"]", 1},
        {1, HELD ",\"features\":[\"extend_time_limit\"]", 1 + BEATS},
        {0, HELD ",\"features\":[\"extend_time_limit\"]", 1}, // no limit, nothing to extend
        {1, HELD, 0},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        bench.timeout_ms = cases[i].timeout_ms;
        bench.extensions = 0;
        worker_t worker = worker_join(1, cases[i].more);
        for (int j = 0; j < BEATS; j++) beat(&worker, "\"status\":200");
        await_count(&bench.extensions, cases[i].extensions);
        send_result(&worker, 1, "\"success\":true", NULL);
        expect(worker.socket, "200", "complete");
        beat(&worker, "\"status\":409,\"code\":\"stale_run\"");
        assert_int_equal(bench.extensions, cases[i].extensions);
    }
}

static void free_credit_refills_a_backlog(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    hand_over(2, 1);
    expect(worker.socket, "STEP.RUN", "");
    int before = bench.refills;
    tmesh_credit_note_backlog(bench.credit);
    tmesh_task_settled_request_t settled = {
        .task_id = {.bytes = {1}}, .state = TMESH_TASK_BLOCKED_BY_FAILURES};
    assert_int_equal(
        tmesh_tell_task_settled(tmesh_registry_context(bench.registry), &settled), TMESH_OK);
    await_count(&bench.refills, before + 1); // the second run is withdrawn
    tmesh_credit_note_backlog(bench.credit); // nothing happens, but the next second comes
    for (int i = 0; i < 12; i++) {
        expect_nothing(worker.socket, 100);
        keep_alive(&worker);
    }
    await_count(&bench.refills, before + 2);
}

static void the_credit_of_a_result_goes_ahead_of_it(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    for (uint8_t number = 1; number <= 2; number++) {
        hand_over(number, 1);
        expect(worker.socket, "STEP.RUN", "");
        send_result(&worker, number, "\"success\":true", NULL);
        expect(worker.socket, "200", "complete");
        assert_int_equal(bench.room_at_result, 2); // once only
    }
}

static void credit_that_a_refused_result_did_not_use_refills_a_backlog(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "");
    int before = bench.refills;
    bench.refuse_results = 1;
    tmesh_credit_note_backlog(bench.credit);
    send_result(&worker, 1, "\"success\":true", NULL);
    expect(worker.socket, "200", "503");
    await_count(&bench.refills, before + 1);
    send_result(&worker, 1, "\"success\":true", NULL);
    expect(worker.socket, "200", "complete");
    assert_int_equal(bench.room_at_result, 2); // it was free before
}

static void a_closing_door_hands_back_and_awaits_results(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    hand_over(2, 1);
    expect(worker.socket, "STEP.RUN", "000000000001");
    tmesh_close_door_request_t request = {0};
    tmesh_close_door_reply_t reply;
    tmesh_context_t *context = tmesh_registry_context(bench.registry);
    assert_int_equal(tmesh_call_close_door(context, &request, &reply, NULL, BENCH_PATIENCE_MS),
                     TMESH_OK);
    assert_true(reply.runs_out >= 1);
    assert_int_equal(kind_seen(0), TMESH_RESULT_HANDED_BACK);
    assert_int_equal(tmesh_credit_take(bench.credit, "shop", "charge"), TMESH_CREDIT_NONE);
    keep_alive(&worker);
    send_result(&worker, 1, "\"success\":true", NULL);
    expect(worker.socket, "200", "complete");
    assert_int_equal(tmesh_call_close_door(context, &request, &reply, NULL, BENCH_PATIENCE_MS),
                     TMESH_OK);
    assert_int_equal(reply.runs_out, 0);
}

static void nothing_goes_out_while_the_node_is_not_trusted(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    tmesh_credit_trust(bench.credit, 0); // others may have declared it dead
    hand_over(1, 1);
    expect_nothing(worker.socket, 100);
    tmesh_credit_trust(bench.credit, INT64_MAX);
    expect(worker.socket, "STEP.RUN", "000000000001");
}

static void what_is_here_is_listed_for_other_nodes_to_judge(void **state)
{
    (void)state;
    worker_t worker = worker_join(1, "");
    hand_over(1, 1);
    expect(worker.socket, "STEP.RUN", "000000000001");
    await_count(&bench.notes, 1);
    keep_alive(&worker);
    hand_over(2, 7); // waits for the slot
    tmesh_list_held_request_t request = {0};
    tmesh_list_held_reply_t reply = {0};
    assert_int_equal(tmesh_call_list_held(tmesh_registry_context(bench.registry), &request, &reply,
                                          NULL, BENCH_PATIENCE_MS),
                     TMESH_OK);
    assert_int_equal(reply.watched_count, 0);
    assert_int_equal(reply.run_count, 2);
    size_t waiting = reply.runs[0].run == 7 ? 0 : 1; // in no order
    assert_int_equal(reply.runs[waiting].run, 7);
    assert_int_equal(tmesh_step_id_compare(reply.runs[waiting].step_id, fence_of(2, 7).step_id), 0);
    assert_int_equal(reply.runs[1 - waiting].run, 1);
    tmesh_arena_destroy(&reply.arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_run_goes_out_and_its_result_comes_in),
        TEST(a_send_without_a_quick_result_is_recorded_once),
        TEST(what_turns_out_stale_is_called_off),
        TEST(a_cancelled_run_is_called_off_and_a_waiting_one_forgotten),
        TEST(a_silent_worker_is_lost_until_somebody_listens),
        TEST(a_worker_that_reports_is_not_lost),
        TEST(after_bye_others_get_what_was_not_sent),
        TEST(unusable_results_are_permanent_failures),
        TEST(the_workers_wish_for_a_retry_is_read),
        TEST(refused_results_are_to_be_sent_again),
        TEST(held_runs_are_adopted_or_not),
        TEST(held_runs_are_kept_while_the_store_is_away),
        TEST(a_beat_is_told_on_once_half_a_time_limit_has_passed),
        TEST(free_credit_refills_a_backlog),
        TEST(the_credit_of_a_result_goes_ahead_of_it),
        TEST(credit_that_a_refused_result_did_not_use_refills_a_backlog),
        TEST(nothing_goes_out_while_the_node_is_not_trusted),
        TEST(what_is_here_is_listed_for_other_nodes_to_judge),
        TEST(a_closing_door_hands_back_and_awaits_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
