#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

typedef struct {
    const char *name;
    tmesh_permission_t permission; // what a peer needs to be served (SPEC 9.2)
    tmesh_gateway_serve_t *serve;
    bool needs_session;
    bool while_closing; // served although the door is closed: what runs may still end
} command_row_t;

static const command_row_t commands[] = {
    {"PING", TMESH_PERMISSION_NONE, tmesh_gateway_ping, false, false},
    {"STEP.RESULT", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_step_result, false, true},
    {"STEP.HEARTBEAT", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_step_heartbeat, false, true},
    {"STEP.CHECKPOINT", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_step_checkpoint, false,
     true},
    {"STEP.INPUTS", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_step_inputs, false, true},
    {"WORKER.HEARTBEAT", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_worker_heartbeat, true,
     true},
    {"WORKER.HELLO", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_worker_hello, false, false},
    {"WORKER.BYE", TMESH_PERMISSION_WORKERS_CONNECT, tmesh_gateway_worker_bye, true, true},
    {"WORKER.LIST", TMESH_PERMISSION_SYSTEM_HANDLERS_READ, tmesh_gateway_worker_list, false, false},
    {"TASK.SUBMIT", TMESH_PERMISSION_TASKS_CREATE, tmesh_gateway_submit, false, false},
    {"TASK.GET", TMESH_PERMISSION_TASKS_READ, tmesh_gateway_task_get, false, false},
    {"TASK.STEPS", TMESH_PERMISSION_STEPS_READ, tmesh_gateway_task_steps, false, false},
    {"TASK.WAIT", TMESH_PERMISSION_TASKS_READ, tmesh_gateway_task_wait, false, false},
    {"TASK.EVENTS", TMESH_PERMISSION_TASKS_READ, tmesh_gateway_task_events, false, false},
    {"TASK.LIST", TMESH_PERMISSION_TASKS_LIST, tmesh_gateway_task_list, false, false},
    {"TASK.CANCEL", TMESH_PERMISSION_TASKS_CANCEL, tmesh_gateway_task_cancel, false, false},
    {"TASK.RESOLVE", TMESH_PERMISSION_TASKS_RESOLVE, tmesh_gateway_task_resolve, false, false},
    {"TASK.PAUSE", TMESH_PERMISSION_TASKS_RESOLVE, tmesh_gateway_task_pause, false, false},
    {"TASK.RESUME", TMESH_PERMISSION_TASKS_RESOLVE, tmesh_gateway_task_resume, false, false},
    {"QUEUE.PAUSE", TMESH_PERMISSION_TASKS_RESOLVE, tmesh_gateway_queue_pause, false, false},
    {"QUEUE.RESUME", TMESH_PERMISSION_TASKS_RESOLVE, tmesh_gateway_queue_resume, false, false},
    {"QUEUE.LIST", TMESH_PERMISSION_TASKS_LIST, tmesh_gateway_queue_list, false, false},
    {"STEP.GET", TMESH_PERMISSION_STEPS_READ, tmesh_gateway_step_get, false, false},
    {"STEP.AUDIT", TMESH_PERMISSION_STEPS_READ, tmesh_gateway_step_audit, false, false},
    {"STEP.RESOLVE", TMESH_PERMISSION_STEPS_RESOLVE, tmesh_gateway_step_resolve, false, false},
    {"TEMPLATE.PUT", TMESH_PERMISSION_TEMPLATES_WRITE, tmesh_gateway_template_put, false, false},
    {"TEMPLATE.GET", TMESH_PERMISSION_TEMPLATES_READ, tmesh_gateway_template_get, false, false},
    {"TEMPLATE.LIST", TMESH_PERMISSION_TEMPLATES_READ, tmesh_gateway_template_list, false, false},
    {"DLQ.LIST", TMESH_PERMISSION_DLQ_READ, tmesh_gateway_dlq_list, false, false},
    {"DLQ.GET", TMESH_PERMISSION_DLQ_READ, tmesh_gateway_dlq_get, false, false},
    {"DLQ.ADD", TMESH_PERMISSION_DLQ_UPDATE, tmesh_gateway_dlq_add, false, false},
    {"DLQ.UPDATE", TMESH_PERMISSION_DLQ_UPDATE, tmesh_gateway_dlq_update, false, false},
    {"DLQ.STATS", TMESH_PERMISSION_DLQ_STATS, tmesh_gateway_dlq_stats, false, false},
    {"HEALTH", TMESH_PERMISSION_NONE, tmesh_gateway_health, false, false},
    {"STATS", TMESH_PERMISSION_SYSTEM_ANALYTICS_READ, tmesh_gateway_stats, false, false},
    {"METRICS", TMESH_PERMISSION_SYSTEM_ANALYTICS_READ, tmesh_gateway_metrics, false, false},
    {"CONFIG", TMESH_PERMISSION_SYSTEM_CONFIG_READ, tmesh_gateway_config, false, false},
    {"DOCTOR", TMESH_PERMISSION_SYSTEM_ANALYTICS_READ, tmesh_gateway_doctor, false, false},
    {"BACKUP", TMESH_PERMISSION_SYSTEM_BACKUP, tmesh_gateway_backup, false, false},
};

