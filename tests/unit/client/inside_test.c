// A client in the process of its server, over inproc, where libzmq does not connect again by itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "client/inside.h"
#include "runtime/base/memory.h"
#include "services/wire/frame.h"

#define DOOR "inproc://door"

enum { MESSAGE_BYTES_MAX = 65536, RESEND_AFTER_MS = 50 };

// One life: a fresh ROUTER that answers one request.
static void *serve_one(void *zmq)
{
    void *router = zmq_socket(zmq, ZMQ_ROUTER);
    assert_int_equal(zmq_bind(router, DOOR), 0);
    zmq_pollitem_t item = {.socket = router, .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, -1) < 1) continue;
    tmesh_auto(tmesh_frames) request = NULL;
    assert_int_equal(tmesh_frames_receive(router, true, MESSAGE_BYTES_MAX, &request), TMESH_OK);
    tmesh_frames_address_t to = tmesh_frames_address(request);
    tmesh_frames_t *answer = tmesh_frames_new_answer(&to, 200);
    assert_int_equal(tmesh_frames_send(&answer, router), TMESH_OK);
    zmq_close(router);
    return NULL;
}

static void a_server_that_began_again_is_found(void **state)
{
    (void)state;
    void *zmq = zmq_ctx_new();
    const tmesh_client_options_t options = {.endpoint = DOOR, .resend_after_ms = RESEND_AFTER_MS};
    tmesh_client_t *client = tmesh_client_open_inside(&options, zmq, -1);
    for (int life = 0; life < 3; life++) {
        pthread_t server;
        pthread_create(&server, NULL, serve_one, zmq);
        tmesh_answer_t *answer = tmesh_client_request(client, "PING", tmesh_view(NULL, 0), NULL, 0);
        assert_int_equal(tmesh_answer_status(answer), 200);
        tmesh_answer_destroy(&answer);
        pthread_join(server, NULL);
    }
    tmesh_client_close(&client);
    zmq_ctx_term(zmq); // ends: the client has closed its socket, and left the context alone
}

static void a_request_that_waits_is_told_to_stop(void **state)
{
    (void)state;
    void *zmq = zmq_ctx_new();
    int stop_fd = eventfd(1, EFD_CLOEXEC);
    const tmesh_client_options_t options = {.endpoint = DOOR, .timeout_ms = 3600000};
    tmesh_client_t *client = tmesh_client_open_inside(&options, zmq, stop_fd);
    tmesh_answer_t *answer = tmesh_client_request(client, "PING", tmesh_view(NULL, 0), NULL, 0);
    assert_int_equal(tmesh_answer_status(answer), 0);
    assert_string_equal(tmesh_answer_error_code(answer), "interrupted");
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    close(stop_fd);
    zmq_ctx_term(zmq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_began_again_is_found),
        cmocka_unit_test(a_request_that_waits_is_told_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
