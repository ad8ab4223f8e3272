#include "services/step_enqueuing/retention.h"

enum { GATHER_MS = 1000 };

// The board forgets, then learns again: what others note in between stays.
tmesh_err_t tmesh_retention_learn(tmesh_tools_t *tools)
{
    if (tools->settings->retention_ms <= 0) return TMESH_OK;
    tmesh_credit_reset_ended(tools->credit);
    int64_t completed_ms = 0; // unknown
    tmesh_err_t err = tmesh_store_next_prunable(tools->store, &completed_ms);
    tmesh_credit_note_ended(tools->credit, completed_ms);
    return err;
}

int64_t tmesh_retention_due_ms(const tmesh_retention_t *self, const tmesh_tools_t *tools)
{
    int64_t ended_ms = tmesh_credit_ended(tools->credit);
    if (tools->settings->retention_ms <= 0 || ended_ms == TMESH_DUE_NONE) return TMESH_DUE_NONE;
    int64_t due_ms = ended_ms + tools->settings->retention_ms;
    if (ended_ms == 0) due_ms = 0; // one that nobody knows
    return due_ms > self->not_before_ms ? due_ms : self->not_before_ms;
}

tmesh_err_t tmesh_retention_run(tmesh_retention_t *self, tmesh_tools_t *tools, uint32_t *count_p)
{
    *count_p = 0;
    int64_t now_ms = tmesh_clock_now_ms(tools->clock);
    if (tmesh_retention_due_ms(self, tools) > now_ms) return TMESH_OK;
    self->not_before_ms = now_ms + GATHER_MS;
    int64_t until_ms = now_ms - tools->settings->retention_ms;
    tmesh_err_t err = tmesh_store_prune(tools->store, until_ms, tools->settings->retention_batch,
                                        count_p);
    if (!err) err = tmesh_retention_learn(tools);
    if (err) return err;
    tmesh_metrics_add(tools->metrics, TMESH_COUNT_TASKS_PRUNED, *count_p);
    // A backlog goes batch by batch, without a wait; others get their turn in between.
    if (tmesh_credit_ended(tools->credit) <= until_ms) self->not_before_ms = 0;
    return TMESH_OK;
}
