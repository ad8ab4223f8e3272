// TASK.EVENTS: the passages of a task and its steps, for clients that may wait for the next one.
#include "actors/gateway_waiters.h"
#include "runtime/base/memory.h"

enum {
    LIMIT_DEFAULT = 200,
    LIMIT_MAX = 1000,
    WAIT_MS_MAX = 60000,
    LOOK_AGAIN_MS = 200, // how late the news of a task that has not settled may be
};

typedef struct {
    tmesh_waiter_t base; // first
    uint32_t after;
    uint32_t limit;
} events_wait_t;

static void on_events(void *object, const tmesh_query_events_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_waiter_t *waiter =
        tmesh_gateway_take_waiter(self, answer->tag, answer->err, answer->fault);
    if (!waiter) return;
    tmesh_gateway_end_or_wait(self, waiter, answer->reply->count > 0, &answer->reply->encoded);
}

static tmesh_err_t ask(tmesh_gateway_t *self, const tmesh_waiter_t *waiter)
{
    const events_wait_t *wait = (const events_wait_t *)waiter;
    tmesh_query_events_request_t request = {
        .task_id = waiter->task_id, .after = wait->after, .limit = wait->limit};
    return tmesh_ask_query_events(self->context, &request, on_events, waiter->pending->tag);
}

void tmesh_gateway_task_events(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_task_id_t task_id = {0};
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, task_id.bytes);
    uint32_t after = (uint32_t)tmesh_body_integer(body, "after", 0, UINT32_MAX, 0);
    uint32_t limit = (uint32_t)tmesh_body_integer(body, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT);
    int64_t wait_ms = tmesh_body_integer(body, "wait_ms", 0, WAIT_MS_MAX, 0);
    if (command->fault) return;

    events_wait_t *wait = tmesh_alloc(sizeof *wait);
    *wait = (events_wait_t){
        .base = {.task_id = task_id, .ask = ask, .look_again_ms = LOOK_AGAIN_MS},
        .after = after,
        .limit = limit,
    };
    tmesh_gateway_begin_waiting(self, &command->from, &wait->base, wait_ms);
}
