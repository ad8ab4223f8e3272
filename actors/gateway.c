#include "actors/gateway.h"

#include <assert.h>
#include <zmq.h>

#include "actors/gateway_parts.h"
#include "actors/gateway_waiters.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"

int64_t tmesh_gateway_now_ms(const tmesh_gateway_t *self)
{
    return tmesh_clock_monotonic_ms(self->clock);
}

void tmesh_gateway_note_full(tmesh_gateway_t *self)
{
    self->retry_ms = tmesh_gateway_now_ms(self) + TMESH_GATEWAY_RETRY_MS;
}

// ---- Life ---------------------------------------------------------------------------------------

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_gateway_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->services = services;
    self->clock = tmesh_context_clock(context);
    self->dispatch = tmesh_dispatch_new(self->services->credit);
    self->slow_peers = tmesh_map_new();
    self->pending = tmesh_map_new();
    self->commands = tmesh_allowance_new((size_t)self->services->mailbox_bytes_max);
    self->unsent = tmesh_map_new();
    // Answers to an earlier life of this actor may still arrive: its tags are below these.
    self->last_tag = (uint64_t)tmesh_clock_monotonic_ns(self->clock);
    self->waiters_by_task = tmesh_map_new();
    TAILQ_INIT(&self->waiters);
    TAILQ_INIT(&self->hellos);
    self->started_ms = tmesh_gateway_now_ms(self);
    self->read_ms = self->started_ms;
    self->drained_ms = self->started_ms;
    self->judge_ms = INT64_MAX;
    self->slow_ms = INT64_MAX;
    self->blocked_ms = INT64_MAX;
    self->waiters_ms = INT64_MAX;
    self->due_ms = INT64_MAX;
    return self;
}

// Closing alone takes a moment, in which a fresh life could not bind the inproc name again.
static void leave_endpoints(tmesh_gateway_t *self)
{
    for (size_t i = 0; i < self->services->endpoint_count; i++) {
        zmq_unbind(self->router, self->services->endpoints[i]);
    }
    zmq_close(self->router);
}

static void destroy(void *object)
{
    tmesh_gateway_t *self = object;
    if (self->router) leave_endpoints(self);
    tmesh_gateway_forget_slow_peers(self);
    tmesh_gateway_release_all(self);
    tmesh_map_destroy(&self->slow_peers);
    tmesh_gateway_forget_unsent(self);
    tmesh_buffer_destroy(&self->greeting);
    tmesh_map_destroy(&self->pending);
    tmesh_map_destroy(&self->unsent);
    tmesh_allowance_destroy(&self->commands);
    tmesh_map_destroy(&self->waiters_by_task);
    tmesh_dispatch_destroy(&self->dispatch);
    tmesh_free(self->serving);
    tmesh_free(self);
}

// With HANDOVER anyone who can connect may take over a routing id, which therefore proves nothing
// here; without it a worker that comes back under its old id would be mute.
static void set_options(tmesh_gateway_t *self)
{
    const int on = 1;
    const int linger_ms = TMESH_GATEWAY_LINGER_MS;
    const int high_water = (int)self->services->peer_queue_messages_max;
    const int unread_max = (int)self->services->peer_unread_messages_max;
    const int64_t message_bytes_max = self->services->message_bytes_max;
    zmq_setsockopt(self->router, ZMQ_ROUTER_MANDATORY, &on, sizeof on);
    zmq_setsockopt(self->router, ZMQ_ROUTER_HANDOVER, &on, sizeof on);
    zmq_setsockopt(self->router, ZMQ_MAXMSGSIZE, &message_bytes_max, sizeof message_bytes_max);
    zmq_setsockopt(self->router, ZMQ_SNDHWM, &high_water, sizeof high_water);
    zmq_setsockopt(self->router, ZMQ_RCVHWM, &unread_max, sizeof unread_max);
    zmq_setsockopt(self->router, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
}

static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    tmesh_gateway_t *self = object;
    self->router = tmesh_context_socket(self->context, ZMQ_ROUTER);
    if (!self->router) {
        *fault_p =
            tmesh_fault_new(TMESH_ERR_IO, "no_socket", NULL, "%s", zmq_strerror(zmq_errno()));
        return TMESH_ERR_IO;
    }
    set_options(self);
    for (size_t i = 0; i < self->services->endpoint_count; i++) {
        const char *endpoint = self->services->endpoints[i];
        if (zmq_bind(self->router, endpoint) == 0) continue;
        *fault_p = tmesh_fault_new(TMESH_ERR_IO, "cannot_bind", endpoint, "%s: %s", endpoint,
                                   zmq_strerror(zmq_errno()));
        return TMESH_ERR_IO;
    }
    return TMESH_OK;
}

static void *socket_of(void *object)
{
    tmesh_gateway_t *self = object;
    return self->router;
}

static tmesh_err_t readable(void *object, bool *more_p)
{
    tmesh_gateway_t *self = object;
    self->read_ms = tmesh_gateway_now_ms(self);
    tmesh_err_t err = tmesh_gateway_read(self, more_p);
    if (err) return err;
    if (!*more_p) self->drained_ms = self->read_ms;
    return TMESH_OK;
}

