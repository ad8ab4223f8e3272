#include "services/store/postgres/load.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/queues.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/places.h"
#include "services/store/sql/rows_list.h"

// At hand in every function below. Statements are NULL when nothing is wanted of them.
typedef struct {
    tmesh_postgres_connection_t *connection;
    const tmesh_wants_t *wants;
    tmesh_work_t *work;
    const tmesh_postgres_queues_t *queues; // that may be claimed from
    tmesh_map_t *locked;                   // task id -> its row, which is in the work's arena
    tmesh_places_t places;
} load_t;

static bool has_due(const load_t *load)
{
    return load->wants->due_until_ms > 0;
}

static bool has_claimable(const load_t *load)
{
    return load->queues->count > 0;
}

// ---- Asking -------------------------------------------------------------------------------------

static tmesh_sql_t *use(load_t *load, int statement)
{
    return tmesh_postgres_connection_use(load->connection, statement);
}

static void bind_id(tmesh_sql_t *sql, int index, const uint8_t id[16])
{
    tmesh_postgres_sql_at(sql, index);
    tmesh_sql_bind_blob(sql, id, 16);
}

// The tasks of the work have their locks already.
static uint32_t bind_unlocked(load_t *load, tmesh_sql_t *sql)
{
    const tmesh_wants_t *wants = load->wants;
    uint32_t count = 0;
    for (size_t i = 0; i < wants->task_count; i++) {
        if (tmesh_work_find_task(load->work, wants->task_ids[i])) continue;
        bind_id(sql, 0, wants->task_ids[i].bytes);
        count++;
    }
    for (size_t i = 0; i < wants->step_count; i++) {
        tmesh_task_id_t id = tmesh_task_id_of_step(wants->step_ids[i]);
        if (tmesh_work_find_task(load->work, id)) continue;
        bind_id(sql, 0, id.bytes);
        count++;
    }
    return count;
}

static void bind_due(load_t *load, tmesh_sql_t *sql, int index)
{
    tmesh_postgres_sql_at(sql, index);
    tmesh_sql_bind_int(sql, has_due(load) ? load->wants->due_until_ms : INT64_MIN);
    tmesh_postgres_sql_at(sql, index + 1);
    tmesh_sql_bind_int(sql, load->wants->due_limit);
}

static tmesh_sql_t *ask_locks(load_t *load)
{
    bool searches = has_due(load) || has_claimable(load);
    tmesh_sql_t *sql = use(load, searches ? TMESH_STATEMENT_LOCK_FOUND_TASKS
                                          : TMESH_STATEMENT_LOCK_TASKS);
    uint32_t count = bind_unlocked(load, sql);
    if (searches) {
        bind_due(load, sql, 1);
        tmesh_postgres_queues_bind(load->queues, sql, 3);
    }
    if (searches || count > 0) tmesh_postgres_sql_send(sql);
    else tmesh_sql_destroy(&sql);
    return sql;
}

