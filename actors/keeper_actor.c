// actors/keeper_actor.c - one statement per period: this node lives, and what do the others do?
// What it learns is told in messages that were there before; losing one costs a period.
#include "actors/keeper.h"

#include "runtime/base/memory.h"
#include "services/task_finalization/task_finalization.h"
#include "services/wire/contract.h"

enum {
    TAKEN_AT_ONCE = 256, // steps, with their tasks locked
    PAGES_PER_BEAT = 16, // taken from one node, if there is time; the rest follows the next beat
    TRUSTED_PERIODS = 2, // since a beat that was confirmed; others judge after three
    LOOK_EVERY_MS = 100, // for calls, of ours and of others
};

typedef struct {
    tmesh_context_t *context;                // lent
    const tmesh_keeper_services_t *services; // lent
    int64_t beat_ms;       // monotonic: the next beat
    int64_t look_ms;       // monotonic: the next look for calls
    uint32_t others;       // nodes that lived with the last beat
    bool is_asked;         // the gateway, what it holds
    tmesh_err_t fatal;     // what an answer has led to, for the next tick to say
    int64_t generation;    // as it was last seen; 0: never
    int64_t unheard_ms;    // since when beats fail; 0: they do not
} keeper_t;

static int64_t now_ms(const keeper_t *self)
{
    return tmesh_clock_monotonic_ms(tmesh_context_clock(self->context));
}

static tmesh_log_t *log_of(const keeper_t *self)
{
    return tmesh_context_log(self->context);
}

static void *create(tmesh_context_t *context, void *services)
{
    keeper_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->services = services;
    return self;
}

static void destroy(void *object)
{
    tmesh_free(object);
}

// ---- What follows from a beat -------------------------------------------------------------------

static void wake(keeper_t *self, int64_t due_ms)
{
    if (due_ms == TMESH_DUE_NONE) return;
    if (!tmesh_credit_note_due(self->services->credit, due_ms)) return;
    tmesh_wake_at_request_t request = {.due_at_ms = due_ms};
    (void)!tmesh_tell_wake_at(self->context, &request);
}

// Steps that another node has left unclaimed, or made ready without a worker of its own.
static void look_at_queues(keeper_t *self, const tmesh_beat_reply_t *reply)
{
    tmesh_credit_t *credit = self->services->credit;
    for (size_t i = 0; i < reply->queue_count; i++) {
        const tmesh_queue_row_t *queue = &reply->queues[i];
        if (!tmesh_credit_room_for(credit, queue->namespace_name, queue->callable)) continue;
        tmesh_credit_note_backlog(credit);
        tmesh_credit_changed_request_t request = {0};
        (void)!tmesh_tell_credit_changed(self->context, &request);
        return;
    }
}

static void tell_settled(keeper_t *self, const tmesh_beat_reply_t *reply)
{
    for (size_t i = 0; i < reply->settled_count; i++) {
        tmesh_task_settled_request_t request = {
            .task_id = reply->settled[i].task_id,
            .state = reply->settled[i].state,
        };
        (void)!tmesh_tell_task_settled(self->context, &request);
    }
}

// Another node has cancelled them, taken their result, or has their worker now.
static void drop_gone(keeper_t *self, const tmesh_beat_reply_t *reply)
{
    if (reply->gone_count == 0) return;
    tmesh_cancel_runs_request_t request = {.arena = tmesh_arena_new(), .count = reply->gone_count};
    tmesh_cancelled_run_t *runs =
        tmesh_arena_alloc(request.arena, reply->gone_count * sizeof *runs);
    for (size_t i = 0; i < reply->gone_count; i++) {
        runs[i] = (tmesh_cancelled_run_t){
            .step_id = reply->gone[i].step_id, .run = reply->gone[i].run, .reason = "stale_run"};
    }
    request.runs = runs;
    (void)!tmesh_tell_cancel_runs(self->context, &request);
    tmesh_arena_destroy(&request.arena); // NULL when it was taken
}

static void note_generation(keeper_t *self, int64_t generation)
{
    if (generation == self->generation) return;
    tmesh_credit_t *credit = self->services->credit;
    if (tmesh_queue_actions_restore(self->services->store, credit)) return; // with the next beat
    tmesh_credit_note_generation(credit, generation);
    tmesh_credit_note_backlog(credit); // what was paused may be claimed
    tmesh_credit_changed_request_t request = {0};
    (void)!tmesh_tell_credit_changed(self->context, &request);
    self->generation = generation;
}

static void take_over(keeper_t *self, tmesh_node_id_t dead, int64_t due_ms)
{
    uint32_t total = 0;
    for (int page = 0; page < PAGES_PER_BEAT && now_ms(self) < self->beat_ms; page++) {
        uint32_t count = 0;
        tmesh_err_t err = tmesh_store_take_over_node(self->services->store, dead, due_ms,
                                                     TAKEN_AT_ONCE, &count);
        if (err || count == 0) break; // with the next beat
        total += count;
    }
    if (total == 0) return; // others were faster
    tmesh_log_info(log_of(self), "node.took_over", "from=%s steps=%u",
                   tmesh_uuid_format(dead.bytes, (tmesh_uuid_text_t){0}), total);
    wake(self, due_ms);
}