// ---- Time ---------------------------------------------------------------------------------------

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t due_ms(void *object)
{
    tmesh_gateway_t *self = object;
    int64_t due = INT64_MAX;
    const tmesh_run_t *note = tmesh_dispatch_next_note(self->dispatch);
    if (self->dispatch_due || self->credit_freed) due = 0;
    if (note) due = earlier(due, later(note->note_at_ms, self->retry_ms));
    if (tmesh_dispatch_next_returning(self->dispatch)) due = earlier(due, self->retry_ms);
    if (!TAILQ_EMPTY(&self->hellos)) due = earlier(due, self->retry_ms);
    if (tmesh_sessions_count(tmesh_dispatch_sessions(self->dispatch)) > 0) {
        due = earlier(due, later(self->judge_ms, self->judge_not_before_ms));
        due = earlier(due, self->second_ms);
    }
    due = earlier(due, self->slow_ms);
    due = earlier(due, self->blocked_ms);
    due = earlier(due, self->waiters_ms);
    self->due_ms = due;
    return due;
}

// Credit that got free, or was lost, while steps wait unclaimed.
static void look_at_credit(tmesh_gateway_t *self, int64_t now_ms)
{
    bool each_second = now_ms >= self->second_ms;
    if (each_second) {
        self->second_ms = now_ms + TMESH_GATEWAY_SECOND_MS;
        int64_t given_back = tmesh_offers_audit(tmesh_dispatch_offers(self->dispatch));
        if (given_back) {
            tmesh_log_warning(tmesh_context_log(self->context), "gateway.credit_corrected",
                              "claims=%lld", (long long)given_back);
        }
    }
    if (!each_second && !self->credit_freed) return;
    self->credit_freed = false;
    if (self->closing || !tmesh_credit_is_awaited(self->services->credit)) return;
    if (!tmesh_offers_have_room(tmesh_dispatch_offers(self->dispatch))) return;
    tmesh_credit_note_backlog(self->services->credit); // who looks just now has not seen it
    tmesh_credit_changed_request_t request = {0};
    // A mailbox that is full will refill without being told; so will the next second.
    if (tmesh_tell_credit_changed(self->context, &request)) tmesh_gateway_note_full(self);
}

static tmesh_err_t tick(void *object)
{
    tmesh_gateway_t *self = object;
    int64_t now_ms = tmesh_gateway_now_ms(self);
    // Whoever is late himself has not heard what came meanwhile: it must be read before others are
    // judged, and the library's own thread needs a moment to read it.
    int64_t late_ms = now_ms - later(self->due_ms, self->read_ms);
    if (late_ms > self->services->heartbeat_ms) {
        self->judge_not_before_ms = now_ms + self->services->heartbeat_ms;
    }
    if (now_ms >= self->judge_ms && now_ms >= self->judge_not_before_ms) {
        tmesh_gateway_judge_sessions(self);
    }
    if (now_ms >= self->retry_ms) {
        tmesh_gateway_proceed_hellos(self);
        tmesh_gateway_tell_returning(self);
        tmesh_gateway_tell_sent(self);
    }
    if (now_ms >= self->slow_ms) tmesh_gateway_retry_slow_peers(self);
    if (now_ms >= self->waiters_ms) tmesh_gateway_check_waiters(self);
    if (self->dispatch_due || now_ms >= self->blocked_ms) tmesh_gateway_dispatch(self);
    look_at_credit(self, now_ms);
    return TMESH_OK;
}

// ---- Messages from the mesh ---------------------------------------------------------------------

// Nothing new starts for a task that is blocked or has ended: its claims that were not sent are
// withdrawn in the store, and forgotten here.
static tmesh_err_t note_settled(tmesh_gateway_t *self, tmesh_task_settled_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_task_settled_request_t *request = tmesh_task_settled_request(batch, i);
        if (request->state != TMESH_TASK_COMPLETE &&
            tmesh_dispatch_withdraw(self->dispatch, request->task_id) > 0) {
            self->dispatch_due = true;
            self->credit_freed = true;
        }
        tmesh_gateway_wake_waiters(self, request->task_id);
    }
    return TMESH_OK;
}

// May be asked again and again: the reply says how many runs are still out.
static tmesh_err_t close_door(tmesh_gateway_t *self, tmesh_close_door_batch_t *batch)
{
    self->closing = true;
    tmesh_gateway_dismiss_waiters(self);
    tmesh_dispatch_close(self->dispatch);
    tmesh_gateway_tell_returning(self);
    uint32_t runs_out = (uint32_t)tmesh_runs_count(tmesh_dispatch_runs(self->dispatch));
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_close_door_reply(batch, i)->runs_out = runs_out;
    }
    return TMESH_OK;
}

TMESH_ANSWER(gateway, dispatch_steps, tmesh_gateway_dispatch_steps)
TMESH_ANSWER(gateway, cancel_runs, tmesh_gateway_cancel_runs)
TMESH_ANSWER(gateway, task_settled, note_settled)
TMESH_ANSWER(gateway, close_door, close_door)
TMESH_ANSWER(gateway, list_held, tmesh_gateway_list_held)

const tmesh_actor_class_t tmesh_gateway_class = {
    .name = "gateway",
    .create = create,
    .destroy = destroy,
    .started = started,
    .due_ms = due_ms,
    .tick = tick,
    .socket = socket_of,
    .readable = readable,
};
