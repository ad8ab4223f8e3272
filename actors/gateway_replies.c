#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

// Messages for a peer whose connection was full, in order.
typedef struct slow_message {
    tmesh_frames_t *frames;
    STAILQ_ENTRY(slow_message) next;
} slow_message_t;

typedef struct {
    tmesh_frames_address_t to;
    STAILQ_HEAD(, slow_message) messages;
    int64_t count;
    int64_t bytes;
} slow_peer_t;

static void free_slow_peer(slow_peer_t *peer)
{
    slow_message_t *message = NULL;
    while ((message = STAILQ_FIRST(&peer->messages))) {
        STAILQ_REMOVE_HEAD(&peer->messages, next);
        tmesh_frames_destroy(&message->frames);
        tmesh_free(message);
    }
    tmesh_free(peer);
}

static void forget(tmesh_gateway_t *self, slow_peer_t *peer)
{
    self->dropped += (uint64_t)peer->count;
    (void)tmesh_map_remove(self->slow_peers, peer->to.routing_id, peer->to.routing_id_size);
    free_slow_peer(peer);
}

void tmesh_gateway_forget_slow_peers(tmesh_gateway_t *self)
{
    size_t position = 0;
    slow_peer_t *peer = NULL;
    while ((peer = tmesh_map_next(self->slow_peers, &position))) free_slow_peer(peer);
}

static int64_t bytes_of(const tmesh_frames_t *frames)
{
    return (int64_t)tmesh_frames_content_bytes(frames);
}

static void keep(tmesh_gateway_t *self, const tmesh_frames_address_t *to, tmesh_frames_t **frames_p)
{
    slow_peer_t *peer = tmesh_map_get(self->slow_peers, to->routing_id, to->routing_id_size);
    if (!peer) {
        peer = tmesh_alloc(sizeof *peer);
        peer->to = *to;
        STAILQ_INIT(&peer->messages);
        (void)tmesh_map_put(self->slow_peers, to->routing_id, to->routing_id_size, peer);
        if (self->slow_ms == INT64_MAX) {
            self->slow_ms = tmesh_gateway_now_ms(self) + TMESH_GATEWAY_RETRY_MS;
        }
    }
    slow_message_t *message = tmesh_alloc(sizeof *message);
    message->frames = *frames_p;
    *frames_p = NULL;
    STAILQ_INSERT_TAIL(&peer->messages, message, next);
    peer->count++;
    peer->bytes += bytes_of(message->frames);
    if (peer->count > self->services->peer_queue_messages_max ||
        peer->bytes > self->services->peer_queue_bytes_max) {
        tmesh_log_warning(tmesh_context_log(self->context), "gateway.peer_forgotten",
                          "answers=%lld bytes=%lld reason=it_does_not_read",
                          (long long)peer->count, (long long)peer->bytes);
        forget(self, peer);
    }
}

// The connection is gone: what its worker runs is lost without waiting for its heartbeat.
static void note_gone(tmesh_gateway_t *self, const tmesh_frames_address_t *to)
{
    tmesh_session_t *session =
        tmesh_sessions_at(tmesh_dispatch_sessions(self->dispatch),
                          tmesh_bytes(to->routing_id, to->routing_id_size));
    if (!session) return;
    session->gone = true;
    self->judge_ms = 0;
}

tmesh_err_t tmesh_gateway_try_send(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                                   tmesh_frames_t **frames_p)
{
    if (!tmesh_gateway_count_unsent(self, *frames_p)) return TMESH_ERR_FULL;
    tmesh_err_t err = tmesh_frames_send(frames_p, self->router);
    if (!err) self->sent++;
    if (err == TMESH_ERR_NOT_FOUND || err == TMESH_ERR_CONNECTION) note_gone(self, to);
    return err;
}

void tmesh_gateway_send(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                        tmesh_frames_t **frames_p)
{
    bool is_slow = tmesh_map_get(self->slow_peers, to->routing_id, to->routing_id_size);
    tmesh_err_t err = is_slow ? TMESH_ERR_FULL : tmesh_gateway_try_send(self, to, frames_p);
    if (err == TMESH_ERR_FULL) {
        keep(self, to, frames_p);
    } else if (err) {
        self->dropped++;
        tmesh_frames_destroy(frames_p);
    }
}

