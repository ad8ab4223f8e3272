#include "services/task_initialization/task_builder.h"

#include "runtime/base/memory.h"
#include "services/moves/create.h"
#include "services/moves/enqueue.h"
#include "services/moves/lifecycle.h"

static const char *correlation_id(tmesh_tools_t *tools, tmesh_work_t *work, const char *given)
{
    if (given) return given;
    tmesh_session_id_t drawn = tmesh_session_id_new(tools->random);
    tmesh_uuid_text_t text;
    return tmesh_arena_text(work->arena, tmesh_uuid_format(drawn.bytes, text));
}

static tmesh_work_task_t *add_task(tmesh_tools_t *tools, tmesh_work_t *work,
                                   const tmesh_accepted_request_t *accepted)
{
    const tmesh_submission_t *asked = accepted->submission;
    tmesh_task_row_t row = {
        .id = tmesh_task_id_new(tools->random, work->now_ms),
        .definition_id = accepted->definition_id,
        .priority = asked->priority,
        .due_ms = TMESH_DUE_NONE,
        .created_ms = work->now_ms,
    };
    tmesh_request_row_t *request = tmesh_arena_alloc(work->arena, sizeof *request);
    *request = (tmesh_request_row_t){
        .task_id = row.id,
        .context = asked->context.data ? asked->context : tmesh_bytes_of_text("{}"),
        .initiator = asked->initiator,
        .source_system = asked->source_system,
        .reason = asked->reason,
        .tags = asked->tags,
        .options = asked->options,
        .correlation_id = correlation_id(tools, work, asked->correlation_id),
        .parent_correlation_id = asked->parent_correlation_id,
        .idempotency_key = asked->idempotency_key,
        .auto_idempotency_key = asked->auto_idempotency_key,
        .has_identity = accepted->has_identity,
        .identity = accepted->identity,
    };
    tmesh_work_task_t *task = tmesh_work_add_task(work, &row);
    task->is_new = true;
    tmesh_lifecycle_begin(tools, work, task);
    task->request = request;
    return task;
}

static bool exists_at_start(void *definition, uint16_t parent, uint16_t step)
{
    (void)step;
    return ((const tmesh_definition_t *)definition)->steps[parent].exists_at_start;
}

// When the first steps may start; 0: now.
static int64_t starts_at(const tmesh_submission_t *submission, int64_t now_ms)
{
    int64_t at_ms = submission->delay_ms > 0 ? now_ms + submission->delay_ms
                                             : submission->run_at_ms;
    return at_ms > now_ms ? at_ms : 0;
}

static tmesh_err_t begin(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                         tmesh_work_step_t **roots, size_t count, int64_t at_ms)
{
    if (!at_ms) return tmesh_moves_enqueue(tools, work, task, roots, count);
    for (size_t i = 0; i < count; i++) {
        roots[i]->row.due_ms = at_ms;
        roots[i]->row.due_for = TMESH_STEP_DUE_ENQUEUE;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_task_builder_add(tmesh_tools_t *tools, tmesh_work_t *work,
                                   const tmesh_accepted_request_t *accepted,
                                   tmesh_work_task_t **task_p)
{
    const tmesh_definition_t *definition = accepted->definition;
    tmesh_work_task_t *task = add_task(tools, work, accepted);
    tmesh_err_t err = tmesh_work_move_task(work, task, TMESH_TASK_EV_CREATE, NULL);
    tmesh_work_step_t **roots =
        tmesh_arena_alloc(work->arena, definition->step_count * sizeof *roots);
    size_t root_count = 0;
    for (uint16_t i = 0; !err && i < definition->step_count; i++) {
        if (!definition->steps[i].exists_at_start) continue;
        tmesh_work_step_t *step = NULL;
        err = tmesh_moves_create_step(work, task, definition, i, NULL, exists_at_start,
                                      (void *)definition, &step);
        if (step->row.parents_open == 0) roots[root_count++] = step;
    }
    if (!err) {
        err = begin(tools, work, task, roots, root_count,
                    starts_at(accepted->submission, work->now_ms));
    }
    *task_p = task;
    return err;
}
