// A client in the process of its server, over inproc, where libzmq does not connect again by itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "client/inside.h"
#include "runtime/base/memory.h"
#include "services/wire/frame.h"

#define DOOR "inproc://door"

enum { MESSAGE_BYTES_MAX = 65536, RESEND_AFTER_MS = 50 };

// One life of a server: a fresh ROUTER that answers until it is told to end.
typedef struct {
    void *router;
    atomic_bool is_over;
} server_t;

static void *serve(void *argument)
{
    server_t *self = argument;
    while (!self->is_over) {
        zmq_pollitem_t item = {.socket = self->router, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, 1) < 1) continue;
        tmesh_auto(tmesh_frames) request = NULL;
        if (tmesh_frames_receive(self->router, true, MESSAGE_BYTES_MAX, &request)) continue;
        tmesh_frames_address_t to = tmesh_frames_address(request);
        tmesh_auto(tmesh_frames) answer = tmesh_frames_new_answer(&to, 200);
        tmesh_err_t err = tmesh_frames_send(&answer, self->router);
        (void)err; // a client that has asked again is not there any more
    }
    zmq_unbind(self->router, DOOR); // at once; closing takes a moment
    zmq_close(self->router);
    return NULL;
}

static void a_server_that_began_again_is_found(void **state)
{
    (void)state;
    void *zmq = zmq_ctx_new();
    const tmesh_client_options_t options = {.endpoint = DOOR, .resend_after_ms = RESEND_AFTER_MS};
    tmesh_client_t *client = tmesh_client_open_inside(&options, zmq, -1);
    for (int life = 0; life < 3; life++) {
        server_t server = {.router = zmq_socket(zmq, ZMQ_ROUTER)};
        assert_int_equal(zmq_bind(server.router, DOOR), 0);
        pthread_t thread;
        pthread_create(&thread, NULL, serve, &server);
        tmesh_answer_t *answer = tmesh_client_request(client, "PING", tmesh_view(NULL, 0), NULL, 0);
        assert_int_equal(tmesh_answer_status(answer), 200);
        tmesh_answer_destroy(&answer);
        server.is_over = true;
        pthread_join(thread, NULL);
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
