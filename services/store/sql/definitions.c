#include "services/store/sql/definitions.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

static void bind_name(tmesh_sql_t *sql, const tmesh_definition_row_t *row)
{
    tmesh_sql_bind_text(sql, row->namespace_name);
    tmesh_sql_bind_text(sql, row->name);
    tmesh_sql_bind_text(sql, row->version);
}

// *id_p 0: there is none with this hash.
static tmesh_err_t find(tmesh_sql_connection_t *connection, const tmesh_definition_row_t *row,
                        int64_t *id_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_FIND_DEFINITION);
    bind_name(sql, row);
    tmesh_sql_bind_blob(sql, row->hash, sizeof row->hash);
    *id_p = 0;
    if (tmesh_sql_next(sql)) *id_p = tmesh_sql_read_within(sql, 1, INT64_MAX);
    return sql->err;
}

static tmesh_err_t insert(tmesh_sql_connection_t *connection, const tmesh_definition_row_t *row)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_DEFINITION);
    bind_name(sql, row);
    tmesh_sql_bind_blob(sql, row->hash, sizeof row->hash);
    tmesh_sql_bind_int(sql, row->step_count);
    tmesh_sql_bind_text(sql, row->description);
    tmesh_sql_bind_int(sql, row->created_ms);
    tmesh_sql_bind_bytes(sql, row->json);
    return tmesh_sql_run(sql);
}

static tmesh_err_t set_current(tmesh_sql_connection_t *connection,
                               const tmesh_definition_row_t *row, int64_t id)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_SET_CURRENT_DEFINITION);
    bind_name(sql, row);
    tmesh_sql_bind_int(sql, id);
    return tmesh_sql_run(sql);
}

static tmesh_err_t put_queues(tmesh_sql_connection_t *connection,
                              const tmesh_queue_row_t *queues, size_t count)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_QUEUE);
    for (size_t i = 0; i < count; i++) {
        assert(queues[i].id > 0);
        assert(queues[i].id <= INT64_MAX);
        tmesh_sql_bind_int(sql, (int64_t)queues[i].id);
        tmesh_sql_bind_text(sql, queues[i].namespace_name);
        tmesh_sql_bind_text(sql, queues[i].callable);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_definitions_put(tmesh_sql_connection_t *connection,
                                      tmesh_definition_row_t *row, const tmesh_queue_row_t *queues,
                                      size_t queue_count, bool *created_p)
{
    int64_t id = 0;
    tmesh_err_t err = find(connection, row, &id);
    if (err) return err;
    bool is_new = id == 0;
    if (is_new) {
        err = insert(connection, row);
        if (!err) err = find(connection, row, &id);
    }
    if (!err) err = set_current(connection, row, id);
    if (!err) err = put_queues(connection, queues, queue_count);
    if (err) return err;
    row->id = id;
    *created_p = is_new;
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_definitions_load(tmesh_sql_connection_t *connection, int64_t id,
                                       tmesh_arena_t *arena, tmesh_definition_row_t *row)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_DEFINITION);
    tmesh_sql_bind_int(sql, id);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_NOT_FOUND;
    tmesh_definition_row_t loaded = {0};
    tmesh_columns_read_definition(sql, arena, &loaded);
    loaded.json = tmesh_sql_read_bytes(sql, arena);
    if (!sql->err) *row = loaded;
    return sql->err;
}

// All rows of a statement whose parameters are bound.
static tmesh_err_t read_all(tmesh_sql_t *sql, tmesh_arena_t *arena,
                            tmesh_definition_row_t **rows_p, size_t *count_p)
{
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_definition_row_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_columns_read_definition(sql, arena, tmesh_rows_list_add(&list));
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_definitions_versions(tmesh_sql_connection_t *connection,
                                           const char *namespace_name, const char *name,
                                           tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                                           size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_CURRENT_VERSIONS);
    tmesh_sql_bind_text(sql, namespace_name);
    tmesh_sql_bind_text(sql, name);
    return read_all(sql, arena, rows_p, count_p);
}

tmesh_err_t tmesh_sql_definitions_list(tmesh_sql_connection_t *connection,
                                       const char *namespace_name, const char *name,
                                       tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                                       size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_CURRENT_DEFINITIONS);
    tmesh_sql_bind_text(sql, namespace_name);
    tmesh_sql_bind_text(sql, name);
    return read_all(sql, arena, rows_p, count_p);
}
