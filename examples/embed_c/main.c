/* An order, charged and shipped by functions of this program. Prints what became of it. */
#include <stdio.h>
#include <string.h>

#include <taskmesh/runtime.h>

static const char order_template[] =
    "name: order\n"
    "namespace_name: shop\n"
    "version: 1.0.0\n"
    "steps:\n"
    "  - name: charge\n"
    "    handler: {callable: charge_payment}\n"
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 10}\n"
    "  - name: ship\n"
    "    handler: {callable: ship_order}\n"
    "    dependencies: [charge]\n";

/* The bank is away at first, which is worth another attempt. */
static void charge(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    if (run->attempt == 1) {
        tmesh_worker_failure_t failure;
        memset(&failure, 0, sizeof failure);
        failure.message = "the bank does not answer";
        failure.retryable = 1;
        tmesh_step_fail(reply, &failure);
        return;
    }
    tmesh_step_succeed(reply, tmesh_view("{\"charged\":true}", 16));
}

/* Returns what the step before has returned, as an example of reading it. */
static void ship(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    tmesh_step_succeed(reply, run->dependency_results[0]);
}

static int fail(const tmesh_error_t *error)
{
    fprintf(stderr, "%s (%s %s)\n", error->message, error->code, error->where);
    return 1;
}

static int run_order(tmesh_runtime_t *runtime, tmesh_error_t *error)
{
    const tmesh_handler_t handlers[] = {{"charge_payment", charge, NULL},
                                        {"ship_order", ship, NULL}};
    tmesh_client_task_t order;
    tmesh_runtime_task_t *task = NULL;
    char task_uuid[TMESH_UUID_BYTES];
    size_t i;

    memset(&order, 0, sizeof order);
    order.namespace_name = "shop";
    order.name = "order";
    order.context = tmesh_view("{\"order\":7}", 11);
    if (tmesh_runtime_put_template(runtime, "order.yaml",
                                   tmesh_view(order_template, sizeof order_template - 1), error) ||
        tmesh_runtime_serve(runtime, "shop", handlers, 2, 2, error) ||
        tmesh_runtime_submit(runtime, &order, task_uuid, error) ||
        tmesh_runtime_wait(runtime, task_uuid, -1, &task, error)) {
        return fail(error);
    }
    printf("%s/%s: %s\n", task->namespace_name, task->name, task->status);
    for (i = 0; i < task->step_count; i++) {
        const tmesh_runtime_step_t *step = &task->steps[i];
        printf("%s: %s after %d attempts: %.*s\n", step->name, step->state, (int)step->attempts,
               (int)step->result.size, step->result.data ? step->result.data : "");
    }
    tmesh_runtime_task_destroy(&task);
    return 0;
}

int main(int count, char **arguments)
{
    /* sqlite:FILE keeps tasks; without an argument they live as long as this program. */
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
    if (!runtime) return fail(&error);
    code = run_order(runtime, &error);
    tmesh_runtime_close(&runtime);
    return code;
}
