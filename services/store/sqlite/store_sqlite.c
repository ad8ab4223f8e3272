#include "services/store/sqlite/store_sqlite.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/backup.h"
#include "services/store/sqlite/claims.h"
#include "services/store/sql/definitions.h"
#include "services/store/sql/due_times.h"
#include "services/store/sql/prune.h"
#include "services/store/sql/pauses.h"
#include "services/store/sqlite/load.h"
#include "services/store/sql/save.h"
#include "services/store/sqlite/store_private.h"
#include "services/store/sqlite/witness.h"

enum {
    CHECKPOINT_PAGES = 8192, // 32 MiB of log
    BUSY_WAIT_MS = 5000,
    VERSION_WITHOUT_WAL_BUG = 3051003,
};

static tmesh_store_sqlite_t *of(tmesh_store_t *store)
{
    return (tmesh_store_sqlite_t *)store;
}

static tmesh_sql_connection_t *writer_sql(tmesh_sqlite_writer_t *writer)
{
    return tmesh_sqlite_connection_sql(tmesh_sqlite_writer_connection(writer));
}

static void sqlite_destroy(tmesh_store_t **self_p)
{
    tmesh_store_sqlite_t *self = of(*self_p);
    if (!self) return;
    assert(self->readers == 0);
    tmesh_sqlite_writer_destroy(&self->writer);
    tmesh_lock_file_destroy(&self->lock_file); // last: until here the file is ours
    tmesh_free(self->path);
    tmesh_free(self->node);
    tmesh_free(self);
    *self_p = NULL;
}

static tmesh_err_t sqlite_begin(tmesh_store_t *store, const tmesh_wants_t *wants,
                                tmesh_work_t **work_p)
{
    tmesh_store_sqlite_t *self = of(store);
    tmesh_err_t err = tmesh_sqlite_writer_begin(self->writer);
    if (err) return err;
    tmesh_auto(tmesh_work) work = tmesh_work_new();
    work->now_ms = tmesh_clock_now_ms(self->clock);
    work->node = self->node;
    err = tmesh_sqlite_load(tmesh_sqlite_writer_connection(self->writer), wants, work);
    if (err) {
        tmesh_sqlite_writer_rollback(self->writer);
        return err;
    }
    *work_p = work;
    work = NULL;
    return TMESH_OK;
}

static tmesh_err_t sqlite_extend(tmesh_store_t *store, const tmesh_wants_t *wants,
                                 tmesh_work_t *work)
{
    return tmesh_sqlite_load(tmesh_sqlite_writer_connection(of(store)->writer), wants, work);
}

static tmesh_err_t sqlite_commit(tmesh_store_t *store, tmesh_work_t *work)
{
    tmesh_store_sqlite_t *self = of(store);
    tmesh_sqlite_connection_t *connection = tmesh_sqlite_writer_connection(self->writer);
    tmesh_err_t err = tmesh_sql_save(tmesh_sqlite_connection_sql(connection), work);
    if (!err) err = tmesh_sqlite_claims_load(connection, work);
    if (err) {
        tmesh_sqlite_writer_rollback(self->writer);
        return err;
    }
    err = tmesh_sqlite_writer_commit(self->writer, tmesh_sqlite_witness_of_work, work);
    if (!err) tmesh_sql_save_finish(work);
    return err;
}

static void sqlite_abandon(tmesh_store_t *store)
{
    tmesh_sqlite_writer_rollback(of(store)->writer);
}

// Ends the transaction of one change.
static tmesh_err_t end_change(tmesh_sqlite_writer_t *writer, tmesh_err_t err)
{
    if (!err) return tmesh_sqlite_writer_commit(writer, NULL, NULL);
    tmesh_sqlite_writer_rollback(writer);
    return err;
}

static tmesh_err_t sqlite_take_over(tmesh_store_t *store, int64_t due_ms, uint32_t *count_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    tmesh_err_t err = tmesh_sqlite_writer_begin(writer);
    if (err) return err;
    uint32_t count = 0;
    err = tmesh_sql_due_times_take_over(writer_sql(writer), due_ms, &count);
    err = end_change(writer, err);
    if (!err) *count_p = count;
    return err;
}