static void act(keeper_t *self, const tmesh_beat_reply_t *reply)
{
    self->others = reply->others;
    wake(self, reply->due_ms);
    look_at_queues(self, reply);
    tell_settled(self, reply);
    drop_gone(self, reply);
    note_generation(self, reply->generation);
    for (size_t i = 0; i < reply->dead_count; i++) {
        take_over(self, reply->dead[i], reply->now_ms + self->services->adoption_ms);
    }
}

// ---- The beat -----------------------------------------------------------------------------------

// Said once, when it begins and when it is over.
static void note_heard(keeper_t *self, tmesh_err_t err)
{
    tmesh_absence_t absence = {0};
    (void)tmesh_store_absence(self->services->store, &absence);
    int64_t at_ms = now_ms(self);
    if (err && self->unheard_ms == 0) {
        self->unheard_ms = at_ms;
        tmesh_log_warning(log_of(self), "node.beat_failed", "error=%s text=\"%s\"",
                          tmesh_err_word(err), absence.message);
    } else if (!err && self->unheard_ms > 0) {
        tmesh_log_info(log_of(self), "node.beats_again", "after_ms=%lld",
                       (long long)(at_ms - self->unheard_ms));
        self->unheard_ms = 0;
    }
}

// An error is the end of this node: NOT_FOUND, it is dead; others, it will never beat, and would hand out
// nothing without a word. What may be over with the next beat is none.
static tmesh_err_t beat(keeper_t *self, const tmesh_list_held_reply_t *held)
{
    const tmesh_keeper_services_t *services = self->services;
    tmesh_beat_request_t request = {.period_ms = services->period_ms};
    if (held) {
        request.watched = held->watched;
        request.watched_count = held->watched_count;
        request.held = held->runs;
        request.held_count = held->run_count;
    }
    int64_t from_ms = now_ms(self);
    self->is_asked = false;
    self->beat_ms = from_ms + services->period_ms;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_beat_reply_t reply = {0};
    tmesh_err_t err = tmesh_store_beat(services->store, &request, arena, &reply);
    if (err == TMESH_ERR_NOT_FOUND) return err;
    note_heard(self, err);
    if (err) return tmesh_err_may_retry(err) ? TMESH_OK : err;
    tmesh_credit_trust(services->credit, from_ms + TRUSTED_PERIODS * services->period_ms);
    act(self, &reply);
    return TMESH_OK;
}

// A fresh life after a fatal end begins here, too: who is dead does not start again.
static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    keeper_t *self = object;
    tmesh_credit_trust(self->services->credit, 0); // until a beat is confirmed
    tmesh_err_t err = beat(self, NULL);
    if (err == TMESH_ERR_NOT_FOUND) {
        *fault_p = tmesh_fault_new(err, "node_is_dead", NULL,
                                   "other nodes have taken over what this one had");
    }
    return err;
}

static void on_held(void *object, const tmesh_list_held_answer_t *answer)
{
    keeper_t *self = object;
    if (!self->is_asked) return; // too late: the beat has gone without it
    self->fatal = beat(self, answer->err ? NULL : answer->reply);
}

// Who is alone has nobody to call, nor to listen to; and what is asked of the gateway is waited for.
static bool is_alone(const keeper_t *self)
{
    return self->others == 0 || self->is_asked || self->unheard_ms > 0;
}

static int64_t due_ms(void *object)
{
    const keeper_t *self = object;
    if (self->fatal) return 0;
    if (is_alone(self) || self->beat_ms < self->look_ms) return self->beat_ms;
    return self->look_ms;
}

// Calls the others at most once per look, whatever was committed since; who is called beats now.
static void look_for_calls(keeper_t *self)
{
    int64_t at_ms = now_ms(self);
    if (is_alone(self) || at_ms < self->look_ms) return;
    self->look_ms = at_ms + LOOK_EVERY_MS;
    if (tmesh_credit_take_news(self->services->credit)) {
        (void)!tmesh_store_call_nodes(self->services->store); // their beats find it, too
    }
    if (tmesh_store_is_called(self->services->store)) self->beat_ms = at_ms;
}

static void say_why_it_ends(const keeper_t *self)
{
    if (self->fatal == TMESH_ERR_NOT_FOUND) {
        tmesh_log_error(log_of(self), "node.declared_dead",
                        "text=\"other nodes did not hear of this one for too long, or another has "
                        "its name; it ends\"");
    } else {
        tmesh_log_error(log_of(self), "node.can_not_beat", "error=%s", tmesh_err_word(self->fatal));
    }
}

// Asks the gateway first; a gateway that is busy does not keep the node from beating.
static tmesh_err_t tick(void *object)
{
    keeper_t *self = object;
    look_for_calls(self);
    if (!self->fatal && now_ms(self) < self->beat_ms) return TMESH_OK;
    tmesh_list_held_request_t request = {0};
    if (!self->fatal && !self->is_asked &&
        !tmesh_ask_list_held(self->context, &request, on_held, 0)) {
        self->is_asked = true;
        self->beat_ms = now_ms(self) + self->services->period_ms / 2;
        return TMESH_OK;
    }
    if (!self->fatal) self->fatal = beat(self, NULL);
    if (!self->fatal) return TMESH_OK;
    say_why_it_ends(self);
    return TMESH_ERR_FATAL;
}

const tmesh_actor_class_t tmesh_keeper_class = {
    .name = "keeper",
    .create = create,
    .destroy = destroy,
    .started = started,
    .due_ms = due_ms,
    .tick = tick,
};
