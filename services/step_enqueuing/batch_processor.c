#include "services/step_enqueuing/batch_processor.h"

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/refill.h"
#include "services/step_enqueuing/due_steps.h"
#include "services/step_enqueuing/due_tasks.h"

static tmesh_err_t enqueue_ready(tmesh_tools_t *tools, tmesh_work_t *work,
                                 const tmesh_touched_t *ready)
{
    for (uint32_t i = 0; i < ready->count; i++) {
        const tmesh_touched_task_t *of = ready->tasks[i];
        tmesh_err_t err =
            tmesh_moves_enqueue(tools, work, of->task, of->ready, of->ready_count);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t decide(tmesh_tools_t *tools, tmesh_work_t *work,
                          tmesh_process_batch_reply_t *counts, uint32_t *due_p,
                          tmesh_outcome_t *outcome)
{
    tmesh_auto(tmesh_touched) ready = tmesh_touched_new();
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
    *due_p = work->unreadable_count;
    counts->steps_put_off += work->unreadable_count;
    uint32_t task_count = work->task_count;
    uint32_t count = work->step_count; // before whole tasks are loaded
    for (uint32_t i = 0; i < task_count; i++) {
        if (work->tasks[i]->row.due_ms > work->now_ms) continue;
        (*due_p)++;
        tmesh_err_t err = tmesh_due_tasks_handle(tools, work, work->tasks[i], counts, outcome);
        if (err) return err;
    }
    for (uint32_t i = 0; i < count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->row.due_ms > work->now_ms) continue;
        (*due_p)++;
        tmesh_err_t err =
            tmesh_due_steps_handle(tools, work, step, ready, touched, counts, outcome);
        if (err) return err;
    }
    tmesh_err_t err = enqueue_ready(tools, work, ready);
    return err ? err : tmesh_touched_evaluate(touched, tools, work);
}

static void count(tmesh_metrics_t *metrics, const tmesh_process_batch_reply_t *counts)
{
    tmesh_metrics_add(metrics, TMESH_COUNT_STALENESS_LOOKS, counts->tasks_due);
    tmesh_metrics_add(metrics, TMESH_COUNT_STALENESS_DETECTED, counts->tasks_stale);
    tmesh_metrics_add(metrics, TMESH_COUNT_STALENESS_ENDED, counts->tasks_stale_ended);
}

tmesh_err_t tmesh_batch_processor_run(tmesh_tools_t *tools, tmesh_process_batch_reply_t *counts,
                                      bool *more_p, tmesh_outcome_t *outcome)
{
    *more_p = false;
    int64_t now_ms = tmesh_clock_now_ms(tools->clock);
    bool due = tmesh_credit_due(tools->credit) <= now_ms;
    tmesh_wants_t wants = {.due_until_ms = due ? now_ms : 0, .due_limit = TMESH_DUE_LIMIT};
    tmesh_refill_t refill;
    tmesh_refill_open(&refill, tools, &wants);
    if (!due && !refill.is_open) return TMESH_OK;
    tmesh_work_t *work = NULL;
    uint32_t due_count = 0;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (!err) err = decide(tools, work, counts, &due_count, outcome);
    *more_p = due_count >= TMESH_DUE_LIMIT;
    counts->rows_due = due_count;
    err = tmesh_refill_close(&refill, err, &work, outcome);
    counts->steps_claimed += refill.claimed;
    if (!err) count(tools->metrics, counts);
    return err;
}
