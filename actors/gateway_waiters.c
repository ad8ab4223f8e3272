#include "actors/gateway_waiters.h"

#include "runtime/base/memory.h"

enum {
    AFTER_REFUSAL_MS = 100,
    BETWEEN_LOOKS_MS = 20, // all who wait are walked, so not more often than this
};

static void note_due(tmesh_gateway_t *self, int64_t due_ms)
{
    if (due_ms < self->waiters_ms) self->waiters_ms = due_ms;
}

static void enter(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    const uint8_t *key = waiter->task_id.bytes;
    waiter->next = tmesh_map_put(self->waiters_by_task, key, sizeof waiter->task_id, waiter);
    TAILQ_INSERT_TAIL(&self->waiters, waiter, in_all);
    self->waiting_clients++;
}

static void take_off(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    const uint8_t *key = waiter->task_id.bytes;
    const size_t key_size = sizeof waiter->task_id;
    tmesh_waiter_t *first = tmesh_map_get(self->waiters_by_task, key, key_size);
    if (first == waiter) {
        (void)tmesh_map_remove(self->waiters_by_task, key, key_size);
        if (waiter->next) (void)tmesh_map_put(self->waiters_by_task, key, key_size, waiter->next);
    } else {
        while (first->next != waiter) first = first->next;
        first->next = waiter->next;
    }
    TAILQ_REMOVE(&self->waiters, waiter, in_all);
    self->waiting_clients--;
}

static void finish(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    tmesh_gateway_pending_t *pending = waiter->pending;
    take_off(self, waiter);
    tmesh_gateway_release(self, &pending);
}

static bool is_over(const tmesh_gateway_t *self, const tmesh_waiter_t *waiter)
{
    return tmesh_gateway_now_ms(self) >= waiter->deadline_ms;
}

// The next look is due at `ask_at_ms`, or at the deadline if that comes first.
static void wait_until(tmesh_gateway_t *self, tmesh_waiter_t *waiter, int64_t ask_at_ms)
{
    waiter->ask_at_ms = ask_at_ms < waiter->deadline_ms ? ask_at_ms : waiter->deadline_ms;
    note_due(self, waiter->ask_at_ms);
}

static void take_error(tmesh_gateway_t *self, tmesh_waiter_t *waiter, tmesh_err_t err,
                       const tmesh_fault_t *fault)
{
    if (tmesh_err_may_retry(err) && !is_over(self, waiter)) {
        wait_until(self, waiter, tmesh_gateway_now_ms(self) + AFTER_REFUSAL_MS);
        return;
    }
    tmesh_gateway_reply_error(self, &waiter->pending->to, err, fault);
    finish(self, waiter);
}

static void ask(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    tmesh_err_t err = waiter->ask(self, waiter);
    waiter->is_asked = !err;
    if (err) take_error(self, waiter, err, NULL);
}

void tmesh_gateway_begin_waiting(tmesh_gateway_t *self, const tmesh_frames_address_t *from,
                                 tmesh_waiter_t *waiter, int64_t timeout_ms)
{
    waiter->deadline_ms = tmesh_gateway_now_ms(self) + timeout_ms;
    waiter->ask_at_ms = waiter->deadline_ms;
    waiter->pending = tmesh_gateway_hold(self, from, waiter, tmesh_free);
    enter(self, waiter);
    ask(self, waiter);
}

tmesh_waiter_t *tmesh_gateway_take_waiter(tmesh_gateway_t *self, uint64_t tag, tmesh_err_t err,
                                          const tmesh_fault_t *fault)
{
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, tag);
    if (!pending) return NULL;
    tmesh_waiter_t *waiter = pending->state;
    waiter->is_asked = false;
    if (!err) return waiter;
    take_error(self, waiter, err, fault);
    return NULL;
}

void tmesh_gateway_end_or_wait(tmesh_gateway_t *self, tmesh_waiter_t *waiter, bool is_awaited,
                               const tmesh_encoded_t *encoded)
{
    if (is_awaited || is_over(self, waiter)) {
        tmesh_gateway_reply_encoded(self, &waiter->pending->to, TMESH_STATUS_OK, encoded);
        finish(self, waiter);
        return;
    }
    int64_t now_ms = tmesh_gateway_now_ms(self);
    wait_until(self, waiter, waiter->ask_again ? now_ms : now_ms + waiter->look_again_ms);
    waiter->ask_again = false;
}

void tmesh_gateway_wake_waiters(tmesh_gateway_t *self, tmesh_task_id_t task_id)
{
    tmesh_waiter_t *waiter =
        tmesh_map_get(self->waiters_by_task, task_id.bytes, sizeof task_id.bytes);
    while (waiter) {
        tmesh_waiter_t *next = waiter->next;
        if (waiter->is_asked) waiter->ask_again = true;
        else ask(self, waiter);
        waiter = next;
    }
}

void tmesh_gateway_check_waiters(tmesh_gateway_t *self)
{
    int64_t now_ms = tmesh_gateway_now_ms(self);
    self->waiters_ms = INT64_MAX;
    tmesh_waiter_t *waiter = TAILQ_FIRST(&self->waiters);
    while (waiter) {
        tmesh_waiter_t *next = TAILQ_NEXT(waiter, in_all);
        if (!waiter->is_asked) {
            if (waiter->ask_at_ms <= now_ms) ask(self, waiter);
            else note_due(self, waiter->ask_at_ms);
        }
        waiter = next;
    }
    if (self->waiters_ms < now_ms + BETWEEN_LOOKS_MS) self->waiters_ms = now_ms + BETWEEN_LOOKS_MS;
}

void tmesh_gateway_dismiss_waiters(tmesh_gateway_t *self)
{
    tmesh_auto(tmesh_fault) stopping = tmesh_gateway_stopping();
    tmesh_waiter_t *waiter = NULL;
    while ((waiter = TAILQ_FIRST(&self->waiters))) {
        tmesh_gateway_reply_fault(self, &waiter->pending->to, stopping);
        finish(self, waiter);
    }
}
