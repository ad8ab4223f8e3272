#include "services/store/sqlite/witness.h"

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/dlq.h"
#include "services/store/work.h"

// Numbers are dense and only one thread writes: this one is ours or is not there.
static tmesh_err_t find_transition(tmesh_sqlite_connection_t *connection,
                                   const tmesh_transition_row_t *row, bool *is_there_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_TRANSITION_EXISTS);
    tmesh_sql_bind_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    tmesh_sql_bind_int(sql, row->number);
    bool is_there = tmesh_sql_next(sql);
    if (!sql->err) *is_there_p = is_there;
    return sql->err;
}

static tmesh_err_t find_claim(tmesh_sqlite_connection_t *connection, const tmesh_step_row_t *row,
                              bool *is_there_p)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_STEP);
    tmesh_sql_bind_blob(sql, row->id.bytes, sizeof row->id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    tmesh_step_row_t stored = {0};
    tmesh_columns_read_step(sql, arena, &stored);
    if (!sql->err) {
        *is_there_p = stored.run == row->run && tmesh_run_token_equal(stored.token, row->token);
    }
    return sql->err;
}

// A new claim has a token that nobody else can have drawn; one that is handed out again has the one
// that is stored anyway. So all of them must be there.
static tmesh_err_t find_claims(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work,
                               bool *is_there_p)
{
    *is_there_p = true;
    for (uint32_t i = 0; *is_there_p && i < work->claim_count; i++) {
        tmesh_err_t err = find_claim(connection, &work->claims[i].step->row, is_there_p);
        if (err) return err;
    }
    return TMESH_OK;
}

// All that a person may change, for two changes may be made within one millisecond.
static bool is_same(const tmesh_dlq_row_t *stored, const tmesh_dlq_row_t *row)
{
    return stored->status == row->status && stored->updated_ms == row->updated_ms &&
           stored->resolved_ms == row->resolved_ms &&
           tmesh_bytes_equal(tmesh_bytes_of_text(stored->resolved_by),
                             tmesh_bytes_of_text(row->resolved_by)) &&
           tmesh_bytes_equal(tmesh_bytes_of_text(stored->notes),
                             tmesh_bytes_of_text(row->notes)) &&
           tmesh_bytes_equal(stored->metadata, row->metadata);
}

static tmesh_err_t find_dlq(tmesh_sqlite_connection_t *connection, const tmesh_dlq_row_t *row,
                            bool *is_there_p)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_dlq_row_t stored = {0};
    tmesh_err_t err = tmesh_sql_dlq_find(tmesh_sqlite_connection_sql(connection), row->id, arena, &stored);
    *is_there_p = !err && is_same(&stored, row);
    return err == TMESH_ERR_NOT_FOUND ? TMESH_OK : err;
}

tmesh_err_t tmesh_sqlite_witness_of_work(tmesh_sqlite_connection_t *connection, const void *work,
                                         bool *is_there_p)
{
    const tmesh_work_t *self = work;
    if (self->transition_count > 0) {
        return find_transition(connection, &self->transitions[0], is_there_p);
    }
    if (self->claim_count > 0) return find_claims(connection, self, is_there_p);
    for (uint32_t i = 0; i < self->dlq_entry_count; i++) {
        const tmesh_work_dlq_t *entry = self->dlq_entries[i];
        bool is_written = (entry->is_new || entry->is_changed) && !entry->is_left_out;
        if (is_written) return find_dlq(connection, &entry->row, is_there_p);
    }
    return TMESH_ERR_NOT_FOUND;
}
