#include "actors/publication.h"

#include <string.h>

#include "actors/event_view.h"
#include "runtime/base/memory.h"
#include "services/domain/hash.h"

static const char *topic_of(tmesh_arena_t *arena, const tmesh_happening_t *event)
{
    if (event->row->step_number == 0) {
        return tmesh_arena_printf(arena, "task.%s.%s.%s", event->namespace_name,
                                  event->task_name, event->row->event);
    }
    return tmesh_arena_printf(arena, "step.%s.%s.%s.%s", event->namespace_name, event->task_name,
                              event->step_name ? event->step_name : "", event->row->event);
}

static void write_task(tmesh_writer_t *writer, const tmesh_happening_t *event)
{
    tmesh_writer_uuid(writer, "task_uuid", event->row->task_id.bytes);
    tmesh_writer_text(writer, "namespace", event->namespace_name);
    tmesh_writer_text(writer, "name", event->task_name);
    tmesh_writer_text(writer, "version", event->task_version);
}

static const char *body_of(tmesh_arena_t *arena, const tmesh_happening_t *event,
                           tmesh_buffer_t *body)
{
    tmesh_buffer_clear(body);
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    write_task(&writer, event);
    tmesh_event_view_write(&writer, event->row, event->step_name);
    tmesh_writer_close_object(&writer);
    return tmesh_arena_text(arena, tmesh_buffer_text(body));
}

// ---- Events that templates declare ---------------------------------------------------------------

typedef struct {
    uint8_t bytes[16];
} event_id_t;

// The same for the same step, run and name, whoever says it and how often: a UUID of version 8.
static event_id_t event_id_of(const tmesh_announcement_t *event)
{
    const uint32_t run = event->result->run;
    const uint8_t run_bytes[] = {(uint8_t)(run >> 24), (uint8_t)(run >> 16), (uint8_t)(run >> 8),
                                 (uint8_t)run};
    const tmesh_bytes_t parts[] = {
        tmesh_bytes(event->result->step_id.bytes, sizeof event->result->step_id.bytes),
        tmesh_bytes(run_bytes, sizeof run_bytes),
        tmesh_bytes_of_text(event->event_name),
    };
    tmesh_hash_t hash = tmesh_hash_of_parts(parts, TMESH_COUNT_OF(parts));
    event_id_t id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static void write_error(tmesh_writer_t *writer, const tmesh_result_row_t *result)
{
    if (result->success) {
        tmesh_writer_null(writer, "error");
        return;
    }
    tmesh_writer_open_object(writer, "error");
    tmesh_writer_text(writer, "code", result->error_code);
    tmesh_writer_text(writer, "message", result->error_message);
    tmesh_writer_bool(writer, "retryable", result->retryable);
    if (result->error.data) tmesh_writer_frame(writer, "as_sent", 0);
    else tmesh_writer_null(writer, "as_sent");
    tmesh_writer_close_object(writer);
}

static void write_payload(tmesh_writer_t *writer, const tmesh_announcement_t *event)
{
    const tmesh_result_row_t *result = event->result;
    tmesh_writer_open_object(writer, "payload");
    write_task(writer, event->passage);
    tmesh_writer_uuid(writer, "step_uuid", result->step_id.bytes);
    tmesh_writer_text(writer, "step", event->passage->step_name);
    tmesh_writer_integer(writer, "run", result->run);
    tmesh_writer_integer(writer, "attempts", event->step->attempts);
    tmesh_writer_integer(writer, "max_attempts", event->step->max_attempts);
    tmesh_writer_text(writer, "state", tmesh_step_state_word(result->answer));
    tmesh_writer_bool(writer, "success", result->success);
    if (result->success) tmesh_writer_frame(writer, "result", 0);
    else tmesh_writer_null(writer, "result");
    write_error(writer, result);
    tmesh_writer_close_object(writer);
}

static void write_metadata(tmesh_writer_t *writer, const tmesh_announcement_t *event)
{
    const tmesh_happening_t *passage = event->passage;
    tmesh_writer_open_object(writer, "metadata");
    tmesh_writer_uuid(writer, "task_uuid", passage->row->task_id.bytes);
    tmesh_writer_uuid(writer, "step_uuid", event->result->step_id.bytes);
    tmesh_writer_text(writer, "step_name", passage->step_name);
    tmesh_writer_text(writer, "namespace", passage->namespace_name);
    tmesh_writer_integer(writer, "number", passage->row->number);
    tmesh_writer_integer(writer, "fired_at", passage->row->at_ms);
    tmesh_writer_text(writer, "fired_by", event->fired_by);
    tmesh_writer_close_object(writer);
}

static const char *announcement_of(tmesh_arena_t *arena, const tmesh_announcement_t *event,
                                   tmesh_buffer_t *body)
{
    tmesh_buffer_clear(body);
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "event_id", event_id_of(event).bytes);
    tmesh_writer_text(&writer, "event_name", event->event_name);
    tmesh_writer_text(&writer, "event_version", "1.0");
    write_payload(&writer, event);
    write_metadata(&writer, event);
    tmesh_writer_close_object(&writer);
    return tmesh_arena_text(arena, tmesh_buffer_text(body));
}

static void add_announcements(tmesh_arena_t *arena, const tmesh_outcome_t *outcome,
                              tmesh_publication_t *events, tmesh_buffer_t *body)
{
    const tmesh_result_row_t *last = NULL; // whose bytes `payload` are
    tmesh_bytes_t payload = TMESH_BYTES_NONE;
    for (size_t i = 0; i < outcome->announcement_count; i++) {
        const tmesh_announcement_t *event = &outcome->announcements[i];
        const tmesh_result_row_t *result = event->result;
        if (result != last) {
            payload = tmesh_arena_bytes(arena, result->success ? result->body : result->error);
        }
        last = result;
        events[i] = (tmesh_publication_t){
            .topic = tmesh_arena_printf(arena, "event.%s.%s", event->passage->namespace_name,
                                        event->event_name),
            .body = announcement_of(arena, event, body),
            .has_payload = true,
            .payload = payload,
        };
    }
}

tmesh_publish_request_t tmesh_publication_of(const tmesh_outcome_t *outcome)
{
    tmesh_publish_request_t request = {0};
    if (outcome->happening_count == 0) return request;
    request.arena = tmesh_arena_new();
    request.count = outcome->happening_count + outcome->announcement_count;
    tmesh_publication_t *events =
        tmesh_arena_alloc(request.arena, request.count * sizeof *events);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    for (size_t i = 0; i < outcome->happening_count; i++) {
        const tmesh_happening_t *event = &outcome->happenings[i];
        events[i] = (tmesh_publication_t){.topic = topic_of(request.arena, event),
                                          .body = body_of(request.arena, event, body)};
    }
    add_announcements(request.arena, outcome, events + outcome->happening_count, body);
    request.events = events;
    return request;
}
