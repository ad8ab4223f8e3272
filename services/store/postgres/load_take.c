#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/load_parts.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

static tmesh_err_t take_locked(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_task_row_t *row = tmesh_arena_alloc(load->work->arena, sizeof *row);
        tmesh_columns_read_task(sql, row);
        if (sql->err) break;
        tmesh_map_put(load->locked, row->id.bytes, sizeof row->id.bytes, row);
    }
    return sql ? sql->err : TMESH_OK;
}

// NULL: there is no such task, or its lock is not ours.
static tmesh_work_task_t *find_task(tmesh_postgres_load_t *load, tmesh_task_id_t id)
{
    tmesh_work_task_t *task = tmesh_work_find_task(load->work, id);
    if (task) return task;
    const tmesh_task_row_t *row = tmesh_map_get(load->locked, id.bytes, sizeof id.bytes);
    return row ? tmesh_work_add_task(load->work, row) : NULL;
}

static void take_tasks(tmesh_postgres_load_t *load)
{
    for (size_t i = 0; i < load->wants->task_count; i++) {
        (void)find_task(load, load->wants->task_ids[i]);
    }
}

// The step of the current row, with its task. *step_p NULL: its task was not locked.
static tmesh_err_t take_step(tmesh_postgres_load_t *load, tmesh_sql_t *sql, tmesh_work_step_t **step_p)
{
    *step_p = NULL;
    tmesh_step_row_t row = {0};
    tmesh_columns_read_step(sql, load->work->arena, &row);
    if (sql->err) return sql->err;
    if (find_task(load, tmesh_task_id_of_step(row.id))) {
        *step_p = tmesh_work_add_step(load->work, &row);
    }
    return TMESH_OK;
}

static tmesh_err_t take_steps(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = take_step(load, sql, &step);
        if (err) return err;
        if (!step) return TMESH_ERR_CORRUPT; // a step without its task
    }
    return sql ? sql->err : TMESH_OK;
}

// A step that does not make sense keeps no other waiting.
static tmesh_err_t take_unreadable(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    tmesh_err_t err = tmesh_sql_again(sql);
    tmesh_step_id_t id = {0};
    if (!err) tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
    if (!err) err = sql->err;
    if (!err) tmesh_work_add_unreadable(load->work, id);
    return err;
}

