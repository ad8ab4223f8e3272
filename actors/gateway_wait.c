// TASK.WAIT: clients that wait until a task has settled or ended.
#include "actors/gateway_waiters.h"
#include "runtime/base/memory.h"

enum {
    TIMEOUT_MS_DEFAULT = 30000,
    TIMEOUT_MS_MAX = 3600000,
    LOOK_AGAIN_MS = 2000,
};

typedef struct {
    tmesh_waiter_t base; // first
    tmesh_query_task_request_t query;
    bool until_ended;
} wait_t;

static void on_task(void *object, const tmesh_query_task_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_waiter_t *waiter =
        tmesh_gateway_take_waiter(self, answer->tag, answer->err, answer->fault);
    if (!waiter) return;
    tmesh_task_state_t state = answer->reply->state;
    bool is_awaited = ((const wait_t *)waiter)->until_ended ? tmesh_task_state_is_terminal(state)
                                                            : tmesh_task_state_is_settled(state);
    tmesh_gateway_end_or_wait(self, waiter, is_awaited, &answer->reply->encoded);
}

static tmesh_err_t ask(tmesh_gateway_t *self, const tmesh_waiter_t *waiter)
{
    tmesh_query_task_request_t request = ((const wait_t *)waiter)->query;
    return tmesh_ask_query_task(self->context, &request, on_task, waiter->pending->tag);
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

    wait_t *wait = tmesh_alloc(sizeof *wait);
    *wait = (wait_t){
        .base = {.task_id = query.task_id, .ask = ask, .look_again_ms = LOOK_AGAIN_MS},
        .query = query,
        .until_ended = until_ended,
    };
    tmesh_gateway_begin_waiting(self, &command->from, &wait->base, timeout_ms);
}
