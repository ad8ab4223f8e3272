#include "services/moves/failure.h"

#include <string.h>

#include "services/domain/readiness.h"

enum { POISON_WORKERS = 3 };

#define CODE_WORKER_LOST "worker_lost"
#define CODE_STEP_TIMEOUT "step_timeout"

static tmesh_err_t move(tmesh_work_t *work, tmesh_work_step_t *step, tmesh_step_event_t event,
                        const char *metadata)
{
    return tmesh_work_move_step(work, step, event, 0, metadata) ? TMESH_ERR_CORRUPT : TMESH_OK;
}

static void record(tmesh_work_t *work, tmesh_work_step_t *step, const tmesh_failure_t *failure,
                   bool again)
{
    tmesh_result_row_t *row = tmesh_arena_alloc(work->arena, sizeof *row);
    *row = (tmesh_result_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .received_ms = work->now_ms,
        .worker = step->row.worker,
        .error_code = failure->code,
        .error_message = failure->message,
        .error = failure->error,
        .metadata = failure->metadata,
        .retryable = failure->retryable,
        .answer = again ? TMESH_STEP_WAITING_FOR_RETRY : TMESH_STEP_ERROR,
    };
    step->stored_result = row;
    tmesh_work_add_result(work, row);
}

static int64_t wait_ms(tmesh_tools_t *tools, const tmesh_step_definition_t *step,
                       uint32_t attempts, int64_t retry_after_ms)
{
    if (retry_after_ms >= 0) {
        return retry_after_ms < step->retry.max_ms ? retry_after_ms : step->retry.max_ms;
    }
    tmesh_random_t *jitter = tools->settings->retry_jitter ? tools->random : NULL;
    return tmesh_backoff_wait_ms(&step->retry, attempts ? attempts : 1, jitter);
}

// A blocked task's retries wake nobody (SPEC 6.2): they have no due time until it goes on.
static void wait_until(tmesh_work_step_t *step, int64_t due_ms)
{
    bool blocked = step->task->row.state == TMESH_TASK_BLOCKED_BY_FAILURES;
    step->row.due_ms = blocked ? TMESH_DUE_NONE : due_ms;
    step->row.due_for = blocked ? TMESH_STEP_DUE_NOTHING : TMESH_STEP_DUE_ENQUEUE;
}

static tmesh_err_t finish(tmesh_work_t *work, tmesh_work_step_t *step,
                          const tmesh_failure_t *failure, bool again)
{
    record(work, step, failure, again);
    if (failure->from_worker) {
        tmesh_err_t err =
            move(work, step, TMESH_STEP_EV_ENQUEUE_AS_ERROR_FOR_ORCHESTRATION, NULL);
        if (err) return err;
    }
    step->row.claimed = false;
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
    return move(work, step, again ? TMESH_STEP_EV_WAIT_FOR_RETRY : TMESH_STEP_EV_FAIL,
                failure->from_worker
                    ? NULL
                    : tmesh_arena_printf(work->arena, "{\"code\":\"%s\"}", failure->code));
}

tmesh_err_t tmesh_moves_fail(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                             const tmesh_failure_t *failure)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (err) return err;
    bool again = tmesh_readiness_may_retry(step->row.retryable, failure->retryable,
                                           step->row.attempts, step->row.max_attempts);
    err = finish(work, step, failure, again);
    if (err || !again) return err;
    wait_until(step, work->now_ms + wait_ms(tools, of_step, step->row.attempts,
                                            failure->retry_after_ms));
    return TMESH_OK;
}

tmesh_err_t tmesh_moves_lose_worker(tmesh_tools_t *tools, tmesh_work_t *work,
                                    tmesh_work_step_t *step)
{
    step->row.workers_lost++;
    tmesh_failure_t failure = {
        .code = CODE_WORKER_LOST,
        .message = "the worker that ran this step is gone",
        .retryable = true,
        .retry_after_ms = -1,
    };
    if (step->row.workers_lost >= POISON_WORKERS) {
        failure.code = "poison_step";
        failure.message = "three workers were lost while they ran this step";
        failure.retryable = false;
        return finish(work, step, &failure, false);
    }
    if (step->row.workers_lost > 1) return tmesh_moves_fail(tools, work, step, &failure);
    step->row.attempts--;
    tmesh_err_t err = finish(work, step, &failure, true);
    if (!err) wait_until(step, work->now_ms);
    return err;
}

tmesh_err_t tmesh_moves_lose_node(tmesh_work_t *work, tmesh_work_step_t *step)
{
    step->row.attempts--;
    tmesh_err_t err =
        move(work, step, TMESH_STEP_EV_WAIT_FOR_RETRY, "{\"code\":\"node_lost\"}");
    if (err) return err;
    step->row.claimed = false;
    wait_until(step, work->now_ms);
    return TMESH_OK;
}

void tmesh_moves_forget_attempts(tmesh_tools_t *tools, tmesh_work_step_t *step)
{
    step->row.attempts = 0;
    step->row.workers_lost = 0;
    step->row.token = tmesh_run_token_new(tools->random);
    step->row.worker = NULL;
}

bool tmesh_moves_was_concluded(const tmesh_result_row_t *result)
{
    return result->error_code && (strcmp(result->error_code, CODE_WORKER_LOST) == 0 ||
                                  strcmp(result->error_code, CODE_STEP_TIMEOUT) == 0 ||
                                  strcmp(result->error_code, "poison_step") == 0);
}
