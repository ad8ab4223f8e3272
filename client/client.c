#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "client/answer.h"
#include "client/connection.h"
#include "client/inside.h"
#include "client/requests.h"
#include "runtime/base/clock.h"
#include "runtime/base/memory.h"
#include "services/domain/ids.h"

enum {
    TIMEOUT_MS = 10000,
    RESEND_AFTER_MS = 2000,
    RETRY_MS_MIN = 20, // between two tries, whatever the server says
    RETRY_MS = 500,    // after a 503 that does not say
};

struct tmesh_client {
    tmesh_client_options_t options; // with the defaults filled in
    tmesh_connection_t *connection;
    tmesh_clock_t *clock;
    tmesh_random_t *random;
    int stop_fd; // readable: no request waits any longer; -1: there is none
};

// A request under way.
typedef struct {
    const tmesh_client_call_t *call;
    tmesh_uuid_text_t request_id; // the same for all its repeats
    int64_t deadline_ms;
    uint32_t tries;
} attempt_t;

static tmesh_client_t *new_client(const tmesh_client_options_t *options,
                                  tmesh_connection_t *connection, int stop_fd)
{
    tmesh_client_t *self = tmesh_alloc(sizeof *self);
    self->options = *options;
    self->options.endpoint = NULL; // the connection has its own copy
    if (self->options.timeout_ms <= 0) self->options.timeout_ms = TIMEOUT_MS;
    if (self->options.resend_after_ms <= 0) self->options.resend_after_ms = RESEND_AFTER_MS;
    self->connection = connection;
    self->clock = tmesh_clock_new_system();
    self->random = tmesh_random_new_system();
    self->stop_fd = stop_fd;
    return self;
}

tmesh_client_t *tmesh_client_open(const tmesh_client_options_t *options, char *error,
                                  size_t error_size)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_connection_t *connection = NULL;
    if (!options->endpoint) {
        fault = tmesh_fault_new(TMESH_ERR_INVALID, "missing_field", NULL, "an endpoint is needed");
    } else if (tmesh_connection_open(options->endpoint, NULL, &connection, &fault) == TMESH_OK) {
        return new_client(options, connection, -1);
    }
    if (error && error_size) snprintf(error, error_size, "%s", fault->message);
    return NULL;
}

tmesh_client_t *tmesh_client_open_inside(const tmesh_client_options_t *options, void *zmq,
                                         int stop_fd)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_connection_t *connection = NULL;
    tmesh_err_t err = tmesh_connection_open(options->endpoint, zmq, &connection, &fault);
    assert(!err); // an inproc name is always good
    return new_client(options, connection, stop_fd);
}

