#include "services/store/postgres/changes.h"

#include "services/store/postgres/works.h"
#include "services/store/sql/definitions.h"
#include "services/store/sql/due_times.h"
#include "services/store/sql/pauses.h"
#include "services/store/sql/prune.h"

tmesh_err_t tmesh_postgres_changes_take_over(tmesh_store_t *store, int64_t due_ms, uint32_t *count_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    uint32_t taken = 0;
    err = tmesh_sql_due_times_take_over(tmesh_postgres_connection_sql(work.connection), due_ms, &taken);
    err = tmesh_postgres_works_end_short(&work, err);
    if (!err) *count_p = taken;
    return err;
}

tmesh_err_t tmesh_postgres_changes_prune(tmesh_store_t *store, int64_t until_ms, uint32_t limit,
                                         uint32_t *count_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    uint32_t pruned = 0;
    err = tmesh_sql_prune(tmesh_postgres_connection_sql(work.connection), until_ms, limit, &pruned);
    err = tmesh_postgres_works_end_short(&work, err);
    if (!err) *count_p = pruned;
    return err;
}

tmesh_err_t tmesh_postgres_changes_put_definition(tmesh_store_t *store, tmesh_definition_row_t *row,
                                                  const tmesh_queue_row_t *queues, size_t queue_count,
                                                  bool *created_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    tmesh_definition_row_t put = *row;
    bool is_created = false;
    err = tmesh_sql_definitions_put(tmesh_postgres_connection_sql(work.connection), &put, queues,
                                    queue_count, &is_created);
    err = tmesh_postgres_works_end_short(&work, err);
    if (err) return err;
    row->id = put.id;
    *created_p = is_created;
    return TMESH_OK;
}

tmesh_err_t tmesh_postgres_changes_put_pause(tmesh_store_t *store, const tmesh_pause_row_t *row,
                                             bool *changed_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    err = tmesh_sql_pauses_put(tmesh_postgres_connection_sql(work.connection), row, changed_p);
    return tmesh_postgres_works_end_short(&work, err);
}

tmesh_err_t tmesh_postgres_changes_remove_pause(tmesh_store_t *store, const char *namespace_name,
                                                const char *callable, bool *changed_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    err = tmesh_sql_pauses_remove(tmesh_postgres_connection_sql(work.connection), namespace_name,
                                  callable, changed_p);
    return tmesh_postgres_works_end_short(&work, err);
}