// Served from memory, so also while the store is given up.
static tmesh_gateway_serve_t *const without_store[] = {
    tmesh_gateway_ping,       tmesh_gateway_health,      tmesh_gateway_stats,
    tmesh_gateway_metrics,    tmesh_gateway_config,      tmesh_gateway_worker_heartbeat,
    tmesh_gateway_worker_bye, tmesh_gateway_worker_list, tmesh_gateway_step_heartbeat,
};

size_t tmesh_gateway_command_count(void)
{
    return TMESH_COUNT_OF(commands);
}

const char *tmesh_gateway_command_name(size_t index)
{
    return commands[index].name;
}

tmesh_permission_t tmesh_gateway_command_permission(size_t index)
{
    return commands[index].permission;
}

static const command_row_t *find_command(tmesh_bytes_t name)
{
    for (size_t i = 0; name.size > 0 && i < TMESH_COUNT_OF(commands); i++) {
        if (*name.data != *commands[i].name) continue; // most of them, at once
        if (tmesh_bytes_equal_text(name, commands[i].name)) return &commands[i];
    }
    return NULL;
}

static tmesh_fault_t *unknown_command(tmesh_bytes_t name)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add(text, name.data, name.size);
    tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_INVALID, "unknown_command", NULL,
                                           "there is no such command here");
    tmesh_auto(tmesh_buffer) details = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(details);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "command", tmesh_buffer_text(text));
    tmesh_writer_close_object(&writer);
    tmesh_fault_set_details(fault, tmesh_buffer_text(details));
    return fault;
}

tmesh_fault_t *tmesh_gateway_stopping(void)
{
    return tmesh_fault_new(TMESH_ERR_CLOSED, "stopping", NULL, "this node is stopping");
}

bool tmesh_gateway_knows_store(const tmesh_gateway_t *self, tmesh_absence_t *absence)
{
    return self->services->store && tmesh_store_absence(self->services->store, absence);
}

// It would be refused anyway, but behind others that wait.
static tmesh_fault_t *refuse_without_store(const tmesh_gateway_t *self, const command_row_t *row)
{
    tmesh_absence_t absence;
    if (!tmesh_gateway_knows_store(self, &absence) || !absence.is_given_up) return NULL;
    for (size_t i = 0; i < TMESH_COUNT_OF(without_store); i++) {
        if (row->serve == without_store[i]) return NULL;
    }
    return tmesh_fault_new(TMESH_ERR_CONNECTION, tmesh_err_word(TMESH_ERR_CONNECTION), NULL,
                           "the store has been out of reach for %lld ms",
                           (long long)absence.for_ms);
}

static tmesh_err_t refuse(tmesh_gateway_command_t *command, tmesh_fault_t *fault)
{
    if (command->fault) tmesh_fault_destroy(&fault);
    else command->fault = fault;
    return TMESH_ERR_INVALID;
}

