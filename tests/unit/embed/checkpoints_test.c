// How far a handler has come: saved, yielded, and where the next attempt begins, whatever ended the one
// before.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <semaphore.h>

#include "tests/unit/embed/runtime_bench.h"

enum { TEXT_BYTES = 256, CALLS_MAX = 16 };

static void copy(char *text, tmesh_view_t view)
{
    snprintf(text, TEXT_BYTES, "%.*s", (int)view.size, view.data ? view.data : "");
}

// Of the task's only step.
static int64_t checkpoints_of(tmesh_runtime_t *runtime, const tmesh_runtime_task_t *task)
{
    char body[TEXT_BYTES];
    snprintf(body, sizeof body, "{\"step_uuid\":\"%s\"}", task->steps[0].step_uuid);
    tmesh_answer_t *answer = tmesh_runtime_request(runtime, "STEP.AUDIT", VIEW(body), NULL, 0);
    assert_true(tmesh_answer_is_ok(answer));
    int64_t count = (int64_t)tmesh_answer_count(answer, "/checkpoints");
    tmesh_answer_destroy(&answer);
    return count;
}

// ---- Checkpoints --------------------------------------------------------------------------------

typedef struct {
    int calls;
    int results[CALLS_MAX];
    tmesh_error_t errors[CALLS_MAX];
    int had_checkpoint;
    int64_t items;
    char cursor[TEXT_BYTES];
    char accumulated[TEXT_BYTES];
} notes_t;

static void fail_halfway(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    notes_t *notes = context;
    tmesh_checkpoint_t checkpoint = {0};
    notes->calls++;
    if (run->attempt == 1) {
        checkpoint.cursor = VIEW("{\"page\": 7, \"ratio\": 0.10}");
        checkpoint.items_processed = 700;
        checkpoint.accumulated_results = VIEW("[1, 2]");
        notes->results[0] = tmesh_step_checkpoint(reply, &checkpoint, &notes->errors[0]);
        const tmesh_worker_failure_t failure = {.message = "not yet", .retryable = 1};
        tmesh_step_fail(reply, &failure);
        return;
    }
    notes->had_checkpoint = tmesh_worker_run_checkpoint(run, &checkpoint);
    notes->items = checkpoint.items_processed;
    copy(notes->cursor, checkpoint.cursor);
    copy(notes->accumulated, checkpoint.accumulated_results);
    tmesh_step_succeed(reply, checkpoint.cursor);
}

