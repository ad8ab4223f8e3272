// PING, HEALTH, STATS, METRICS and DOCTOR: what the node says of itself.
#include "actors/gateway_parts.h"
#include "actors/health.h"
#include "runtime/base/memory.h"

enum { DOCTOR_LIMIT_DEFAULT = 100, DOCTOR_LIMIT_MAX = 10000 };

static int64_t uptime_ms(const tmesh_gateway_t *self)
{
    return tmesh_gateway_now_ms(self) - self->started_ms;
}

// What this peer may do, and what each command asks for.
static void write_permissions(tmesh_writer_t *writer)
{
    const tmesh_permissions_t granted = tmesh_permissions_all(); // of every peer, without keys
    tmesh_writer_open_array(writer, "permissions");
    for (int i = TMESH_PERMISSION_NONE + 1; i < TMESH_PERMISSION_COUNT; i++) {
        tmesh_permission_t permission = (tmesh_permission_t)i;
        if (!tmesh_permissions_cover(granted, permission)) continue;
        tmesh_writer_text(writer, NULL, tmesh_permission_word(permission));
    }
    tmesh_writer_close_array(writer);
    tmesh_writer_open_array(writer, "commands");
    for (size_t i = 0; i < tmesh_gateway_command_count(); i++) {
        tmesh_permission_t needed = tmesh_gateway_command_permission(i);
        tmesh_writer_open_object(writer, NULL);
        tmesh_writer_text(writer, "command", tmesh_gateway_command_name(i));
        tmesh_writer_text(writer, "permission", tmesh_permission_word(needed));
        tmesh_writer_bool(writer, "allowed", tmesh_permissions_cover(granted, needed));
        tmesh_writer_close_object(writer);
    }
    tmesh_writer_close_array(writer);
}

// The object is left open.
static tmesh_buffer_t *greet(const tmesh_gateway_t *self)
{
    tmesh_buffer_t *greeting = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(greeting);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "server", "taskmesh");
    tmesh_writer_text(&writer, "version", self->services->version);
    tmesh_writer_open_array(&writer, "protocol");
    tmesh_writer_text(&writer, NULL, TMESH_WIRE_VERSION);
    tmesh_writer_close_array(&writer);
    tmesh_writer_uuid(&writer, "node", self->services->node_id.bytes);
    return greeting;
}

