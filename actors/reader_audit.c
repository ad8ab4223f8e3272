#include "actors/reader_audit.h"

#include "actors/reader_views.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/step_name.h"

static void write_error(tmesh_writer_t *writer, const tmesh_result_row_t *row)
{
    if (row->success) {
        tmesh_writer_null(writer, "error");
        return;
    }
    tmesh_writer_open_object(writer, "error");
    tmesh_writer_text(writer, "code", row->error_code);
    tmesh_writer_text(writer, "message", row->error_message);
    tmesh_writer_bool(writer, "retryable", row->retryable);
    tmesh_writer_close_object(writer);
}

static void write_result(tmesh_writer_t *writer, const tmesh_result_row_t *row)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_integer(writer, "run", row->run);
    tmesh_writer_bool(writer, "success", row->success);
    tmesh_writer_integer(writer, "received_at", row->received_ms);
    tmesh_writer_text(writer, "state", tmesh_step_state_word(row->answer));
    tmesh_writer_text(writer, "worker", row->worker);
    write_error(writer, row);
    // The worker's own measure, if it gave one.
    tmesh_bytes_t time = TMESH_BYTES_NONE;
    if (tmesh_json_kind(row->metadata) == TMESH_JSON_OBJECT) {
        time = tmesh_json_member(row->metadata, "execution_time_ms");
    }
    bool is_number = tmesh_json_kind(time) == TMESH_JSON_NUMBER;
    tmesh_writer_json(writer, "execution_time_ms", is_number ? time : TMESH_BYTES_NONE);
    tmesh_writer_json(writer, "metadata", row->metadata);
    tmesh_writer_close_object(writer);
}

static void write_checkpoint(tmesh_view_t *view, const tmesh_checkpoint_row_t *row)
{
    tmesh_writer_open_object(&view->writer, NULL);
    tmesh_writer_integer(&view->writer, "number", row->number);
    tmesh_writer_integer(&view->writer, "run", row->run);
    tmesh_writer_integer(&view->writer, "at", row->at_ms);
    tmesh_writer_integer(&view->writer, "items_processed", row->items_processed);
    tmesh_view_payload(view, "cursor", row->cursor);
    tmesh_view_payload(view, "accumulated_results", row->accumulated);
    tmesh_writer_close_object(&view->writer);
}

static const tmesh_step_row_t *find_step(const tmesh_step_row_t *rows, size_t count,
                                         tmesh_step_id_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (tmesh_step_id_compare(rows[i].id, id) == 0) return &rows[i];
    }
    return NULL;
}

// The name of the step, or NULL: its definition does not have it.
static tmesh_err_t find_name(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                             const tmesh_step_row_t *step, tmesh_arena_t *arena,
                             const char **name_p)
{
    tmesh_task_view_t task;
    const tmesh_definition_t *definition = NULL;
    tmesh_err_t err =
        tmesh_reader_task(reader, tmesh_task_id_of_step(step->id), false, arena, &task);
    if (!err) err = tmesh_definitions_get(definitions, task.row.definition_id, &definition);
    if (err) return err;
    *name_p = tmesh_step_name_of(definition, step);
    return TMESH_OK;
}

tmesh_err_t tmesh_reader_audit_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                      const tmesh_query_audit_request_t *request,
                                      tmesh_query_audit_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_task_id_t task_id = tmesh_task_id_of_step(request->step_id);
    tmesh_step_row_t *rows = NULL;
    tmesh_result_row_t *results = NULL;
    size_t row_count = 0;
    tmesh_checkpoint_row_t *checkpoints = NULL;
    size_t count = 0;
    size_t checkpoint_count = 0;
    const char *name = NULL;
    tmesh_err_t err = tmesh_reader_step_rows(reader, task_id, reply->arena, &rows, &row_count);
    if (err) return err;
    const tmesh_step_row_t *step = find_step(rows, row_count, request->step_id);
    if (!step) return TMESH_ERR_NOT_FOUND;
    err = find_name(reader, definitions, step, reply->arena, &name);
    if (!err) {
        err = tmesh_reader_results(reader, request->step_id, reply->arena, &results, &count);
    }
    if (!err) {
        err = tmesh_reader_checkpoints(reader, request->step_id, reply->arena, &checkpoints,
                                       &checkpoint_count);
    }
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    tmesh_writer_open_object(&view.writer, NULL);
    tmesh_writer_uuid(&view.writer, "step_uuid", step->id.bytes);
    tmesh_writer_uuid(&view.writer, "task_uuid", task_id.bytes);
    tmesh_writer_text(&view.writer, "name", name);
    tmesh_writer_text(&view.writer, "current_state", tmesh_step_state_word(step->state));
    tmesh_writer_open_array(&view.writer, "results");
    for (size_t i = 0; i < count; i++) write_result(&view.writer, &results[i]);
    tmesh_writer_close_array(&view.writer);
    tmesh_writer_open_array(&view.writer, "checkpoints");
    for (size_t i = 0; i < checkpoint_count; i++) write_checkpoint(&view, &checkpoints[i]);
    tmesh_writer_close_array(&view.writer);
    tmesh_writer_close_object(&view.writer);
    reply->encoded = tmesh_view_end(&view);
    return TMESH_OK;
}
