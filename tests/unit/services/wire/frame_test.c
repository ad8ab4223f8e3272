// Messages over real sockets: what is sent is what is received, and nothing wrong gets through.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "services/wire/frame.h"

enum { LIMIT_BYTES = 1024 * 1024, WAIT_MS = 10000 };

typedef struct {
    void *context;
    void *router;
    void *peer;
} fixture_t;

static void open_pair(fixture_t *f, int peer_type, const char *endpoint)
{
    int zero = 0;
    int one = 1;
    f->context = zmq_ctx_new();
    f->router = zmq_socket(f->context, ZMQ_ROUTER);
    f->peer = zmq_socket(f->context, peer_type);
    zmq_setsockopt(f->router, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(f->router, ZMQ_ROUTER_MANDATORY, &one, sizeof one);
    zmq_setsockopt(f->peer, ZMQ_LINGER, &zero, sizeof zero);
    assert_int_equal(zmq_bind(f->router, endpoint), 0);
    assert_int_equal(zmq_connect(f->peer, endpoint), 0);
}

static void close_pair(fixture_t *f)
{
    zmq_close(f->router);
    zmq_close(f->peer);
    zmq_ctx_term(f->context);
}

static tmesh_frames_t *receive(void *socket, bool routed, size_t limit_bytes)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
    tmesh_frames_t *frames = NULL;
    assert_int_equal(tmesh_frames_receive(socket, routed, limit_bytes, &frames), TMESH_OK);
    return frames;
}

static void send_raw(void *socket, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int flags = i + 1 < count ? ZMQ_SNDMORE : 0;
        assert_int_equal(zmq_send(socket, parts[i], strlen(parts[i]), flags), strlen(parts[i]));
    }
}

static void assert_bytes(tmesh_bytes_t bytes, const char *text)
{
    assert_true(tmesh_bytes_equal_text(bytes, text));
}

static void assert_refused(tmesh_frames_t *frames, const char *code)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_frames_parse(frames, &fault), TMESH_ERR_INVALID);
    assert_string_equal(fault->code, code);
}

static void a_request_and_its_answer(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://there_and_back");
    tmesh_frames_t *frames = tmesh_frames_new_request("PING", tmesh_bytes_of_text("r1"));
    tmesh_frames_set_body(frames, tmesh_bytes_of_text("{\"a\":1}"));
    assert_int_equal(tmesh_frames_add_payload(frames, tmesh_bytes("\0x", 2)), 0);
    assert_int_equal(tmesh_frames_add_payload(frames, tmesh_bytes_of_text("")), 1);
    assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);
    assert_null(frames);

    frames = receive(f.router, true, LIMIT_BYTES);
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_frames_parse(frames, &fault), TMESH_OK);
    assert_bytes(tmesh_frames_command(frames), "PING");
    assert_bytes(tmesh_frames_request_id(frames), "r1");
    assert_bytes(tmesh_frames_body(frames), "{\"a\":1}");
    assert_int_equal(tmesh_frames_status(frames), 0);
    assert_int_equal(tmesh_frames_payload_count(frames), 2);
    assert_true(tmesh_bytes_equal(tmesh_frames_payload(frames, 0), tmesh_bytes("\0x", 2)));
    assert_int_equal(tmesh_frames_payload(frames, 1).size, 0);
    assert_int_equal(tmesh_frames_total_bytes(frames), 3 + 4 + 2 + 7 + 2);

    tmesh_frames_address_t to = tmesh_frames_address(frames);
    assert_false(to.through_req);
    tmesh_frames_destroy(&frames);
    frames = tmesh_frames_new_answer(&to, 404);
    assert_int_equal(tmesh_frames_send(&frames, f.router), TMESH_OK);
    frames = receive(f.peer, false, LIMIT_BYTES);
    assert_int_equal(tmesh_frames_status(frames), 404);
    assert_bytes(tmesh_frames_request_id(frames), "r1");
    assert_bytes(tmesh_frames_body(frames), "");
    tmesh_frames_destroy(&frames);

    frames = tmesh_frames_new_push(&to, "STEP.RUN");
    assert_int_equal(tmesh_frames_send(&frames, f.router), TMESH_OK);
    frames = receive(f.peer, false, LIMIT_BYTES);
    assert_bytes(tmesh_frames_command(frames), "STEP.RUN");
    assert_bytes(tmesh_frames_request_id(frames), "");
    tmesh_frames_destroy(&frames);
    close_pair(&f);
}

