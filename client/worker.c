#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/inside.h"
#include "client/worker_private.h"
#include "runtime/base/memory.h"

enum {
    HEARTBEAT_MS = 1000, // until the server has said
    LOST_AFTER_MS = 3000,
    RESEND_AFTER_MS = 2000,
    CAPACITY_MAX = 10000,
    NAMES_MAX = 64,
    CLOSE_LINGER_MS = 500,
    MESSAGE_BYTES = 512,
};

// ---- Opening and closing ------------------------------------------------------------------------

static const char *objection_to(const tmesh_worker_options_t *options)
{
    if (!options->endpoint) return "an endpoint is needed";
    if (!options->name || !*options->name) return "a name is needed";
    if (options->namespace_count < 1 || options->namespace_count > NAMES_MAX) {
        return "a worker serves 1 to 64 namespaces";
    }
    if (options->callable_count > NAMES_MAX) return "a worker has at most 64 callable patterns";
    if (options->capacity < 0 || options->capacity > CAPACITY_MAX) {
        return "the capacity is 1 to 10,000";
    }
    return NULL;
}

static const char *const *copy_names(tmesh_arena_t *arena, const char *const *names, size_t count)
{
    const char **copies = tmesh_arena_alloc(arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++) copies[i] = tmesh_arena_text(arena, names[i]);
    return copies;
}

static void take_options(tmesh_worker_t *self, const tmesh_worker_options_t *options)
{
    tmesh_worker_options_t *own = &self->options;
    *own = *options;
    own->endpoint = NULL; // the connection has its own copy
    own->name = tmesh_arena_text(self->arena, options->name);
    own->namespaces = copy_names(self->arena, options->namespaces, options->namespace_count);
    own->callables = copy_names(self->arena, options->callables, options->callable_count);
    if (own->capacity == 0) own->capacity = 1;
    if (own->resend_after_ms <= 0) own->resend_after_ms = RESEND_AFTER_MS;
    self->heartbeat_ms = own->heartbeat_ms > 0 ? own->heartbeat_ms : HEARTBEAT_MS;
    self->lost_after_ms = own->lost_after_ms > 0 ? own->lost_after_ms : LOST_AFTER_MS;
}

// `zmq` as in tmesh_connection_open.
static tmesh_worker_t *open_worker(const tmesh_worker_options_t *options, void *zmq, char *error,
                                   size_t error_size)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_connection_t *connection = NULL;
    const char *objection = objection_to(options);
    tmesh_err_t err = TMESH_OK;
    if (!objection) err = tmesh_connection_open(options->endpoint, zmq, &connection, &fault);
    if (err) objection = fault->message;
    if (objection) {
        if (error && error_size) snprintf(error, error_size, "%s", objection);
        return NULL;
    }
    tmesh_worker_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->connection = connection;
    self->clock = tmesh_clock_new_system();
    self->held = tmesh_held_new();
    take_options(self, options);
    self->heard_at_ms = tmesh_worker_now_ms(self);
    tmesh_worker_turn(self);
    return self;
}

tmesh_worker_t *tmesh_worker_open(const tmesh_worker_options_t *options, char *error,
                                  size_t error_size)
{
    return open_worker(options, NULL, error, error_size);
}

tmesh_worker_t *tmesh_worker_open_inside(const tmesh_worker_options_t *options, void *zmq,
                                         char *error, size_t error_size)
{
    return open_worker(options, zmq, error, error_size);
}

void tmesh_worker_close(tmesh_worker_t **self_p)
{
    tmesh_worker_t *self = *self_p;
    if (!self) return;
    tmesh_connection_set_linger(self->connection, CLOSE_LINGER_MS);
    if (*self->session && self->phase < TMESH_WORKER_PHASE_LEAVING) {
        tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
        tmesh_buffer_printf(body, "{\"session\":\"%s\"}", self->session);
        tmesh_frames_t *frames =
            tmesh_worker_new_message(self, TMESH_WORKER_ASKED_BYE, "WORKER.BYE", NULL);
        tmesh_frames_take_body(frames, body);
        (void)tmesh_worker_send(self, &frames); // a courtesy; silence says the same later
    }
    tmesh_connection_destroy(&self->connection);
    tmesh_held_destroy(&self->held);
    tmesh_clock_destroy(&self->clock);
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
    *self_p = NULL;
}

// ---- For the other sources ----------------------------------------------------------------------

int64_t tmesh_worker_now_ms(const tmesh_worker_t *self)
{
    return tmesh_clock_monotonic_ms(self->clock);
}

void tmesh_worker_say(const tmesh_worker_t *self, const char *event, const char *format, ...)
{
    if (!self->options.on_event) return;
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    self->options.on_event(self->options.context, event, message);
}

