// actors/publisher_actor.c - an XPUB socket: events out, subscriptions in.
#include "actors/publisher.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "actors/event_payloads.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"

enum {
    EVENTS_PER_SUBSCRIBER_MAX = 10000, // one that does not read misses what is beyond
    SUBSCRIPTIONS_PER_TURN = 64,
    SUBSCRIPTION_BYTES_MAX = 4096, // a longer one ends its connection
    PAYLOAD_BYTES_MAX = 64 << 20,      // unread by all subscribers together; then without payload
    LINGER_MS = 1000,
};

struct tmesh_publisher {
    tmesh_context_t *context;                   // lent
    const tmesh_publisher_services_t *services; // lent
    void *xpub;
    tmesh_event_payloads_t *payloads;
    uint32_t subscriptions; // different topics: the socket tells of the first and the last of each
};

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_publisher_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->services = services;
    self->payloads = tmesh_event_payloads_new(PAYLOAD_BYTES_MAX);
    return self;
}

static void destroy(void *object)
{
    tmesh_publisher_t *self = object;
    tmesh_audience_set(self->services->audience, 0);
    for (size_t i = 0; self->xpub && i < self->services->endpoint_count; i++) {
        zmq_unbind(self->xpub, self->services->endpoints[i]); // at once, for a fresh life
    }
    if (self->xpub) zmq_close(self->xpub);
    tmesh_event_payloads_destroy(&self->payloads);
    tmesh_free(self);
}

static tmesh_err_t refuse(tmesh_fault_t **fault_p, const char *code, const char *endpoint)
{
    *fault_p = tmesh_fault_new(TMESH_ERR_IO, code, endpoint, "%s%s%s", endpoint ? endpoint : "",
                               endpoint ? ": " : "", zmq_strerror(zmq_errno()));
    return TMESH_ERR_IO;
}

static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    tmesh_publisher_t *self = object;
    self->xpub = tmesh_context_socket(self->context, ZMQ_XPUB);
    if (!self->xpub) return refuse(fault_p, "no_socket", NULL);
    const int high_water = EVENTS_PER_SUBSCRIBER_MAX;
    const int linger_ms = LINGER_MS;
    const int64_t bytes_max = SUBSCRIPTION_BYTES_MAX;
    zmq_setsockopt(self->xpub, ZMQ_SNDHWM, &high_water, sizeof high_water);
    zmq_setsockopt(self->xpub, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(self->xpub, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max);
    for (size_t i = 0; i < self->services->endpoint_count; i++) {
        const char *endpoint = self->services->endpoints[i];
        if (zmq_bind(self->xpub, endpoint) == 0) continue;
        if (zmq_errno() != EADDRINUSE) return refuse(fault_p, "cannot_bind", endpoint);
        // Most likely another daemon of this machine, with the same default. Events may be missed
        // at any time, so this one works all the same.
        tmesh_log_warning(tmesh_context_log(self->context), "publisher.address_in_use",
                          "endpoint=%s nothing is published there", endpoint);
    }
    return TMESH_OK;
}

static void *socket_of(void *object)
{
    tmesh_publisher_t *self = object;
    return self->xpub;
}

// 1 and a topic: somebody wants it now; 0 and a topic: nobody any more. Anything else means nothing.
static void take_subscription(tmesh_publisher_t *self, zmq_msg_t *message)
{
    if (zmq_msg_size(message) == 0) return;
    char kind = *(const char *)zmq_msg_data(message);
    if (kind == 1) self->subscriptions++;
    if (kind == 0 && self->subscriptions > 0) self->subscriptions--;
    tmesh_audience_set(self->services->audience, self->subscriptions);
}

static tmesh_err_t readable(void *object, bool *more_p)
{
    tmesh_publisher_t *self = object;
    *more_p = false;
    for (int i = 0; i < SUBSCRIPTIONS_PER_TURN; i++) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        int got = zmq_msg_recv(&message, self->xpub, ZMQ_DONTWAIT);
        if (got >= 0) take_subscription(self, &message);
        zmq_msg_close(&message);
        if (got < 0) return TMESH_OK; // nothing is there, or a signal: the socket stays readable
    }
    *more_p = true;
    return TMESH_OK;
}

// The frame of the payload that was sent last, for the events of one result share it.
typedef struct {
    const char *data; // whose it is; NULL: none is there
    zmq_msg_t message;
} payload_frame_t;

static void let_payload_go(payload_frame_t *frame)
{
    if (frame->data) zmq_msg_close(&frame->message);
    frame->data = NULL;
}

// An empty frame: there is no payload, or too much of it is unread.
static void send_payload(tmesh_publisher_t *self, tmesh_bytes_t payload, payload_frame_t *last)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (payload.data && payload.data != last->data) {
        let_payload_go(last);
        if (tmesh_event_payloads_load(self->payloads, payload, &last->message)) {
            last->data = payload.data;
        }
    }
    if (payload.data && payload.data == last->data) zmq_msg_copy(&frame, &last->message);
    if (zmq_msg_send(&frame, self->xpub, ZMQ_DONTWAIT) < 0) zmq_msg_close(&frame);
}

// Never waits: a subscriber that is too slow misses it.
static bool send_event(tmesh_publisher_t *self, const tmesh_publication_t *event,
                       payload_frame_t *last)
{
    const int more = ZMQ_DONTWAIT | ZMQ_SNDMORE;
    const int flags = event->has_payload ? more : ZMQ_DONTWAIT;
    if (zmq_send(self->xpub, event->topic, strlen(event->topic), more) < 0) return false;
    bool is_sent = zmq_send(self->xpub, event->body, strlen(event->body), flags) >= 0;
    if (event->has_payload) send_payload(self, event->payload, last);
    return is_sent;
}

static tmesh_err_t publish(tmesh_publisher_t *self, tmesh_publish_batch_t *batch)
{
    payload_frame_t last = {.data = NULL};
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_publish_request_t *request = tmesh_publish_request(batch, i);
        for (size_t k = 0; k < request->count; k++) {
            bool is_sent = send_event(self, &request->events[k], &last);
            tmesh_metrics_add(self->services->metrics,
                              is_sent ? TMESH_COUNT_EVENTS_PUBLISHED : TMESH_COUNT_EVENTS_DROPPED,
                              1);
        }
    }
    let_payload_go(&last);
    return TMESH_OK;
}

// Bounded like any turn; the socket stays readable for what is beyond.
static tmesh_err_t take_subscriptions(tmesh_publisher_t *self,
                                      tmesh_take_subscriptions_batch_t *batch)
{
    (void)batch; // the answer is that it has happened
    bool more = false;
    return readable(self, &more);
}

const tmesh_actor_class_t tmesh_publisher_class = {
    .name = "publisher",
    .create = create,
    .destroy = destroy,
    .started = started,
    .socket = socket_of,
    .readable = readable,
};
TMESH_ANSWER(publisher, publish, publish)
TMESH_ANSWER(publisher, take_subscriptions, take_subscriptions)
