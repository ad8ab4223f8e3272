// services/store/sql/columns.h - whole rows, column by column, in the order of column_names.h.
// Reading judges every value; look at sql->err before the row is used.
#ifndef TMESH_SERVICES_STORE_SQL_COLUMNS_H
#define TMESH_SERVICES_STORE_SQL_COLUMNS_H

#include "services/store/rows.h"
#include "services/store/sql/sql.h"

void tmesh_columns_bind_task(tmesh_sql_t *sql, const tmesh_task_row_t *row);
void tmesh_columns_bind_request(tmesh_sql_t *sql, const tmesh_request_row_t *row);
void tmesh_columns_bind_step(tmesh_sql_t *sql, const tmesh_step_row_t *row);
void tmesh_columns_bind_result(tmesh_sql_t *sql, const tmesh_result_row_t *row);
void tmesh_columns_bind_transition(tmesh_sql_t *sql, const tmesh_transition_row_t *row);
void tmesh_columns_bind_dlq(tmesh_sql_t *sql, const tmesh_dlq_row_t *row);
void tmesh_columns_bind_checkpoint(tmesh_sql_t *sql, const tmesh_checkpoint_row_t *row);
// From the first to the last step that a task can have: two parameters. `bounds` is lent as long
// as the statement is used.
typedef struct {
    tmesh_step_id_t after; // the task's own id, which is no step's
    tmesh_step_id_t last;
} tmesh_step_bounds_t;
tmesh_step_bounds_t tmesh_columns_bounds_of(tmesh_task_id_t task_id);
void tmesh_columns_bind_bounds(tmesh_sql_t *sql, const tmesh_step_bounds_t *bounds);

void tmesh_columns_read_task(tmesh_sql_t *sql, tmesh_task_row_t *row);
// Neither the task's id nor its context.
void tmesh_columns_read_request(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_request_row_t *row);
void tmesh_columns_read_step(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_step_row_t *row);
void tmesh_columns_read_result(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_result_row_t *row);
void tmesh_columns_read_transition(tmesh_sql_t *sql, tmesh_arena_t *arena,
                                   tmesh_transition_row_t *row);
void tmesh_columns_read_dlq(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_dlq_row_t *row);
void tmesh_columns_read_checkpoint(tmesh_sql_t *sql, tmesh_arena_t *arena,
                                   tmesh_checkpoint_row_t *row);
// Without the json.
void tmesh_columns_read_definition(tmesh_sql_t *sql, tmesh_arena_t *arena,
                                   tmesh_definition_row_t *row);

#endif
