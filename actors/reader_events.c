#include "actors/reader_events.h"

#include "actors/event_view.h"
#include "actors/reader_views.h"
#include "runtime/base/memory.h"
#include "services/moves/step_name.h"

// The steps of the task, by which the passages are named.
typedef struct {
    const tmesh_definition_t *definition;
    tmesh_step_row_t *rows; // by number
    size_t count;
} steps_t;

// NULL when the step or its definition is not known: the passage then has its id alone.
static const char *name_of(const steps_t *steps, uint16_t number)
{
    size_t low = 0;
    size_t high = steps->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tmesh_step_number(steps->rows[middle].id) < number) low = middle + 1;
        else high = middle;
    }
    if (low == steps->count || tmesh_step_number(steps->rows[low].id) != number) return NULL;
    return tmesh_step_name_of(steps->definition, &steps->rows[low]);
}

static void write_event(tmesh_writer_t *writer, const tmesh_transition_row_t *row,
                        const steps_t *steps)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_event_view_write(writer, row, name_of(steps, row->step_number));
    tmesh_writer_close_object(writer);
}

// The task is read first: what has ended by then is in what is read after it.
static void write_answer(tmesh_view_t *view, const tmesh_task_row_t *task,
                         const tmesh_transition_row_t *rows, size_t count, const steps_t *steps)
{
    tmesh_writer_t *writer = &view->writer;
    uint32_t last = task->last_number;
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "task_uuid", task->id.bytes);
    tmesh_writer_open_array(writer, "events");
    for (size_t i = 0; i < count; i++) {
        write_event(writer, &rows[i], steps);
        if (rows[i].number > last) last = rows[i].number; // committed since the task was read
    }
    tmesh_writer_close_array(writer);
    tmesh_writer_integer(writer, "last", last);
    tmesh_writer_text(writer, "status", tmesh_task_state_word(task->state));
    tmesh_writer_bool(writer, "settled", tmesh_task_state_is_settled(task->state));
    tmesh_writer_bool(writer, "ended", tmesh_task_state_is_terminal(task->state));
    tmesh_writer_close_object(writer);
}

tmesh_err_t tmesh_reader_events_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                       const tmesh_query_events_request_t *request,
                                       tmesh_query_events_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_task_view_t task;
    tmesh_transition_row_t *rows = NULL;
    steps_t steps = {0};
    tmesh_err_t err = tmesh_reader_task(reader, request->task_id, false, reply->arena, &task);
    if (err) return err;
    // Most questions of somebody who waits end here: one statement.
    if (task.row.last_number > request->after) {
        err = tmesh_reader_transitions(reader, request->task_id, request->after, request->limit,
                                       reply->arena, &rows, &reply->count);
        if (!err) {
            err = tmesh_reader_step_rows(reader, request->task_id, reply->arena, &steps.rows,
                                         &steps.count);
        }
        if (!err) err = tmesh_definitions_get(definitions, task.row.definition_id, &steps.definition);
        if (err) return err;
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    write_answer(&view, &task.row, rows, reply->count, &steps);
    reply->encoded = tmesh_view_end(&view);
    return TMESH_OK;
}