void tmesh_client_close(tmesh_client_t **self_p)
{
    tmesh_client_t *self = *self_p;
    if (!self) return;
    tmesh_connection_destroy(&self->connection);
    tmesh_clock_destroy(&self->clock);
    tmesh_random_destroy(&self->random);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_random_t *tmesh_client_random(tmesh_client_t *self)
{
    return self->random;
}

int64_t tmesh_client_now_ms(const tmesh_client_t *self)
{
    return tmesh_clock_monotonic_ms(self->clock);
}

static tmesh_frames_t *new_message(const attempt_t *attempt)
{
    const tmesh_client_call_t *call = attempt->call;
    tmesh_frames_t *frames =
        tmesh_frames_new_request(call->command, tmesh_bytes_of_text(attempt->request_id));
    tmesh_frames_set_body(frames, call->body);
    for (size_t i = 0; i < call->payload_count; i++) {
        (void)tmesh_frames_add_payload(frames,
                                       tmesh_bytes(call->payloads[i].data, call->payloads[i].size));
    }
    return frames;
}

// Waits until something moved or until_ms. TMESH_ERR_CLOSED: the caller wants no more of it.
static tmesh_err_t wait_until(tmesh_client_t *self, bool for_room, int64_t until_ms)
{
    int64_t left_ms = until_ms - tmesh_client_now_ms(self);
    if (left_ms <= 0) return TMESH_ERR_TIMEOUT;
    struct pollfd stop = {.fd = self->stop_fd, .events = POLLIN};
    size_t stops = self->stop_fd >= 0 ? 1 : 0;
    tmesh_err_t err = tmesh_connection_wait(self->connection, for_room, &stop, stops, left_ms);
    if (stop.revents) return TMESH_ERR_CLOSED;
    if (err != TMESH_ERR_BUSY) return err;
    bool is_over =
        self->options.is_interrupted && self->options.is_interrupted(self->options.context);
    return is_over ? TMESH_ERR_CLOSED : TMESH_OK;
}

// Waits for a connection. Over inproc libzmq does not connect again by itself, so now and then we do.
static tmesh_err_t wait_for_room(tmesh_client_t *self, int64_t deadline_ms)
{
    int64_t until_ms = tmesh_client_now_ms(self) + self->options.resend_after_ms;
    if (until_ms >= deadline_ms) return wait_until(self, true, deadline_ms);
    tmesh_err_t err = wait_until(self, true, until_ms);
    if (err != TMESH_ERR_TIMEOUT) return err;
    tmesh_connection_renew(self->connection);
    return TMESH_OK;
}

// Hands the request to the socket as soon as there is a connection.
static tmesh_err_t send_request(tmesh_client_t *self, attempt_t *attempt)
{
    tmesh_auto(tmesh_frames) frames = new_message(attempt);
    tmesh_err_t err = tmesh_connection_send(self->connection, &frames);
    while (err == TMESH_ERR_FULL) { // ends at the deadline
        tmesh_err_t waited = wait_for_room(self, attempt->deadline_ms);
        if (waited == TMESH_ERR_TIMEOUT || waited == TMESH_ERR_CLOSED) return waited;
        err = tmesh_connection_send(self->connection, &frames);
    }
    if (err == TMESH_OK) attempt->tries++;
    return err;
}

// The answer to this request; others are late answers to requests that were given up.
static tmesh_err_t receive_answer(tmesh_client_t *self, const attempt_t *attempt, int64_t until_ms,
                                  tmesh_answer_t **answer_p)
{
    for (;;) { // ends at until_ms
        tmesh_auto(tmesh_frames) frames = NULL;
        tmesh_err_t err = tmesh_connection_receive(self->connection, &frames);
        if (err == TMESH_ERR_TIMEOUT) {
            err = wait_until(self, false, until_ms);
            if (err) return err;
            continue;
        }
        if (err) return err;
        bool is_ours = tmesh_bytes_equal_text(tmesh_frames_request_id(frames), attempt->request_id);
        if (!is_ours || tmesh_frames_status(frames) == 0) continue;
        *answer_p = tmesh_answer_new(&frames);
        return TMESH_OK;
    }
}

// Until it is time to try again after a 503.
static tmesh_err_t rest(tmesh_client_t *self, const tmesh_answer_t *answer, int64_t deadline_ms)
{
    int64_t rest_ms = tmesh_answer_retry_after_ms(answer);
    if (rest_ms <= 0) rest_ms = RETRY_MS;
    if (rest_ms < RETRY_MS_MIN) rest_ms = RETRY_MS_MIN;
    int64_t until_ms = tmesh_client_now_ms(self) + rest_ms;
    if (until_ms >= deadline_ms) return TMESH_ERR_TIMEOUT;
    for (;;) { // ends at until_ms
        tmesh_err_t err = wait_until(self, false, until_ms);
        if (err == TMESH_ERR_TIMEOUT) return TMESH_OK;
        if (err) return err;
        tmesh_auto(tmesh_frames) late = NULL;
        if (tmesh_connection_receive(self->connection, &late) != TMESH_OK) continue;
    }
}

static tmesh_answer_t *no_answer(const attempt_t *attempt, tmesh_err_t err)
{
    if (err == TMESH_ERR_CLOSED) {
        return tmesh_answer_new_missing("interrupted", "interrupted while waiting for an answer");
    }
    return tmesh_answer_new_missing("no_answer", attempt->tries
                                                     ? "the server did not answer in time"
                                                     : "there is no server at this endpoint");
}

static tmesh_answer_t *run_attempt(tmesh_client_t *self, attempt_t *attempt)
{
    const bool is_sent_once = attempt->call->is_sent_once;
    const int64_t silence_ms = is_sent_once ? self->options.timeout_ms
                                            : self->options.resend_after_ms +
                                                  attempt->call->patience_ms;
    for (;;) { // ends at the deadline
        tmesh_err_t err = send_request(self, attempt);
        if (err == TMESH_ERR_TIMEOUT || err == TMESH_ERR_CLOSED) return no_answer(attempt, err);
        int64_t until_ms = tmesh_client_now_ms(self) + silence_ms;
        if (until_ms > attempt->deadline_ms) until_ms = attempt->deadline_ms;
        tmesh_answer_t *answer = NULL;
        if (err == TMESH_OK) err = receive_answer(self, attempt, until_ms, &answer);
        if (answer) {
            if (!tmesh_answer_asks_for_repeat(answer)) return answer;
            err = rest(self, answer, attempt->deadline_ms);
            if (err) return answer;
            tmesh_answer_destroy(&answer);
            if (tmesh_connection_has_choice(self->connection)) { // its store may be out of its reach alone
                tmesh_connection_renew(self->connection);
            }
            continue;
        }
        bool is_over = tmesh_client_now_ms(self) >= attempt->deadline_ms ||
                       (is_sent_once && attempt->tries > 0);
        if (err == TMESH_ERR_CLOSED || is_over) {
            return no_answer(attempt, err);
        }
        tmesh_connection_renew(self->connection);
    }
}

tmesh_answer_t *tmesh_client_call(tmesh_client_t *self, const tmesh_client_call_t *call)
{
    attempt_t attempt = {
        .call = call,
        .deadline_ms = tmesh_client_now_ms(self) + self->options.timeout_ms + call->patience_ms,
    };
    uint8_t id[16];
    tmesh_random_fill(self->random, id, sizeof id);
    (void)tmesh_uuid_format(id, attempt.request_id);
    tmesh_answer_t *answer = run_attempt(self, &attempt);
    if (call->was_repeated) *call->was_repeated = attempt.tries > 1;
    return answer;
}

tmesh_answer_t *tmesh_client_request(tmesh_client_t *self, const char *command, tmesh_view_t body,
                                     const tmesh_view_t *payloads, size_t payload_count)
{
    assert(strlen(command) <= TMESH_FRAMES_COMMAND_BYTES_MAX);
    assert(payload_count <= TMESH_FRAMES_PAYLOADS_MAX);
    const tmesh_client_call_t call = {
        .command = command,
        .body = tmesh_bytes(body.data, body.size),
        .payloads = payloads,
        .payload_count = payload_count,
    };
    return tmesh_client_call(self, &call);
}
