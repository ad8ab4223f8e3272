// A client against a server that answers from its own thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/wire/codec.h"
#include "taskmesh/client.h"
#include "tests/support/fake_server.h"

enum { PATIENT_MS = 30000, IMPATIENT_MS = 50 }; // silence before a request is sent again

#define TASK "0198f2a0-0000-7000-8000-000000000000"

// What the server does with the n-th message; read by the test after the server has ended.
typedef struct {
    int drop_first;   // leave this many without an answer
    int refuse_first; // answer this many with 503
    int status;
    const char *body;
    const char *payload;
    bool echoes_key; // refuse as a duplicate of the message's own auto_idempotency_key
    int count;
    char request_ids[8][64];
    char last_body[2048];
    char last_payload[256];
    char last_command[64];
} script_t;

typedef struct {
    fake_server_t *server;
    tmesh_client_t *client;
    script_t script;
} fixture_t;

static void copy_text(char *to, size_t size, tmesh_bytes_t bytes)
{
    snprintf(to, size, "%.*s", (int)bytes.size, bytes.data ? bytes.data : "");
}

static void answer_duplicate(fake_server_t *server, tmesh_frames_t **request_p,
                             const script_t *script)
{
    static const char mark[] = "\"auto_idempotency_key\":\"";
    const char *key = strstr(script->last_body, mark);
    assert_non_null(key);
    char body[512];
    snprintf(body, sizeof body,
             "{\"error\":{\"code\":\"duplicate_task\",\"message\":\"m\",\"details\":{"
             "\"task_uuid\":\"" TASK "\",\"auto_idempotency_key\":\"%.36s\"}}}",
             key + sizeof mark - 1);
    fake_server_answer(server, request_p, 409, body, NULL);
}

static void follow_script(fake_server_t *server, tmesh_frames_t **request_p, void *context)
{
    script_t *script = context;
    tmesh_frames_t *request = *request_p;
    int index = script->count++;
    if (index < 8) {
        copy_text(script->request_ids[index], 64, tmesh_frames_request_id(request));
    }
    copy_text(script->last_command, sizeof script->last_command, tmesh_frames_command(request));
    copy_text(script->last_body, sizeof script->last_body, tmesh_frames_body(request));
    if (tmesh_frames_payload_count(request)) {
        copy_text(script->last_payload, sizeof script->last_payload,
                  tmesh_frames_payload(request, 0));
    }
    if (index < script->drop_first) {
        tmesh_frames_destroy(request_p);
    } else if (index < script->drop_first + script->refuse_first) {
        fake_server_answer(server, request_p, 503,
                           "{\"error\":{\"code\":\"full\",\"message\":\"m\",\"retry_after_ms\":1}}",
                           NULL);
    } else if (script->echoes_key) {
        answer_duplicate(server, request_p, script);
    } else {
        fake_server_answer(server, request_p, script->status, script->body, script->payload);
    }
}

static void open_client_within(fixture_t *f, int64_t resend_after_ms, int64_t timeout_ms)
{
    f->server = fake_server_new();
    const tmesh_client_options_t options = {.endpoint = fake_server_endpoint(f->server),
                                            .timeout_ms = timeout_ms,
                                            .resend_after_ms = resend_after_ms};
    char error[128] = "";
    f->client = tmesh_client_open(&options, error, sizeof error);
    assert_non_null(f->client);
    fake_server_start(f->server, follow_script, &f->script);
}

static void open_client(fixture_t *f, int64_t resend_after_ms)
{
    open_client_within(f, resend_after_ms, 60000);
}

static void close_client(fixture_t *f)
{
    tmesh_client_close(&f->client);
    fake_server_destroy(&f->server);
}

