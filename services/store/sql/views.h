// services/store/sql/views.h - tasks and steps as people see them. Each function is several
// statements and wants them to see the same state: call it within a transaction, or in the writer.
#ifndef TMESH_SERVICES_STORE_SQL_VIEWS_H
#define TMESH_SERVICES_STORE_SQL_VIEWS_H

#include "services/store/reader.h"
#include "services/store/sql/statements.h"

tmesh_err_t tmesh_sql_views_task(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                 bool with_context, tmesh_arena_t *arena, tmesh_task_view_t *view);
tmesh_err_t tmesh_sql_views_steps(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                  tmesh_arena_t *arena, tmesh_step_view_t **views_p,
                                  size_t *count_p);
tmesh_err_t tmesh_sql_views_step_rows(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                      tmesh_arena_t *arena, tmesh_step_row_t **rows_p,
                                      size_t *count_p);
tmesh_err_t tmesh_sql_views_results(tmesh_sql_connection_t *connection, tmesh_step_id_t id,
                                    tmesh_arena_t *arena, tmesh_result_row_t **rows_p,
                                    size_t *count_p);
tmesh_err_t tmesh_sql_views_tasks(tmesh_sql_connection_t *connection,
                                  const tmesh_task_filter_t *filter, tmesh_arena_t *arena,
                                  tmesh_task_view_t **views_p, size_t *count_p);
tmesh_err_t tmesh_sql_views_transitions(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                        uint32_t after, uint32_t limit, tmesh_arena_t *arena,
                                        tmesh_transition_row_t **rows_p, size_t *count_p);

#endif
