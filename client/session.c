// What keeps a session alive: its turns, heartbeats, noticing that the server is gone, drain and BYE.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/worker_private.h"
#include "runtime/base/memory.h"
#include "services/wire/status.h"

enum {
    MESSAGES_PER_TURN = 1000,
    BYE_WAIT_MS = 1000,
    ROOM_WAIT_MS = 1000,
};

void tmesh_worker_lose_session(tmesh_worker_t *self, const char *why)
{
    if (*self->session) tmesh_worker_say(self, "session.lost", "%s", why);
    self->session[0] = 0;
    self->hello_at_ms = 0;
    self->hello_sent_at_ms = 0;
}

// ---- Receiving ----------------------------------------------------------------------------------

static void take_push(tmesh_worker_t *self, tmesh_bytes_t command, tmesh_body_t *body)
{
    const char *session =
        tmesh_body_text(body, "session", TMESH_BODY_OPTIONAL, 0, TMESH_UUID_TEXT_BYTES);
    bool is_stale = session && strcmp(session, self->session) != 0;
    if (is_stale || !*self->session) return; // said to a session that is over
    if (tmesh_bytes_equal_text(command, "STEP.RUN")) tmesh_worker_take_runs(self, body);
    if (tmesh_bytes_equal_text(command, "STEP.CANCEL")) tmesh_worker_take_cancels(self, body);
}

static bool speaks_of_unknown_session(tmesh_body_t *body, int status)
{
    if (status != TMESH_STATUS_NOT_FOUND) return false;
    tmesh_auto(tmesh_fault) fault = tmesh_codec_read_error(body, status, NULL);
    return strcmp(fault->code, "unknown_session") == 0;
}

static void take_answer(tmesh_worker_t *self, tmesh_bytes_t request_id, int status,
                        tmesh_body_t *body)
{
    char id[TMESH_WORKER_ID_BYTES] = {0};
    if (request_id.size == 0 || request_id.size >= sizeof id) return;
    memcpy(id, request_id.data, request_id.size);
    if (id[0] != TMESH_WORKER_ASKED_HELLO && speaks_of_unknown_session(body, status)) {
        if (id[0] == TMESH_WORKER_ASKED_BYE) self->phase = TMESH_WORKER_PHASE_STOPPED;
        else tmesh_worker_lose_session(self, "the server does not know it any more");
        return;
    }
    uint64_t number = strtoull(id + 1, NULL, 10);
    switch (id[0]) {
    case TMESH_WORKER_ASKED_HELLO: tmesh_worker_take_hello_answer(self, status, body); break;
    case TMESH_WORKER_ASKED_RESULT: tmesh_worker_take_answers(self, number, status, body); break;
    case TMESH_WORKER_ASKED_CHECKPOINT: tmesh_worker_take_saved(self, number, status, body); break;
    case TMESH_WORKER_ASKED_INPUTS: tmesh_worker_take_inputs(self, number, status, body); break;
    case TMESH_WORKER_ASKED_RUNS: tmesh_worker_take_beaten(self, status, body); break;
    case TMESH_WORKER_ASKED_BYE: self->phase = TMESH_WORKER_PHASE_STOPPED; break;
    default: break; // a beat or a wish: that an answer came is all there is to it
    }
}

static void take_message(tmesh_worker_t *self, tmesh_frames_t *frames)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_body_t body;
    self->heard_at_ms = tmesh_worker_now_ms(self);
    if (tmesh_codec_open(frames, arena, &fault, &body) != TMESH_OK) {
        tmesh_worker_say(self, "message.unusable", "%s", fault->message);
        return;
    }
    int status = tmesh_frames_status(frames);
    if (status) take_answer(self, tmesh_frames_request_id(frames), status, &body);
    else take_push(self, tmesh_frames_command(frames), &body);
}

// ---- One turn -----------------------------------------------------------------------------------

static void receive_all(tmesh_worker_t *self)
{
    for (int i = 0; i < MESSAGES_PER_TURN; i++) {
        tmesh_auto(tmesh_frames) frames = NULL;
        if (tmesh_connection_receive(self->connection, &frames) != TMESH_OK) return;
        take_message(self, frames);
    }
}

