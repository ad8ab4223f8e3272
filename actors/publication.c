#include "actors/publication.h"

#include "actors/event_view.h"
#include "runtime/base/memory.h"

static const char *topic_of(tmesh_arena_t *arena, const tmesh_happening_t *event)
{
    if (event->row->step_number == 0) {
        return tmesh_arena_printf(arena, "task.%s.%s.%s", event->namespace_name,
                                  event->task_name, event->row->event);
    }
    return tmesh_arena_printf(arena, "step.%s.%s.%s.%s", event->namespace_name, event->task_name,
                              event->step_name ? event->step_name : "", event->row->event);
}

static const char *body_of(tmesh_arena_t *arena, const tmesh_happening_t *event,
                           tmesh_buffer_t *body)
{
    tmesh_buffer_clear(body);
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "task_uuid", event->row->task_id.bytes);
    tmesh_writer_text(&writer, "namespace", event->namespace_name);
    tmesh_writer_text(&writer, "name", event->task_name);
    tmesh_writer_text(&writer, "version", event->task_version);
    tmesh_event_view_write(&writer, event->row, event->step_name);
    tmesh_writer_close_object(&writer);
    return tmesh_arena_text(arena, tmesh_buffer_text(body));
}

tmesh_publish_request_t tmesh_publication_of(const tmesh_outcome_t *outcome)
{
    tmesh_publish_request_t request = {0};
    if (outcome->happening_count == 0) return request;
    request.arena = tmesh_arena_new();
    request.count = outcome->happening_count;
    tmesh_publication_t *events =
        tmesh_arena_alloc(request.arena, request.count * sizeof *events);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    for (size_t i = 0; i < request.count; i++) {
        const tmesh_happening_t *event = &outcome->happenings[i];
        events[i] = (tmesh_publication_t){.topic = topic_of(request.arena, event),
                                          .body = body_of(request.arena, event, body)};
    }
    request.events = events;
    return request;
}