tmesh_frames_t *tmesh_worker_new_message(tmesh_worker_t *self, char kind, const char *command,
                                         uint64_t *number)
{
    char id[TMESH_WORKER_ID_BYTES];
    uint64_t next = ++self->messages_sent;
    snprintf(id, sizeof id, "%c%" PRIu64, kind, next);
    if (number) *number = next;
    return tmesh_frames_new_request(command, tmesh_bytes_of_text(id));
}

bool tmesh_worker_send(tmesh_worker_t *self, tmesh_frames_t **frames_p)
{
    tmesh_err_t err = tmesh_connection_send(self->connection, frames_p);
    if (err == TMESH_OK) {
        self->sent_at_ms = tmesh_worker_now_ms(self);
        return true;
    }
    self->wants_room = true;
    tmesh_frames_destroy(frames_p);
    return false;
}

// ---- Events -------------------------------------------------------------------------------------

// The cancelled run whose event was not taken yet, or NULL.
static tmesh_held_run_t *untold_cancel(const tmesh_worker_t *self)
{
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_CANCELLED);
    while (run && run->cancel_is_told) run = tmesh_held_next(run);
    return run;
}

static bool has_event(const tmesh_worker_t *self)
{
    bool stops = self->phase == TMESH_WORKER_PHASE_STOPPED && !self->stop_is_told;
    return stops || untold_cancel(self) || tmesh_worker_answered_inputs(self) ||
           tmesh_held_count(self->held, TMESH_HELD_QUEUED) > 0;
}

static bool any_ready(const struct pollfd *fds, size_t fd_count)
{
    for (size_t i = 0; i < fd_count; i++) {
        if (fds[i].revents) return true;
    }
    return false;
}

int tmesh_worker_wait(tmesh_worker_t *self, struct pollfd *fds, size_t fd_count, int64_t timeout_ms)
{
    const int64_t deadline_ms = timeout_ms < 0 ? INT64_MAX : tmesh_worker_now_ms(self) + timeout_ms;
    for (;;) { // ends at the deadline, or with something to do
        tmesh_worker_turn(self);
        int64_t now_ms = tmesh_worker_now_ms(self);
        int64_t until_ms = tmesh_worker_next_turn_ms(self);
        bool is_stopped = self->phase == TMESH_WORKER_PHASE_STOPPED;
        if (is_stopped || until_ms > deadline_ms) until_ms = deadline_ms;
        int64_t wait_ms = has_event(self) || until_ms < now_ms ? 0 : until_ms - now_ms;
        tmesh_err_t err =
            tmesh_connection_wait(self->connection, self->wants_room, fds, fd_count, wait_ms);
        if (has_event(self) || any_ready(fds, fd_count)) return 1;
        if (err == TMESH_ERR_BUSY || tmesh_worker_now_ms(self) >= deadline_ms) return 0;
    }
}

tmesh_worker_event_kind_t tmesh_worker_next(tmesh_worker_t *self, tmesh_worker_event_t *event)
{
    *event = (tmesh_worker_event_t){.kind = TMESH_WORKER_NOTHING};
    tmesh_held_run_t *run = untold_cancel(self);
    if (run) {
        run->cancel_is_told = true;
        *event = (tmesh_worker_event_t){TMESH_WORKER_CANCEL, &run->view, run->reason};
        return event->kind;
    }
    run = tmesh_worker_answered_inputs(self);
    if (run) {
        run->inputs = TMESH_HELD_INPUTS_NONE;
        const char *reason = *run->reason ? run->reason : NULL;
        *event = (tmesh_worker_event_t){TMESH_WORKER_INPUTS, &run->view, reason};
        return event->kind;
    }
    run = tmesh_held_first(self->held, TMESH_HELD_QUEUED);
    if (run) {
        tmesh_held_move(self->held, run, TMESH_HELD_RUNNING);
        run->started_at_ms = tmesh_worker_now_ms(self);
        *event = (tmesh_worker_event_t){.kind = TMESH_WORKER_RUN, .run = &run->view};
        return event->kind;
    }
    if (self->phase == TMESH_WORKER_PHASE_STOPPED) {
        self->stop_is_told = true;
        event->kind = TMESH_WORKER_STOPPED;
        if (*self->stop_reason) event->reason = self->stop_reason;
    }
    return event->kind;
}

// ---- Ending -------------------------------------------------------------------------------------

void tmesh_worker_drain(tmesh_worker_t *self, int64_t limit_ms)
{
    if (self->phase != TMESH_WORKER_PHASE_SERVING) return;
    self->phase = TMESH_WORKER_PHASE_DRAINING;
    self->drain_limit_ms = limit_ms;
    self->finished_at_ms = tmesh_worker_now_ms(self);
}

size_t tmesh_worker_running(const tmesh_worker_t *self)
{
    return tmesh_held_count(self->held, TMESH_HELD_RUNNING);
}

size_t tmesh_worker_unanswered(const tmesh_worker_t *self)
{
    return tmesh_held_count(self->held, TMESH_HELD_ANSWERING);
}
