#include "services/store/sqlite/claims.h"

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"
#include "services/store/sqlite/ancestors.h"

// Of one task, shared by its claims.
typedef struct {
    tmesh_bytes_t context;
    const char *correlation_id;
} cold_t;

static tmesh_err_t load_cold(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                             const tmesh_work_task_t *task, cold_t *cold)
{
    if (task->request) { // made by this work; a copy, for the request is only lent
        cold->context = tmesh_arena_bytes(work->arena, task->request->context);
        cold->correlation_id = tmesh_arena_text(work->arena, task->request->correlation_id);
        return TMESH_OK;
    }
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_CONTEXT);
    tmesh_sql_bind_blob(sql, task->row.id.bytes, sizeof task->row.id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    cold->correlation_id = tmesh_sql_read_text(sql, work->arena);
    cold->context = tmesh_sql_read_bytes(sql, work->arena);
    return sql->err;
}

// The one of its task, loaded at its first claim.
static tmesh_err_t find_cold(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                             tmesh_map_t *known, const tmesh_work_task_t *task,
                             const cold_t **cold_p)
{
    const tmesh_task_id_t *id = &task->row.id;
    cold_t *cold = tmesh_map_get(known, id->bytes, sizeof id->bytes);
    if (!cold) {
        cold = tmesh_arena_alloc(work->arena, sizeof *cold);
        tmesh_err_t err = load_cold(connection, work, task, cold);
        if (err) return err;
        tmesh_map_put(known, id->bytes, sizeof id->bytes, cold);
    }
    *cold_p = cold;
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_claims_inputs(tmesh_sqlite_connection_t *connection,
                                       tmesh_arena_t *arena, tmesh_step_id_t child,
                                       uint32_t workers_max,
                                       const tmesh_claim_input_t **inputs_p, uint32_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INPUTS);
    tmesh_sql_bind_blob(sql, child.bytes, sizeof child.bytes);
    tmesh_sql_bind_int(sql, workers_max);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_claim_input_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_claim_input_t *input = tmesh_rows_list_add(&list);
        tmesh_sql_read_blob(sql, input->step_id.bytes, sizeof input->step_id.bytes);
        input->template_index = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
        input->name = tmesh_sql_read_text(sql, arena);
        input->left_out = tmesh_sql_read_bool(sql);
        input->result = tmesh_sql_read_bytes(sql, arena);
        input->error_code = tmesh_sql_read_text(sql, arena);
        input->error_message = tmesh_sql_read_text(sql, arena);
        input->has_parents = tmesh_sql_read_bool(sql);
    }
    if (sql->err) return sql->err;
    *inputs_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

static tmesh_err_t load_own_inputs(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                                   tmesh_claim_t *claim)
{
    if (!claim->step->row.batch_of) return TMESH_OK;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_STEP_INPUTS);
    tmesh_sql_bind_blob(sql, claim->step->row.id.bytes, sizeof claim->step->row.id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    claim->own_inputs = tmesh_sql_read_bytes(sql, work->arena);
    return sql->err;
}

static tmesh_err_t load_checkpoint(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                                   tmesh_claim_t *claim)
{
    claim->checkpoint = NULL;
    if (claim->step->row.run <= 1) return TMESH_OK; // nobody can have saved one yet
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_LAST_CHECKPOINT);
    tmesh_sql_bind_blob(sql, claim->step->row.id.bytes, sizeof claim->step->row.id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err;
    tmesh_checkpoint_row_t row = {0};
    tmesh_columns_read_checkpoint(sql, work->arena, &row);
    if (!sql->err) claim->checkpoint = tmesh_arena_copy(work->arena, &row, sizeof row);
    return sql->err;
}

static tmesh_err_t load_claim(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                              tmesh_map_t *known, tmesh_claim_t *claim)
{
    const cold_t *cold = NULL;
    tmesh_err_t err = find_cold(connection, work, known, claim->step->task, &cold);
    if (err) return err;
    claim->context = cold->context;
    claim->correlation_id = cold->correlation_id;
    if (!claim->step->task->is_new) { // otherwise a first step, which has no parents
        bool is_worker = claim->step->row.batch_of > 0;
        err = tmesh_sqlite_claims_inputs(connection, work->arena, claim->step->row.id,
                                         is_worker ? TMESH_BATCH_TOLD_MAX : UINT16_MAX,
                                         &claim->inputs, &claim->input_count);
        if (!err) err = tmesh_sqlite_ancestors_load(connection, work, claim);
    }
    if (!err) err = load_own_inputs(connection, work, claim);
    return err ? err : load_checkpoint(connection, work, claim);
}

tmesh_err_t tmesh_sqlite_claims_load(tmesh_sqlite_connection_t *connection, tmesh_work_t *work)
{
    if (work->claim_count == 0) return TMESH_OK;
    tmesh_map_t *known = tmesh_map_new();
    tmesh_err_t err = TMESH_OK;
    for (uint32_t i = 0; i < work->claim_count && !err; i++) {
        err = load_claim(connection, work, known, &work->claims[i]);
    }
    tmesh_map_destroy(&known);
    return err;
}