// Those that were found by looking. What has become due or claimable since the locks is left for later,
// and so is what another node has locked.
static tmesh_err_t take_due_steps(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = take_step(load, sql, &step);
        if (err == TMESH_ERR_CORRUPT) err = take_unreadable(load, sql);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_claimable(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = take_step(load, sql, &step);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_results(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_result_row_t *row = tmesh_arena_alloc(load->work->arena, sizeof *row);
        tmesh_columns_read_result(sql, load->work->arena, row);
        if (sql->err) break;
        tmesh_work_step_t *step = tmesh_work_find_step(load->work, row->step_id);
        if (!step) return TMESH_ERR_CORRUPT;
        if (!step->stored_result && step->row.run == row->run) step->stored_result = row;
    }
    return sql ? sql->err : TMESH_OK;
}

// They come parent by parent. A parent whose children are known keeps them.
static tmesh_err_t take_children(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    tmesh_rows_list_t list = {.arena = load->work->arena, .size = sizeof(uint32_t)};
    tmesh_work_step_t *parent = NULL;
    bool is_known = false;
    while (sql && tmesh_sql_next(sql)) {
        tmesh_step_id_t id = {0};
        tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
        tmesh_work_step_t *child = NULL;
        tmesh_err_t err = take_step(load, sql, &child);
        if (err) return err;
        tmesh_work_step_t *of = tmesh_work_find_step(load->work, id);
        if (!of || !child) return TMESH_ERR_CORRUPT;
        if (of != parent) {
            parent = of;
            is_known = parent->children != NULL;
            list.rows = NULL;
            list.count = list.capacity = 0;
        }
        if (is_known) continue;
        *(uint32_t *)tmesh_rows_list_add(&list) =
            tmesh_places_find(&load->places, load->work, child);
        parent->children = list.rows;
        parent->child_count = list.count;
    }
    return sql ? sql->err : TMESH_OK;
}

// Who has an identity; nobody, when the columns are NULL.
static tmesh_err_t take_holder(tmesh_postgres_load_t *load, tmesh_sql_t *sql, const tmesh_identity_t *identity)
{
    tmesh_work_identity_t found = {0};
    if (!tmesh_sql_read_blob_or_null(sql, found.task_id.bytes, sizeof found.task_id.bytes)) {
        return sql->err;
    }
    found.state = (tmesh_task_state_t)tmesh_sql_read_within(sql, TMESH_TASK_NONE + 1,
                                                            TMESH_TASK_STATE_COUNT - 1);
    found.auto_idempotency_key = tmesh_sql_read_text(sql, load->work->arena);
    if (!sql->err) tmesh_work_add_identity(load->work, identity, &found);
    return sql->err;
}

static tmesh_err_t take_identities_of_tasks(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_task_id_t id = {0};
        tmesh_identity_t identity = {0};
        tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
        tmesh_sql_read_blob(sql, identity.bytes, sizeof identity.bytes);
        if (sql->err) break;
        tmesh_work_task_t *task = tmesh_work_find_task(load->work, id);
        if (!task || task->identity) continue;
        task->identity = tmesh_arena_copy(load->work->arena, &identity, sizeof identity);
        tmesh_err_t err = take_holder(load, sql, &identity);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_identities(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_identity_t identity = {0};
        tmesh_sql_read_blob(sql, identity.bytes, sizeof identity.bytes);
        tmesh_err_t err = sql->err ? sql->err : take_holder(load, sql, &identity);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_dlq(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_dlq_row_t row = {0};
        tmesh_columns_read_dlq(sql, load->work->arena, &row);
        if (!sql->err) tmesh_work_add_dlq(load->work, &row);
    }
    return sql ? sql->err : TMESH_OK;
}

static int compare_due(const void *a, const void *b)
{
    const tmesh_task_row_t *left = *(const tmesh_task_row_t *const *)a;
    const tmesh_task_row_t *right = *(const tmesh_task_row_t *const *)b;
    if (left->due_ms != right->due_ms) return left->due_ms < right->due_ms ? -1 : 1;
    return tmesh_task_id_compare(left->id, right->id);
}

// Of the tasks that were locked, by time.
static void take_due_tasks(tmesh_postgres_load_t *load)
{
    if (load->wants->due_until_ms <= 0) return;
    size_t count = 0;
    tmesh_auto_free const tmesh_task_row_t **due =
        tmesh_alloc_array(tmesh_map_count(load->locked) + 1, sizeof *due);
    size_t position = 0;
    const tmesh_task_row_t *row = NULL;
    while ((row = tmesh_map_next(load->locked, &position))) {
        if (row->due_ms <= load->wants->due_until_ms) due[count++] = row;
    }
    qsort(due, count, sizeof *due, compare_due);
    for (size_t i = 0; i < count && i < load->wants->due_limit; i++) {
        tmesh_work_add_task(load->work, due[i]);
    }
}

// In the order in which sqlite/load.c reads one thing after another, so that services see the same
// whatever is behind the store.
tmesh_err_t tmesh_postgres_load_take(tmesh_postgres_load_t *self,
                                     tmesh_postgres_answers_t *answers)
{
    tmesh_err_t err = take_locked(self, answers->locks);
    if (!err) err = take_locked(self, answers->found);
    if (!err) take_tasks(self);
    if (!err) err = take_steps(self, answers->steps_of_tasks);
    if (!err) err = take_identities_of_tasks(self, answers->identities_of_tasks);
    if (!err) err = take_steps(self, answers->steps);
    if (!err) err = take_results(self, answers->results);
    if (!err) err = take_children(self, answers->children);
    if (!err) err = take_steps(self, answers->batches);
    if (!err) err = take_identities(self, answers->identities);
    if (!err) err = take_dlq(self, answers->dlq);
    if (!err) take_due_tasks(self);
    if (!err) err = take_due_steps(self, answers->due_steps);
    if (!err) err = take_claimable(self, answers->claimable);
    return err;
}
