#include "tests/support/fake_server.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include <zmq.h>

#include "runtime/base/memory.h"

// libzmq is not built with ThreadSanitizer, which therefore takes what its I/O thread hands to ours
// for a race. Accesses from within the library are left out; ours on both sides are watched.
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libzmq.so.5\n";
}

enum { ENDPOINT_BYTES = 96, LINGER_MS = 100, TURN_MS = 20, LIMIT_BYTES = 64 * 1024 * 1024 };

struct fake_server {
    char endpoint[ENDPOINT_BYTES];
    void *context;
    void *socket;
    fake_server_handler_t *handler;
    void *handler_context;
    pthread_t thread;
    _Atomic bool is_running;
};

fake_server_t *fake_server_new(void)
{
    static _Atomic int count;
    fake_server_t *self = tmesh_alloc(sizeof *self);
    snprintf(self->endpoint, sizeof self->endpoint, "ipc:///tmp/tmesh_test_%d_%d", (int)getpid(),
             ++count);
    self->context = zmq_ctx_new();
    self->socket = zmq_socket(self->context, ZMQ_ROUTER);
    int linger = LINGER_MS;
    int mandatory = 1;
    zmq_setsockopt(self->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(self->socket, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory);
    int failed = zmq_bind(self->socket, self->endpoint);
    assert(!failed);
    return self;
}

void fake_server_destroy(fake_server_t **self_p)
{
    fake_server_t *self = *self_p;
    if (!self) return;
    if (self->handler) {
        self->is_running = false;
        pthread_join(self->thread, NULL);
    }
    zmq_close(self->socket);
    zmq_ctx_term(self->context);
    unlink(self->endpoint + sizeof "ipc://" - 1);
    tmesh_free(self);
    *self_p = NULL;
}

const char *fake_server_endpoint(const fake_server_t *self)
{
    return self->endpoint;
}

tmesh_frames_t *fake_server_receive(fake_server_t *self, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return NULL;
    tmesh_frames_t *frames = NULL;
    if (tmesh_frames_receive(self->socket, true, LIMIT_BYTES, &frames) != TMESH_OK) return NULL;
    return frames;
}

static void send_whole(fake_server_t *self, tmesh_frames_t *frames, const char *body,
                       const char *payload)
{
    tmesh_frames_set_body(frames, tmesh_bytes_of_text(body));
    if (payload) (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text(payload));
    if (tmesh_frames_send(&frames, self->socket) != TMESH_OK) tmesh_frames_destroy(&frames);
}

void fake_server_answer(fake_server_t *self, tmesh_frames_t **request_p, int status,
                        const char *body, const char *payload)
{
    tmesh_frames_address_t to = tmesh_frames_address(*request_p);
    tmesh_frames_destroy(request_p);
    send_whole(self, tmesh_frames_new_answer(&to, status), body, payload);
}

void fake_server_push(fake_server_t *self, const tmesh_frames_address_t *to, const char *command,
                      const char *body, const char *payload)
{
    send_whole(self, tmesh_frames_new_push(to, command), body, payload);
}

static void *serve(void *argument)
{
    fake_server_t *self = argument;
    while (self->is_running) {
        tmesh_frames_t *request = fake_server_receive(self, TURN_MS);
        if (!request) continue;
        self->handler(self, &request, self->handler_context);
        assert(!request);
    }
    return NULL;
}

void fake_server_start(fake_server_t *self, fake_server_handler_t *handler, void *context)
{
    self->handler = handler;
    self->handler_context = context;
    self->is_running = true;
    int failed = pthread_create(&self->thread, NULL, serve, self);
    assert(!failed);
}
