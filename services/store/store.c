#include "services/store/store.h"

#include <assert.h>

void tmesh_store_destroy(tmesh_store_t **self_p)
{
    assert(self_p);
    if (!*self_p) return;
    (*self_p)->backend->destroy(self_p);
    assert(!*self_p);
}

tmesh_err_t tmesh_store_begin(tmesh_store_t *self, const tmesh_wants_t *wants,
                              tmesh_work_t **work_p)
{
    assert(self);
    assert(wants);
    assert(wants->task_ids || wants->task_count == 0);
    assert(wants->step_ids || wants->step_count == 0);
    assert(wants->identities || wants->identity_count == 0);
    assert(wants->due_until_ms <= 0 || wants->due_limit > 0);
    assert(work_p);
    return self->backend->begin(self, wants, work_p);
}

tmesh_err_t tmesh_store_extend(tmesh_store_t *self, const tmesh_wants_t *wants, tmesh_work_t *work)
{
    assert(self);
    assert(wants);
    assert(work);
    return self->backend->extend(self, wants, work);
}

tmesh_err_t tmesh_store_commit(tmesh_store_t *self, tmesh_work_t *work)
{
    assert(self);
    assert(work);
    return self->backend->commit(self, work);
}

void tmesh_store_abandon(tmesh_store_t *self, tmesh_work_t **work_p)
{
    assert(self);
    assert(work_p);
    if (!*work_p) return;
    self->backend->abandon(self);
    tmesh_work_destroy(work_p);
}

tmesh_err_t tmesh_store_take_over(tmesh_store_t *self, int64_t due_ms, uint32_t *count_p)
{
    assert(self);
    assert(due_ms != TMESH_DUE_NONE);
    assert(count_p);
    return self->backend->take_over(self, due_ms, count_p);
}

tmesh_err_t tmesh_store_next_due(tmesh_store_t *self, int64_t *due_ms_p)
{
    assert(self);
    assert(due_ms_p);
    return self->backend->next_due(self, due_ms_p);
}

tmesh_err_t tmesh_store_prune(tmesh_store_t *self, int64_t until_ms, uint32_t limit,
                              uint32_t *count_p)
{
    assert(self);
    assert(limit > 0);
    assert(count_p);
    return self->backend->prune(self, until_ms, limit, count_p);
}

tmesh_err_t tmesh_store_next_prunable(tmesh_store_t *self, int64_t *completed_ms_p)
{
    assert(self);
    assert(completed_ms_p);
    return self->backend->next_prunable(self, completed_ms_p);
}

bool tmesh_store_is_shared(const tmesh_store_t *self)
{
    assert(self);
    return self->backend->is_shared && self->backend->is_shared(self);
}

tmesh_err_t tmesh_store_beat(tmesh_store_t *self, const tmesh_beat_request_t *request,
                             tmesh_arena_t *arena, tmesh_beat_reply_t *reply)
{
    assert(tmesh_store_is_shared(self));
    assert(request);
    assert(request->period_ms > 0);
    assert(request->watched || request->watched_count == 0);
    assert(request->held || request->held_count == 0);
    assert(arena);
    assert(reply);
    return self->backend->beat(self, request, arena, reply);
}

tmesh_err_t tmesh_store_take_over_node(tmesh_store_t *self, tmesh_node_id_t dead, int64_t due_ms,
                                       uint32_t limit, uint32_t *count_p)
{
    assert(tmesh_store_is_shared(self));
    assert(due_ms != TMESH_DUE_NONE);
    assert(limit > 0);
    assert(count_p);
    return self->backend->take_over_node(self, dead, due_ms, limit, count_p);
}

tmesh_err_t tmesh_store_call_nodes(tmesh_store_t *self)
{
    assert(self);
    return self->backend->call_nodes(self);
}

bool tmesh_store_is_called(tmesh_store_t *self)
{
    assert(self);
    return self->backend->is_called(self);
}

tmesh_err_t tmesh_store_put_definition(tmesh_store_t *self, tmesh_definition_row_t *row,
                                       const tmesh_queue_row_t *queues, size_t queue_count,
                                       bool *created_p)
{
    assert(self);
    assert(row);
    assert(row->namespace_name);
    assert(row->name);
    assert(row->version);
    assert(row->json.data);
    assert(queues || queue_count == 0);
    assert(created_p);
    return self->backend->put_definition(self, row, queues, queue_count, created_p);
}

tmesh_err_t tmesh_store_load_definition(tmesh_store_t *self, int64_t id, tmesh_arena_t *arena,
                                        tmesh_definition_row_t *row)
{
    assert(self);
    assert(arena);
    assert(row);
    return self->backend->load_definition(self, id, arena, row);
}

tmesh_err_t tmesh_store_load_versions(tmesh_store_t *self, const char *namespace_name,
                                      const char *name, tmesh_arena_t *arena,
                                      tmesh_definition_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(namespace_name);
    assert(name);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->load_versions(self, namespace_name, name, arena, rows_p, count_p);
}

tmesh_err_t tmesh_store_put_pause(tmesh_store_t *self, const tmesh_pause_row_t *row,
                                  bool *changed_p)
{
    assert(self);
    assert(row);
    assert(row->namespace_name);
    assert(changed_p);
    return self->backend->put_pause(self, row, changed_p);
}

tmesh_err_t tmesh_store_remove_pause(tmesh_store_t *self, const char *namespace_name,
                                     const char *callable, bool *changed_p)
{
    assert(self);
    assert(namespace_name);
    assert(changed_p);
    return self->backend->remove_pause(self, namespace_name, callable, changed_p);
}

tmesh_err_t tmesh_store_load_pauses(tmesh_store_t *self, tmesh_arena_t *arena,
                                    tmesh_pause_row_t **rows_p, size_t *count_p)
{
    assert(self);
    assert(arena);
    assert(rows_p);
    assert(count_p);
    return self->backend->load_pauses(self, arena, rows_p, count_p);
}

tmesh_store_stats_t tmesh_store_stats(const tmesh_store_t *self)
{
    assert(self);
    return self->backend->stats(self);
}

tmesh_err_t tmesh_store_ping(tmesh_store_t *self)
{
    assert(self);
    return self->backend->ping(self);
}

bool tmesh_store_absence(const tmesh_store_t *self, tmesh_absence_t *absence)
{
    assert(self);
    assert(absence);
    if (!self->backend->absence) return false;
    self->backend->absence(self, absence);
    return true;
}

tmesh_err_t tmesh_store_open_backup(tmesh_store_t *self, const char *file, bool replace,
                                    tmesh_backup_t **backup_p, tmesh_fault_t **fault_p)
{
    assert(self);
    assert(file);
    assert(backup_p);
    assert(fault_p);
    return self->backend->open_backup(self, file, replace, backup_p, fault_p);
}
