#include "tests/simulation/support/failing_store.h"

static tmesh_failing_store_t *of(tmesh_store_t *store)
{
    return (tmesh_failing_store_t *)store;
}

static bool is_refused(tmesh_failing_store_t *self, tmesh_failing_call_t call)
{
    uint32_t number = ++self->calls[call];
    if (call != self->call || self->first == 0) return false;
    if (number < self->first || number - self->first >= self->times) return false;
    self->refused++;
    return true;
}

static tmesh_err_t failing_begin(tmesh_store_t *store, const tmesh_wants_t *wants,
                                 tmesh_work_t **work_p)
{
    tmesh_failing_store_t *self = of(store);
    if (is_refused(self, TMESH_FAILING_BEGIN)) return self->err;
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(self->inner, wants, &work);
    if (err) return err;
    if (self->has_corrupt && tmesh_work_find_step(work, self->corrupt)) {
        tmesh_store_abandon(self->inner, &work);
        return TMESH_ERR_CORRUPT;
    }
    *work_p = work;
    return TMESH_OK;
}

static tmesh_err_t failing_extend(tmesh_store_t *store, const tmesh_wants_t *wants,
                                  tmesh_work_t *work)
{
    return tmesh_store_extend(of(store)->inner, wants, work);
}

static tmesh_err_t failing_commit(tmesh_store_t *store, tmesh_work_t *work)
{
    tmesh_failing_store_t *self = of(store);
    if (is_refused(self, TMESH_FAILING_COMMIT)) {
        self->inner->backend->abandon(self->inner);
        return self->err;
    }
    tmesh_err_t err = tmesh_store_commit(self->inner, work);
    if (!err) tmesh_work_check(work);
    return err;
}

static void failing_abandon(tmesh_store_t *store)
{
    of(store)->inner->backend->abandon(of(store)->inner);
}

static tmesh_err_t failing_take_over(tmesh_store_t *store, int64_t due_ms, uint32_t *count_p)
{
    return tmesh_store_take_over(of(store)->inner, due_ms, count_p);
}

static tmesh_err_t failing_next_due(tmesh_store_t *store, int64_t *due_ms_p)
{
    return tmesh_store_next_due(of(store)->inner, due_ms_p);
}

static tmesh_err_t failing_prune(tmesh_store_t *store, int64_t until_ms, uint32_t limit,
                                 uint32_t *count_p)
{
    return tmesh_store_prune(of(store)->inner, until_ms, limit, count_p);
}

static tmesh_err_t failing_next_prunable(tmesh_store_t *store, int64_t *completed_ms_p)
{
    return tmesh_store_next_prunable(of(store)->inner, completed_ms_p);
}

static tmesh_err_t failing_put_definition(tmesh_store_t *store, tmesh_definition_row_t *row,
                                          const tmesh_queue_row_t *queues, size_t queue_count,
                                          bool *created_p)
{
    return tmesh_store_put_definition(of(store)->inner, row, queues, queue_count, created_p);
}

static tmesh_err_t failing_load_definition(tmesh_store_t *store, int64_t id, tmesh_arena_t *arena,
                                           tmesh_definition_row_t *row)
{
    return tmesh_store_load_definition(of(store)->inner, id, arena, row);
}

static tmesh_err_t failing_load_versions(tmesh_store_t *store, const char *namespace_name,
                                         const char *name, tmesh_arena_t *arena,
                                         tmesh_definition_row_t **rows_p, size_t *count_p)
{
    return tmesh_store_load_versions(of(store)->inner, namespace_name, name, arena, rows_p,
                                     count_p);
}

static tmesh_err_t failing_put_pause(tmesh_store_t *store, const tmesh_pause_row_t *row,
                                     bool *changed_p)
{
    return tmesh_store_put_pause(of(store)->inner, row, changed_p);
}

static tmesh_err_t failing_remove_pause(tmesh_store_t *store, const char *namespace_name,
                                        const char *callable, bool *changed_p)
{
    return tmesh_store_remove_pause(of(store)->inner, namespace_name, callable, changed_p);
}

static tmesh_err_t failing_load_pauses(tmesh_store_t *store, tmesh_arena_t *arena,
                                       tmesh_pause_row_t **rows_p, size_t *count_p)
{
    return tmesh_store_load_pauses(of(store)->inner, arena, rows_p, count_p);
}

static tmesh_store_stats_t failing_stats(const tmesh_store_t *store)
{
    return tmesh_store_stats(((const tmesh_failing_store_t *)store)->inner);
}

static tmesh_err_t failing_ping(tmesh_store_t *store)
{
    return tmesh_store_ping(of(store)->inner);
}

static tmesh_err_t failing_open_backup(tmesh_store_t *store, const char *file, bool replace,
                                       tmesh_backup_t **backup_p, tmesh_fault_t **fault_p)
{
    return tmesh_store_open_backup(of(store)->inner, file, replace, backup_p, fault_p);
}

static const tmesh_store_backend_t backend = {
    .name = "failing",
    .begin = failing_begin,
    .extend = failing_extend,
    .commit = failing_commit,
    .abandon = failing_abandon,
    .take_over = failing_take_over,
    .next_due = failing_next_due,
    .prune = failing_prune,
    .next_prunable = failing_next_prunable,
    .put_definition = failing_put_definition,
    .load_definition = failing_load_definition,
    .load_versions = failing_load_versions,
    .put_pause = failing_put_pause,
    .remove_pause = failing_remove_pause,
    .load_pauses = failing_load_pauses,
    .stats = failing_stats,
    .ping = failing_ping,
    .open_backup = failing_open_backup,
};

tmesh_store_t *tmesh_failing_store_wrap(void *self, tmesh_store_t *store)
{
    tmesh_failing_store_t *failing = self;
    failing->base.backend = &backend;
    failing->inner = store;
    return &failing->base;
}
