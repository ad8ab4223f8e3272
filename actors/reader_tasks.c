#include "actors/reader_tasks.h"

#include "actors/reader_views.h"
#include "runtime/base/memory.h"

static tmesh_err_t facts_of(const tmesh_reader_services_t *services,
                            tmesh_definitions_t *definitions, const tmesh_task_row_t *row,
                            tmesh_view_facts_t *facts)
{
    facts->credit = services->credit;
    facts->now_ms = tmesh_clock_now_ms(services->clock);
    facts->paused_ms = row->paused_ms;
    facts->is_blocked = row->state == TMESH_TASK_BLOCKED_BY_FAILURES;
    return tmesh_definitions_get(definitions, row->definition_id, &facts->definition);
}

// The body of STEP.GET. NOT_FOUND.
static tmesh_err_t write_one_step(tmesh_view_t *view, tmesh_step_id_t id,
                                  const tmesh_step_view_t *steps, size_t count,
                                  const tmesh_view_facts_t *facts)
{
    size_t i = 0;
    while (i < count && tmesh_step_id_compare(steps[i].row.id, id) != 0) i++;
    if (i == count) return TMESH_ERR_NOT_FOUND;
    tmesh_writer_uuid(&view->writer, "task_uuid", tmesh_task_id_of_step(id).bytes);
    tmesh_view_step(view, &steps[i], steps, count, facts);
    return TMESH_OK;
}

tmesh_err_t tmesh_reader_task_answer(const tmesh_reader_services_t *services,
                                     tmesh_definitions_t *definitions,
                                     const tmesh_query_task_request_t *request,
                                     tmesh_query_task_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_task_view_t task;
    tmesh_step_view_t *steps = NULL;
    size_t step_count = 0;
    tmesh_view_facts_t facts = {0};
    tmesh_err_t err = tmesh_reader_task(services->reader, request->task_id, request->with_context,
                                        reply->arena, &task);
    if (!err) {
        err = tmesh_reader_steps(services->reader, request->task_id, reply->arena, &steps,
                                 &step_count);
    }
    if (!err) err = facts_of(services, definitions, &task.row, &facts);
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    tmesh_writer_open_object(&view.writer, NULL);
    if (request->one_step) {
        err = write_one_step(&view, request->step_id, steps, step_count, &facts);
    } else if (request->steps_only) {
        tmesh_writer_uuid(&view.writer, "task_uuid", task.row.id.bytes);
    } else {
        tmesh_view_task(&view, &task, &facts, steps, step_count);
    }
    if (request->with_steps || request->steps_only) {
        tmesh_view_steps(&view, steps, step_count, &facts);
    }
    tmesh_writer_close_object(&view.writer);
    reply->state = task.row.state;
    reply->encoded = tmesh_view_end(&view);
    return err;
}

tmesh_err_t tmesh_reader_tasks_answer(const tmesh_reader_services_t *services,
                                      const tmesh_query_tasks_request_t *request,
                                      tmesh_query_tasks_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_task_view_t *tasks = NULL;
    size_t count = 0;
    tmesh_err_t err =
        tmesh_reader_tasks(services->reader, &request->filter, reply->arena, &tasks, &count);
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    tmesh_writer_open_object(&view.writer, NULL);
    tmesh_writer_open_array(&view.writer, "tasks");
    for (size_t i = 0; i < count; i++) {
        tmesh_view_facts_t facts = {.credit = services->credit};
        tmesh_writer_open_object(&view.writer, NULL);
        tmesh_view_task(&view, &tasks[i], &facts, NULL, 0);
        tmesh_writer_close_object(&view.writer);
    }
    tmesh_writer_close_array(&view.writer);
    if (count > 0 && count == request->filter.limit) {
        tmesh_writer_uuid(&view.writer, "next", tasks[count - 1].row.id.bytes);
    } else {
        tmesh_writer_null(&view.writer, "next");
    }
    tmesh_writer_close_object(&view.writer);
    reply->encoded = tmesh_view_end(&view);
    return TMESH_OK;
}
