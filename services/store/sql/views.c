#include "services/store/sql/views.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

static void read_view(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_task_view_t *view)
{
    *view = (tmesh_task_view_t){0};
    tmesh_columns_read_task(sql, &view->row);
    tmesh_columns_read_request(sql, arena, &view->request);
    view->request.task_id = view->row.id;
    view->namespace_name = tmesh_sql_read_text(sql, arena);
    view->name = tmesh_sql_read_text(sql, arena);
    view->version = tmesh_sql_read_text(sql, arena);
}

static tmesh_err_t read_context(tmesh_sql_connection_t *connection, tmesh_arena_t *arena,
                                tmesh_task_view_t *view)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_CONTEXT);
    tmesh_sql_bind_blob(sql, view->row.id.bytes, sizeof view->row.id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    view->request.correlation_id = tmesh_sql_read_text(sql, arena);
    view->request.context = tmesh_sql_read_bytes(sql, arena);
    return sql->err;
}

tmesh_err_t tmesh_sql_views_task(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                 bool with_context, tmesh_arena_t *arena, tmesh_task_view_t *view)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_TASK_VIEW);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_NOT_FOUND;
    tmesh_task_view_t found;
    read_view(sql, arena, &found);
    tmesh_err_t err = sql->err;
    if (!err && with_context) err = read_context(connection, arena, &found);
    if (!err) *view = found;
    return err;
}

tmesh_err_t tmesh_sql_views_tasks(tmesh_sql_connection_t *connection,
                                  const tmesh_task_filter_t *filter, tmesh_arena_t *arena,
                                  tmesh_task_view_t **views_p, size_t *count_p)
{
    tmesh_task_id_t before = filter->before;
    if (!filter->has_before) memset(&before, 0xff, sizeof before); // later than any
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_TASK_LIST);
    tmesh_sql_bind_blob(sql, before.bytes, sizeof before.bytes);
    tmesh_sql_bind_int(sql, filter->state);
    tmesh_sql_bind_text(sql, filter->namespace_name);
    tmesh_sql_bind_text(sql, filter->name);
    tmesh_sql_bind_text(sql, filter->version);
    tmesh_sql_bind_text(sql, filter->correlation_id);
    tmesh_sql_bind_int(sql, filter->created_after_ms);
    tmesh_sql_bind_int(sql, filter->created_before_ms);
    tmesh_sql_bind_int(sql, filter->limit);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_task_view_t)};
    while (tmesh_sql_next(sql)) read_view(sql, arena, tmesh_rows_list_add(&list));
    if (sql->err) return sql->err;
    *views_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_views_transitions(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                        uint32_t after, uint32_t limit, tmesh_arena_t *arena,
                                        tmesh_transition_row_t **rows_p, size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_TRANSITIONS);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    tmesh_sql_bind_int(sql, after);
    tmesh_sql_bind_int(sql, limit);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_transition_row_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_columns_read_transition(sql, arena, tmesh_rows_list_add(&list));
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

// Into a list of things that begin with the row of a step.
static tmesh_err_t read_steps(tmesh_sql_connection_t *connection,
                              const tmesh_step_bounds_t *bounds, tmesh_rows_list_t *list)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_STEPS_OF_TASK);
    tmesh_columns_bind_bounds(sql, bounds);
    while (tmesh_sql_next(sql)) {
        tmesh_columns_read_step(sql, list->arena, tmesh_rows_list_add(list));
    }
    return sql->err;
}
static_assert(offsetof(tmesh_step_view_t, row) == 0, "the row comes first");

tmesh_err_t tmesh_sql_views_step_rows(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                      tmesh_arena_t *arena, tmesh_step_row_t **rows_p,
                                      size_t *count_p)
{
    tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(id);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_step_row_t)};
    tmesh_err_t err = read_steps(connection, &bounds, &list);
    if (err) return err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

// The view of a step. Both lists are in the order of the steps, so one walk finds them all:
// *position moves on. NULL when there is no such step.
static tmesh_step_view_t *walk_to(const tmesh_rows_list_t *views, uint32_t *position,
                                  uint16_t number)
{
    tmesh_step_view_t *all = views->rows;
    while (*position < views->count && tmesh_step_number(all[*position].row.id) < number) {
        (*position)++;
    }
    if (*position == views->count) return NULL;
    return tmesh_step_number(all[*position].row.id) == number ? &all[*position] : NULL;
}

