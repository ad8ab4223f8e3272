#include "embed/subscription.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "node/node.h"
#include "runtime/base/memory.h"
#include "runtime/base/thread.h"
#include "services/wire/codec.h"
#include "services/wire/contract.h"

enum { PUBLISHER_ANSWERS_MS = 10000, TEXT_CHARS_MAX = 1024 };

// ---- Telling ------------------------------------------------------------------------------------

static const char *text(tmesh_body_t *body, const char *key)
{
    const char *value = tmesh_body_text(body, key, TMESH_BODY_OPTIONAL, 0, TEXT_CHARS_MAX);
    return value ? value : "";
}

static void tell(const tmesh_subscription_t *self, const char *topic, tmesh_bytes_t json)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_body_t body = {.where = "", .arena = arena, .fault_p = &fault};
    tmesh_err_t err = tmesh_codec_open_bytes(json, arena, &fault, &body);
    (void)err; // without fields then; the JSON is told in any case
    const tmesh_event_t event = {
        .topic = topic,
        .task_uuid = text(&body, "task_uuid"),
        .step_uuid = text(&body, "step_uuid"),
        .step = text(&body, "step"),
        .event = text(&body, "event"),
        .from = text(&body, "from"),
        .to = text(&body, "to"),
        .number = tmesh_body_integer(&body, "number", 0, INT64_MAX, 0),
        .json = tmesh_view(json.data, json.size),
    };
    self->on_event(self->context, &event);
}

// Topic and body; false when nothing is waiting.
static bool tell_next(tmesh_subscription_t *self)
{
    zmq_msg_t topic;
    zmq_msg_t body;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    bool has_come = zmq_msg_recv(&topic, self->socket, ZMQ_DONTWAIT) >= 0;
    if (has_come && zmq_msg_more(&topic) && zmq_msg_recv(&body, self->socket, 0) >= 0) {
        tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
        tmesh_bytes_t word =
            tmesh_arena_bytes(arena, tmesh_bytes(zmq_msg_data(&topic), zmq_msg_size(&topic)));
        tell(self, word.data, tmesh_bytes(zmq_msg_data(&body), zmq_msg_size(&body)));
    }
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
    return has_come;
}

static void *listen_to_all(void *argument)
{
    tmesh_subscription_t *self = argument;
    bool is_over = false;
    while (!is_over) {
        zmq_pollitem_t items[2] = {
            {.socket = self->socket, .events = ZMQ_POLLIN},
            {.fd = self->stop_fd, .events = ZMQ_POLLIN},
        };
        if (zmq_poll(items, TMESH_COUNT_OF(items), -1) < 0 && errno != EINTR) break;
        is_over = items[1].revents != 0;
        while (tell_next(self)) continue; // ends with what has come: the queue is bounded
    }
    return NULL;
}

// ---- Opening and closing ------------------------------------------------------------------------

// The publisher reads its socket when it is asked, and so knows of us from then on.
static tmesh_err_t introduce(tmesh_context_t *mesh, tmesh_fault_t **fault_p)
{
    tmesh_take_subscriptions_request_t request = {0};
    tmesh_take_subscriptions_reply_t reply = {0};
    tmesh_err_t err =
        tmesh_call_take_subscriptions(mesh, &request, &reply, fault_p, PUBLISHER_ANSWERS_MS);
    if (err && !*fault_p) {
        *fault_p = tmesh_fault_new(err, tmesh_err_word(err), NULL, "the publisher: %s",
                                   tmesh_err_sentence(err));
    }
    tmesh_arena_destroy(&reply.arena);
    return err;
}

tmesh_err_t tmesh_subscription_open(tmesh_subscription_t **self_p, tmesh_context_t *mesh,
                                    const char *topic, tmesh_event_fn on_event, void *context,
                                    tmesh_fault_t **fault_p)
{
    tmesh_subscription_t *self = tmesh_alloc(sizeof *self);
    self->on_event = on_event;
    self->context = context;
    self->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->socket = zmq_socket(tmesh_context_zmq(mesh), ZMQ_SUB);
    assert(self->stop_fd >= 0 && self->socket);
    int failed = zmq_setsockopt(self->socket, ZMQ_SUBSCRIBE, topic, strlen(topic));
    if (!failed) failed = zmq_connect(self->socket, TMESH_NODE_EVENTS);
    assert(!failed); // an inproc name is always good
    tmesh_err_t err = introduce(mesh, fault_p);
    if (!err) {
        err = tmesh_thread_start(&self->thread, "events", listen_to_all, self);
        if (err) *fault_p = tmesh_fault_new(err, "no_thread", NULL, "there are no more threads");
    }
    if (!err) {
        *self_p = self;
        return TMESH_OK;
    }
    zmq_close(self->socket);
    close(self->stop_fd);
    tmesh_free(self);
    return err;
}

void tmesh_subscription_destroy(tmesh_subscription_t **self_p)
{
    tmesh_subscription_t *self = *self_p;
    if (!self) return;
    eventfd_write(self->stop_fd, 1);
    pthread_join(self->thread, NULL);
    zmq_close(self->socket);
    close(self->stop_fd);
    tmesh_free(self);
    *self_p = NULL;
}