static void send_with_session(tmesh_worker_t *self, char kind, const char *command, bool drain)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "session", self->session);
    if (drain) tmesh_writer_bool(&writer, "drain", true);
    tmesh_writer_close_object(&writer);
    tmesh_frames_t *frames = tmesh_worker_new_message(self, kind, command, NULL);
    tmesh_frames_take_body(frames, body);
    (void)tmesh_worker_send(self, &frames); // if there is no room, the next turn comes
}

// Does the program work on nothing?
static bool is_idle(const tmesh_worker_t *self)
{
    return !tmesh_held_count(self->held, TMESH_HELD_RUNNING) &&
           !tmesh_held_count(self->held, TMESH_HELD_QUEUED) &&
           !tmesh_held_count(self->held, TMESH_HELD_CANCELLED);
}

static void drain(tmesh_worker_t *self, int64_t now_ms)
{
    bool is_answered = tmesh_worker_unanswered(self) == 0;
    bool gives_up = now_ms - self->finished_at_ms >= self->drain_limit_ms;
    if (self->phase == TMESH_WORKER_PHASE_LEAVING) {
        if (now_ms - self->leaving_at_ms >= BYE_WAIT_MS) self->phase = TMESH_WORKER_PHASE_STOPPED;
    } else if (is_idle(self) && (is_answered || gives_up)) {
        bool is_known = *self->session;
        if (is_known) send_with_session(self, TMESH_WORKER_ASKED_BYE, "WORKER.BYE", false);
        self->phase = is_known ? TMESH_WORKER_PHASE_LEAVING : TMESH_WORKER_PHASE_STOPPED;
        self->leaving_at_ms = now_ms;
    } else if (*self->session && !self->drain_is_told) {
        send_with_session(self, TMESH_WORKER_ASKED_DRAIN, "WORKER.BYE", true);
        self->drain_is_told = true;
    }
}

void tmesh_worker_turn(tmesh_worker_t *self)
{
    if (self->phase == TMESH_WORKER_PHASE_STOPPED) return;
    self->wants_room = false;
    receive_all(self); // before anybody is judged for being silent
    if (self->phase == TMESH_WORKER_PHASE_STOPPED) return;
    int64_t now_ms = tmesh_worker_now_ms(self);
    bool is_asked = *self->session || self->hello_sent_at_ms ||
                    tmesh_connection_has_choice(self->connection);
    if (is_asked && now_ms - self->heard_at_ms >= self->lost_after_ms) {
        tmesh_worker_lose_session(self, "the server is silent");
        tmesh_connection_renew(self->connection);
        self->heard_at_ms = now_ms;
    }
    if (!*self->session && now_ms >= self->hello_at_ms) tmesh_worker_send_hello(self, now_ms);
    if (*self->session) {
        tmesh_worker_send_news(self);
        tmesh_worker_send_results(self);
        if (now_ms - self->sent_at_ms >= self->heartbeat_ms) {
            send_with_session(self, TMESH_WORKER_ASKED_BEAT, "WORKER.HEARTBEAT", false);
        }
    }
    if (self->phase != TMESH_WORKER_PHASE_SERVING) drain(self, now_ms);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t tmesh_worker_next_turn_ms(const tmesh_worker_t *self)
{
    // What could not be sent is due already, but it is room that has to come.
    if (self->wants_room) return tmesh_worker_now_ms(self) + ROOM_WAIT_MS;
    int64_t next_ms = self->heard_at_ms + self->lost_after_ms;
    if (*self->session) {
        next_ms = earlier(next_ms, self->sent_at_ms + self->heartbeat_ms);
        next_ms = earlier(next_ms, tmesh_worker_next_result_ms(self));
        next_ms = earlier(next_ms, tmesh_worker_next_news_ms(self));
    } else {
        next_ms = earlier(next_ms, self->hello_at_ms);
    }
    if (self->phase == TMESH_WORKER_PHASE_DRAINING) {
        int64_t give_up_ms = self->finished_at_ms + self->drain_limit_ms;
        if (is_idle(self)) next_ms = earlier(next_ms, give_up_ms);
    } else if (self->phase == TMESH_WORKER_PHASE_LEAVING) {
        next_ms = earlier(next_ms, self->leaving_at_ms + BYE_WAIT_MS);
    }
    return next_ms;
}