static tmesh_err_t read_parents(tmesh_sql_connection_t *connection,
                                const tmesh_step_bounds_t *bounds, const tmesh_rows_list_t *views)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_EDGES_OF_TASK);
    tmesh_columns_bind_bounds(sql, bounds);
    tmesh_rows_list_t numbers = {.arena = views->arena, .size = sizeof(uint16_t)};
    const tmesh_step_view_t *last = NULL;
    uint32_t position = 0;
    while (tmesh_sql_next(sql)) {
        tmesh_step_id_t child = {0};
        tmesh_step_id_t parent = {0};
        tmesh_sql_read_blob(sql, child.bytes, sizeof child.bytes);
        tmesh_sql_read_blob(sql, parent.bytes, sizeof parent.bytes);
        if (sql->err) break;
        tmesh_step_view_t *view = walk_to(views, &position, tmesh_step_number(child));
        if (!view) return TMESH_ERR_CORRUPT;
        if (view != last) { // its parents are a list of their own
            numbers.rows = NULL;
            numbers.count = numbers.capacity = 0;
            last = view;
        }
        *(uint16_t *)tmesh_rows_list_add(&numbers) = tmesh_step_number(parent);
        view->parents = numbers.rows;
        view->parent_count = (uint16_t)numbers.count;
    }
    return sql->err;
}

// By run: the last of each kind is what remains.
static tmesh_err_t read_results(tmesh_sql_connection_t *connection,
                                const tmesh_step_bounds_t *bounds, const tmesh_rows_list_t *views)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_RESULTS_OF_TASK);
    tmesh_columns_bind_bounds(sql, bounds);
    uint32_t position = 0;
    while (tmesh_sql_next(sql)) {
        tmesh_result_row_t *row = tmesh_arena_alloc(views->arena, sizeof *row);
        tmesh_columns_read_result(sql, views->arena, row);
        if (sql->err) break;
        tmesh_step_view_t *view = walk_to(views, &position, tmesh_step_number(row->step_id));
        if (!view) return TMESH_ERR_CORRUPT;
        *(row->success ? &view->success : &view->failure) = row;
    }
    return sql->err;
}

static tmesh_err_t read_starts(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                               const tmesh_rows_list_t *views)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_STARTS_OF_TASK);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    tmesh_sql_bind_text(sql, tmesh_step_state_word(TMESH_STEP_IN_PROGRESS));
    uint32_t position = 0;
    while (tmesh_sql_next(sql)) {
        uint16_t number = (uint16_t)tmesh_sql_read_within(sql, 1, UINT16_MAX);
        int64_t at_ms = tmesh_sql_read_int(sql);
        if (sql->err) break;
        tmesh_step_view_t *view = walk_to(views, &position, number);
        if (!view) return TMESH_ERR_CORRUPT;
        view->started_ms = at_ms;
    }
    return sql->err;
}

tmesh_err_t tmesh_sql_views_steps(tmesh_sql_connection_t *connection, tmesh_task_id_t id,
                                  tmesh_arena_t *arena, tmesh_step_view_t **views_p,
                                  size_t *count_p)
{
    tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(id);
    tmesh_rows_list_t views = {.arena = arena, .size = sizeof(tmesh_step_view_t)};
    tmesh_err_t err = read_steps(connection, &bounds, &views);
    if (!err) err = read_parents(connection, &bounds, &views);
    if (!err) err = read_results(connection, &bounds, &views);
    if (!err) err = read_starts(connection, id, &views);
    if (err) return err;
    *views_p = views.rows;
    *count_p = views.count;
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_views_results(tmesh_sql_connection_t *connection, tmesh_step_id_t id,
                                    tmesh_arena_t *arena, tmesh_result_row_t **rows_p,
                                    size_t *count_p)
{
    tmesh_step_bounds_t bounds = tmesh_columns_bounds_of(tmesh_task_id_of_step(id));
    uint16_t number = tmesh_step_number(id);
    if (number > 1) bounds.after = tmesh_step_id_of(tmesh_task_id_of_step(id), number - 1);
    bounds.last = id;
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_RESULTS_OF_TASK);
    tmesh_columns_bind_bounds(sql, &bounds);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_result_row_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_columns_read_result(sql, arena, tmesh_rows_list_add(&list));
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
