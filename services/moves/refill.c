#include "services/moves/refill.h"

#include "services/domain/queue_id.h"
#include "services/domain/turns.h"
#include "services/moves/enqueue.h"

// One more than there is room for, to see whether any are left.
static uint32_t room_of_queue(void *object, const char *namespace_name, const char *callable)
{
    tmesh_refill_t *self = object;
    const tmesh_credit_t *credit = self->tools->credit;
    if (!tmesh_credit_is_offered(credit, namespace_name, callable)) return 0;
    uint32_t room = tmesh_credit_room_for(credit, namespace_name, callable);
    if (room == 0) {
        self->left = true;
        return 0;
    }
    if (room > TMESH_REFILL_QUEUE_MAX) {
        self->is_cut = true;
        room = TMESH_REFILL_QUEUE_MAX;
    }
    if (room < self->least_room) self->least_room = room;
    return room + 1;
}

void tmesh_refill_open(tmesh_refill_t *self, tmesh_tools_t *tools, tmesh_wants_t *wants)
{
    *self = (tmesh_refill_t){.tools = tools, .least_room = UINT32_MAX};
    self->is_open = tmesh_credit_has_room(tools->credit) && tmesh_tools_claim_in_turn(tools) &&
                    tmesh_credit_take_backlog(tools->credit);
    if (!self->is_open) return;
    wants->claim_room = room_of_queue;
    wants->claim_room_self = self;
}

// Not the steps of a task that this very work blocks: the commit holds them.
static bool is_claimable(const tmesh_work_step_t *step)
{
    const tmesh_step_row_t *row = &step->row;
    return row->state == TMESH_STEP_ENQUEUED && !row->claimed && !row->held &&
           !step->task->hold_steps;
}

static tmesh_err_t add_turn(tmesh_refill_t *self, tmesh_work_step_t *step, tmesh_turn_t *turns,
                            size_t *count_p)
{
    bool has_definition = false;
    tmesh_err_t err = tmesh_tools_has_definition(self->tools, step, &has_definition);
    if (err) return err;
    if (!has_definition) { // nobody can run it, but there may be others behind it
        self->left = true;
        return TMESH_OK;
    }
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    err = tmesh_tools_step_definition(self->tools, step, &definition, &of_step);
    if (err) return err;
    // A worker that comes looks for itself.
    bool is_offered = tmesh_credit_is_offered(self->tools->credit, definition->namespace_name,
                                              of_step->callable);
    if (!is_offered) return TMESH_OK;
    uint64_t key = tmesh_queue_id(definition->namespace_name, ""); // of no callable: of all
    turns[(*count_p)++] = (tmesh_turn_t){
        .namespace_key = key,
        .served = tmesh_credit_served(self->tools->credit, key),
        .order_key = step->row.order_key,
        .step_id = step->row.id,
        .step = step,
    };
    return TMESH_OK;
}

static tmesh_err_t serve(tmesh_refill_t *self, tmesh_work_t *work, const tmesh_turn_t *turn)
{
    tmesh_work_step_t *step = turn->step;
    tmesh_err_t err = tmesh_moves_claim_in_turn(self->tools, work, step);
    if (err) return err;
    if (step->row.claimed) {
        tmesh_credit_note_served(self->tools->credit, turn->namespace_key);
        self->claimed++;
    } else if (!step->row.held) {
        self->left = true;
    }
    return TMESH_OK;
}

static tmesh_err_t claim_waiting(tmesh_refill_t *self, tmesh_work_t *work)
{
    tmesh_turn_t *turns = tmesh_arena_alloc(work->arena, (work->step_count + 1) * sizeof *turns);
    size_t count = 0;
    for (uint32_t i = 0; i < work->step_count; i++) {
        if (!is_claimable(work->steps[i])) continue;
        tmesh_err_t err = add_turn(self, work->steps[i], turns, &count);
        if (err) return err;
    }
    tmesh_turns_order(turns, count);
    for (size_t i = 0; i < count; i++) {
        tmesh_err_t err = serve(self, work, &turns[i]);
        if (err) return err;
    }
    // Credit that came back meanwhile took the one more as well, or all that one transaction may
    // claim: there may be others behind it.
    if (self->claimed > self->least_room) {
        self->left = true;
        self->goes_on = self->is_cut;
    }
    return TMESH_OK;
}

static tmesh_err_t commit(tmesh_refill_t *self, tmesh_err_t err, tmesh_work_t **work_p,
                          tmesh_outcome_t *outcome)
{
    if (!*work_p) return err;
    if (!err && self->is_open) err = claim_waiting(self, *work_p);
    if (!err) return tmesh_outcome_commit(outcome, self->tools, work_p);
    tmesh_outcome_abandon(outcome, self->tools, work_p);
    return err;
}

static void give_up(tmesh_refill_t *self)
{
    self->gave_up = true;
    self->tools->refill_from_ms =
        tmesh_clock_now_ms(self->tools->clock) + TMESH_REFILL_SUSPENDED_MS;
}

tmesh_err_t tmesh_refill_close(tmesh_refill_t *self, tmesh_err_t err, tmesh_work_t **work_p,
                               tmesh_outcome_t *outcome)
{
    err = commit(self, err, work_p, outcome);
    tmesh_credit_t *credit = self->tools->credit;
    if (!self->is_open) { // credit that came with this work is the step enqueuer's, if not ours
        bool gave_up = tmesh_credit_is_awaited(credit) && !tmesh_tools_claim_in_turn(self->tools);
        if (!err && gave_up) outcome->left_unclaimed = true;
        return err;
    }
    self->is_open = false;
    tmesh_credit_leave_backlog(credit, err || self->left);
    // All that wait have had their turn: they need credit that is not there yet.
    if (!err) outcome->left_unclaimed = self->goes_on;
    if (err && !tmesh_err_may_retry(err) && err != TMESH_ERR_FATAL) give_up(self);
    return err;
}