static tmesh_err_t sqlite_next_due(tmesh_store_t *store, int64_t *due_ms_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = tmesh_sql_due_times_next(writer_sql(writer), due_ms_p);
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static tmesh_err_t sqlite_prune(tmesh_store_t *store, int64_t until_ms, uint32_t limit,
                                uint32_t *count_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    tmesh_err_t err = tmesh_sqlite_writer_begin(writer);
    if (err) return err;
    uint32_t count = 0;
    err = tmesh_sql_prune(writer_sql(writer), until_ms, limit, &count);
    err = end_change(writer, err);
    if (!err) *count_p = count;
    return err;
}

static tmesh_err_t sqlite_next_prunable(tmesh_store_t *store, int64_t *completed_ms_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = tmesh_sql_prune_next(writer_sql(writer), completed_ms_p);
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static tmesh_err_t sqlite_put_definition(tmesh_store_t *store, tmesh_definition_row_t *row,
                                         const tmesh_queue_row_t *queues, size_t queue_count,
                                         bool *created_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    tmesh_err_t err = tmesh_sqlite_writer_begin(writer);
    if (err) return err;
    tmesh_definition_row_t put = *row;
    bool is_created = false;
    err = tmesh_sql_definitions_put(writer_sql(writer), &put, queues, queue_count, &is_created);
    err = end_change(writer, err);
    if (err) return err;
    row->id = put.id;
    *created_p = is_created;
    return TMESH_OK;
}

static tmesh_err_t sqlite_load_definition(tmesh_store_t *store, int64_t id, tmesh_arena_t *arena,
                                          tmesh_definition_row_t *row)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = tmesh_sql_definitions_load(writer_sql(writer), id, arena, row);
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static tmesh_err_t sqlite_load_versions(tmesh_store_t *store, const char *namespace_name,
                                        const char *name, tmesh_arena_t *arena,
                                        tmesh_definition_row_t **rows_p, size_t *count_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = tmesh_sql_definitions_versions(writer_sql(writer), namespace_name, name, arena, rows_p,
                                         count_p);
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static tmesh_err_t sqlite_put_pause(tmesh_store_t *store, const tmesh_pause_row_t *row,
                                    bool *changed_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    tmesh_err_t err = tmesh_sqlite_writer_begin(writer);
    if (err) return err;
    err = tmesh_sql_pauses_put(writer_sql(writer), row, changed_p);
    return end_change(writer, err);
}

static tmesh_err_t sqlite_remove_pause(tmesh_store_t *store, const char *namespace_name,
                                       const char *callable, bool *changed_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    tmesh_err_t err = tmesh_sqlite_writer_begin(writer);
    if (err) return err;
    err = tmesh_sql_pauses_remove(writer_sql(writer), namespace_name,
                                     callable, changed_p);
    return end_change(writer, err);
}

static tmesh_err_t sqlite_load_pauses(tmesh_store_t *store, tmesh_arena_t *arena,
                                      tmesh_pause_row_t **rows_p, size_t *count_p)
{
    tmesh_sqlite_writer_t *writer = of(store)->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = tmesh_sql_pauses_list(writer_sql(writer), arena, rows_p, count_p);
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static tmesh_store_stats_t sqlite_stats(const tmesh_store_t *store)
{
    return tmesh_sqlite_writer_stats(((const tmesh_store_sqlite_t *)store)->writer);
}

static tmesh_err_t sqlite_ping(tmesh_store_t *store)
{
    return tmesh_sqlite_writer_probe(of(store)->writer);
}

static const tmesh_store_backend_t backend = {
    .name = "sqlite",
    .destroy = sqlite_destroy,
    .begin = sqlite_begin,
    .extend = sqlite_extend,
    .commit = sqlite_commit,
    .abandon = sqlite_abandon,
    .take_over = sqlite_take_over,
    .next_due = sqlite_next_due,
    .prune = sqlite_prune,
    .next_prunable = sqlite_next_prunable,
    .put_definition = sqlite_put_definition,
    .load_definition = sqlite_load_definition,
    .load_versions = sqlite_load_versions,
    .put_pause = sqlite_put_pause,
    .remove_pause = sqlite_remove_pause,
    .load_pauses = sqlite_load_pauses,
    .stats = sqlite_stats,
    .ping = sqlite_ping,
    .open_backup = tmesh_sqlite_backup_open,
};

tmesh_err_t tmesh_store_sqlite_open(tmesh_store_t **self_p,
                                    const tmesh_store_sqlite_config_t *config,
                                    tmesh_fault_t **fault_p)
{
    assert(config->path);
    assert(config->clock);
    tmesh_store_sqlite_t *self = tmesh_alloc(sizeof *self);
    tmesh_auto(tmesh_store) base = &self->base;
    base->backend = &backend;
    self->path = tmesh_strdup(config->path);
    self->is_memory = strcmp(config->path, ":memory:") == 0;
    self->node = config->node ? tmesh_strdup(config->node) : NULL;
    self->clock = config->clock;
    self->busy_wait_ms = config->busy_wait_ms > 0 ? config->busy_wait_ms : BUSY_WAIT_MS;
    tmesh_err_t err = TMESH_OK;
    if (!self->is_memory) err = tmesh_lock_file_open(&self->lock_file, self->path, fault_p);
    if (err) return err;
    tmesh_sqlite_settings_t settings = {
        .path = self->path,
        .busy_wait_ms = self->busy_wait_ms,
        .checkpoint_pages = config->checkpoint_pages ? config->checkpoint_pages : CHECKPOINT_PAGES,
    };
    err = tmesh_sqlite_writer_open(&self->writer, &settings, self->clock, fault_p);
    if (err) return err;
    *self_p = base;
    base = NULL;
    return TMESH_OK;
}

const char *tmesh_store_sqlite_warning(void)
{
    if (sqlite3_libversion_number() >= VERSION_WITHOUT_WAL_BUG) return NULL;
    return "this SQLite is older than 3.51.3: a rare bug can corrupt a file that two connections "
           "write or checkpoint at once; let no other program write to the store while we run";
}