// A session counts only on the connection that it was made on: what was written to another one may
// be lost, and only HELLO with its held runs can tell.
tmesh_err_t tmesh_gateway_find_session(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_session_id_t id;
    if (!tmesh_body_uuid(&command->body, "session", TMESH_BODY_NEEDED, id.bytes)) {
        return TMESH_ERR_INVALID;
    }
    tmesh_session_t *session = tmesh_sessions_find(tmesh_dispatch_sessions(self->dispatch), id);
    if (session && session->routing_size == command->from.routing_id_size &&
        memcmp(session->routing, command->from.routing_id, session->routing_size) == 0) {
        command->session = session;
        return TMESH_OK;
    }
    return refuse(command, tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_session", "/session",
                                           "there is no such session on this connection; say "
                                           "WORKER.HELLO with the runs that you hold"));
}

// Everything that stands before a command; TMESH_OK sets *row_p.
static tmesh_err_t pass_door(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                             const command_row_t **row_p)
{
    tmesh_err_t err = tmesh_frames_parse(command->frames, &command->fault);
    if (err) return err;
    const command_row_t *row = find_command(tmesh_frames_command(command->frames));
    if (!row) return refuse(command, unknown_command(tmesh_frames_command(command->frames)));
    if (self->closing && !row->while_closing) {
        return refuse(command, tmesh_gateway_stopping());
    }
    tmesh_fault_t *without = refuse_without_store(self, row);
    if (without) return refuse(command, without);
    // What workers report makes room again; and whoever asks whether we live gets an answer.
    bool is_urgent = row->while_closing || row->permission == TMESH_PERMISSION_NONE;
    if (!tmesh_gateway_admit(self, command, is_urgent)) return TMESH_ERR_FULL;
    err = tmesh_codec_open(command->frames, command->arena, &command->fault, &command->body);
    if (err) return err;
    if (row->needs_session) {
        err = tmesh_gateway_find_session(self, command);
        if (err) return err;
    }
    *row_p = row;
    return TMESH_OK;
}

// Whatever a worker says shows that it lives.
static void note_heard(tmesh_gateway_t *self, const tmesh_frames_address_t *from)
{
    tmesh_session_t *session =
        tmesh_sessions_at(tmesh_dispatch_sessions(self->dispatch),
                          tmesh_bytes(from->routing_id, from->routing_id_size));
    if (session) session->seen_ms = self->read_ms;
}

static void serve(tmesh_gateway_t *self, tmesh_frames_t *frames)
{
    tmesh_gateway_command_t command = {
        .frames = frames,
        .from = tmesh_frames_address(frames),
        .arena = tmesh_arena_new(),
    };
    self->received++;
    note_heard(self, &command.from);
    const command_row_t *row = NULL;
    if (pass_door(self, &command, &row) == TMESH_OK) row->serve(self, &command);
    if (command.fault) tmesh_gateway_reply_fault(self, &command.from, command.fault);
    tmesh_fault_destroy(&command.fault);
    tmesh_frames_destroy(&command.frames);
    tmesh_arena_destroy(&command.arena);
}

tmesh_err_t tmesh_gateway_read(tmesh_gateway_t *self, bool *more_p)
{
    *more_p = false;
    for (int i = 0; i < TMESH_GATEWAY_MESSAGES_PER_TURN; i++) {
        tmesh_frames_t *frames = NULL;
        tmesh_err_t err = tmesh_frames_receive(self->router, true,
                                               (size_t)self->services->message_bytes_max, &frames);
        if (err == TMESH_ERR_TIMEOUT) return TMESH_OK;
        if (err) return TMESH_ERR_FATAL;
        serve(self, frames);
    }
    *more_p = true;
    return TMESH_OK;
}

tmesh_arena_t *tmesh_gateway_give_arena(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                                        bool with_payloads)
{
    tmesh_arena_t *arena = command->arena;
    size_t body_bytes = tmesh_frames_body(command->frames).size;
    size_t payload_bytes = tmesh_frames_content_bytes(command->frames) - body_bytes;
    tmesh_gateway_count_part(self, arena, body_bytes, payload_bytes);
    if (with_payloads) tmesh_frames_adopt(&command->frames, arena);
    command->arena = NULL;
    return arena;
}