static tmesh_sql_t *ask_by_tasks(load_t *load, int statement, bool is_wanted)
{
    if (!is_wanted || load->wants->task_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, statement);
    for (size_t i = 0; i < load->wants->task_count; i++) {
        bind_id(sql, 0, load->wants->task_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_by_steps(load_t *load, int statement, bool is_wanted)
{
    if (!is_wanted || load->wants->step_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, statement);
    for (size_t i = 0; i < load->wants->step_count; i++) {
        bind_id(sql, 0, load->wants->step_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_identities(load_t *load)
{
    if (load->wants->identity_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_IDENTITIES);
    for (size_t i = 0; i < load->wants->identity_count; i++) {
        const tmesh_identity_t *identity = &load->wants->identities[i];
        tmesh_sql_bind_blob(sql, identity->bytes, sizeof identity->bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_dlq(load_t *load)
{
    if (load->wants->dlq_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_LOCK_DLQ);
    for (size_t i = 0; i < load->wants->dlq_count; i++) {
        bind_id(sql, 0, load->wants->dlq_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_due_steps(load_t *load)
{
    if (!has_due(load)) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_STEPS_DUE);
    bind_due(load, sql, 0);
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_claimable(load_t *load)
{
    if (!has_claimable(load)) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_CLAIMABLE_STEPS);
    tmesh_postgres_queues_bind(load->queues, sql, 0);
    tmesh_postgres_sql_send(sql);
    return sql;
}

// ---- Taking -------------------------------------------------------------------------------------

static tmesh_err_t take_locked(load_t *load, tmesh_sql_t *sql)
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
static tmesh_work_task_t *find_task(load_t *load, tmesh_task_id_t id)
{
    tmesh_work_task_t *task = tmesh_work_find_task(load->work, id);
    if (task) return task;
    const tmesh_task_row_t *row = tmesh_map_get(load->locked, id.bytes, sizeof id.bytes);
    return row ? tmesh_work_add_task(load->work, row) : NULL;
}

static void take_tasks(load_t *load)
{
    for (size_t i = 0; i < load->wants->task_count; i++) {
        (void)find_task(load, load->wants->task_ids[i]);
    }
}

// The step of the current row, with its task. *step_p NULL: its task was not locked.
static tmesh_err_t take_step(load_t *load, tmesh_sql_t *sql, tmesh_work_step_t **step_p)
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

static tmesh_err_t take_steps(load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = take_step(load, sql, &step);
        if (err) return err;
        if (!step) return TMESH_ERR_CORRUPT; // a step without its task
    }
    return sql ? sql->err : TMESH_OK;
}

// Those that were found by looking for them. What has become due or claimable since the tasks were
// locked is left for the next time.
static tmesh_err_t take_found_steps(load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_work_step_t *step = NULL;
        tmesh_err_t err = take_step(load, sql, &step);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_results(load_t *load, tmesh_sql_t *sql)
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
static tmesh_err_t take_children(load_t *load, tmesh_sql_t *sql)
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
static tmesh_err_t take_holder(load_t *load, tmesh_sql_t *sql, const tmesh_identity_t *identity)
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

static tmesh_err_t take_identities_of_tasks(load_t *load, tmesh_sql_t *sql)
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

static tmesh_err_t take_identities(load_t *load, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_identity_t identity = {0};
        tmesh_sql_read_blob(sql, identity.bytes, sizeof identity.bytes);
        tmesh_err_t err = sql->err ? sql->err : take_holder(load, sql, &identity);
        if (err) return err;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_dlq(load_t *load, tmesh_sql_t *sql)
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
static void take_due_tasks(load_t *load)
{
    if (!has_due(load)) return;
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

// ---- All of it ----------------------------------------------------------------------------------

// In the order in which a database reads them for one thing after another (sqlite/load.c), so that
// services see the same whatever is behind the store.
static tmesh_err_t take_stamp(tmesh_sql_t *sql, tmesh_postgres_stamp_t *stamp)
{
    if (!sql || !tmesh_sql_next(sql)) return sql ? sql->err : TMESH_OK;
    stamp->now_ms = tmesh_sql_read_int(sql);
    stamp->xact_id = tmesh_sql_read_int(sql);
    stamp->backend_pid = tmesh_sql_read_int(sql);
    return sql->err;
}

static tmesh_err_t load_all(load_t *load, tmesh_postgres_stamp_t *stamp)
{
    const tmesh_wants_t *wants = load->wants;
    if (stamp) tmesh_postgres_connection_add(load->connection, TMESH_STATEMENT_BEGIN);
    tmesh_auto(tmesh_sql) locks = ask_locks(load);
    tmesh_auto(tmesh_sql) stamps = stamp ? use(load, TMESH_STATEMENT_STAMP) : NULL;
    if (stamps) tmesh_postgres_sql_send(stamps);
    tmesh_auto(tmesh_sql) of_tasks =
        ask_by_tasks(load, TMESH_STATEMENT_STEPS_OF_TASKS, wants->with_all_steps);
    tmesh_auto(tmesh_sql) their_identities =
        ask_by_tasks(load, TMESH_STATEMENT_IDENTITIES_OF_TASKS, wants->with_their_identities);
    tmesh_auto(tmesh_sql) steps = ask_by_steps(load, TMESH_STATEMENT_STEPS, true);
    tmesh_auto(tmesh_sql) results = ask_by_steps(load, TMESH_STATEMENT_RESULTS_OF_RUNS, true);
    tmesh_auto(tmesh_sql) children =
        ask_by_steps(load, TMESH_STATEMENT_CHILDREN, wants->with_children);
    tmesh_auto(tmesh_sql) batches =
        ask_by_steps(load, TMESH_STATEMENT_BATCHES, wants->with_children);
    tmesh_auto(tmesh_sql) identities = ask_identities(load);
    tmesh_auto(tmesh_sql) dlq = ask_dlq(load);
    tmesh_auto(tmesh_sql) due_steps = ask_due_steps(load);
    tmesh_auto(tmesh_sql) claimable = ask_claimable(load);
    tmesh_err_t err = TMESH_OK;
    if (tmesh_postgres_connection_has_queued(load->connection)) {
        err = tmesh_postgres_connection_sync(load->connection); // the round trip
    }
    if (!err) err = take_stamp(stamps, stamp);
    if (!err) err = take_locked(load, locks);
    if (!err) take_tasks(load);
    if (!err) err = take_steps(load, of_tasks);
    if (!err) err = take_identities_of_tasks(load, their_identities);
    if (!err) err = take_steps(load, steps);
    if (!err) err = take_results(load, results);
    if (!err) err = take_children(load, children);
    if (!err) err = take_steps(load, batches);
    if (!err) err = take_identities(load, identities);
    if (!err) err = take_dlq(load, dlq);
    if (!err) take_due_tasks(load);
    if (!err) err = take_found_steps(load, due_steps);
    if (!err) err = take_found_steps(load, claimable);
    return err;
}

static tmesh_err_t load_with_queues(tmesh_postgres_connection_t *connection,
                                    const tmesh_wants_t *wants, tmesh_work_t *work,
                                    tmesh_postgres_stamp_t *stamp)
{
    tmesh_postgres_queues_t queues = {0};
    tmesh_err_t err = TMESH_OK;
    if (wants->claim_room) {
        err = tmesh_postgres_queues_find(&queues, connection, wants, work->arena);
    }
    if (err) return err;
    load_t load = {.connection = connection, .wants = wants, .work = work, .queues = &queues};
    load.locked = tmesh_map_new();
    err = load_all(&load, stamp);
    tmesh_map_destroy(&load.locked);
    tmesh_places_clear(&load.places);
    return err;
}

tmesh_err_t tmesh_postgres_load_begin(tmesh_postgres_connection_t *connection,
                                      const tmesh_wants_t *wants, tmesh_work_t *work,
                                      tmesh_postgres_stamp_t *stamp)
{
    return load_with_queues(connection, wants, work, stamp);
}

tmesh_err_t tmesh_postgres_load_more(tmesh_postgres_connection_t *connection,
                                     const tmesh_wants_t *wants, tmesh_work_t *work)
{
    return load_with_queues(connection, wants, work, NULL);
}
