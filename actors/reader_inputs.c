#include "actors/reader_inputs.h"

#include <string.h>

#include "actors/reader_views.h"
#include "runtime/base/memory.h"
#include "services/moves/step_name.h"
#include "services/wire/frame.h"

enum { ANSWER_BYTES_MAX = 8 << 20 }; // more is asked for by name

// The task of the step that asks.
typedef struct {
    const tmesh_definition_t *definition;
    tmesh_step_view_t *steps; // by number
    size_t count;
    bool *is_above; // which of them the step depends on, at whatever distance
    size_t *queue;  // those that were found, nearest first
    size_t found;
} inputs_t;

static size_t find(const inputs_t *self, uint16_t number)
{
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tmesh_step_number(self->steps[middle].row.id) < number) low = middle + 1;
        else high = middle;
    }
    bool is_there = low < self->count && tmesh_step_number(self->steps[low].row.id) == number;
    return is_there ? low : self->count;
}

static void add_parents(inputs_t *self, size_t step)
{
    for (uint16_t i = 0; i < self->steps[step].parent_count; i++) {
        size_t parent = find(self, self->steps[step].parents[i]);
        if (parent == self->count || self->is_above[parent]) continue;
        self->is_above[parent] = true;
        self->queue[self->found++] = parent;
    }
}

static void look_up(inputs_t *self, tmesh_arena_t *arena, size_t step)
{
    self->is_above = tmesh_arena_alloc(arena, self->count * sizeof *self->is_above);
    self->queue = tmesh_arena_alloc(arena, self->count * sizeof *self->queue);
    add_parents(self, step);
    for (size_t i = 0; i < self->found; i++) add_parents(self, self->queue[i]);
}

static bool is_wanted(const tmesh_query_inputs_request_t *request, const char *name)
{
    for (size_t i = 0; i < request->name_count; i++) {
        if (strcmp(request->names[i], name) == 0) return true;
    }
    return request->name_count == 0;
}

static void write_answer(tmesh_view_t *view, const inputs_t *self,
                         const tmesh_query_inputs_request_t *request)
{
    size_t bytes = 0;
    bool is_truncated = false;
    tmesh_writer_open_object(&view->writer, NULL);
    tmesh_writer_open_object(&view->writer, "inputs");
    for (size_t i = 0; i < self->found; i++) {
        const tmesh_step_view_t *step = &self->steps[self->queue[i]];
        const char *name = tmesh_step_name_of(self->definition, &step->row);
        if (!name || !step->success || !is_wanted(request, name)) continue;
        bytes += step->success->body.size;
        bool fits = bytes <= ANSWER_BYTES_MAX || view->frame_count == 0;
        if (!fits || view->frame_count == TMESH_FRAMES_PAYLOADS_MAX) {
            is_truncated = true;
            continue;
        }
        tmesh_view_payload(view, name, step->success->body);
    }
    tmesh_writer_close_object(&view->writer);
    tmesh_writer_bool(&view->writer, "truncated", is_truncated);
    tmesh_writer_close_object(&view->writer);
}

// That it was sent is recorded a little later, so a run may ask before its step is in progress.
static bool is_current(const tmesh_step_row_t *row, const tmesh_fence_t *fence)
{
    bool is_out = row->state == TMESH_STEP_ENQUEUED || row->state == TMESH_STEP_IN_PROGRESS;
    return is_out && row->run == fence->run && tmesh_run_token_equal(row->token, fence->token);
}

tmesh_err_t tmesh_reader_inputs_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                       const tmesh_query_inputs_request_t *request,
                                       tmesh_query_inputs_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_task_id_t task_id = tmesh_task_id_of_step(request->fence.step_id);
    tmesh_task_view_t task;
    inputs_t inputs = {0};
    tmesh_err_t err = tmesh_reader_task(reader, task_id, false, reply->arena, &task);
    if (!err) err = tmesh_definitions_get(definitions, task.row.definition_id, &inputs.definition);
    if (!err) {
        err = tmesh_reader_steps(reader, task_id, reply->arena, &inputs.steps, &inputs.count);
    }
    if (err) return err;
    size_t step = find(&inputs, tmesh_step_number(request->fence.step_id));
    if (step == inputs.count) return TMESH_ERR_NOT_FOUND;
    if (!is_current(&inputs.steps[step].row, &request->fence)) return TMESH_ERR_CONFLICT;
    look_up(&inputs, reply->arena, step);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    write_answer(&view, &inputs, request);
    reply->encoded = tmesh_view_end(&view);
    return TMESH_OK;
}
