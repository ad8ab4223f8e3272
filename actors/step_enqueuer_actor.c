// actors/step_enqueuer_actor.c - everything that time or credit makes ready.
// Sleeps until the earliest due time on the credit board, which every commit lowers; looks at the
// board once a second besides, so that a lost message costs a second and no statement.
#include "actors/effects.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/step_enqueuing/batch_processor.h"
#include "services/step_enqueuing/retention.h"

enum {
    LOOK_EVERY_MS = 1000,
    RETRY_AFTER_MS = 200, // when the store refused
    AWAY_MS = 1000,       // when it can not be reached, as others have found out
};

struct tmesh_step_enqueuer {
    tmesh_context_t *context; // lent
    tmesh_tools_t *tools;
    int64_t look_at_ms; // monotonic: look at the board again
    bool more;          // the last batch was full
    int64_t not_before_ms; // monotonic: after a failure
    tmesh_retention_t retention;
};

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_step_enqueuer_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->tools = tmesh_effects_tools(context, services);
    return self;
}

static void destroy(void *object)
{
    tmesh_step_enqueuer_t *self = object;
    tmesh_tools_destroy(&self->tools);
    tmesh_free(self);
}

// The board forgets, then learns again: what others note in between stays.
static tmesh_err_t learn_next_due(tmesh_step_enqueuer_t *self)
{
    tmesh_credit_reset_due(self->tools->credit);
    int64_t due_ms = TMESH_DUE_NONE;
    tmesh_err_t err = tmesh_store_next_due(self->tools->store, &due_ms);
    if (err) due_ms = tmesh_clock_now_ms(self->tools->clock); // try again soon
    (void)tmesh_credit_note_due(self->tools->credit, due_ms);
    return err;
}

static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    tmesh_step_enqueuer_t *self = object;
    tmesh_err_t err = learn_next_due(self);
    if (!err) err = tmesh_retention_learn(self->tools);
    if (err) {
        *fault_p = tmesh_fault_new(err, "store_unreadable", NULL,
                                   "the next due time can't be read: %s", tmesh_err_sentence(err));
        return err;
    }
    tmesh_credit_note_backlog(self->tools->credit);
    return TMESH_OK;
}

static void log_overdue(const tmesh_step_enqueuer_t *self, const tmesh_outcome_t *outcome)
{
    for (size_t i = 0; i < outcome->overdue_count; i++) {
        const tmesh_overdue_t *task = &outcome->overdue[i];
        tmesh_log_warning(tmesh_context_log(self->context), "task.overdue",
                          "task=%s state=%s reason=%s action=%s",
                          tmesh_uuid_format(task->task_id.bytes, (tmesh_uuid_text_t){0}),
                          tmesh_task_state_word(task->state), tmesh_dlq_reason_word(task->reason),
                          task->action);
    }
}

// One that can not be removed now is removed later; nothing else waits for it.
static void prune(tmesh_step_enqueuer_t *self)
{
    uint32_t count = 0;
    tmesh_err_t err = tmesh_retention_run(&self->retention, self->tools, &count);
    if (err) {
        tmesh_log_error(tmesh_context_log(self->context), "tasks.not_pruned", "error=%s",
                        tmesh_err_word(err));
    } else if (count > 0) {
        tmesh_log_info(tmesh_context_log(self->context), "tasks.pruned", "count=%u", count);
    }
}

static tmesh_err_t process(tmesh_step_enqueuer_t *self, tmesh_process_batch_reply_t *counts)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    bool due =
        tmesh_credit_due(self->tools->credit) <= tmesh_clock_now_ms(self->tools->clock);
    int64_t now_ms = tmesh_clock_monotonic_ms(self->tools->clock);
    tmesh_err_t err = tmesh_batch_processor_run(self->tools, counts, &self->more, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    if (!err) log_overdue(self, outcome);
    if (!err && counts->steps_put_off) {
        tmesh_log_error(tmesh_context_log(self->context), "steps.put_off",
                        "count=%u text=\"rows or definitions that can't be understood\"",
                        counts->steps_put_off);
    }
    if (!err && due && !self->more) err = learn_next_due(self);
    self->look_at_ms = now_ms + LOOK_EVERY_MS;
    // What is still due and was not there is in the hands of another node, or due by our clock alone.
    bool is_others = due && counts->rows_due == 0 &&
                     tmesh_credit_due(self->tools->credit) <=
                         tmesh_clock_now_ms(self->tools->clock);
    self->not_before_ms = err || is_others ? now_ms + RETRY_AFTER_MS : 0;
    return err;
}

static int64_t due_ms(void *object)
{
    const tmesh_step_enqueuer_t *self = object;
    if (self->not_before_ms) return self->not_before_ms;
    int64_t due_at_ms = tmesh_credit_due(self->tools->credit);
    int64_t wait_ms =
        due_at_ms == TMESH_DUE_NONE ? INT64_MAX
                                    : due_at_ms - tmesh_clock_now_ms(self->tools->clock);
    int64_t now_ms = tmesh_clock_monotonic_ms(self->tools->clock);
    int64_t prune_ms = tmesh_retention_due_ms(&self->retention, self->tools);
    if (prune_ms < due_at_ms) wait_ms = prune_ms - tmesh_clock_now_ms(self->tools->clock);
    if (self->more || wait_ms <= 0) return now_ms;
    return wait_ms < self->look_at_ms - now_ms ? now_ms + wait_ms : self->look_at_ms;
}

static bool is_store_away(const tmesh_step_enqueuer_t *self)
{
    tmesh_absence_t absence;
    return tmesh_store_absence(self->tools->store, &absence) && absence.is_given_up;
}

static tmesh_err_t tick(void *object)
{
    tmesh_step_enqueuer_t *self = object;
    if (is_store_away(self)) { // what is due stays due
        self->not_before_ms = tmesh_clock_monotonic_ms(self->tools->clock) + AWAY_MS;
        return TMESH_OK;
    }
    prune(object);
    tmesh_process_batch_reply_t counts = {0};
    return process(object, &counts);
}

static tmesh_err_t process_batches(tmesh_step_enqueuer_t *self, tmesh_process_batch_batch_t *batch)
{
    tmesh_process_batch_reply_t *first = tmesh_process_batch_reply(batch, 0);
    tmesh_err_t err = process(self, first);
    for (size_t i = 1; i < batch->any.count; i++) *tmesh_process_batch_reply(batch, i) = *first;
    return err;
}

static tmesh_err_t refill(tmesh_step_enqueuer_t *self, tmesh_credit_changed_batch_t *batch)
{
    (void)batch; // one look serves them all
    tmesh_process_batch_reply_t counts = {0};
    return process(self, &counts);
}

static tmesh_err_t wake(tmesh_step_enqueuer_t *self, tmesh_wake_at_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        (void)tmesh_credit_note_due(self->tools->credit,
                                    tmesh_wake_at_request(batch, i)->due_at_ms);
    }
    return TMESH_OK; // due_ms() is asked after every turn
}

const tmesh_actor_class_t tmesh_step_enqueuer_class = {
    .name = "step_enqueuer",
    .create = create,
    .destroy = destroy,
    .started = started,
    .due_ms = due_ms,
    .tick = tick,
};
TMESH_ANSWER(step_enqueuer, process_batch, process_batches)
TMESH_ANSWER(step_enqueuer, credit_changed, refill)
TMESH_ANSWER(step_enqueuer, wake_at, wake)
