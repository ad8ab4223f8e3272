// The reader: on a file, a connection of its own that can not write; in memory, the writer's.
#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/checkpoints.h"
#include "services/store/sqlite/columns.h"
#include "services/store/sqlite/definitions.h"
#include "services/store/sqlite/dlq.h"
#include "services/store/sqlite/doctor.h"
#include "services/store/sqlite/pauses.h"
#include "services/store/sqlite/store_private.h"
#include "services/store/sqlite/totals.h"
#include "services/store/sqlite/views.h"

typedef struct {
    tmesh_reader_t base;                   // first
    tmesh_store_sqlite_t *store;           // lent
    tmesh_sqlite_connection_t *connection; // NULL in memory
    _Atomic uint64_t executed;             // statements of its own connection
} reader_t;

// One call's hold on the tables: nothing changes between its statements.
typedef struct {
    tmesh_sqlite_connection_t *connection;
    bool has_entered; // the writer
} visit_t;

static reader_t *of(tmesh_reader_t *reader)
{
    return (reader_t *)reader;
}

static tmesh_err_t arrive(reader_t *self, visit_t *visit)
{
    *visit = (visit_t){.connection = self->connection};
    if (self->connection) {
        return tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_BEGIN_READING);
    }
    tmesh_err_t err = tmesh_sqlite_writer_enter(self->store->writer, &visit->has_entered);
    if (!err) visit->connection = tmesh_sqlite_writer_connection(self->store->writer);
    return err;
}

// What it found out stays what it is: ending a transaction that wrote nothing can do no harm.
static tmesh_err_t depart(reader_t *self, visit_t *visit, tmesh_err_t err)
{
    if (visit->has_entered) tmesh_sqlite_writer_leave(self->store->writer);
    if (!self->connection) return err;
    tmesh_err_t ended = tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_ROLLBACK);
    return err ? err : ended;
}

static void reader_destroy(tmesh_reader_t **self_p)
{
    reader_t *self = of(*self_p);
    tmesh_sqlite_connection_destroy(&self->connection);
    self->store->readers--;
    tmesh_free(self);
    *self_p = NULL;
}

static tmesh_err_t reader_task(tmesh_reader_t *reader, tmesh_task_id_t id, bool with_context,
                               tmesh_arena_t *arena, tmesh_task_view_t *view)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_task(visit.connection, id, with_context, arena, view);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_steps(tmesh_reader_t *reader, tmesh_task_id_t id, tmesh_arena_t *arena,
                                tmesh_step_view_t **views_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_steps(visit.connection, id, arena, views_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_step_rows(tmesh_reader_t *reader, tmesh_task_id_t id,
                                    tmesh_arena_t *arena, tmesh_step_row_t **rows_p,
                                    size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_step_rows(visit.connection, id, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_results(tmesh_reader_t *reader, tmesh_step_id_t id, tmesh_arena_t *arena,
                                  tmesh_result_row_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_results(visit.connection, id, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_tasks(tmesh_reader_t *reader, const tmesh_task_filter_t *filter,
                                tmesh_arena_t *arena, tmesh_task_view_t **views_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_tasks(visit.connection, filter, arena, views_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_transitions(tmesh_reader_t *reader, tmesh_task_id_t id, uint32_t after,
                                      uint32_t limit, tmesh_arena_t *arena,
                                      tmesh_transition_row_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_views_transitions(visit.connection, id, after, limit, arena, rows_p,
                                         count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_definition(tmesh_reader_t *reader, int64_t id, tmesh_arena_t *arena,
                                     tmesh_definition_row_t *row)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_definitions_load(visit.connection, id, arena, row);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_definitions(tmesh_reader_t *reader, const char *namespace_name,
                                      const char *name, tmesh_arena_t *arena,
                                      tmesh_definition_row_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_definitions_list(visit.connection, namespace_name, name, arena, rows_p,
                                        count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_checkpoints(tmesh_reader_t *reader, tmesh_step_id_t id,
                                      tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                      size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_checkpoints_list(visit.connection, id, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_pauses(tmesh_reader_t *reader, tmesh_arena_t *arena,
                                 tmesh_pause_row_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_pauses_list(visit.connection, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_dlq_entry(tmesh_reader_t *reader, tmesh_dlq_id_t id,
                                    tmesh_arena_t *arena, tmesh_dlq_row_t *row)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_dlq_find(visit.connection, id, arena, row);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_dlq_entries(tmesh_reader_t *reader, const tmesh_dlq_filter_t *filter,
                                      tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p,
                                      size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_dlq_list(visit.connection, filter, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_dlq_stats(tmesh_reader_t *reader, tmesh_arena_t *arena,
                                    tmesh_dlq_stat_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_dlq_stats(visit.connection, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_problems(tmesh_reader_t *reader, int64_t now_ms, uint32_t limit,
                                   tmesh_arena_t *arena, tmesh_problem_t **problems_p,
                                   size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_doctor_look(visit.connection, now_ms, limit, arena, problems_p, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_open_tasks(tmesh_reader_t *reader, uint64_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_totals_open_tasks(visit.connection, count_p);
    return depart(of(reader), &visit, err);
}

static tmesh_err_t reader_backlog(tmesh_reader_t *reader, uint32_t limit, tmesh_arena_t *arena,
                                  tmesh_backlog_t **rows_p, size_t *count_p)
{
    visit_t visit;
    tmesh_err_t err = arrive(of(reader), &visit);
    if (err) return err;
    err = tmesh_sqlite_totals_backlog(visit.connection, limit, arena, rows_p, count_p);
    return depart(of(reader), &visit, err);
}

static const tmesh_reader_backend_t backend = {
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

tmesh_err_t tmesh_store_sqlite_open_reader(tmesh_store_t *store, tmesh_reader_t **reader_p)
{
    assert(store);
    assert(strcmp(store->backend->name, "sqlite") == 0);
    reader_t *self = tmesh_alloc(sizeof *self);
    tmesh_auto(tmesh_reader) base = &self->base;
    base->backend = &backend;
    self->store = (tmesh_store_sqlite_t *)store;
    self->store->readers++;
    if (!self->store->is_memory) {
        tmesh_sqlite_settings_t settings = {
            .path = self->store->path,
            .busy_wait_ms = self->store->busy_wait_ms,
            .executed = &self->executed,
        };
        tmesh_auto(tmesh_fault) fault = NULL;
        tmesh_err_t err = tmesh_sqlite_connection_open_reader(&self->connection, &settings, &fault);
        if (err) return err;
    }
    *reader_p = base;
    base = NULL;
    return TMESH_OK;
}
