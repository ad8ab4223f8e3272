#include "runtime/actor.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "runtime/batch.h"
#include "runtime/context_private.h"
#include "runtime/envelope.h"

struct tmesh_actor {
    const tmesh_actor_class_t *class;
    void *services;           // lent, for class->create
    tmesh_context_t *context; // lent
    tmesh_mailbox_t *mailbox; // the context's
    void *object;             // NULL: not alive
    tmesh_restart_window_t restarts;
    uint32_t heard; // so many calls of its kin are answered
    tmesh_message_t *taken[TMESH_BATCH_MAX];
};

tmesh_actor_t *tmesh_actor_new(const tmesh_actor_class_t *class, void *services,
                               tmesh_context_t *context, const tmesh_restart_policy_t *policy)
{
    tmesh_actor_t *self = tmesh_alloc(sizeof *self);
    self->class = class;
    self->services = services;
    self->context = context;
    self->mailbox = tmesh_context_mailbox(context);
    self->restarts.policy = *policy;
    self->heard = tmesh_kin_called(tmesh_context_kin(context));
    return self;
}

void tmesh_actor_destroy(tmesh_actor_t **self_p)
{
    tmesh_actor_t *self = *self_p;
    if (!self) return;
    if (self->object) self->class->destroy(self->object);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_err_t tmesh_actor_start(tmesh_actor_t *self, tmesh_fault_t **fault_p)
{
    assert(!self->object);
    tmesh_context_begin_life(self->context);
    self->object = self->class->create(self->context, self->services);
    tmesh_err_t err = self->class->started ? self->class->started(self->object, fault_p) : TMESH_OK;
    if (!err) return TMESH_OK;
    self->class->destroy(self->object);
    self->object = NULL;
    return err;
}

static tmesh_err_t end_life(tmesh_actor_t *self)
{
    if (!self->object) return TMESH_OK;
    tmesh_err_t err = self->class->stopped ? self->class->stopped(self->object) : TMESH_OK;
    self->class->destroy(self->object);
    self->object = NULL;
    return err;
}

tmesh_err_t tmesh_actor_stop(tmesh_actor_t *self)
{
    tmesh_context_refuse_all(self->context, self->mailbox);
    return end_life(self);
}

static void end_broken_life(tmesh_actor_t *self)
{
    tmesh_err_t err = end_life(self);
    if (!err) return;
    tmesh_log_error(tmesh_context_log(self->context), "actor.stop_failed", "actor=%s error=%s",
                    self->class->name, tmesh_err_word(err));
}

static tmesh_err_t begin_again(tmesh_actor_t *self)
{
    tmesh_context_counters(self->context)->restarts++;
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_actor_start(self, &fault);
    if (!err) return TMESH_OK;
    tmesh_log_error(tmesh_context_log(self->context), "actor.restart_failed",
                    "actor=%s error=%s text=\"%s\"", self->class->name, tmesh_err_word(err),
                    fault ? fault->message : "");
    return TMESH_ERR_FATAL;
}

// A broken life ends and a fresh one begins, in the same thread, with the same mailbox.
static tmesh_err_t revive(tmesh_actor_t *self, const char *in)
{
    tmesh_log_t *log = tmesh_context_log(self->context);
    end_broken_life(self);
    int64_t now_ms = tmesh_clock_monotonic_ms(tmesh_context_clock(self->context));
    if (!tmesh_restart_window_allows(&self->restarts, now_ms)) {
        tmesh_log_error(log, "actor.gave_up", "actor=%s message=%s restarts=%u window_ms=%lld",
                        self->class->name, in, self->restarts.policy.restarts_max,
                        (long long)self->restarts.policy.window_ms);
        return TMESH_ERR_FATAL;
    }
    tmesh_log_warning(log, "actor.restarted", "actor=%s message=%s", self->class->name, in);
    tmesh_kin_call(tmesh_context_kin(self->context));
    return begin_again(self);
}

// One that started before this one has broken, and this one goes by what that life has said. No
// failure of this actor, so its window does not count it.
static tmesh_err_t follow_kin(tmesh_actor_t *self)
{
    uint32_t called = tmesh_kin_called(tmesh_context_kin(self->context));
    if (called == self->heard) return TMESH_OK;
    self->heard = called;
    end_broken_life(self);
    tmesh_log_warning(tmesh_context_log(self->context), "actor.restarted_with_kin", "actor=%s",
                      self->class->name);
    return begin_again(self);
}

static tmesh_err_t revive_after_message(void *actor, const tmesh_message_type_t *type)
{
    return revive(actor, type->name);
}

static void take_reply(tmesh_actor_t *self, tmesh_message_t **message_p)
{
    tmesh_message_t *message = *message_p;
    if (!tmesh_context_expects(self->context, message)) {
        tmesh_message_destroy(message_p);
        return;
    }
    tmesh_counters_set_busy(tmesh_context_counters(self->context), message->type->name);
    tmesh_reply_view_t answer = {
        .err = message->err,
        .fault = message->fault,
        .request = tmesh_message_request(message),
        .reply = tmesh_message_reply(message),
        .tag = message->tag,
    };
    message->take_answer(self->object, message->on_answer, &answer);
    tmesh_message_recycle(message_p, tmesh_context_pool(self->context));
}

// All requests of the type of taken[first], from there on: handled, answered, removed.
static tmesh_err_t run_type(tmesh_actor_t *self, size_t first, size_t count)
{
    const tmesh_message_type_t *type = self->taken[first]->type;
    tmesh_message_t *messages[TMESH_BATCH_MAX];
    size_t found = 0;
    for (size_t i = first; i < count; i++) {
        tmesh_message_t *message = self->taken[i];
        if (!message || message->is_reply || message->type != type) continue;
        messages[found++] = message;
        self->taken[i] = NULL;
    }
    const tmesh_clock_t *clock = tmesh_context_clock(self->context);
    tmesh_counters_t *counters = tmesh_context_counters(self->context);
    int64_t begun_ns = tmesh_clock_monotonic_ns(clock);
    tmesh_counters_set_busy(counters, type->name);
    tmesh_err_t err = tmesh_batch_run(type, messages, found, &self->object, revive_after_message,
                                      self);
    size_t errors = 0;
    for (size_t i = 0; i < found; i++) {
        errors += messages[i]->err != TMESH_OK;
        tmesh_context_answer(self->context, &messages[i]);
    }
    tmesh_counters_add_batch(counters, type, found, errors,
                             (uint64_t)(tmesh_clock_monotonic_ns(clock) - begun_ns));
    return err;
}

// With an error to begin with, and behind one, what was taken is refused.
static tmesh_err_t run_taken(tmesh_actor_t *self, size_t count, tmesh_err_t err)
{
    for (size_t i = 0; i < count; i++) {
        if (!self->taken[i]) continue;
        if (err) {
            tmesh_context_refuse(self->context, &self->taken[i]);
        } else if (self->taken[i]->is_reply) {
            take_reply(self, &self->taken[i]);
        } else {
            err = run_type(self, i, count);
        }
    }
    return err;
}

int64_t tmesh_actor_due_ms(tmesh_actor_t *self)
{
    return self->object && self->class->due_ms ? self->class->due_ms(self->object) : INT64_MAX;
}

// For whoever looks from outside whether it is stuck, and in what.
static void leave_mailbox(tmesh_actor_t *self, const char *in)
{
    tmesh_counters_t *counters = tmesh_context_counters(self->context);
    int64_t now_ms = tmesh_clock_monotonic_ms(tmesh_context_clock(self->context));
    atomic_store_explicit(&counters->busy_since_ms, now_ms, memory_order_relaxed);
    tmesh_counters_set_busy(counters, in); // after the time: whoever sees the one sees the other
}

static void come_back(tmesh_actor_t *self)
{
    tmesh_counters_set_busy(tmesh_context_counters(self->context), NULL);
    tmesh_mailbox_handled(self->mailbox);
}

// What `tick` or `readable` said. Only too many failures are an error here.
static tmesh_err_t judge(tmesh_actor_t *self, tmesh_err_t err, const char *in)
{
    if (err == TMESH_ERR_FATAL) return revive(self, in);
    if (err) {
        tmesh_log_error(tmesh_context_log(self->context), "actor.failed", "actor=%s in=%s error=%s",
                        self->class->name, in, tmesh_err_word(err));
    }
    return TMESH_OK;
}

static tmesh_err_t take_and_run(tmesh_actor_t *self, size_t *taken_p)
{
    size_t count = tmesh_mailbox_take_many(self->mailbox, self->taken, TMESH_BATCH_MAX);
    for (size_t i = 0; i < count; i++) tmesh_message_prefetch(self->taken[i]);
    *taken_p = count;
    // Behind the taking: what the other's fresh life has said comes to a fresh life here.
    tmesh_err_t err = follow_kin(self);
    if (count == 0) return err;
    leave_mailbox(self, self->taken[0]->type->name);
    err = run_taken(self, count, err);
    come_back(self);
    return err;
}

static tmesh_err_t tick_if_due(tmesh_actor_t *self)
{
    int64_t due_ms = tmesh_actor_due_ms(self);
    if (due_ms == INT64_MAX) return TMESH_OK;
    if (due_ms > tmesh_clock_monotonic_ms(tmesh_context_clock(self->context))) return TMESH_OK;
    leave_mailbox(self, "tick");
    tmesh_err_t err = judge(self, self->class->tick(self->object), "tick");
    come_back(self);
    return err;
}

tmesh_err_t tmesh_actor_turn(tmesh_actor_t *self, size_t *taken_p)
{
    assert(self->object);
    tmesh_err_t err = take_and_run(self, taken_p);
    if (!err) err = tick_if_due(self);
    if (err) tmesh_context_refuse_all(self->context, self->mailbox);
    return err;
}

tmesh_err_t tmesh_actor_read(tmesh_actor_t *self, bool *more_p)
{
    *more_p = false;
    if (!self->class->readable) return TMESH_OK;
    leave_mailbox(self, "readable");
    tmesh_err_t err = judge(self, self->class->readable(self->object, more_p), "readable");
    come_back(self);
    if (err) tmesh_context_refuse_all(self->context, self->mailbox);
    return err;
}

tmesh_err_t tmesh_actor_finish(tmesh_actor_t *self)
{
    tmesh_mailbox_close(self->mailbox);
    for (size_t taken = 1; taken > 0;) { // ends: a closed mailbox can only become emptier
        tmesh_err_t err = tmesh_actor_turn(self, &taken);
        if (err) return err;
    }
    return TMESH_OK;
}

const tmesh_actor_class_t *tmesh_actor_class_of(const tmesh_actor_t *self)
{
    return self->class;
}

void *tmesh_actor_object(tmesh_actor_t *self)
{
    return self->object;
}
