#include "services/store/reader.h"

#include <assert.h>

void tmesh_reader_destroy(tmesh_reader_t **self_p)
{
    assert(self_p);
    if (!*self_p) return;
    (*self_p)->backend->destroy(self_p);
    assert(!*self_p);
}

tmesh_err_t tmesh_reader_task(tmesh_reader_t *self, tmesh_task_id_t id, bool with_context,
                              tmesh_arena_t *arena, tmesh_task_view_t *view)
{
    assert(self);
    assert(arena);
    assert(view);
    return self->backend->task(self, id, with_context, arena, view);
}

tmesh_err_t tmesh_reader_steps(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                               tmesh_step_view_t **views_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(views_p);
    assert(count_p);
    return self->backend->steps(self, id, arena, views_p, count_p);
}

tmesh_err_t tmesh_reader_step_rows(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                                   tmesh_step_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->step_rows(self, id, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_results(tmesh_reader_t *self, tmesh_step_id_t id, tmesh_arena_t *arena,
                                 tmesh_result_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->results(self, id, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_tasks(tmesh_reader_t *self, const tmesh_task_filter_t *filter,
                               tmesh_arena_t *arena, tmesh_task_view_t **views_p, size_t *count_p)
{
    assert(self);
    assert(filter);
    assert(filter->limit > 0);
    assert((unsigned)filter->state < TMESH_TASK_STATE_COUNT);
    assert(arena);
    assert(views_p);
    assert(count_p);
    return self->backend->tasks(self, filter, arena, views_p, count_p);
}

tmesh_err_t tmesh_reader_transitions(tmesh_reader_t *self, tmesh_task_id_t id, uint32_t after,
                                     uint32_t limit, tmesh_arena_t *arena,
                                     tmesh_transition_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(limit > 0);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->transitions(self, id, after, limit, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_definition(tmesh_reader_t *self, int64_t id, tmesh_arena_t *arena,
                                    tmesh_definition_row_t *row)
{
    assert(self);
    assert(arena);
    assert(row);
    return self->backend->definition(self, id, arena, row);
}

tmesh_err_t tmesh_reader_definitions(tmesh_reader_t *self, const char *namespace_name,
                                     const char *name, tmesh_arena_t *arena,
                                     tmesh_definition_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->definitions(self, namespace_name, name, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_checkpoints(tmesh_reader_t *self, tmesh_step_id_t id,
                                     tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                     size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->checkpoints(self, id, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_pauses(tmesh_reader_t *self, tmesh_arena_t *arena,
                                tmesh_pause_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->pauses(self, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_dlq_entry(tmesh_reader_t *self, tmesh_dlq_id_t id, tmesh_arena_t *arena,
                                   tmesh_dlq_row_t *row)
{
    assert(self);
    assert(arena);
    assert(row);
    return self->backend->dlq_entry(self, id, arena, row);
}

tmesh_err_t tmesh_reader_dlq_entries(tmesh_reader_t *self, const tmesh_dlq_filter_t *filter,
                                     tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p,
                                     size_t *count_p)
{
    assert(self);
    assert(filter);
    assert(filter->limit > 0);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->dlq_entries(self, filter, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_dlq_stats(tmesh_reader_t *self, tmesh_arena_t *arena,
                                   tmesh_dlq_stat_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->dlq_stats(self, arena, rows_p, count_p);
}

tmesh_err_t tmesh_reader_problems(tmesh_reader_t *self, int64_t now_ms, uint32_t limit,
                                  tmesh_arena_t *arena, tmesh_problem_t **problems_p,
                                  size_t *count_p)
{
    assert(self);
    assert(limit > 0);
    assert(arena);
    assert(problems_p);
    assert(count_p);
    return self->backend->problems(self, now_ms, limit, arena, problems_p, count_p);
}

tmesh_err_t tmesh_reader_open_tasks(tmesh_reader_t *self, uint64_t *count_p)
{
    assert(self);
    assert(count_p);
    return self->backend->open_tasks(self, count_p);
}

tmesh_err_t tmesh_reader_backlog(tmesh_reader_t *self, uint32_t limit, tmesh_arena_t *arena,
                                 tmesh_backlog_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(limit > 0);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->backlog(self, limit, arena, rows_p, count_p);
}