static void req_sockets_get_their_empty_frame_back(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_REQ, "inproc://through_req");
    send_raw(f.peer, (const char *const[]){"TM1", "PING", "", "{}"}, 4);
    tmesh_frames_t *frames = receive(f.router, true, LIMIT_BYTES);
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_frames_parse(frames, &fault), TMESH_OK);
    tmesh_frames_address_t to = tmesh_frames_address(frames);
    assert_true(to.through_req);
    tmesh_frames_destroy(&frames);
    frames = tmesh_frames_new_answer(&to, 200);
    assert_int_equal(tmesh_frames_send(&frames, f.router), TMESH_OK);
    frames = receive(f.peer, false, LIMIT_BYTES); // REQ itself takes the empty frame away
    assert_int_equal(tmesh_frames_status(frames), 200);
    tmesh_frames_destroy(&frames);
    close_pair(&f);
}

static void check_answer_in_place(int peer_type, const char *endpoint, const char *request_id,
                                  size_t payloads)
{
    fixture_t f;
    open_pair(&f, peer_type, endpoint);
    const char *const parts[] = {"TM1", "PING", request_id, "{\"a\":1}", "p", "q", "r", "s", "t"};
    send_raw(f.peer, parts, 4 + payloads);
    tmesh_frames_t *frames = receive(f.router, true, LIMIT_BYTES);
    tmesh_frames_make_answer(frames, 200, tmesh_bytes_of_text("{\"pong\":\"a body that is longer\"}"));
    assert_int_equal(tmesh_frames_payload_count(frames), 0);
    assert_int_equal(tmesh_frames_send(&frames, f.router), TMESH_OK);
    frames = receive(f.peer, false, LIMIT_BYTES);
    assert_int_equal(tmesh_frames_status(frames), 200);
    assert_bytes(tmesh_frames_request_id(frames), request_id);
    assert_bytes(tmesh_frames_body(frames), "{\"pong\":\"a body that is longer\"}");
    assert_int_equal(tmesh_frames_payload_count(frames), 0);
    tmesh_frames_destroy(&frames);
    close_pair(&f);
}

static void a_message_becomes_its_own_answer(void **state)
{
    (void)state;
    check_answer_in_place(ZMQ_DEALER, "inproc://in_place", "r1", 0);
    check_answer_in_place(ZMQ_DEALER, "inproc://in_place_payloads", "", 5);
    check_answer_in_place(ZMQ_REQ, "inproc://in_place_req", "r1", 2);
    check_answer_in_place(ZMQ_DEALER, "inproc://in_place_long",
                          "0123456789012345678901234567890123456789012345678901234567890123", 1);
}

static void wrong_messages_are_named_and_can_be_answered(void **state)
{
    (void)state;
    static const struct {
        const char *parts[6];
        size_t count;
        const char *code;
    } rows[] = {
        {{"TM1"}, 1, "missing_frames"},
        {{"TM1", "PING", "x"}, 3, "missing_frames"},
        {{""}, 1, "missing_frames"},
        {{"TM9", "PING", "x", "{}"}, 4, "unknown_version"},
        {{"hello"}, 1, "unknown_version"},
        {{"", "", "", ""}, 4, "unknown_version"},
        {{"TM1", "PING", "12345678901234567890123456789012345678901234567890123456789012345", ""},
         4,
         "request_id_too_long"},
        {{"TM1", "12345678901234567890123456789012345678901234567890123456789012345", "", ""},
         4,
         "command_too_long"},
    };
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://wrong");
    for (size_t i = 0; i < TMESH_COUNT_OF(rows); i++) {
        send_raw(f.peer, rows[i].parts, rows[i].count);
        tmesh_frames_t *frames = receive(f.router, true, LIMIT_BYTES);
        assert_refused(frames, rows[i].code);
        tmesh_frames_address_t to = tmesh_frames_address(frames);
        tmesh_frames_destroy(&frames);
        tmesh_frames_t *answer = tmesh_frames_new_answer(&to, 400);
        assert_int_equal(tmesh_frames_send(&answer, f.router), TMESH_OK);
        answer = receive(f.peer, false, LIMIT_BYTES);
        assert_int_equal(tmesh_frames_status(answer), 400);
        tmesh_frames_destroy(&answer);
    }
    close_pair(&f);
}

