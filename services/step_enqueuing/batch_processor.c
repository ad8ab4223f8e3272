#include "services/step_enqueuing/batch_processor.h"

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/step_enqueuing/due_steps.h"
#include "services/step_enqueuing/due_tasks.h"

typedef struct {
    tmesh_credit_t *credit;
    uint32_t least_room; // that any queue was given
    bool left; // steps stay unclaimed, or may do so, although there are workers for them
} refill_t;

// One more than there is room for, to see whether any are left.
static uint32_t room_of_queue(void *self, const char *namespace_name, const char *callable)
{
    refill_t *refill = self;
    if (!tmesh_credit_is_offered(refill->credit, namespace_name, callable)) return 0;
    uint32_t room = tmesh_credit_room_for(refill->credit, namespace_name, callable);
    if (room == 0) refill->left = true;
    if (room > 0 && room < refill->least_room) refill->least_room = room;
    return room ? room + 1 : 0;
}

static bool is_claimable(const tmesh_step_row_t *row)
{
    return row->state == TMESH_STEP_ENQUEUED && !row->claimed && !row->held;
}

static tmesh_err_t claim_waiting(tmesh_tools_t *tools, tmesh_work_t *work, refill_t *refill,
                                 tmesh_process_batch_reply_t *counts)
{
    uint32_t claimed = 0;
    uint32_t count = work->step_count;
    for (uint32_t i = 0; i < count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (!is_claimable(&step->row) || step->is_changed) continue;
        int64_t due_ms = step->row.due_ms;
        bool has_definition = false;
        tmesh_err_t err = tmesh_tools_has_definition(tools, step, &has_definition);
        if (err) return err;
        if (!has_definition) { // nobody can run it, but there may be others behind it
            refill->left = true;
            continue;
        }
        err = tmesh_moves_claim(tools, work, step);
        if (err) return err;
        if (step->row.claimed) {
            claimed++;
        } else { // the room was for others: as it was
            refill->left = true;
            step->row.due_ms = due_ms;
            step->is_changed = false;
        }
    }
    // Credit that came back meanwhile took the one more as well: there may be others behind it.
    if (claimed > refill->least_room) refill->left = true;
    counts->steps_claimed += claimed;
    return TMESH_OK;
}

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

static tmesh_err_t decide(tmesh_tools_t *tools, tmesh_work_t *work, refill_t *refill,
                          tmesh_process_batch_reply_t *counts, uint32_t *due_p,
                          tmesh_outcome_t *outcome)
{
    tmesh_auto(tmesh_touched) ready = tmesh_touched_new();
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
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
    if (!err) err = tmesh_touched_evaluate(touched, tools, work);
    if (!err && refill) err = claim_waiting(tools, work, refill, counts);
    return err;
}

tmesh_err_t tmesh_batch_processor_run(tmesh_tools_t *tools, tmesh_process_batch_reply_t *counts,
                                      bool *more_p, tmesh_outcome_t *outcome)
{
    *more_p = false;
    int64_t now_ms = tmesh_clock_now_ms(tools->clock);
    bool due = tmesh_credit_due(tools->credit) <= now_ms;
    // A step that becomes unclaimed after the flag was taken sets it again.
    bool refills =
        tmesh_credit_has_room(tools->credit) && tmesh_credit_take_backlog(tools->credit);
    if (!due && !refills) return TMESH_OK;
    refill_t refill = {.credit = tools->credit, .least_room = UINT32_MAX};
    tmesh_wants_t wants = {
        .due_until_ms = due ? now_ms : 0,
        .due_limit = TMESH_DUE_LIMIT,
        .claim_room = refills ? room_of_queue : NULL,
        .claim_room_self = &refill,
    };
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (!err) {
        uint32_t due_count = 0;
        err = decide(tools, work, refills ? &refill : NULL, counts, &due_count, outcome);
        *more_p = due_count >= TMESH_DUE_LIMIT;
        if (err) {
            tmesh_outcome_abandon(outcome, tools, &work);
        } else {
            err = tmesh_outcome_commit(outcome, tools, &work);
        }
    }
    if (refills && (err || refill.left)) tmesh_credit_note_backlog(tools->credit);
    return err;
}
