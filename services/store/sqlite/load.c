#include "services/store/sqlite/load.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/dlq.h"
#include "services/store/sql/places.h"
#include "services/store/sql/rows_list.h"

// Both at hand in every function below.
typedef struct {
    tmesh_sqlite_connection_t *connection;
    tmesh_work_t *work;
    tmesh_places_t places;
    tmesh_step_id_t batchable; // whose next workers were loaded last
} load_t;

static tmesh_err_t load_task(load_t *load, tmesh_task_id_t id)
{
    if (tmesh_work_find_task(load->work, id)) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_TASK);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err;
    tmesh_task_row_t row = {0};
    tmesh_columns_read_task(sql, &row);
    if (!sql->err) tmesh_work_add_task(load->work, &row);
    return sql->err;
}

// The step of the current row, with its task.
static tmesh_err_t add_step(load_t *load, tmesh_sql_t *sql, tmesh_work_step_t **step_p)
{
    tmesh_step_row_t row = {0};
    tmesh_columns_read_step(sql, load->work->arena, &row);
    if (sql->err) return sql->err;
    tmesh_task_id_t task_id = tmesh_task_id_of_step(row.id);
    tmesh_err_t err = load_task(load, task_id);
    if (err) return err;
    if (!tmesh_work_find_task(load->work, task_id)) return TMESH_ERR_CORRUPT;
    *step_p = tmesh_work_add_step(load->work, &row);
    return TMESH_OK;
}

// All steps that the statement, with its parameters bound, gives.
static tmesh_err_t add_steps(load_t *load, tmesh_sql_t *sql)
{
    while (tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = add_step(load, sql, &step);
        if (err) return err;
    }
    return sql->err;
}

static tmesh_err_t load_steps_of_task(load_t *load, tmesh_task_id_t id)
{
    tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(id);
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_STEPS_OF_TASK);
    tmesh_columns_bind_bounds(sql, &bounds);
    return add_steps(load, sql);
}

static tmesh_err_t load_identity(load_t *load, const tmesh_identity_t *identity)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_IDENTITY);
    tmesh_sql_bind_blob(sql, identity->bytes, sizeof identity->bytes);
    if (!tmesh_sql_next(sql)) return sql->err;
    tmesh_work_identity_t found = {0};
    tmesh_sql_read_blob(sql, found.task_id.bytes, sizeof found.task_id.bytes);
    found.state = (tmesh_task_state_t)tmesh_sql_read_within(sql, TMESH_TASK_NONE + 1,
                                                            TMESH_TASK_STATE_COUNT - 1);
    found.auto_idempotency_key = tmesh_sql_read_text(sql, load->work->arena);
    if (!sql->err) tmesh_work_add_identity(load->work, identity, &found);
    return sql->err;
}

static tmesh_err_t load_identity_of_task(load_t *load, tmesh_task_id_t id)
{
    tmesh_work_task_t *task = tmesh_work_find_task(load->work, id);
    if (!task || task->identity) return TMESH_OK;
    tmesh_identity_t identity = {0};
    {
        tmesh_auto(tmesh_sql) sql =
            tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_IDENTITY_OF_TASK);
        tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
        if (!tmesh_sql_next(sql)) return sql->err;
        tmesh_sql_read_blob(sql, identity.bytes, sizeof identity.bytes);
        if (sql->err) return sql->err;
    }
    task->identity = tmesh_arena_copy(load->work->arena, &identity, sizeof identity);
    return load_identity(load, &identity);
}