void tmesh_gateway_ping(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    bool with_permissions = tmesh_body_bool(&command->body, "permissions", false);
    if (command->fault) return;
    if (!self->greeting) self->greeting = greet(self);
    tmesh_buffer_t *body = self->greeting;
    size_t greeting_bytes = body->size;
    tmesh_writer_t writer = {.out = body, .needs_comma = true};
    tmesh_writer_integer(&writer, "time_at", tmesh_clock_now_ms(self->clock));
    if (with_permissions) write_permissions(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply_now(self, command, TMESH_STATUS_OK, tmesh_buffer_bytes(body));
    tmesh_buffer_cut(body, greeting_bytes);
}

static void write_members(tmesh_writer_t *writer, const char *members)
{
    if (!members || !*members) return;
    if (writer->needs_comma) tmesh_buffer_add_text(writer->out, ",");
    tmesh_buffer_add_text(writer->out, members);
    writer->needs_comma = true;
}

static tmesh_gateway_numbers_t numbers_of(const tmesh_gateway_t *self)
{
    const tmesh_sessions_t *sessions = tmesh_dispatch_sessions(self->dispatch);
    tmesh_gateway_numbers_t numbers = {
        .received = self->received,
        .sent = self->sent,
        .refused = self->refused,
        .dropped = self->dropped,
        .workers = tmesh_sessions_count(sessions),
        .runs = tmesh_runs_count(tmesh_dispatch_runs(self->dispatch)),
        .waiting_runs = tmesh_dispatch_waiting_count(self->dispatch),
        .waiting_clients = self->waiting_clients,
        .uptime_ms = uptime_ms(self),
    };
    size_t position = 0;
    const tmesh_session_t *session = NULL;
    while ((session = tmesh_sessions_next(sessions, &position))) {
        numbers.capacity += session->capacity;
        numbers.running += session->running;
    }
    return numbers;
}

static void write_gateway(const tmesh_gateway_t *self, tmesh_writer_t *writer)
{
    const tmesh_gateway_numbers_t numbers = numbers_of(self);
    tmesh_writer_open_object(writer, "gateway");
    tmesh_writer_integer(writer, "received", (int64_t)numbers.received);
    tmesh_writer_integer(writer, "sent", (int64_t)numbers.sent);
    tmesh_writer_integer(writer, "refused", (int64_t)numbers.refused);
    tmesh_writer_integer(writer, "dropped", (int64_t)numbers.dropped);
    tmesh_writer_integer(writer, "workers", (int64_t)numbers.workers);
    tmesh_writer_integer(writer, "runs", (int64_t)numbers.runs);
    tmesh_writer_integer(writer, "waiting_runs", (int64_t)numbers.waiting_runs);
    tmesh_writer_integer(writer, "waiting_clients", (int64_t)numbers.waiting_clients);
    tmesh_writer_close_object(writer);
}

static void reply_node(tmesh_gateway_t *self, const tmesh_frames_address_t *to, bool health,
                       const tmesh_query_node_reply_t *reply)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    if (health) {
        tmesh_writer_text(&writer, "status", reply->healthy ? "healthy" : "unhealthy");
        tmesh_writer_text(&writer, "version", self->services->version);
    }
    tmesh_writer_uuid(&writer, "node", self->services->node_id.bytes);
    tmesh_writer_integer(&writer, "uptime_ms", uptime_ms(self));
    write_members(&writer, reply->members);
    if (!health) write_gateway(self, &writer);
    tmesh_writer_close_object(&writer);
    bool unhealthy = health && !reply->healthy;
    tmesh_gateway_reply(self, to, unhealthy ? TMESH_STATUS_NOT_NOW : TMESH_STATUS_OK, body);
}

static void on_node(void *object, const tmesh_query_node_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    reply_node(self, &pending->to, answer->request->health, answer->reply);
    tmesh_gateway_release(self, &pending);
}

static void query_node(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                       tmesh_query_node_request_t request)
{
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_node(self->context, &request, on_node, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

// What is remembered is said at once: the reader may be waiting for that very store.
void tmesh_gateway_health(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_absence_t absence;
    if (!tmesh_gateway_knows_store(self, &absence)) {
        query_node(self, command, (tmesh_query_node_request_t){.health = true});
        return;
    }
    tmesh_auto(tmesh_buffer) members = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(members);
    tmesh_query_node_reply_t reply = {0};
    reply.healthy = tmesh_health_write(&writer, self->services->store, self->services->registry,
                                       self->clock);
    reply.members = tmesh_buffer_text(members);
    reply_node(self, &command->from, true, &reply);
}

void tmesh_gateway_stats(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    bool doctor = tmesh_body_bool(&command->body, "doctor", false);
    query_node(self, command, (tmesh_query_node_request_t){.doctor = doctor});
}

// ---- METRICS

static void on_metrics(void *object, const tmesh_query_metrics_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_metrics(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    static const char *const formats[] = {"prometheus", "json"};
    tmesh_query_metrics_request_t request = {
        .as_json = tmesh_body_word(&command->body, "format", formats, TMESH_COUNT_OF(formats), 0),
        .gateway = numbers_of(self),
    };
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_metrics(self->context, &request, on_metrics, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

// ---- DOCTOR

static void on_doctor(void *object, const tmesh_query_doctor_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_doctor(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_doctor_request_t request = {
        .limit = (uint32_t)tmesh_body_integer(&command->body, "limit", 1, DOCTOR_LIMIT_MAX,
                                              DOCTOR_LIMIT_DEFAULT)};
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_doctor(self->context, &request, on_doctor, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
