// Two threads submit the same to one store, a thousand times: one makes the task, the other is told
// which one it is. On a file, with its writer behind a mutex and each commit on disk, in memory, and in PostgreSQL, where both work at once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <assert.h>
#include <cmocka.h>
#include <pthread.h>

#include "runtime/base/memory.h"
#include "services/task_initialization/task_initialization.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_sqlite_place.h"

enum { ROUNDS = 1000 };

static const char template_text[] =
    "name: one\nnamespace_name: shop\nversion: 1.0.0\nsteps:\n"
    "  - {name: only, handler: {callable: work}}\n";

typedef struct {
    tmesh_task_id_t id;
    char code[32];
} told_t;

typedef struct {
    tmesh_store_t *store;
    tmesh_clock_t *clock;
    tmesh_credit_t *credit;
    pthread_barrier_t *start;
    told_t told[ROUNDS];
} submitter_t;

static void put_template(tmesh_task_initialization_t *initialization)
{
    tmesh_put_template_request_t request = {
        .file = "one", .text = tmesh_bytes_of_text(template_text)};
    tmesh_put_template_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    tmesh_template_finder_t *finder = tmesh_task_initialization_finder(initialization);
    tmesh_err_t err = tmesh_template_finder_put(finder, &request, &reply, &fault);
    assert(!err); // in a thread that cmocka does not know
    tmesh_arena_destroy(&reply.arena);
}

static told_t submit(tmesh_task_initialization_t *initialization, int round)
{
    char context[32];
    snprintf(context, sizeof context, "{\"round\": %d}", round);
    tmesh_submission_t submission = {
        .namespace_name = "shop", .name = "one", .context = tmesh_bytes_of_text(context)};
    tmesh_process_task_request_request_t request = {.count = 1, .submissions = &submission};
    tmesh_process_task_request_reply_t reply = {0};
    tmesh_item_t item = {.request = &request, .reply = &reply};
    tmesh_process_task_request_batch_t batch = {.any = {.count = 1, .items = &item}};
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_task_initialization_run(initialization, &batch, outcome);
    told_t told = {0};
    if (err) {
        snprintf(told.code, sizeof told.code, "%s", tmesh_err_word(err));
    } else {
        const tmesh_fault_t *fault = reply.answers[0].fault;
        told.id = reply.answers[0].task_id;
        if (fault) snprintf(told.code, sizeof told.code, "%.31s", fault->code);
    }
    tmesh_arena_destroy(&reply.arena);
    return told;
}

// What it is told is looked at by the test's own thread.
static void *submit_all(void *argument)
{
    static const tmesh_settings_t settings = {.hand_off_ms = 5000, .unclaimed_warning_ms = 600000};
    submitter_t *self = argument;
    tmesh_random_t *random = tmesh_random_new_system();
    tmesh_tools_t *tools =
        tmesh_tools_new(self->store, self->clock, random, self->credit, &settings);
    tmesh_task_initialization_t *initialization = tmesh_task_initialization_new(tools);
    put_template(initialization);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(self->start);
        self->told[i] = submit(initialization, i);
    }
    tmesh_task_initialization_destroy(&initialization);
    tmesh_tools_destroy(&tools);
    tmesh_random_destroy(&random);
    return NULL;
}

static void race_on(const tmesh_store_factory_t *factory)
{
    tmesh_store_fixture_t *fixture = tmesh_store_fixture_new(factory);
    tmesh_credit_t *credit = tmesh_credit_new();
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    submitter_t *both = tmesh_alloc_array(2, sizeof *both);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        both[i] = (submitter_t){
            .store = fixture->store, .clock = fixture->clock, .credit = credit, .start = &start};
        assert_int_equal(pthread_create(&threads[i], NULL, submit_all, &both[i]), 0);
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    int won[2] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        int winner = strcmp(both[0].told[i].code, "") == 0 ? 0 : 1;
        won[winner]++;
        assert_string_equal(both[winner].told[i].code, "");
        assert_string_equal(both[1 - winner].told[i].code, "duplicate_task");
        assert_memory_equal(&both[0].told[i].id, &both[1].told[i].id, sizeof both[0].told[i].id);
    }
    print_message("%s: %d to %d\n", factory->name, won[0], won[1]);
    assert_in_range(won[0], 1, ROUNDS - 1);
    pthread_barrier_destroy(&start);
    tmesh_free(both);
    tmesh_credit_destroy(&credit);
    tmesh_store_fixture_destroy(&fixture);
}

static void on_a_file(void **state)
{
    (void)state;
    race_on(&tmesh_store_sqlite_file);
}

static void in_memory(void **state)
{
    (void)state;
    race_on(&tmesh_store_sqlite_memory);
}

static void in_a_database(void **state)
{
    (void)state;
    race_on(&tmesh_store_postgres_database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_file),
        cmocka_unit_test(in_memory),
        cmocka_unit_test(in_a_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