static void too_much_is_taken_in_and_refused(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://too_much");
    tmesh_frames_t *frames = tmesh_frames_new_request("PING", tmesh_bytes_of_text("many"));
    for (int i = 0; i < TMESH_FRAMES_PAYLOADS_MAX; i++) {
        (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text("1"));
    }
    assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);
    frames = receive(f.router, true, LIMIT_BYTES);
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_frames_parse(frames, &fault), TMESH_OK);
    assert_int_equal(tmesh_frames_payload_count(frames), TMESH_FRAMES_PAYLOADS_MAX);
    tmesh_frames_destroy(&frames);

    for (int i = 0; i < TMESH_FRAMES_PAYLOADS_MAX + TMESH_FRAMES_HEAD + 5; i++) {
        assert_int_equal(zmq_send(f.peer, "TM1", 3, ZMQ_SNDMORE), 3);
    }
    assert_int_equal(zmq_send(f.peer, "", 0, 0), 0);
    frames = receive(f.router, true, LIMIT_BYTES);
    assert_refused(frames, "too_many_frames");
    assert_bytes(tmesh_frames_request_id(frames), "TM1");
    tmesh_frames_destroy(&frames);

    char big[200] = {0};
    frames = tmesh_frames_new_request("PING", tmesh_bytes_of_text("big"));
    (void)tmesh_frames_add_payload(frames, tmesh_bytes(big, sizeof big));
    assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);
    frames = receive(f.router, true, 100);
    assert_refused(frames, "message_too_large");
    tmesh_frames_address_t to = tmesh_frames_address(frames);
    assert_int_equal(to.request_id_size, 3);
    tmesh_frames_destroy(&frames);

    // The socket is at the start of the next message.
    frames = tmesh_frames_new_request("PING", tmesh_bytes_of_text("next"));
    assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);
    frames = receive(f.router, true, 100);
    assert_bytes(tmesh_frames_request_id(frames), "next");
    tmesh_frames_destroy(&frames);
    assert_int_equal(tmesh_frames_receive(f.router, true, 100, &frames), TMESH_ERR_TIMEOUT);
    close_pair(&f);
}

static void nobody_there_is_an_error(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://nobody");
    tmesh_frames_address_t to = {.routing_id_size = 2, .routing_id = "xy"};
    tmesh_frames_t *frames = tmesh_frames_new_answer(&to, 200);
    assert_int_equal(tmesh_frames_send(&frames, f.router), TMESH_ERR_NOT_FOUND);
    assert_non_null(frames);
    tmesh_frames_destroy(&frames);

    void *alone = zmq_socket(f.context, ZMQ_DEALER);
    frames = tmesh_frames_new_request("PING", TMESH_BYTES_NONE);
    assert_int_equal(tmesh_frames_send(&frames, alone), TMESH_ERR_FULL);
    assert_int_equal(zmq_connect(alone, "inproc://nobody"), 0);
    assert_int_equal(tmesh_frames_send(&frames, alone), TMESH_OK); // the very same message
    zmq_close(alone);
    close_pair(&f);
}

static void count_release(void *data, void *hint)
{
    (void)data;
    ++*(int *)hint;
}