// False when the peer is to be left alone for now; it may have been forgotten.
static bool send_kept(tmesh_gateway_t *self, slow_peer_t *peer)
{
    slow_message_t *message = NULL;
    while ((message = STAILQ_FIRST(&peer->messages))) {
        int64_t bytes = bytes_of(message->frames);
        tmesh_err_t err = tmesh_gateway_try_send(self, &peer->to, &message->frames);
        if (err == TMESH_ERR_FULL) return false;
        if (err) break; // gone, and so is whatever else waits for it
        STAILQ_REMOVE_HEAD(&peer->messages, next);
        tmesh_free(message);
        peer->count--;
        peer->bytes -= bytes;
    }
    return true;
}

void tmesh_gateway_retry_slow_peers(tmesh_gateway_t *self)
{
    size_t count = tmesh_map_count(self->slow_peers);
    slow_peer_t **done = tmesh_alloc_array(count, sizeof(slow_peer_t *));
    size_t done_count = 0;
    size_t position = 0;
    slow_peer_t *peer = NULL;
    while ((peer = tmesh_map_next(self->slow_peers, &position))) {
        if (send_kept(self, peer)) done[done_count++] = peer;
    }
    for (size_t i = 0; i < done_count; i++) forget(self, done[i]);
    tmesh_free(done);
    bool is_any_left = tmesh_map_count(self->slow_peers) > 0;
    self->slow_ms = is_any_left ? tmesh_gateway_now_ms(self) + TMESH_GATEWAY_RETRY_MS : INT64_MAX;
}

tmesh_frames_address_t tmesh_gateway_address_of(const tmesh_session_t *session)
{
    tmesh_frames_address_t address = {.through_req = session->through_req,
                                      .routing_id_size = (uint8_t)session->routing_size};
    memcpy(address.routing_id, session->routing, session->routing_size);
    return address;
}

// ---- Answers ------------------------------------------------------------------------------------

void tmesh_gateway_reply(tmesh_gateway_t *self, const tmesh_frames_address_t *to, int status,
                         tmesh_buffer_t *body)
{
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_answer(to, status);
    tmesh_frames_take_body(frames, body);
    tmesh_gateway_send(self, to, &frames);
}

void tmesh_gateway_reply_now(tmesh_gateway_t *self, tmesh_gateway_command_t *command, int status,
                             tmesh_bytes_t body)
{
    tmesh_frames_make_answer(command->frames, status, body);
    tmesh_gateway_send(self, &command->from, &command->frames);
}

void tmesh_gateway_reply_encoded(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                                 int status, const tmesh_encoded_t *encoded)
{
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_answer(to, status);
    tmesh_frames_set_body(frames, tmesh_bytes_of_text(encoded->body));
    for (size_t i = 0; i < encoded->frame_count; i++) {
        (void)tmesh_frames_add_payload(frames, encoded->frames[i]);
    }
    tmesh_gateway_send(self, to, &frames);
}

void tmesh_gateway_reply_fault(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                               const tmesh_fault_t *fault)
{
    self->refused++;
    tmesh_auto(tmesh_frames) frames = tmesh_codec_error_answer(to, fault);
    tmesh_gateway_send(self, to, &frames);
}

tmesh_fault_t *tmesh_gateway_fault_of(tmesh_err_t err, const tmesh_fault_t *fault)
{
    if (fault) return tmesh_fault_copy(fault);
    if (tmesh_err_may_retry(err) || tmesh_status_of_error(err) != TMESH_STATUS_BROKEN) {
        return tmesh_fault_new(err, tmesh_err_word(err), NULL, "%s", tmesh_err_sentence(err));
    }
    return tmesh_fault_new(err, "internal_error", NULL, "%s", tmesh_err_sentence(err));
}

void tmesh_gateway_reply_error(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                               tmesh_err_t err, const tmesh_fault_t *fault)
{
    tmesh_auto(tmesh_fault) told = tmesh_gateway_fault_of(err, fault);
    tmesh_gateway_reply_fault(self, to, told);
}
