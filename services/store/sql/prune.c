#include "services/store/sql/prune.h"

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/store.h"

// By the steps' ids.
static const int of_steps[] = {
    TMESH_STATEMENT_PRUNE_CHECKPOINTS, TMESH_STATEMENT_PRUNE_RESULTS,
    TMESH_STATEMENT_PRUNE_STEP_INPUTS, TMESH_STATEMENT_PRUNE_EDGES,
    TMESH_STATEMENT_PRUNE_STEPS,
};
// By the task's id. What the identity is stands in the request.
static const int of_task[] = {
    TMESH_STATEMENT_FREE_IDENTITY, TMESH_STATEMENT_PRUNE_TRANSITIONS, TMESH_STATEMENT_PRUNE_DLQ,
    TMESH_STATEMENT_PRUNE_REQUEST, TMESH_STATEMENT_PRUNE_TASK,
};

static tmesh_err_t remove_by_bounds(tmesh_sql_connection_t *connection, int statement,
                                    const tmesh_task_id_t *ids, uint32_t count)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, statement);
    for (uint32_t i = 0; i < count; i++) {
        tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(ids[i]);
        tmesh_columns_bind_bounds(sql, &bounds);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t remove_by_id(tmesh_sql_connection_t *connection, int statement,
                                const tmesh_task_id_t *ids, uint32_t count)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, statement);
    for (uint32_t i = 0; i < count; i++) {
        tmesh_sql_bind_blob(sql, ids[i].bytes, sizeof ids[i].bytes);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t remove_tasks(tmesh_sql_connection_t *connection, const tmesh_task_id_t *ids,
                                uint32_t count)
{
    tmesh_err_t err = TMESH_OK;
    for (size_t i = 0; !err && i < TMESH_COUNT_OF(of_steps); i++) {
        err = remove_by_bounds(connection, of_steps[i], ids, count);
    }
    for (size_t i = 0; !err && i < TMESH_COUNT_OF(of_task); i++) {
        err = remove_by_id(connection, of_task[i], ids, count);
    }
    return err;
}

// The ids are taken down first: what is being read does not change meanwhile.
static tmesh_err_t choose(tmesh_sql_connection_t *connection, int64_t until_ms, uint32_t limit,
                          tmesh_task_id_t *ids, uint32_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_PRUNABLE);
    tmesh_sql_bind_int(sql, until_ms);
    tmesh_sql_bind_int(sql, limit);
    uint32_t count = 0;
    uint64_t steps = 0;
    while (tmesh_sql_next(sql)) {
        tmesh_task_id_t id;
        tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
        steps += tmesh_sql_read_u32(sql);
        if (sql->err || (count > 0 && steps > TMESH_PRUNE_STEPS_MAX)) break;
        ids[count++] = id;
    }
    *count_p = count;
    return sql->err;
}

tmesh_err_t tmesh_sql_prune(tmesh_sql_connection_t *connection, int64_t until_ms,
                               uint32_t limit, uint32_t *count_p)
{
    tmesh_auto_free tmesh_task_id_t *ids = tmesh_alloc_array(limit, sizeof *ids);
    tmesh_err_t err = choose(connection, until_ms, limit, ids, count_p);
    return err ? err : remove_tasks(connection, ids, *count_p);
}

tmesh_err_t tmesh_sql_prune_next(tmesh_sql_connection_t *connection, int64_t *completed_ms_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_NEXT_PRUNABLE);
    int64_t completed_ms = TMESH_DUE_NONE;
    if (tmesh_sql_next(sql)) completed_ms = tmesh_sql_read_int(sql);
    if (!sql->err) *completed_ms_p = completed_ms;
    return sql->err;
}