static tmesh_err_t load_tasks(load_t *load, const tmesh_wants_t *wants)
{
    for (size_t i = 0; i < wants->task_count; i++) {
        tmesh_err_t err = load_task(load, wants->task_ids[i]);
        if (!err && wants->with_all_steps) err = load_steps_of_task(load, wants->task_ids[i]);
        if (!err && wants->with_their_identities) {
            err = load_identity_of_task(load, wants->task_ids[i]);
        }
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t load_step(load_t *load, tmesh_step_id_t id)
{
    if (tmesh_work_find_step(load->work, id)) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_STEP);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    return add_steps(load, sql);
}

static tmesh_err_t load_result(load_t *load, tmesh_work_step_t *step)
{
    if (step->stored_result || step->row.run == 0) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_RESULT_OF_RUN);
    tmesh_sql_bind_blob(sql, step->row.id.bytes, sizeof step->row.id.bytes);
    tmesh_sql_bind_int(sql, step->row.run);
    if (!tmesh_sql_next(sql)) return sql->err;
    tmesh_result_row_t row = {0};
    tmesh_columns_read_result(sql, load->work->arena, &row);
    if (sql->err) return sql->err;
    step->stored_result = tmesh_arena_copy(load->work->arena, &row, sizeof row);
    return TMESH_OK;
}

static tmesh_err_t load_children(load_t *load, tmesh_work_step_t *parent)
{
    if (parent->children) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_CHILDREN);
    tmesh_sql_bind_blob(sql, parent->row.id.bytes, sizeof parent->row.id.bytes);
    tmesh_rows_list_t list = {.arena = load->work->arena, .size = sizeof(uint32_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_work_step_t *child = NULL;
        tmesh_err_t err = add_step(load, sql, &child);
        if (err) return err;
        *(uint32_t *)tmesh_rows_list_add(&list) = tmesh_places_find(&load->places, load->work, child);
    }
    if (sql->err) return sql->err;
    parent->children = list.rows;
    parent->child_count = list.count;
    return TMESH_OK;
}

// The batchable of a worker, and the workers that run next, one for each that may end now. Those that
// this work has given a slot already still read as waiting.
static tmesh_err_t load_batch(load_t *load, const tmesh_work_step_t *worker, size_t limit)
{
    if (!worker->row.batch_of) return TMESH_OK;
    tmesh_task_id_t task_id = worker->task->row.id;
    tmesh_step_id_t id = tmesh_step_id_of(task_id, worker->row.batch_of);
    if (tmesh_step_id_compare(id, load->batchable) == 0) return TMESH_OK;
    load->batchable = id;
    tmesh_err_t err = load_step(load, id);
    if (err) return err;
    const tmesh_work_step_t *batchable = tmesh_work_find_step(load->work, id);
    if (!batchable || !batchable->row.batch_first) return TMESH_ERR_CORRUPT;
    tmesh_step_id_t first = tmesh_step_id_of(task_id, batchable->row.batch_first);
    tmesh_step_id_t last = tmesh_step_id_of(task_id, batchable->row.batch_last);
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_NEXT_OF_BATCH);
    tmesh_sql_bind_blob(sql, first.bytes, sizeof first.bytes);
    tmesh_sql_bind_blob(sql, last.bytes, sizeof last.bytes);
    tmesh_sql_bind_int(sql, (int64_t)limit + batchable->slots_given);
    return add_steps(load, sql);
}

