// How much the gateway lets into memory, and how much of what it says waits there. Mailboxes and
// sockets count messages; these have between a hundred bytes and many megabytes each.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    BODY_WEIGHT = 16,              // a byte of JSON becomes so many, read into values
    COMMAND_BYTES = 1024,          // of what is made for any command
    COMMANDS_SHARE_PERCENT = 75,   // the rest is kept for what workers report
    UNSENT_COUNTED_BYTES_MIN = 4096, // of smaller messages the socket's own limit is enough
    UNSENT_SWEEP_AT_MIN = 64,
};

// ---- In -----------------------------------------------------------------------------------------

static size_t weight_of(size_t body_bytes, size_t payload_bytes)
{
    return COMMAND_BYTES + BODY_WEIGHT * body_bytes + payload_bytes;
}

static tmesh_fault_t *refusal(const tmesh_gateway_t *self, size_t weight, bool is_urgent)
{
    size_t pending = tmesh_map_count(self->pending);
    if (pending >= TMESH_GATEWAY_PENDING_MAX) {
        return tmesh_fault_new(TMESH_ERR_FULL, "too_many_pending", NULL,
                               "%d commands are waiting for their answers",
                               TMESH_GATEWAY_PENDING_MAX);
    }
    // Each that was asked for keeps a place in our mailbox for its answer.
    size_t asked = pending > self->waiting_clients ? pending - self->waiting_clients : 0;
    size_t places = (size_t)self->services->mailbox_limit * COMMANDS_SHARE_PERCENT / 100;
    bool is_full = !is_urgent && asked >= places;
    unsigned percent = is_urgent ? 100 : COMMANDS_SHARE_PERCENT;
    if (!is_full && tmesh_allowance_has_room(self->commands, weight, percent)) return NULL;
    return tmesh_fault_new(TMESH_ERR_FULL, tmesh_err_word(TMESH_ERR_FULL), NULL,
                           "too much is under way: %zu commands, %zu bytes", asked,
                           tmesh_allowance_used(self->commands));
}

bool tmesh_gateway_admit(tmesh_gateway_t *self, tmesh_gateway_command_t *command, bool is_urgent)
{
    size_t body_bytes = tmesh_frames_body(command->frames).size;
    size_t payload_bytes = tmesh_frames_content_bytes(command->frames) - body_bytes;
    command->fault = refusal(self, weight_of(body_bytes, payload_bytes), is_urgent);
    return !command->fault;
}

void tmesh_gateway_count_part(tmesh_gateway_t *self, tmesh_arena_t *arena, size_t body_bytes,
                              size_t payload_bytes)
{
    tmesh_allowance_take_for(self->commands, weight_of(body_bytes, payload_bytes), arena);
}

// ---- Out ----------------------------------------------------------------------------------------

typedef struct {
    tmesh_frames_address_t to;
    tmesh_allowance_t *bytes;
} unsent_t;

static void forget(tmesh_gateway_t *self, unsent_t *unsent)
{
    (void)tmesh_map_remove(self->unsent, unsent->to.routing_id, unsent->to.routing_id_size);
    tmesh_allowance_destroy(&unsent->bytes);
    tmesh_free(unsent);
}

// Of whom nothing is left; all of them when the actor ends, whatever libzmq still has.
static void sweep(tmesh_gateway_t *self, bool everything)
{
    unsent_t **idle = tmesh_alloc_array(tmesh_map_count(self->unsent), sizeof(unsent_t *));
    size_t count = 0;
    size_t position = 0;
    unsent_t *unsent = NULL;
    while ((unsent = tmesh_map_next(self->unsent, &position))) {
        if (everything || tmesh_allowance_used(unsent->bytes) == 0) idle[count++] = unsent;
    }
    for (size_t i = 0; i < count; i++) forget(self, idle[i]);
    tmesh_free(idle);
    size_t sweep_at = 2 * tmesh_map_count(self->unsent);
    self->unsent_sweep_at = sweep_at > UNSENT_SWEEP_AT_MIN ? sweep_at : UNSENT_SWEEP_AT_MIN;
}

void tmesh_gateway_forget_unsent(tmesh_gateway_t *self)
{
    sweep(self, true);
}

static unsent_t *unsent_of(tmesh_gateway_t *self, const tmesh_frames_address_t *to)
{
    unsent_t *unsent = tmesh_map_get(self->unsent, to->routing_id, to->routing_id_size);
    if (unsent) return unsent;
    if (tmesh_map_count(self->unsent) >= self->unsent_sweep_at) sweep(self, false);
    unsent = tmesh_alloc(sizeof *unsent);
    unsent->to = *to;
    unsent->bytes = tmesh_allowance_new((size_t)self->services->peer_queue_bytes_max);
    (void)tmesh_map_put(self->unsent, to->routing_id, to->routing_id_size, unsent);
    return unsent;
}

bool tmesh_gateway_count_unsent(tmesh_gateway_t *self, tmesh_frames_t *frames)
{
    if (tmesh_frames_are_counted(frames)) return true;
    size_t bytes = tmesh_frames_content_bytes(frames);
    if (bytes < UNSENT_COUNTED_BYTES_MIN) return true;
    tmesh_frames_address_t to = tmesh_frames_address(frames);
    unsent_t *unsent = unsent_of(self, &to);
    if (!tmesh_allowance_has_room(unsent->bytes, bytes, 100)) return false;
    tmesh_frames_count(frames, unsent->bytes);
    return true;
}