static void a_later_attempt_begins_at_the_last_checkpoint(void **state)
{
    (void)state;
    notes_t notes = {0};
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "halfway", "work", 3);
    serve(runtime, "work", fail_halfway, &notes, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "halfway", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_int_equal(notes.calls, 2);
    assert_int_equal(notes.results[0], 0);
    assert_true(notes.had_checkpoint);
    assert_int_equal(notes.items, 700);
    assert_string_equal(notes.cursor, "{\"page\": 7, \"ratio\": 0.10}");
    assert_string_equal(notes.accumulated, "[1, 2]");
    assert_int_equal(checkpoints_of(runtime, task), 1);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

static void save_badly(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)run;
    notes_t *notes = context;
    const tmesh_checkpoint_t bad[] = {
        {.items_processed = 1},
        {.cursor = VIEW("1,\"items_processed\":5")},
        {.cursor = VIEW("[1"), .items_processed = 1},
        {.cursor = VIEW("1"), .accumulated_results = VIEW("nothing")},
        {.cursor = VIEW("1"), .items_processed = -1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        notes->results[i] = tmesh_step_checkpoint(reply, &bad[i], &notes->errors[i]);
    }
    notes->calls = sizeof bad / sizeof *bad;
    notes->results[notes->calls++] = tmesh_step_checkpoint(reply, &bad[0], NULL);
    tmesh_step_succeed(reply, VIEW("1"));
}

static void a_wrong_checkpoint_is_refused_with_its_place(void **state)
{
    (void)state;
    notes_t notes = {0};
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "badly", "work", 1);
    serve(runtime, "work", save_badly, &notes, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "badly", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    for (int i = 0; i < notes.calls; i++) assert_int_equal(notes.results[i], -1);
    assert_string_equal(notes.errors[0].code, "missing_field");
    assert_string_equal(notes.errors[0].where, "/checkpoint");
    assert_string_equal(notes.errors[1].code, "invalid_json");
    assert_string_equal(notes.errors[1].where, "/checkpoint/cursor");
    assert_string_equal(notes.errors[2].code, "invalid_json");
    assert_string_equal(notes.errors[3].where, "/checkpoint/accumulated_results");
    assert_string_equal(notes.errors[4].code, "out_of_range");
    assert_int_equal(notes.errors[4].status, 400);
    assert_int_equal(checkpoints_of(runtime, task), 0);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

enum { PIECES = 5 };

// One piece per call; what was yielded counts on in the next one.
static void do_one_piece(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    notes_t *notes = context;
    tmesh_checkpoint_t last = {0};
    if (tmesh_worker_run_checkpoint(run, &last)) notes->had_checkpoint++;
    char cursor[TEXT_BYTES];
    copy(cursor, last.cursor);
    notes->calls++;
    if (last.items_processed == PIECES) {
        tmesh_step_succeed(reply, last.cursor);
        return;
    }
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "%d", atoi(cursor) + 10);
    // Also out of what the run shows, which stays until the next call.
    const tmesh_checkpoint_t next = {.cursor = VIEW(text),
                                     .items_processed = last.items_processed + 1,
                                     .accumulated_results = last.cursor};
    notes->results[0] += tmesh_step_yield(reply, &next, &notes->errors[0]);
}

static void a_step_that_yields_is_called_again_as_the_same_attempt(void **state)
{
    (void)state;
    notes_t notes = {0};
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "pieces", "work", 1);
    serve(runtime, "work", do_one_piece, &notes, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "pieces", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_int_equal(task->steps[0].attempts, 1);
    assert_memory_equal(task->steps[0].result.data, "50", 2);
    assert_int_equal(notes.calls, PIECES + 1);
    assert_int_equal(notes.had_checkpoint, PIECES);
    assert_int_equal(notes.results[0], 0);
    assert_int_equal(checkpoints_of(runtime, task), PIECES);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

// ---- Cancelling ---------------------------------------------------------------------------------

typedef struct {
    notes_t notes;
    sem_t started;
    char reason[TEXT_BYTES];
    int was_cancelled_before;
} gate_t;

// Waits for as long as somebody waits for it; in a later attempt it says where that was.
static void save_and_wait(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    gate_t *gate = context;
    tmesh_checkpoint_t checkpoint = {.cursor = VIEW("\"here\"")};
    if (tmesh_worker_run_checkpoint(run, &checkpoint)) {
        tmesh_step_succeed(reply, checkpoint.cursor);
        return;
    }
    gate->notes.results[0] = tmesh_step_checkpoint(reply, &checkpoint, NULL);
    gate->was_cancelled_before = tmesh_step_is_cancelled(reply) ||
                                 tmesh_step_cancel_reason(reply) != NULL;
    sem_post(&gate->started);
    while (!tmesh_step_is_cancelled(reply)) poll(NULL, 0, 1);
    snprintf(gate->reason, sizeof gate->reason, "%s", tmesh_step_cancel_reason(reply));
    gate->notes.results[1] = tmesh_step_checkpoint(reply, &checkpoint, &gate->notes.errors[1]);
}

static void assert_saw(const gate_t *gate, const char *reason)
{
    assert_int_equal(gate->notes.results[0], 0);
    assert_false(gate->was_cancelled_before);
    assert_string_equal(gate->reason, reason);
    assert_int_equal(gate->notes.results[1], -1); // nobody waits any more
}

static void a_cancelled_handler_is_told_why(void **state)
{
    (void)state;
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "endless", "work", 1);
    serve(runtime, "work", save_and_wait, &gate, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "endless", "{}", task_uuid);
    sem_wait(&gate.started);
    assert_int_equal(tmesh_runtime_cancel(runtime, task_uuid, "not needed", NULL), 0);
    tmesh_runtime_close(&runtime);
    assert_saw(&gate, "task_cancelled");
    assert_int_equal(gate.notes.errors[1].status, 409);
    sem_destroy(&gate.started);
}

static void after_a_time_limit_the_next_attempt_goes_on(void **state)
{
    (void)state;
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_limited(runtime, "limited", "work", 1);
    serve(runtime, "work", save_and_wait, &gate, 2);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "limited", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_int_equal(task->steps[0].attempts, 2);
    assert_memory_equal(task->steps[0].result.data, "\"here\"", 6);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
    assert_saw(&gate, "step_timeout");
    assert_string_equal(gate.notes.errors[1].code, "stale_run");
    sem_destroy(&gate.started);
}

static void a_closed_runtime_gives_up_what_a_later_one_goes_on_with(void **state)
{
    (void)state;
    char folder[] = "/tmp/taskmesh_embed_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char url[64];
    snprintf(url, sizeof url, "sqlite:%s/store.db", folder);
    const tmesh_setting_t settings[] = {{"store", url}, {"stop_timeout_ms", "0"}};
    const tmesh_runtime_options_t options = {.settings = settings, .setting_count = 2};
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(&options);
    put_one_step(runtime, "endless", "work", 1);
    serve(runtime, "work", save_and_wait, &gate, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "endless", "{}", task_uuid);
    sem_wait(&gate.started);
    tmesh_runtime_close(&runtime);
    assert_saw(&gate, "runtime_closing");

    runtime = open_runtime(&options);
    serve(runtime, "work", save_and_wait, &gate, 1);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_int_equal(task->steps[0].attempts, 1); // the one that was given up counts for none
    assert_memory_equal(task->steps[0].result.data, "\"here\"", 6);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
    sem_destroy(&gate.started);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_attempt_begins_at_the_last_checkpoint),
        cmocka_unit_test(a_wrong_checkpoint_is_refused_with_its_place),
        cmocka_unit_test(a_step_that_yields_is_called_again_as_the_same_attempt),
        cmocka_unit_test(a_cancelled_handler_is_told_why),
        cmocka_unit_test(after_a_time_limit_the_next_attempt_goes_on),
        cmocka_unit_test(a_closed_runtime_gives_up_what_a_later_one_goes_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