static tmesh_err_t load_steps(load_t *load, const tmesh_wants_t *wants)
{
    for (size_t i = 0; i < wants->step_count; i++) {
        tmesh_err_t err = load_step(load, wants->step_ids[i]);
        if (err) return err;
    }
    // All of them first: children that were wanted themselves keep their place.
    for (size_t i = 0; i < wants->step_count; i++) {
        tmesh_work_step_t *step = tmesh_work_find_step(load->work, wants->step_ids[i]);
        if (!step) continue; // unknown
        tmesh_err_t err = load_result(load, step);
        if (!err && wants->with_children) err = load_children(load, step);
        if (!err && wants->with_children) err = load_batch(load, step, wants->step_count);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t load_identities(load_t *load, const tmesh_wants_t *wants)
{
    for (size_t i = 0; i < wants->identity_count; i++) {
        tmesh_err_t err = load_identity(load, &wants->identities[i]);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t load_dlq(load_t *load, const tmesh_wants_t *wants)
{
    for (size_t i = 0; i < wants->dlq_count; i++) {
        tmesh_dlq_row_t row = {0};
        tmesh_err_t err = tmesh_sql_dlq_find(tmesh_sqlite_connection_sql(load->connection),
                                             wants->dlq_ids[i], load->work->arena, &row);
        if (err && err != TMESH_ERR_NOT_FOUND) return err;
        if (!err) tmesh_work_add_dlq(load->work, &row);
    }
    return TMESH_OK;
}

static tmesh_err_t load_due_tasks(load_t *load, const tmesh_wants_t *wants)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_TASKS_DUE);
    tmesh_sql_bind_int(sql, wants->due_until_ms);
    tmesh_sql_bind_int(sql, wants->due_limit);
    while (tmesh_sql_next(sql)) {
        tmesh_task_row_t row = {0};
        tmesh_columns_read_task(sql, &row);
        if (sql->err) return sql->err;
        tmesh_work_add_task(load->work, &row);
    }
    return sql->err;
}

static tmesh_err_t load_due_steps(load_t *load, const tmesh_wants_t *wants)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_STEPS_DUE);
    tmesh_sql_bind_int(sql, wants->due_until_ms);
    tmesh_sql_bind_int(sql, wants->due_limit);
    while (tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = add_step(load, sql, &step);
        if (err == TMESH_ERR_CORRUPT) {
            err = tmesh_sql_again(sql);
            tmesh_step_id_t id = {0};
            if (!err) tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
            if (!err) err = sql->err;
            if (!err) tmesh_work_add_unreadable(load->work, id);
        }
        if (err) return err;
    }
    return sql->err;
}

static tmesh_err_t load_claimable_of(load_t *load, uint64_t queue_id, uint32_t room)
{
    if (room == 0) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_CLAIMABLE_STEPS);
    tmesh_sql_bind_int(sql, (int64_t)queue_id);
    tmesh_sql_bind_int(sql, room);
    return add_steps(load, sql);
}

// The next queue with claimable steps after `queue->id`, found by a skip in the index: the cost is
// that of the queues, not of what waits in them. id 0: there is none.
static tmesh_err_t next_queue(load_t *load, tmesh_queue_row_t *queue)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(load->connection, TMESH_STATEMENT_CLAIMABLE_QUEUE);
    tmesh_sql_bind_int(sql, (int64_t)queue->id);
    queue->id = 0;
    if (!tmesh_sql_next(sql)) return sql->err;
    queue->id = (uint64_t)tmesh_sql_read_within(sql, 1, INT64_MAX);
    queue->namespace_name = tmesh_sql_read_text(sql, load->work->arena);
    queue->callable = tmesh_sql_read_text(sql, load->work->arena);
    if (sql->err) return sql->err;
    return queue->namespace_name && queue->callable ? TMESH_OK : TMESH_ERR_CORRUPT;
}

static tmesh_err_t load_claimable(load_t *load, const tmesh_wants_t *wants)
{
    tmesh_queue_row_t queue = {0};
    tmesh_err_t err = next_queue(load, &queue);
    while (!err && queue.id) {
        uint32_t room =
            wants->claim_room(wants->claim_room_self, queue.namespace_name, queue.callable);
        err = load_claimable_of(load, queue.id, room);
        if (!err) err = next_queue(load, &queue);
    }
    return err;
}

tmesh_err_t tmesh_sqlite_load(tmesh_sqlite_connection_t *connection, const tmesh_wants_t *wants,
                              tmesh_work_t *work)
{
    load_t load = {.connection = connection, .work = work};
    tmesh_err_t err = load_tasks(&load, wants);
    if (!err) err = load_steps(&load, wants);
    if (!err) err = load_identities(&load, wants);
    if (!err) err = load_dlq(&load, wants);
    if (!err && wants->due_until_ms > 0) err = load_due_tasks(&load, wants);
    if (!err && wants->due_until_ms > 0) err = load_due_steps(&load, wants);
    if (!err && wants->claim_room) err = load_claimable(&load, wants);
    tmesh_places_clear(&load.places);
    return err;
}
