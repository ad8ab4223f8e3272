#include "services/store/sql/read.h"

#include "services/store/sql/checkpoints.h"
#include "services/store/sql/definitions.h"
#include "services/store/sql/dlq.h"
#include "services/store/sql/doctor.h"
#include "services/store/sql/pauses.h"
#include "services/store/sql/totals.h"
#include "services/store/sql/views.h"

static tmesh_err_t arrive(tmesh_reader_t *reader, tmesh_sql_connection_t **connection_p)
{
    tmesh_sql_reader_t *self = (tmesh_sql_reader_t *)reader;
    return self->arrive(self, connection_p);
}

static tmesh_err_t depart(tmesh_reader_t *reader, tmesh_err_t err)
{
    tmesh_sql_reader_t *self = (tmesh_sql_reader_t *)reader;
    return self->depart(self, err);
}

static void reader_destroy(tmesh_reader_t **self_p)
{
    tmesh_sql_reader_t *self = (tmesh_sql_reader_t *)*self_p;
    self->destroy(self);
    *self_p = NULL;
}

static tmesh_err_t reader_task(tmesh_reader_t *reader, tmesh_task_id_t id, bool with_context,
                               tmesh_arena_t *arena, tmesh_task_view_t *view)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_task(connection, id, with_context, arena, view);
    return depart(reader, err);
}

static tmesh_err_t reader_steps(tmesh_reader_t *reader, tmesh_task_id_t id, tmesh_arena_t *arena,
                                tmesh_step_view_t **views_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_steps(connection, id, arena, views_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_step_rows(tmesh_reader_t *reader, tmesh_task_id_t id,
                                    tmesh_arena_t *arena, tmesh_step_row_t **rows_p,
                                    size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_step_rows(connection, id, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_results(tmesh_reader_t *reader, tmesh_step_id_t id, tmesh_arena_t *arena,
                                  tmesh_result_row_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_results(connection, id, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_tasks(tmesh_reader_t *reader, const tmesh_task_filter_t *filter,
                                tmesh_arena_t *arena, tmesh_task_view_t **views_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_tasks(connection, filter, arena, views_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_transitions(tmesh_reader_t *reader, tmesh_task_id_t id, uint32_t after,
                                      uint32_t limit, tmesh_arena_t *arena,
                                      tmesh_transition_row_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_views_transitions(connection, id, after, limit, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_definition(tmesh_reader_t *reader, int64_t id, tmesh_arena_t *arena,
                                     tmesh_definition_row_t *row)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_definitions_load(connection, id, arena, row);
    return depart(reader, err);
}

static tmesh_err_t reader_definitions(tmesh_reader_t *reader, const char *namespace_name,
                                      const char *name, tmesh_arena_t *arena,
                                      tmesh_definition_row_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_definitions_list(connection, namespace_name, name, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_checkpoints(tmesh_reader_t *reader, tmesh_step_id_t id,
                                      tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                      size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_checkpoints_list(connection, id, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_pauses(tmesh_reader_t *reader, tmesh_arena_t *arena,
                                 tmesh_pause_row_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_pauses_list(connection, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_dlq_entry(tmesh_reader_t *reader, tmesh_dlq_id_t id,
                                    tmesh_arena_t *arena, tmesh_dlq_row_t *row)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_dlq_find(connection, id, arena, row);
    return depart(reader, err);
}

static tmesh_err_t reader_dlq_entries(tmesh_reader_t *reader, const tmesh_dlq_filter_t *filter,
                                      tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p,
                                      size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_dlq_list(connection, filter, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_dlq_stats(tmesh_reader_t *reader, tmesh_arena_t *arena,
                                    tmesh_dlq_stat_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_dlq_stats(connection, arena, rows_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_problems(tmesh_reader_t *reader, int64_t now_ms, uint32_t limit,
                                   tmesh_arena_t *arena, tmesh_problem_t **problems_p,
                                   size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_doctor_look(connection, now_ms, limit, arena, problems_p, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_open_tasks(tmesh_reader_t *reader, uint64_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_totals_open_tasks(connection, count_p);
    return depart(reader, err);
}

static tmesh_err_t reader_backlog(tmesh_reader_t *reader, uint32_t limit, tmesh_arena_t *arena,
                                  tmesh_backlog_t **rows_p, size_t *count_p)
{
    tmesh_sql_connection_t *connection = NULL;
    tmesh_err_t err = arrive(reader, &connection);
    if (err) return err;
    err = tmesh_sql_totals_backlog(connection, limit, arena, rows_p, count_p);
    return depart(reader, err);
}

const tmesh_reader_backend_t tmesh_sql_reader_backend = {
    .destroy = reader_destroy,
    .task = reader_task,
    .steps = reader_steps,
    .step_rows = reader_step_rows,
    .results = reader_results,
    .tasks = reader_tasks,
    .transitions = reader_transitions,
    .definition = reader_definition,
    .definitions = reader_definitions,
    .checkpoints = reader_checkpoints,
    .pauses = reader_pauses,
    .dlq_entry = reader_dlq_entry,
    .dlq_entries = reader_dlq_entries,
    .dlq_stats = reader_dlq_stats,
    .problems = reader_problems,
    .open_tasks = reader_open_tasks,
    .backlog = reader_backlog,
};
