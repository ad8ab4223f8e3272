// The four actors in threads of their own, a gateway that only keeps what it is given, and two
// callers from outside at the same moment.
#ifndef TMESH_TESTS_UNIT_ACTORS_RACES_BENCH_H
#define TMESH_TESTS_UNIT_ACTORS_RACES_BENCH_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/effects.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"
#include "services/store/reader.h"
#include "tests/support/store_sqlite_place.h"
#include "tests/unit/actors/races_gateway.h"

enum { SLOTS = 100000 };

static const char template_text[] =
    "name: chain\nnamespace_name: races\nversion: 1.0.0\nsteps:\n"
    "  - {name: a, handler: {callable: work}}\n"
    "  - {name: b, handler: {callable: work}, dependencies: [a]}\n";

typedef struct {
    void *place;
    tmesh_clock_t *clock;
    tmesh_store_t *store;
    tmesh_reader_t *reader;
    tmesh_credit_t *credit;
    tmesh_settings_t settings;
    tmesh_actor_services_t services;
    tmesh_registry_t *registry;
    tmesh_context_t *context; // of the callers
    int round;
    char key[32];
    tmesh_task_id_t id; // of this round's task
    tmesh_fence_t fence;
} bench_t;

typedef struct {
    tmesh_err_t err;
    char code[48];
    tmesh_task_state_t state;
    tmesh_task_id_t id;
} told_t;

typedef told_t call_t(bench_t *bench);

static told_t told(tmesh_err_t err, tmesh_fault_t **fault_p)
{
    told_t told = {.err = err};
    if (*fault_p) snprintf(told.code, sizeof told.code, "%s", (*fault_p)->code);
    tmesh_fault_destroy(fault_p);
    return told;
}

static told_t submit(bench_t *bench)
{
    tmesh_process_task_request_request_t request = {.arena = tmesh_arena_new(), .count = 1};
    tmesh_submission_t submission = {
        .namespace_name = "races", .name = "chain", .context = tmesh_bytes_of_text("{}")};
    submission.idempotency_key = tmesh_arena_text(request.arena, bench->key);
    request.submissions = tmesh_arena_copy(request.arena, &submission, sizeof submission);
    tmesh_process_task_request_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_process_task_request(bench->context, &request, &reply, &fault, PATIENCE_MS);
    told_t result = told(err, &fault);
    if (!err) {
        const tmesh_fault_t *refusal = reply.answers[0].fault;
        if (refusal) snprintf(result.code, sizeof result.code, "%s", refusal->code);
        result.id = reply.answers[0].task_id;
    }
    tmesh_arena_destroy(&reply.arena);
    return result;
}

static told_t report(bench_t *bench, tmesh_result_kind_t kind)
{
    tmesh_process_step_result_request_t request = {
        .fence = bench->fence, .kind = kind, .retry_after_ms = -1, .error_code = "handler_error",
        .result = tmesh_bytes_of_text("1")};
    tmesh_process_step_result_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_process_step_result(bench->context, &request, &reply, &fault, PATIENCE_MS);
    tmesh_arena_destroy(&reply.arena);
    return told(err, &fault);
}

static told_t succeed(bench_t *bench)
{
    return report(bench, TMESH_RESULT_SUCCESS);
}

static told_t cancel(bench_t *bench)
{
    tmesh_cancel_task_request_t request = {.task_id = bench->id};
    tmesh_cancel_task_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_cancel_task(bench->context, &request, &reply, &fault, PATIENCE_MS);
    tmesh_arena_destroy(&reply.arena);
    return told(err, &fault);
}

static told_t finalize(bench_t *bench)
{
    tmesh_finalize_task_request_t request = {.task_id = bench->id};
    tmesh_finalize_task_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_finalize_task(bench->context, &request, &reply, &fault, PATIENCE_MS);
    tmesh_arena_destroy(&reply.arena);
    told_t result = told(err, &fault);
    result.state = reply.state;
    return result;
}

static told_t act_on_step(bench_t *bench, tmesh_step_action_t action)
{
    tmesh_act_on_step_request_t request = {
        .step_id = tmesh_step_id_of(bench->id, 1), .action = action};
    tmesh_act_on_step_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_act_on_step(bench->context, &request, &reply, &fault, PATIENCE_MS);
    tmesh_arena_destroy(&reply.arena);
    return told(err, &fault);
}

static told_t reset(bench_t *bench)
{
    return act_on_step(bench, TMESH_STEP_ACTION_RESET_FOR_RETRY);
}

static told_t resolve(bench_t *bench)
{
    return act_on_step(bench, TMESH_STEP_ACTION_RESOLVE_MANUALLY);
}

static told_t complete(bench_t *bench)
{
    return act_on_step(bench, TMESH_STEP_ACTION_COMPLETE_MANUALLY);
}

static told_t act_on_task(bench_t *bench, tmesh_task_action_t action)
{
    tmesh_act_on_task_request_t request = {.task_id = bench->id, .action = action};
    tmesh_act_on_task_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_call_act_on_task(bench->context, &request, &reply, &fault, PATIENCE_MS);
    tmesh_arena_destroy(&reply.arena);
    return told(err, &fault);
}

