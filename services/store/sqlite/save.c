#include "services/store/sqlite/save.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/checkpoints.h"
#include "services/store/sqlite/columns.h"
#include "services/store/sqlite/dlq.h"

// Runs an update of one row by its key.
static tmesh_err_t run_update(tmesh_sql_t *sql)
{
    tmesh_err_t err = tmesh_sql_run(sql);
    if (err) return err;
    return tmesh_sql_changes(sql) == 1 ? TMESH_OK : TMESH_ERR_CORRUPT;
}

static tmesh_err_t save_identity(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work,
                                 const tmesh_request_row_t *request)
{
    if (!request->has_identity) return TMESH_OK;
    // The service saw the task that has it and goes on all the same: it takes it over.
    bool is_known = tmesh_work_find_identity(work, &request->identity) != NULL;
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(
        connection, is_known ? TMESH_STATEMENT_REPLACE_IDENTITY : TMESH_STATEMENT_INSERT_IDENTITY);
    tmesh_sql_bind_blob(sql, request->identity.bytes, sizeof request->identity.bytes);
    tmesh_sql_bind_blob(sql, request->task_id.bytes, sizeof request->task_id.bytes);
    return tmesh_sql_run(sql);
}

static tmesh_err_t insert_task(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work,
                               const tmesh_work_task_t *task)
{
    assert(task->request);
    assert(tmesh_task_id_compare(task->request->task_id, task->row.id) == 0);
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_TASK);
    tmesh_columns_bind_task(sql, &task->row);
    tmesh_err_t err = tmesh_sql_run(sql);
    if (err) return err;
    tmesh_auto(tmesh_sql) request =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_REQUEST);
    tmesh_columns_bind_request(request, task->request);
    err = tmesh_sql_run(request);
    return err ? err : save_identity(connection, work, task->request);
}

static tmesh_err_t update_task(tmesh_sqlite_connection_t *connection,
                               const tmesh_work_task_t *task)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_UPDATE_TASK);
    tmesh_columns_bind_task(sql, &task->row);
    return run_update(sql);
}

// First, so that a new task of the same work may have it.
static tmesh_err_t free_identities(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (!task->free_identity || task->is_new) continue;
        tmesh_auto(tmesh_sql) sql =
            tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_FREE_IDENTITY);
        tmesh_sql_bind_blob(sql, task->row.id.bytes, sizeof task->row.id.bytes);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t take_identity(tmesh_sqlite_connection_t *connection, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_TAKE_IDENTITY);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    return tmesh_sql_run(sql);
}

static tmesh_err_t save_tasks(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        tmesh_err_t err = TMESH_OK;
        if (task->is_new) {
            err = insert_task(connection, work, task);
        } else if (task->is_changed) {
            err = update_task(connection, task);
            if (!err && task->take_identity) err = take_identity(connection, task->row.id);
        }
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_steps(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) insert =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_STEP);
    tmesh_auto(tmesh_sql) update =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_UPDATE_STEP);
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        tmesh_err_t err = TMESH_OK;
        if (step->is_new) {
            tmesh_columns_bind_step(insert, &step->row);
            err = tmesh_sql_run(insert);
        } else if (step->is_changed) {
            tmesh_columns_bind_step(update, &step->row);
            err = run_update(update);
        }
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_step_inputs(tmesh_sqlite_connection_t *connection,
                                    const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (!step->is_new || !step->inputs.data) continue;
        tmesh_auto(tmesh_sql) sql =
            tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_STEP_INPUTS);
        tmesh_sql_bind_blob(sql, step->row.id.bytes, sizeof step->row.id.bytes);
        tmesh_sql_bind_bytes(sql, step->inputs);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_edges(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_EDGE);
    for (uint32_t i = 0; i < work->edge_count; i++) {
        const tmesh_edge_row_t *edge = &work->edges[i];
        tmesh_sql_bind_blob(sql, edge->parent.bytes, sizeof edge->parent.bytes);
        tmesh_sql_bind_blob(sql, edge->child.bytes, sizeof edge->child.bytes);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_results(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_RESULT);
    for (uint32_t i = 0; i < work->result_count; i++) {
        tmesh_columns_bind_result(sql, &work->results[i]);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t save_transitions(tmesh_sqlite_connection_t *connection,
                                    const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_TRANSITION);
    for (uint32_t i = 0; i < work->transition_count; i++) {
        tmesh_columns_bind_transition(sql, &work->transitions[i]);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t put_off(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->unreadable_count; i++) {
        tmesh_auto(tmesh_sql) sql =
            tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_PUT_OFF);
        tmesh_sql_bind_int(sql, work->now_ms + TMESH_UNREADABLE_PUT_OFF_MS);
        tmesh_sql_bind_blob(sql, work->unreadables[i].bytes, sizeof work->unreadables[i].bytes);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

// The steps that the work did not load too. After save_steps: what was enqueued just now is held.
static tmesh_err_t hold_steps(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        if (!work->tasks[i]->hold_steps) continue;
        tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(work->tasks[i]->row.id);
        tmesh_auto(tmesh_sql) enqueued =
            tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_HOLD_STEPS);
        tmesh_columns_bind_bounds(enqueued, &bounds);
        tmesh_err_t err = tmesh_sql_run(enqueued);
        if (err) return err;
        tmesh_auto(tmesh_sql) retries =
            tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_HOLD_RETRIES);
        tmesh_columns_bind_bounds(retries, &bounds);
        err = tmesh_sql_run(retries);
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_save(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_err_t err = free_identities(connection, work);
    if (!err) err = save_tasks(connection, work);
    if (!err) err = save_steps(connection, work);
    if (!err) err = save_step_inputs(connection, work);
    if (!err) err = save_edges(connection, work);
    if (!err) err = save_results(connection, work);
    if (!err) err = save_transitions(connection, work);
    if (!err) err = tmesh_sqlite_checkpoints_save(connection, work);
    if (!err) err = tmesh_sqlite_dlq_save(connection, work);
    if (!err) err = put_off(connection, work);
    if (!err) err = hold_steps(connection, work);
    return err;
}

void tmesh_sqlite_save_finish(tmesh_work_t *work)
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
