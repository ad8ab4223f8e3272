/* A long sum in pages. Its handler saves how far it has come after each, breaks in the middle, and the
 * next attempt goes on from there instead of from the beginning. With sqlite:FILE as argument it may
 * also be killed and started again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <taskmesh/runtime.h>

enum { ITEMS = 1000, ITEMS_PER_PAGE = 100, BREAKS_AT = 400, TEXT_BYTES = 32 };

static const char sum_template[] =
    "name: sum\n"
    "namespace_name: shop\n"
    "version: 1.0.0\n"
    "steps:\n"
    "  - name: add\n"
    "    handler: {callable: add_items}\n"
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 10}\n";

/* Views have no zero byte behind them. */
static long number_of(tmesh_view_t json)
{
    char text[TEXT_BYTES] = "0";

    if (json.data && json.size < sizeof text) {
        memcpy(text, json.data, json.size);
        text[json.size] = 0;
    }
    return strtol(text, NULL, 10);
}

static tmesh_view_t write_number(char text[TEXT_BYTES], long number)
{
    return tmesh_view(text, (size_t)snprintf(text, TEXT_BYTES, "%ld", number));
}

static void fail(tmesh_step_reply_t *reply, const char *message)
{
    tmesh_worker_failure_t failure;

    memset(&failure, 0, sizeof failure);
    failure.message = message;
    failure.retryable = 1;
    tmesh_step_fail(reply, &failure);
}

/* 0 when everything before `item` is on disk. */
static int save(tmesh_step_reply_t *reply, long item, long sum)
{
    char cursor[TEXT_BYTES];
    char sum_text[TEXT_BYTES];
    tmesh_checkpoint_t checkpoint;
    tmesh_error_t error;

    memset(&checkpoint, 0, sizeof checkpoint);
    checkpoint.cursor = write_number(cursor, item);
    checkpoint.items_processed = item;
    checkpoint.accumulated_results = write_number(sum_text, sum);
    if (tmesh_step_checkpoint(reply, &checkpoint, &error) == 0) return 0;
    fail(reply, error.message); /* nothing is sent if nobody waits any more */
    return -1;
}

static void add_items(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    char text[TEXT_BYTES];
    tmesh_checkpoint_t last;
    long item = 0;
    long sum = 0;

    (void)context;
    if (tmesh_worker_run_checkpoint(run, &last)) {
        item = number_of(last.cursor);
        sum = number_of(last.accumulated_results);
    }
    printf("attempt %u begins at item %ld\n", (unsigned)run->attempt, item);
    while (item < ITEMS) {
        if (tmesh_step_is_cancelled(reply)) return; /* a later run goes on */
        sum += ++item;
        if (item % ITEMS_PER_PAGE == 0) {
            if (save(reply, item, sum)) return;
            tmesh_step_beat(reply, write_number(text, item), NULL); /* for `taskmesh worker list` */
        }
        if (item == BREAKS_AT + 1 && run->attempt == 1) {
            fail(reply, "a page is torn");
            return;
        }
    }
    tmesh_step_succeed(reply, write_number(text, sum));
}

static int run_sum(tmesh_runtime_t *runtime, tmesh_error_t *error)
{
    const tmesh_handler_t handler = {"add_items", add_items, NULL};
    tmesh_client_task_t order;
    tmesh_runtime_task_t *task = NULL;
    char task_uuid[TMESH_UUID_BYTES];

    memset(&order, 0, sizeof order);
    order.namespace_name = "shop";
    order.name = "sum";
    order.on_duplicate = "return"; /* started again: the same task */
    if (tmesh_runtime_put_template(runtime, "sum.yaml",
                                   tmesh_view(sum_template, sizeof sum_template - 1), error) ||
        tmesh_runtime_serve(runtime, "shop", &handler, 1, 1, error) ||
        tmesh_runtime_submit(runtime, &order, task_uuid, error) ||
        tmesh_runtime_wait(runtime, task_uuid, -1, &task, error)) {
        return -1;
    }
    printf("%s after %d attempts: %.*s\n", task->status, (int)task->steps[0].attempts,
           (int)task->steps[0].result.size,
           task->steps[0].result.data ? task->steps[0].result.data : "");
    tmesh_runtime_task_destroy(&task);
    return 0;
}

int main(int count, char **arguments)
{
    tmesh_setting_t store = {"store", "sqlite::memory:"};
    tmesh_runtime_options_t options;
    tmesh_error_t error;
    tmesh_runtime_t *runtime;
    int code;

    memset(&options, 0, sizeof options);
    if (count > 1) store.value = arguments[1];
    options.settings = &store;
    options.setting_count = 1;
    runtime = tmesh_runtime_open(&options, &error);
    code = runtime ? run_sum(runtime, &error) : -1;
    if (code) fprintf(stderr, "%s (%s %s)\n", error.message, error.code, error.where);
    tmesh_runtime_close(&runtime);
    return code ? 1 : 0;
}