static void a_submission_and_its_answer(void **state)
{
    (void)state;
    fixture_t f = {
        .script = {.status = 201, .body = "{\"task_uuid\":\"" TASK "\",\"step_count\":4}"}};
    open_client(&f, PATIENT_MS);
    const tmesh_client_task_t task = {.namespace_name = "shop",
                                      .name = "order",
                                      .version = "1.2.0",
                                      .context = tmesh_view("{\"n\":0.1}", 9),
                                      .priority = -3,
                                      .reason = "a \"test\"",
                                      .tags = tmesh_view("[1e3]", 5)};
    tmesh_answer_t *answer = tmesh_client_submit(f.client, &task);
    assert_int_equal(tmesh_answer_status(answer), 201);
    assert_true(tmesh_answer_is_ok(answer));
    assert_string_equal(tmesh_answer_text(answer, "/task_uuid"), TASK);
    assert_int_equal(tmesh_answer_integer(answer, "/step_count", 0), 4);
    assert_string_equal(tmesh_answer_error_code(answer), "");
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_string_equal(f.script.last_command, "TASK.SUBMIT");
    assert_string_equal(f.script.last_payload, "{\"n\":0.1}");
    assert_non_null(strstr(f.script.last_body, "\"context\":{\"frame\":0}"));
    assert_non_null(strstr(f.script.last_body, "\"auto_idempotency_key\":\""));
    assert_non_null(strstr(f.script.last_body, "\"priority\":-3"));
    assert_non_null(strstr(f.script.last_body, "\"reason\":\"a \\\"test\\\"\""));
    assert_non_null(strstr(f.script.last_body, "\"tags\":[1e3]"));
}

