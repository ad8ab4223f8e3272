#include "services/store/sql/save.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/store/sql/checkpoints.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/dlq.h"

static tmesh_err_t add_id(tmesh_sql_t *sql, const uint8_t id[16])
{
    tmesh_sql_bind_blob(sql, id, 16);
    return tmesh_sql_add(sql);
}

// First, so that a new task of the same work may have it.
static tmesh_err_t free_identities(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_FREE_IDENTITY);
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (!task->free_identity || task->is_new) continue;
        tmesh_err_t err = add_id(sql, task->row.id.bytes);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t insert_tasks(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) tasks = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_TASK);
    tmesh_auto(tmesh_sql) requests = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_REQUEST);
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (!task->is_new) continue;
        assert(task->request);
        assert(tmesh_task_id_compare(task->request->task_id, task->row.id) == 0);
        tmesh_columns_bind_task(tasks, &task->row);
        tmesh_err_t err = tmesh_sql_add(tasks);
        if (err) return err;
        tmesh_columns_bind_request(requests, task->request);
        err = tmesh_sql_add(requests);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_identities(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) insert = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_IDENTITY);
    tmesh_auto(tmesh_sql) replace = tmesh_sql_use(connection, TMESH_STATEMENT_REPLACE_IDENTITY);
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_request_row_t *request = work->tasks[i]->request;
        if (!work->tasks[i]->is_new || !request->has_identity) continue;
        // The service saw the task that has it and goes on all the same: it takes it over.
        bool is_known = tmesh_work_find_identity(work, &request->identity) != NULL;
        tmesh_sql_t *sql = is_known ? replace : insert;
        tmesh_sql_bind_blob(sql, request->identity.bytes, sizeof request->identity.bytes);
        tmesh_sql_bind_blob(sql, request->task_id.bytes, sizeof request->task_id.bytes);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t update_tasks(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) update = tmesh_sql_use(connection, TMESH_STATEMENT_UPDATE_TASK);
    tmesh_auto(tmesh_sql) take = tmesh_sql_use(connection, TMESH_STATEMENT_TAKE_IDENTITY);
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (task->is_new || !task->is_changed) continue;
        tmesh_columns_bind_task(update, &task->row);
        tmesh_err_t err = tmesh_sql_add_update(update);
        if (!err && task->take_identity) err = add_id(take, task->row.id.bytes);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_steps(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) insert = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_STEP);
    tmesh_auto(tmesh_sql) update = tmesh_sql_use(connection, TMESH_STATEMENT_UPDATE_STEP);
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        tmesh_err_t err = TMESH_OK;
        if (step->is_new) {
            tmesh_columns_bind_step(insert, &step->row);
            err = tmesh_sql_add(insert);
        } else if (step->is_changed) {
            tmesh_columns_bind_step(update, &step->row);
            err = tmesh_sql_add_update(update);
        }
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_step_inputs(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_STEP_INPUTS);
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (!step->is_new || !step->inputs.data) continue;
        tmesh_sql_bind_blob(sql, step->row.id.bytes, sizeof step->row.id.bytes);
        tmesh_sql_bind_bytes(sql, step->inputs);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_edges(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_EDGE);
    for (uint32_t i = 0; i < work->edge_count; i++) {
        const tmesh_edge_row_t *edge = &work->edges[i];
        tmesh_sql_bind_blob(sql, edge->parent.bytes, sizeof edge->parent.bytes);
        tmesh_sql_bind_blob(sql, edge->child.bytes, sizeof edge->child.bytes);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_results(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_RESULT);
    for (uint32_t i = 0; i < work->result_count; i++) {
        tmesh_columns_bind_result(sql, &work->results[i]);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_transitions(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_TRANSITION);
    for (uint32_t i = 0; i < work->transition_count; i++) {
        tmesh_columns_bind_transition(sql, &work->transitions[i]);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t put_off(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_PUT_OFF);
    for (uint32_t i = 0; i < work->unreadable_count; i++) {
        tmesh_sql_bind_int(sql, work->now_ms + TMESH_UNREADABLE_PUT_OFF_MS);
        tmesh_sql_bind_blob(sql, work->unreadables[i].bytes, sizeof work->unreadables[i].bytes);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t hold(tmesh_sql_connection_t *connection, const tmesh_work_t *work,
                        int statement)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, statement);
    for (uint32_t i = 0; i < work->task_count; i++) {
        if (!work->tasks[i]->hold_steps) continue;
        tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(work->tasks[i]->row.id);
        tmesh_columns_bind_bounds(sql, &bounds);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

// The steps that the work did not load too. After save_steps: what was enqueued just now is held.
static tmesh_err_t hold_steps(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_err_t err = hold(connection, work, TMESH_STATEMENT_HOLD_STEPS);
    return err ? err : hold(connection, work, TMESH_STATEMENT_HOLD_RETRIES);
}

tmesh_err_t tmesh_sql_save(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_err_t err = free_identities(connection, work);
    if (!err) err = insert_tasks(connection, work);
    if (!err) err = save_identities(connection, work);
    if (!err) err = update_tasks(connection, work);
    if (!err) err = save_steps(connection, work);
    if (!err) err = save_step_inputs(connection, work);
    if (!err) err = save_edges(connection, work);
    if (!err) err = save_results(connection, work);
    if (!err) err = save_transitions(connection, work);
    if (!err) err = tmesh_sql_checkpoints_save(connection, work);
    if (!err) err = tmesh_sql_dlq_save(connection, work);
    if (!err) err = put_off(connection, work);
    if (!err) err = hold_steps(connection, work);
    return err;
}

void tmesh_sql_save_finish(tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_step_row_t *row = &work->steps[i]->row;
        if (!work->steps[i]->task->hold_steps) continue;
        bool is_enqueued = row->state == TMESH_STEP_ENQUEUED && row->sent_ms == 0;
        bool awaits_its_time =
            row->state == TMESH_STEP_WAITING_FOR_RETRY || row->state == TMESH_STEP_PENDING;
        if (!is_enqueued && !awaits_its_time) continue;
        if (is_enqueued) {
            row->held = true;
            row->claimed = false;
        }
        row->due_ms = TMESH_DUE_NONE;
        row->due_for = TMESH_STEP_DUE_NOTHING;
    }
}
