// HELLO and its answer: how a session begins.
#include <stdio.h>

#include "client/worker_private.h"
#include "runtime/base/memory.h"
#include "services/wire/status.h"

enum {
    HELLO_AGAIN_MS = 2000, // without an answer
    HELD_PER_ANSWER_MAX = 20000,
    BEAT_MS_MIN = 10,
    BEAT_MS_MAX = 600000,
};

static void write_names(tmesh_writer_t *writer, const char *key, const char *const *names,
                        size_t count)
{
    tmesh_writer_open_array(writer, key);
    for (size_t i = 0; i < count; i++) tmesh_writer_text(writer, NULL, names[i]);
    tmesh_writer_close_array(writer);
}

static void write_features(tmesh_writer_t *writer, const tmesh_worker_options_t *options)
{
    tmesh_writer_open_array(writer, "features");
    if (options->extends_time_limit) tmesh_writer_text(writer, NULL, "extend_time_limit");
    if (options->parents_only) tmesh_writer_text(writer, NULL, "parents_only");
    tmesh_writer_close_array(writer);
}

static void write_held(tmesh_writer_t *writer, const tmesh_worker_t *self)
{
    static const tmesh_held_state_t states[] = {TMESH_HELD_QUEUED, TMESH_HELD_RUNNING,
                                                TMESH_HELD_ANSWERING};
    tmesh_writer_open_array(writer, "held_runs");
    for (size_t i = 0; i < TMESH_COUNT_OF(states); i++) {
        const tmesh_held_run_t *run = tmesh_held_first(self->held, states[i]);
        for (; run; run = tmesh_held_next(run)) {
            tmesh_writer_open_object(writer, NULL);
            tmesh_worker_write_fence(writer, run);
            tmesh_writer_close_object(writer);
        }
    }
    tmesh_writer_close_array(writer);
}

void tmesh_worker_send_hello(tmesh_worker_t *self, int64_t now_ms)
{
    const tmesh_worker_options_t *options = &self->options;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "name", options->name);
    write_names(&writer, "namespaces", options->namespaces, options->namespace_count);
    if (options->callable_count) {
        write_names(&writer, "callables", options->callables, options->callable_count);
    } else {
        tmesh_writer_text(&writer, "callables", "any");
    }
    tmesh_writer_integer(&writer, "capacity", options->capacity);
    if (options->heartbeat_ms) {
        tmesh_writer_integer(&writer, "heartbeat_ms", options->heartbeat_ms);
    }
    if (options->lost_after_ms) {
        tmesh_writer_integer(&writer, "lost_after_ms", options->lost_after_ms);
    }
    static const char *const protocol[] = {TMESH_WIRE_VERSION};
    write_names(&writer, "protocol", protocol, TMESH_COUNT_OF(protocol));
    write_features(&writer, options);
    write_held(&writer, self);
    tmesh_writer_close_object(&writer);
    tmesh_frames_t *frames =
        tmesh_worker_new_message(self, TMESH_WORKER_ASKED_HELLO, "WORKER.HELLO", NULL);
    tmesh_frames_take_body(frames, body);
    if (!tmesh_worker_send(self, &frames)) return;
    self->hello_sent_at_ms = now_ms;
    self->hello_at_ms = now_ms + HELLO_AGAIN_MS;
}

static void take_held(tmesh_worker_t *self, tmesh_body_t *body)
{
    tmesh_items_t items;
    tmesh_body_items(body, "held", TMESH_BODY_OPTIONAL, 0, HELD_PER_ANSWER_MAX, &items);
    tmesh_body_t item;
    for (;;) { // ends with the items
        tmesh_auto(tmesh_fault) fault = NULL;
        if (!tmesh_items_next(&items, &fault, &item)) return;
        tmesh_step_id_t step_id;
        (void)tmesh_body_uuid(&item, "step_uuid", TMESH_BODY_NEEDED, step_id.bytes);
        uint32_t number = (uint32_t)tmesh_body_integer_needed(&item, "run", 1, UINT32_MAX);
        int64_t status = tmesh_body_integer_needed(&item, "status", 100, 599);
        const char *code = tmesh_body_text(&item, "code", TMESH_BODY_OPTIONAL, 0, 64);
        tmesh_held_run_t *run = fault ? NULL : tmesh_held_find(self->held, step_id, number);
        if (run && status != TMESH_STATUS_OK) {
            tmesh_worker_cancel_run(self, run, code ? code : "given_to_another_worker");
        }
    }
}

static void open_session(tmesh_worker_t *self, tmesh_body_t *body)
{
    const char *session =
        tmesh_body_text(body, "session", TMESH_BODY_NEEDED, 1, TMESH_UUID_TEXT_BYTES - 1);
    int64_t beat_ms = tmesh_body_integer_needed(body, "heartbeat_ms", BEAT_MS_MIN, BEAT_MS_MAX);
    int64_t lost_ms = tmesh_body_integer_needed(body, "lost_after_ms", BEAT_MS_MIN, BEAT_MS_MAX);
    if (*body->fault_p) {
        tmesh_worker_say(self, "session.unusable", "%s", (*body->fault_p)->message);
        return;
    }
    snprintf(self->session, sizeof self->session, "%s", session);
    self->heartbeat_ms = beat_ms;
    self->lost_after_ms = lost_ms;
    self->drain_is_told = false;
    take_held(self, body);
    tmesh_worker_send_news_again(self);
    tmesh_worker_send_results_again(self);
    tmesh_worker_say(self, "session.opened", "session=%s", self->session);
}

void tmesh_worker_take_hello_answer(tmesh_worker_t *self, int status, tmesh_body_t *body)
{
    if (status == TMESH_STATUS_OK) {
        open_session(self, body); // of several, the latest is the one that the server knows
        return;
    }
    if (*self->session) return;
    int64_t retry_after_ms;
    tmesh_auto(tmesh_fault) fault = tmesh_codec_read_error(body, status, &retry_after_ms);
    tmesh_worker_say(self, "session.refused", "status=%d code=%s %s", status, fault->code,
                     fault->message);
    if (status != TMESH_STATUS_INVALID && status != TMESH_STATUS_UNAUTHORIZED &&
        status != TMESH_STATUS_FORBIDDEN) {
        if (retry_after_ms <= 0) retry_after_ms = TMESH_CODEC_RETRY_AFTER_MS;
        self->hello_at_ms = tmesh_worker_now_ms(self) + retry_after_ms;
        if (tmesh_connection_has_choice(self->connection)) tmesh_connection_renew(self->connection);
        return;
    }
    snprintf(self->stop_reason, sizeof self->stop_reason, "%s (%s)", fault->message, fault->code);
    self->phase = TMESH_WORKER_PHASE_STOPPED;
}