static void silence_is_answered_by_the_same_request(void **state)
{
    (void)state;
    fixture_t f = {.script = {.drop_first = 2, .status = 200, .body = "{\"ok\":true}"}};
    open_client(&f, IMPATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_request(f.client, "PING", tmesh_view(NULL, 0), NULL, 0);
    assert_int_equal(tmesh_answer_status(answer), 200);
    assert_int_equal(tmesh_answer_integer(answer, "/ok", 0), 1);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_true(f.script.count >= 3);
    assert_string_equal(f.script.request_ids[0], f.script.request_ids[1]);
    assert_string_equal(f.script.request_ids[0], f.script.request_ids[2]);
}

static void nobody_at_one_endpoint_is_asked_at_the_next(void **state)
{
    (void)state;
    fixture_t f = {.script = {.drop_first = 1, .refuse_first = 1, .status = 200, .body = "{}"}};
    f.server = fake_server_new();
    tmesh_auto_free char *endpoints =
        tmesh_printf("ipc:///tmp/tmesh_test_nobody,%s,ipc:///tmp/tmesh_test_nobody",
                     fake_server_endpoint(f.server));
    const tmesh_client_options_t options = {
        .endpoint = endpoints, .timeout_ms = 60000, .resend_after_ms = IMPATIENT_MS};
    f.client = tmesh_client_open(&options, NULL, 0);
    fake_server_start(f.server, follow_script, &f.script);
    tmesh_answer_t *answer = tmesh_client_request(f.client, "PING", tmesh_view(NULL, 0), NULL, 0);
    assert_int_equal(tmesh_answer_status(answer), 200);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_true(f.script.count >= 3); // twice more round, behind silence and a 503
    const tmesh_client_options_t nonsense = {.endpoint = "ipc:///tmp/tmesh_test_nobody,nonsense"};
    char error[128] = "";
    assert_null(tmesh_client_open(&nonsense, error, sizeof error));
    assert_non_null(strstr(error, "can not connect to nonsense"));
}

static void a_deed_to_many_tasks_is_sent_once(void **state)
{
    (void)state;
    fixture_t f = {.script = {.drop_first = 1, .status = 200, .body = "{}"}};
    open_client_within(&f, IMPATIENT_MS, 10 * IMPATIENT_MS);
    const tmesh_client_filter_t filter = {.status = "error", .created_after_ms = 7, .limit = 9};
    tmesh_client_deed_t deed = {
        .command = "TASK.RESOLVE", .action = "retry", .by = "me", .filter = &filter};
    tmesh_answer_t *answer = tmesh_client_act(f.client, &deed);
    assert_string_equal(tmesh_answer_error_code(answer), "no_answer");
    tmesh_answer_destroy(&answer);
    assert_string_equal(f.script.last_body,
                        "{\"action\":\"retry\",\"by\":\"me\",\"filter\":{\"status\":\"error\","
                        "\"created_after_at\":7},\"limit\":9}");
    deed = (tmesh_client_deed_t){.command = "TASK.CANCEL",
                                 .task_uuids = (const char *const[]){TASK},
                                 .task_count = 1,
                                 .dry_run = 1};
    answer = tmesh_client_act(f.client, &deed);
    assert_int_equal(tmesh_answer_status(answer), 200);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_int_equal(f.script.count, 2);
    assert_string_equal(f.script.last_body, "{\"task_uuids\":[\"" TASK "\"],\"dry_run\":true}");
}

static void not_now_is_tried_again(void **state)
{
    (void)state;
    fixture_t f = {.script = {.refuse_first = 2, .status = 200, .body = ""}};
    open_client(&f, PATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_get(f.client, TASK, TMESH_INCLUDE_STEPS);
    assert_int_equal(tmesh_answer_status(answer), 200);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_int_equal(f.script.count, 3);
    assert_string_equal(f.script.last_body, "{\"task_uuid\":\"" TASK "\",\"include\":[\"steps\"]}");
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    fixture_t f = {.script = {.status = 404,
                              .body = "{\"error\":{\"code\":\"unknown_task\",\"message\":\"m\","
                                      "\"where\":\"/task_uuid\",\"details\":{\"a\":[0.10]}}}"}};
    open_client(&f, PATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_cancel(f.client, TASK, NULL, "me");
    assert_int_equal(tmesh_answer_status(answer), 404);
    assert_false(tmesh_answer_is_ok(answer));
    assert_string_equal(tmesh_answer_error_code(answer), "unknown_task");
    assert_string_equal(tmesh_answer_error_where(answer), "/task_uuid");
    assert_string_equal(tmesh_answer_error_details(answer).data, "{\"a\":[0.10]}");
    tmesh_answer_destroy(&answer);
    close_client(&f);
}

static void a_duplicate_made_by_this_very_call_is_a_success(void **state)
{
    (void)state;
    const tmesh_client_task_t task = {.namespace_name = "shop", .name = "order"};
    fixture_t repeated = {.script = {.drop_first = 1, .echoes_key = true}};
    open_client(&repeated, IMPATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_submit(repeated.client, &task);
    assert_int_equal(tmesh_answer_status(answer), 201);
    assert_string_equal(tmesh_answer_text(answer, "/task_uuid"), TASK);
    tmesh_answer_destroy(&answer);
    close_client(&repeated);

    // Never sent twice: then it is not its own, whatever the server says.
    fixture_t first = {.script = {.echoes_key = true}};
    open_client(&first, PATIENT_MS);
    answer = tmesh_client_submit(first.client, &task);
    assert_int_equal(tmesh_answer_status(answer), 409);
    tmesh_answer_destroy(&answer);
    close_client(&first);
}

static void a_key_of_the_callers_is_the_only_one(void **state)
{
    (void)state;
    fixture_t f = {.script = {.status = 201, .body = "{}"}};
    open_client(&f, PATIENT_MS);
    const tmesh_client_task_t task = {
        .namespace_name = "shop", .name = "order", .idempotency_key = "k1"};
    tmesh_answer_t *answer = tmesh_client_submit(f.client, &task);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_non_null(strstr(f.script.last_body, "\"idempotency_key\":\"k1\""));
    assert_null(strstr(f.script.last_body, "auto_idempotency_key"));
}

static void nobody_there_ends_with_the_time_limit(void **state)
{
    (void)state;
    const tmesh_client_options_t options = {.endpoint = "ipc:///tmp/tmesh_test_nobody",
                                            .timeout_ms = 50};
    tmesh_client_t *client = tmesh_client_open(&options, NULL, 0);
    tmesh_answer_t *answer = tmesh_client_steps(client, TASK);
    assert_int_equal(tmesh_answer_status(answer), 0);
    assert_string_equal(tmesh_answer_error_code(answer), "no_answer");
    assert_null(tmesh_answer_text(answer, "/task_uuid"));
    assert_string_equal(tmesh_answer_json(answer),
                        "{\"error\":{\"code\":\"no_answer\",\"message\":\"there is no server at "
                        "this endpoint\",\"where\":\"\"}}");
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    const tmesh_client_options_t nonsense = {.endpoint = "nonsense"};
    assert_null(tmesh_client_open(&nonsense, NULL, 0));
}

static void a_wait_ends_when_the_task_is_settled(void **state)
{
    (void)state;
    fixture_t f = {.script = {.status = 200, .body = "{\"settled\":true,\"ended\":false}"}};
    open_client(&f, PATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_wait(f.client, TASK, 0, -1);
    assert_int_equal(tmesh_answer_integer(answer, "/settled", 0), 1);
    tmesh_answer_destroy(&answer);
    close_client(&f);
    assert_int_equal(f.script.count, 1);

    fixture_t open = {.script = {.status = 200, .body = "{\"settled\":false}"}};
    open_client(&open, PATIENT_MS);
    answer = tmesh_client_wait(open.client, TASK, 0, 30);
    assert_int_equal(tmesh_answer_status(answer), 200);
    assert_int_equal(tmesh_answer_integer(answer, "/settled", 7), 0);
    tmesh_answer_destroy(&answer);
    close_client(&open);
}

static void a_document_holds_payloads_byte_for_byte(void **state)
{
    (void)state;
    fixture_t f = {.script = {.status = 200,
                              .body = "{\"task_uuid\" : \"x\",\"context\":{\"frame\":0},"
                                      "\"tags\":[{\"frame\":0},{\"context\":{\"frame\":0}}],"
                                      "\"steps\":[{\"name\":\"a\",\"results\":{\"frame\":0}},"
                                      "{\"name\":\"b\",\"results\":null}]}",
                              .payload = "{\"n\": 0.10,\"big\":123456789012345678901234567890,"
                                         "\"nul\":\"\\u0000\",\"lone\":\"\\ud800\"}"}};
    open_client(&f, PATIENT_MS);
    tmesh_answer_t *answer = tmesh_client_get(f.client, TASK, 3);
    assert_int_equal(tmesh_answer_count(answer, "/steps"), 2);
    assert_string_equal(tmesh_answer_text(answer, "/steps/1/name"), "b");
    tmesh_view_t payload = tmesh_answer_payload(answer, "/steps/0/results");
    assert_memory_equal(payload.data, f.script.payload, strlen(f.script.payload));
    assert_null(tmesh_answer_payload(answer, "/steps/1/results").data);
    assert_null(tmesh_answer_payload(answer, "/nowhere/9/x").data);
    char expected[1024];
    snprintf(expected, sizeof expected,
             "{\"task_uuid\":\"x\",\"context\":%s,\"tags\":[{\"frame\":0},{\"context\":{\"frame\":"
             "0}}],\"steps\":[{\"name\":\"a\",\"results\":%s},{\"name\":\"b\",\"results\":null}]}",
             f.script.payload, f.script.payload);
    assert_string_equal(tmesh_answer_json(answer), expected);
    tmesh_answer_destroy(&answer);
    close_client(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submission_and_its_answer),
        cmocka_unit_test(silence_is_answered_by_the_same_request),
        cmocka_unit_test(nobody_at_one_endpoint_is_asked_at_the_next),
        cmocka_unit_test(a_deed_to_many_tasks_is_sent_once),
        cmocka_unit_test(not_now_is_tried_again),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(a_duplicate_made_by_this_very_call_is_a_success),
        cmocka_unit_test(a_key_of_the_callers_is_the_only_one),
        cmocka_unit_test(nobody_there_ends_with_the_time_limit),
        cmocka_unit_test(a_wait_ends_when_the_task_is_settled),
        cmocka_unit_test(a_document_holds_payloads_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
