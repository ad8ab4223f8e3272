// TASK.WAIT: clients that wait until a task has settled or ended.
//
// A waiting client is entered first and the reader asked then, so a task that settles in between is
// not missed: task_settled asks the reader again. That message may be lost, so everybody who waits
// is looked after every two seconds anyway.
#include <assert.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    TIMEOUT_MS_DEFAULT = 30000,
    TIMEOUT_MS_MAX = 3600000,
    LOOK_AGAIN_MS = 2000,
    AFTER_REFUSAL_MS = 100,
    BETWEEN_LOOKS_MS = 20, // all who wait are walked, so not more often than this
};

struct tmesh_waiter {
    tmesh_gateway_pending_t *pending; // owns the waiter, as its state
    tmesh_query_task_request_t query;
    bool until_ended;
    bool is_asked;        // the reader's answer has not come
    bool ask_again;       // the task moved meanwhile
    int64_t deadline_ms;  // monotonic
    int64_t ask_at_ms;
    tmesh_waiter_t *next; // waiting for the same task
    TAILQ_ENTRY(tmesh_waiter) in_all;
};

static void note_due(tmesh_gateway_t *self, int64_t due_ms)
{
    if (due_ms < self->waiters_ms) self->waiters_ms = due_ms;
}

static void enter(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    const uint8_t *key = waiter->query.task_id.bytes;
    waiter->next = tmesh_map_put(self->waiters_by_task, key, sizeof waiter->query.task_id, waiter);
    TAILQ_INSERT_TAIL(&self->waiters, waiter, in_all);
    self->waiting_clients++;
}

static void take_off(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    const uint8_t *key = waiter->query.task_id.bytes;
    const size_t key_size = sizeof waiter->query.task_id;
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

static bool is_satisfied(const tmesh_waiter_t *waiter, tmesh_task_state_t state)
{
    return waiter->until_ended ? tmesh_task_state_is_terminal(state)
                               : tmesh_task_state_is_settled(state);
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

static void on_task(void *object, const tmesh_query_task_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, answer->tag);
    if (!pending) return;
    tmesh_waiter_t *waiter = pending->state;
    waiter->is_asked = false;
    if (answer->err) {
        take_error(self, waiter, answer->err, answer->fault);
    } else if (is_satisfied(waiter, answer->reply->state) || is_over(self, waiter)) {
        tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
        finish(self, waiter);
    } else {
        int64_t now_ms = tmesh_gateway_now_ms(self);
        wait_until(self, waiter, waiter->ask_again ? now_ms : now_ms + LOOK_AGAIN_MS);
        waiter->ask_again = false;
    }
}

static void ask(tmesh_gateway_t *self, tmesh_waiter_t *waiter)
{
    tmesh_query_task_request_t request = waiter->query;
    tmesh_err_t err =
        tmesh_ask_query_task(self->context, &request, on_task, waiter->pending->tag);
    waiter->is_asked = !err;
    if (err) take_error(self, waiter, err, NULL);
}

void tmesh_gateway_task_wait(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    static const char *const until_words[] = {"settled", "ended"};
    tmesh_body_t *body = &command->body;
    tmesh_query_task_request_t query = {0};
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, query.task_id.bytes);
    bool until_ended =
        tmesh_body_word(body, "until", until_words, TMESH_COUNT_OF(until_words), 0) == 1;
    int64_t timeout_ms =
        tmesh_body_integer(body, "timeout_ms", 0, TIMEOUT_MS_MAX, TIMEOUT_MS_DEFAULT);
    tmesh_gateway_read_include(body, &query.with_context, &query.with_steps);
    if (command->fault) return;

    tmesh_waiter_t *waiter = tmesh_alloc(sizeof *waiter);
    waiter->query = query;
    waiter->until_ended = until_ended;
    waiter->deadline_ms = tmesh_gateway_now_ms(self) + timeout_ms;
    waiter->ask_at_ms = waiter->deadline_ms;
    waiter->pending = tmesh_gateway_hold(self, &command->from, waiter, tmesh_free);
    enter(self, waiter);
    ask(self, waiter);
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