static told_t pause_task(bench_t *bench)
{
    return act_on_task(bench, TMESH_TASK_ACTION_PAUSE);
}

typedef struct {
    bench_t *bench;
    call_t *call;
    told_t told;
} caller_t;

static void *call(void *argument)
{
    caller_t *caller = argument;
    caller->told = caller->call(caller->bench);
    return NULL;
}

// At the same moment; but every fourth time the first one is over before the other begins, and every
// fourth time it is the other way round, so that both orders are seen on any machine.
static void race(bench_t *bench, call_t *first, call_t *second, told_t *told_first,
                 told_t *told_second)
{
    caller_t other = {.bench = bench, .call = second};
    if (bench->round % 4 == 0) *told_first = first(bench);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, call, &other), 0);
    if (bench->round % 4 == 1) pthread_join(thread, NULL);
    if (bench->round % 4 != 0) *told_first = first(bench);
    if (bench->round % 4 != 1) pthread_join(thread, NULL);
    *told_second = other.told;
}

static tmesh_err_t begin(bench_t *bench, tmesh_fault_t **fault_p)
{
    static const char *const namespaces[] = {"races"};
    bench->credit = tmesh_credit_new();
    int offer = tmesh_credit_offer(bench->credit, namespaces, 1, NULL, 0);
    tmesh_credit_add(bench->credit, offer, SLOTS);
    bench->settings = (tmesh_settings_t){
        .hand_off_ms = 60000, .step_timeout_default_ms = 3600000, .unclaimed_warning_ms = 600000};
    bench->services = (tmesh_actor_services_t){
        .store = bench->store, .credit = bench->credit, .settings = &bench->settings};
    tmesh_registry_config_t config = {.clock = bench->clock, .threads = true};
    tmesh_err_t err = tmesh_registry_open(&bench->registry, &config);
    if (err) return err;
    tmesh_registry_add(bench->registry, &tmesh_task_request_class, &bench->services);
    tmesh_registry_add(bench->registry, &tmesh_result_processor_class, &bench->services);
    tmesh_registry_add(bench->registry, &tmesh_step_enqueuer_class, &bench->services);
    tmesh_registry_add(bench->registry, &tmesh_task_finalizer_class, &bench->services);
    tmesh_registry_add(bench->registry, &tmesh_gateway_class, NULL);
    bench->context = tmesh_registry_context(bench->registry);
    return tmesh_registry_start(bench->registry, fault_p);
}

static int set_up(void **state)
{
    bench_t *bench = tmesh_alloc(sizeof *bench);
    const tmesh_store_factory_t *factory = &tmesh_store_sqlite_memory;
    bench->place = factory->new_place();
    bench->clock = tmesh_clock_new_system();
    assert_int_equal(factory->open(bench->place, bench->clock, &bench->store), TMESH_OK);
    assert_int_equal(factory->open_reader(bench->store, &bench->reader), TMESH_OK);
    tmesh_fault_t *fault = NULL;
    assert_int_equal(begin(bench, &fault), TMESH_OK);
    tmesh_put_template_request_t request = {
        .file = "races", .text = tmesh_bytes_of_text(template_text)};
    tmesh_put_template_reply_t reply = {0};
    assert_int_equal(
        tmesh_call_put_template(bench->context, &request, &reply, &fault, PATIENCE_MS), TMESH_OK);
    tmesh_arena_destroy(&reply.arena);
    *state = bench;
    return 0;
}

// And the doctor finds nothing.
static int tear_down(void **state)
{
    bench_t *bench = *state;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_problem_t *problems = NULL;
    size_t count = 0;
    tmesh_registry_destroy(&bench->registry);
    assert_int_equal(tmesh_reader_problems(bench->reader, 0, 1, arena, &problems, &count), TMESH_OK);
    assert_int_equal(count, 0);
    tmesh_credit_destroy(&bench->credit);
    tmesh_reader_destroy(&bench->reader);
    tmesh_store_destroy(&bench->store);
    tmesh_clock_destroy(&bench->clock);
    tmesh_store_sqlite_memory.destroy_place(bench->place);
    tmesh_free(bench);
    return 0;
}

// A task of its own for this round; its first step is out.
static void next_round(bench_t *bench)
{
    bench->round++;
    snprintf(bench->key, sizeof bench->key, "round-%d", bench->round);
    told_t told = submit(bench);
    assert_string_equal(told.code, "");
    bench->id = told.id;
    bench->fence = await_run(tmesh_step_id_of(bench->id, 1));
}

static tmesh_task_state_t task_state(bench_t *bench)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_task_view_t view;
    assert_int_equal(tmesh_reader_task(bench->reader, bench->id, false, arena, &view), TMESH_OK);
    return view.row.state;
}

static tmesh_step_row_t step_row(bench_t *bench, uint16_t number)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_step_rows(bench->reader, bench->id, arena, &rows, &count),
                     TMESH_OK);
    return rows[number - 1];
}

#endif