static void payloads_outlive_their_message(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://outlive");
    static char big[5000];
    memset(big, 'b', sizeof big);
    int released = 0;
    tmesh_frames_t *frames = tmesh_frames_new_request("PING", TMESH_BYTES_NONE);
    (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text("small"));
    (void)tmesh_frames_add_payload_lent(frames, tmesh_bytes(big, sizeof big), count_release,
                                        &released);
    tmesh_buffer_t *body = tmesh_buffer_new();
    for (int i = 0; i < 1000; i++) tmesh_buffer_add_text(body, "    ");
    tmesh_buffer_add_text(body, "{}");
    tmesh_frames_take_body(frames, body);
    assert_int_equal(body->size, 0);
    tmesh_buffer_destroy(&body);
    assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);

    frames = receive(f.router, true, LIMIT_BYTES);
    assert_int_equal(tmesh_frames_body(frames).size, 4002);
    tmesh_arena_t *first = tmesh_arena_new();
    tmesh_arena_t *second = tmesh_arena_new();
    tmesh_bytes_t small = tmesh_frames_share_payload(frames, 0, first);
    tmesh_bytes_t one = tmesh_frames_share_payload(frames, 1, first);
    tmesh_bytes_t two = tmesh_frames_share_payload(frames, 1, second);
    assert_ptr_equal(one.data, big); // counted, not copied
    tmesh_frames_adopt(&frames, second);
    assert_null(frames);
    assert_bytes(small, "small");
    assert_true(tmesh_bytes_equal(one, two));
    tmesh_arena_destroy(&second);
    assert_int_equal(released, 0);
    assert_true(tmesh_bytes_equal(one, tmesh_bytes(big, sizeof big)));
    tmesh_arena_destroy(&first);
    assert_int_equal(released, 1);
    close_pair(&f);
}

// Counted from before it is sent until the other side has let go of it, however it goes.
static void bytes_are_counted_until_the_message_ends(void **state)
{
    (void)state;
    fixture_t f;
    open_pair(&f, ZMQ_DEALER, "inproc://counted");
    tmesh_allowance_t *unsent = tmesh_allowance_new(100);
    for (int payloads = 0; payloads < 2; payloads++) {
        tmesh_frames_t *frames = tmesh_frames_new_request("PING", TMESH_BYTES_NONE);
        tmesh_frames_set_body(frames, tmesh_bytes_of_text("{}"));
        if (payloads) (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text("[12]"));
        size_t bytes = payloads ? 6 : 2;
        assert_int_equal(tmesh_frames_content_bytes(frames), bytes);
        tmesh_frames_count(frames, unsent);
        assert_true(tmesh_frames_are_counted(frames));
        assert_int_equal(tmesh_allowance_used(unsent), bytes);
        assert_int_equal(tmesh_frames_send(&frames, f.peer), TMESH_OK);
        frames = receive(f.router, true, LIMIT_BYTES);
        assert_bytes(tmesh_frames_body(frames), "{}");
        if (payloads) assert_bytes(tmesh_frames_payload(frames, 0), "[12]");
        assert_int_equal(tmesh_allowance_used(unsent), bytes);
        tmesh_frames_destroy(&frames);
        assert_int_equal(tmesh_allowance_used(unsent), 0);
    }
    tmesh_frames_t *never_sent = tmesh_frames_new_request("PING", TMESH_BYTES_NONE);
    tmesh_frames_set_body(never_sent, tmesh_bytes_of_text("{}"));
    tmesh_frames_count(never_sent, unsent);
    tmesh_allowance_destroy(&unsent); // which lives on until the message ends
    tmesh_frames_destroy(&never_sent);
    close_pair(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_and_its_answer),
        cmocka_unit_test(req_sockets_get_their_empty_frame_back),
        cmocka_unit_test(a_message_becomes_its_own_answer),
        cmocka_unit_test(wrong_messages_are_named_and_can_be_answered),
        cmocka_unit_test(too_much_is_taken_in_and_refused),
        cmocka_unit_test(nobody_there_is_an_error),
        cmocka_unit_test(payloads_outlive_their_message),
        cmocka_unit_test(bytes_are_counted_until_the_message_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
