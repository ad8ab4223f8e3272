// A worker against a server that the test plays itself, turn by turn, in one thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/wire/codec.h"
#include "taskmesh/worker.h"
#include "tests/support/fake_server.h"

#define SESSION "11111111-1111-1111-1111-111111111111"
#define OTHER_SESSION "22222222-2222-2222-2222-222222222222"
#define STEP "0198f2a0-0000-7000-8000-00000000000"
#define TOKEN "00112233445566778899aabbccddeeff"

enum { TURNS_MAX = 2000, TURN_MS = 5 };

typedef struct {
    fake_server_t *server;
    tmesh_worker_t *worker;
    tmesh_frames_address_t address; // of the worker's HELLO
} fixture_t;

static void open_worker(fixture_t *f, const char *const *callables, size_t callable_count)
{
    static const char *const namespaces[] = {"shop", "mail"};
    f->server = fake_server_new();
    const tmesh_worker_options_t options = {
        .endpoint = fake_server_endpoint(f->server),
        .name = "w\"1",
        .namespaces = namespaces,
        .namespace_count = 2,
        .callables = callables,
        .callable_count = callable_count,
        .capacity = 4,
        .resend_after_ms = 40,
    };
    char error[256] = "";
    f->worker = tmesh_worker_open(&options, error, sizeof error);
    assert_non_null(f->worker);
}

static void close_worker(fixture_t *f)
{
    tmesh_worker_close(&f->worker);
    fake_server_destroy(&f->server);
}

// Lets the worker work until it sends this command; what else it sends is dropped.
static tmesh_frames_t *await_command(fixture_t *f, const char *command)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, 0);
        tmesh_frames_t *frames = fake_server_receive(f->server, TURN_MS);
        if (frames && tmesh_bytes_equal_text(tmesh_frames_command(frames), command)) return frames;
        tmesh_frames_destroy(&frames);
    }
    fail_msg("the worker never said %s", command);
    return NULL;
}

static void await_event(fixture_t *f, tmesh_worker_event_kind_t kind, tmesh_worker_event_t *event)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, TURN_MS);
        if (tmesh_worker_next(f->worker, event) == kind) return;
        assert_int_equal(event->kind, TMESH_WORKER_NOTHING);
        tmesh_frames_t *frames = fake_server_receive(f->server, 0);
        tmesh_frames_destroy(&frames);
    }
    fail_msg("the event never came");
}

// The worker turns until its unanswered results are as many as wanted.
static void await_unanswered(fixture_t *f, size_t wanted)
{
    for (int i = 0; i < TURNS_MAX && tmesh_worker_unanswered(f->worker) != wanted; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, TURN_MS);
    }
    assert_int_equal(tmesh_worker_unanswered(f->worker), wanted);
}

static bool body_has(const tmesh_frames_t *frames, const char *text)
{
    tmesh_bytes_t body = tmesh_frames_body(frames);
    return memmem(body.data, body.size, text, strlen(text)) != NULL;
}

static void welcome(fixture_t *f, const char *session, const char *held, int lost_after_ms)
{
    tmesh_frames_t *hello = await_command(f, "WORKER.HELLO");
    f->address = tmesh_frames_address(hello);
    char body[512];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"heartbeat_ms\":10,\"lost_after_ms\":%d,\"held\":[%s]}", session,
             lost_after_ms, held);
    fake_server_answer(f->server, &hello, 200, body, NULL);
}

static void push_run(fixture_t *f, const char *session, int step, int run)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"runs\":[{\"task_uuid\":\"" STEP "0\",\"step_uuid\":\"" STEP
             "%d\",\"run\":%d,\"run_token\":\"" TOKEN "\",\"step_name\":\"charge\","
             "\"namespace\":\"shop\",\"callable\":\"charge_card\",\"method\":\"call\","
             "\"attempt\":2,\"max_attempts\":3,\"context\":{\"frame\":0},\"checkpoint\":null,"
             "\"dependency_results\":{\"parent\":{\"frame\":0}}}]}",
             session, step, run);
    fake_server_push(f->server, &f->address, "STEP.RUN", body, "{\"n\":0.1}");
}

static tmesh_worker_run_t *take_run(fixture_t *f, int step, int run)
{
    push_run(f, SESSION, step, run);
    tmesh_worker_event_t event;
    await_event(f, TMESH_WORKER_RUN, &event);
    return event.run;
}

static void answer_result(fixture_t *f, tmesh_frames_t **request_p, int step, int status)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"results\":[{\"step_uuid\":\"" STEP "%d\",\"run\":1,\"status\":%d%s}]}", step,
             status,
             status == 200 ? ""
                           : ",\"error\":{\"code\":\"x\",\"message\":\"y\",\"retry_after_ms\":20}");
    fake_server_answer(f->server, request_p, 200, body, NULL);
}

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
    const tmesh_worker_failure_t failure = {.message = "no", .code = "c", .retryable = 1,
                                            .retry_after_ms = 1500};
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
    fake_server_answer(f.server, &result, 503, "{\"error\":{\"code\":\"full\",\"message\":\"m\","
                                               "\"retry_after_ms\":20}}", NULL);
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
    fake_server_answer(f.server, &both, 400, "{\"error\":{\"code\":\"x\",\"message\":\"y\"}}", NULL);
    for (int i = 1; i <= 2; i++) { // each is judged by itself
        tmesh_frames_t *one = await_command(&f, "STEP.RESULT");
        assert_int_equal(tmesh_frames_payload_count(one), 1);
        int step = tmesh_bytes_equal_text(tmesh_frames_payload(one, 0), "1") ? 1 : 2;
        answer_result(&f, &one, step, 200);
        await_unanswered(&f, (size_t)(2 - i));
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
                       "\"code\":\"stale_run\"}]}", NULL);
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

static void a_cancelled_run_is_told_and_never_answered(void **state)
{
    (void)state;
    fixture_t f;
    open_worker(&f, NULL, 0);
    welcome(&f, SESSION, "", 60000);
    tmesh_worker_run_t *run = take_run(&f, 1, 1);
    fake_server_push(f.server, &f.address, "STEP.CANCEL",
                     "{\"session\":\"" SESSION "\",\"runs\":[{\"step_uuid\":\"" STEP
                     "1\",\"run\":1,\"reason\":\"task cancelled\"}]}", NULL);
    tmesh_worker_event_t event;
    await_event(&f, TMESH_WORKER_CANCEL, &event);
    assert_ptr_equal(event.run, run);
    assert_string_equal(event.reason, "task cancelled");
    tmesh_worker_succeed(f.worker, run, tmesh_view("1", 1)); // too late, and harmless
    assert_int_equal(tmesh_worker_unanswered(f.worker), 0);
    assert_int_equal(tmesh_worker_running(f.worker), 0);
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
        cmocka_unit_test(a_run_comes_whole_and_its_result_goes_back),
        cmocka_unit_test(results_are_sent_again_until_they_are_answered),
        cmocka_unit_test(one_refused_result_does_not_hurt_the_others),
        cmocka_unit_test(held_runs_survive_an_unknown_session),
        cmocka_unit_test(silence_ends_a_session),
        cmocka_unit_test(what_an_old_session_sends_is_ignored),
        cmocka_unit_test(a_cancelled_run_is_told_and_never_answered),
        cmocka_unit_test(it_drains_before_it_leaves),
        cmocka_unit_test(a_worker_nobody_wants_stops),
        cmocka_unit_test(unusable_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
