#include "client/connection.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <zmq.h>

#include "runtime/base/memory.h"

enum {
    RECONNECT_MS = 100,
    RECONNECT_MS_MAX = 1000,
    PING_EVERY_MS = 2000, // libzmq's own heartbeat: notices a peer that vanished without a word
    PING_TIMEOUT_MS = 6000,
    FDS_MAX = 16384,
    JUNK_MAX = 1000, // messages of another protocol that are dropped in one call
};

struct tmesh_connection {
    char **endpoints;
    size_t endpoint_count;
    size_t at; // which of them it connects to
    void *context;
    bool is_lent; // the context
    void *socket;
    zmq_pollitem_t *items; // the socket first, then the caller's descriptors
    size_t item_capacity;
    int linger_ms;
};

static void set_option(void *socket, int option, int value)
{
    int failed = zmq_setsockopt(socket, option, &value, sizeof value);
    assert(!failed);
}

static int open_socket(tmesh_connection_t *self)
{
    self->socket = zmq_socket(self->context, ZMQ_DEALER);
    assert(self->socket);
    set_option(self->socket, ZMQ_LINGER, self->linger_ms);
    set_option(self->socket, ZMQ_IMMEDIATE, 1); // nothing is queued for a server that is not there
    set_option(self->socket, ZMQ_SNDHWM, 0);
    set_option(self->socket, ZMQ_RCVHWM, 0);
    set_option(self->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_option(self->socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX);
    set_option(self->socket, ZMQ_HEARTBEAT_IVL, PING_EVERY_MS);
    set_option(self->socket, ZMQ_HEARTBEAT_TIMEOUT, PING_TIMEOUT_MS);
    return zmq_connect(self->socket, self->endpoints[self->at]);
}

static void read_endpoints(tmesh_connection_t *self, const char *endpoints)
{
    size_t count = 1;
    for (const char *c = endpoints; *c; c++) count += *c == ',';
    self->endpoints = tmesh_alloc_array(count, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(endpoints, ",");
        self->endpoints[i] = tmesh_printf("%.*s", (int)size, endpoints);
        endpoints += size + 1;
    }
    self->endpoint_count = count;
}

// From the last to the first, so that the first stays.
static tmesh_err_t try_endpoints(tmesh_connection_t *self, tmesh_fault_t **fault_p)
{
    for (size_t i = self->endpoint_count; i-- > 0;) {
        self->at = i;
        if (self->socket) zmq_close(self->socket);
        if (open_socket(self) == 0) continue;
        *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "unusable_endpoint", NULL,
                                   "can not connect to %s: %s", self->endpoints[i],
                                   zmq_strerror(errno));
        return TMESH_ERR_INVALID;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_connection_open(const char *endpoints, void *zmq, tmesh_connection_t **self_p,
                                  tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_connection) self = tmesh_alloc(sizeof *self);
    read_endpoints(self, endpoints);
    self->is_lent = zmq != NULL;
    self->context = zmq ? zmq : zmq_ctx_new();
    assert(self->context);
    tmesh_err_t err = try_endpoints(self, fault_p);
    if (err) return err;
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_connection_set_linger(tmesh_connection_t *self, int linger_ms)
{
    self->linger_ms = linger_ms;
    set_option(self->socket, ZMQ_LINGER, linger_ms);
}

void tmesh_connection_destroy(tmesh_connection_t **self_p)
{
    tmesh_connection_t *self = *self_p;
    if (!self) return;
    if (self->socket) zmq_close(self->socket);
    while (!self->is_lent && zmq_ctx_term(self->context) != 0 && errno == EINTR) {
        // The socket is closed and its linger is finite, so this ends.
    }
    tmesh_free(self->items);
    for (size_t i = 0; i < self->endpoint_count; i++) tmesh_free(self->endpoints[i]);
    tmesh_free(self->endpoints);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_connection_renew(tmesh_connection_t *self)
{
    set_option(self->socket, ZMQ_LINGER, 0);
    zmq_close(self->socket);
    self->at = (self->at + 1) % self->endpoint_count;
    int failed = open_socket(self);
    assert(!failed); // all were good before
}

bool tmesh_connection_has_choice(const tmesh_connection_t *self)
{
    return self->endpoint_count > 1;
}

tmesh_err_t tmesh_connection_send(tmesh_connection_t *self, tmesh_frames_t **frames_p)
{
    return tmesh_frames_send(frames_p, self->socket);
}

tmesh_err_t tmesh_connection_receive(tmesh_connection_t *self, tmesh_frames_t **frames_p)
{
    for (int i = 0; i < JUNK_MAX; i++) {
        tmesh_auto(tmesh_frames) frames = NULL;
        tmesh_err_t err =
            tmesh_frames_receive(self->socket, false, TMESH_CONNECTION_MESSAGE_BYTES_MAX, &frames);
        if (err) return err;
        tmesh_auto(tmesh_fault) fault = NULL;
        if (tmesh_frames_parse(frames, &fault) != TMESH_OK) continue;
        *frames_p = frames;
        frames = NULL;
        return TMESH_OK;
    }
    return TMESH_ERR_TIMEOUT;
}

static void lend_descriptors(tmesh_connection_t *self, const struct pollfd *fds, size_t fd_count)
{
    assert(fd_count <= FDS_MAX);
    if (fd_count + 1 > self->item_capacity) {
        self->item_capacity = (fd_count + 1) * 2;
        self->items = tmesh_realloc_array(self->items, self->item_capacity, sizeof *self->items);
    }
    for (size_t i = 0; i < fd_count; i++) {
        // libzmq knows POLLIN and POLLOUT by its own numbers; an end of file is readable.
        short events = (short)((fds[i].events & POLLIN ? ZMQ_POLLIN : 0) |
                               (fds[i].events & POLLOUT ? ZMQ_POLLOUT : 0));
        self->items[i + 1] = (zmq_pollitem_t){.fd = fds[i].fd, .events = events};
    }
}

static void return_descriptors(const tmesh_connection_t *self, struct pollfd *fds, size_t fd_count)
{
    for (size_t i = 0; i < fd_count; i++) {
        short ready = self->items[i + 1].revents;
        fds[i].revents =
            (short)((ready & ZMQ_POLLIN ? POLLIN : 0) | (ready & ZMQ_POLLOUT ? POLLOUT : 0) |
                    (ready & ZMQ_POLLERR ? POLLERR : 0));
    }
}

tmesh_err_t tmesh_connection_wait(tmesh_connection_t *self, bool for_room, struct pollfd *fds,
                                  size_t fd_count, int64_t timeout_ms)
{
    lend_descriptors(self, fds, fd_count);
    self->items[0] = (zmq_pollitem_t){.socket = self->socket,
                                      .events = (short)(ZMQ_POLLIN | (for_room ? ZMQ_POLLOUT : 0))};
    long timeout = timeout_ms < 0 ? -1 : timeout_ms > INT_MAX ? INT_MAX : (long)timeout_ms;
    int ready = zmq_poll(self->items, (int)fd_count + 1, timeout);
    if (ready < 0) return errno == EINTR ? TMESH_ERR_BUSY : TMESH_ERR_IO;
    return_descriptors(self, fds, fd_count);
    return ready > 0 ? TMESH_OK : TMESH_ERR_TIMEOUT;
}
