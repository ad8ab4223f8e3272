// What the tests of the workers share: a dispatcher with a board, sessions and parcels by number.
#ifndef TMESH_TESTS_UNIT_SERVICES_WORKERS_BENCH_H
#define TMESH_TESTS_UNIT_SERVICES_WORKERS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/workers/dispatch.h"

typedef struct {
    tmesh_credit_t *board;
    tmesh_dispatch_t *dispatch;
    int64_t now_ms; // both clocks
} bench_t;

[[maybe_unused]] static int bench_setup(void **state)
{
    static bench_t bench;
    bench = (bench_t){.board = tmesh_credit_new(), .now_ms = 1000};
    bench.dispatch = tmesh_dispatch_new(bench.board);
    *state = &bench;
    return 0;
}

[[maybe_unused]] static int bench_teardown(void **state)
{
    bench_t *bench = *state;
    tmesh_dispatch_check(bench->dispatch);
    tmesh_dispatch_destroy(&bench->dispatch);
    tmesh_credit_destroy(&bench->board);
    return 0;
}

// A worker of the namespace "shop" for callables that match the pattern (NULL: any).
[[maybe_unused]] static tmesh_session_t *bench_join(bench_t *bench, uint8_t number,
                                                    const char *pattern, uint32_t capacity)
{
    static const char *const namespaces[] = {"shop"};
    char routing[2] = {'w', (char)number};
    tmesh_session_terms_t terms = {
        .id = {.bytes = {number}},
        .routing = tmesh_bytes(routing, sizeof routing),
        .name = "a worker",
        .namespaces = namespaces,
        .namespace_count = 1,
        .callables = &pattern,
        .callable_count = pattern ? 1 : 0,
        .capacity = capacity,
        .heartbeat_ms = 1000,
        .lost_after_ms = 3000,
    };
    tmesh_session_t *session = NULL;
    assert_int_equal(
        tmesh_dispatch_join(bench->dispatch, &terms, bench->now_ms, bench->now_ms, &session),
        TMESH_OK);
    return session;
}

[[maybe_unused]] static tmesh_step_id_t bench_step(uint8_t number)
{
    return (tmesh_step_id_t){.bytes = {[14] = 1, [15] = number}};
}

[[maybe_unused]] static tmesh_fence_t bench_fence(uint8_t number, uint32_t run)
{
    return (tmesh_fence_t){
        .step_id = bench_step(number), .run = run, .token = {.bytes = {number, (uint8_t)run}}};
}

// Claims on the board like the services do, and hands the parcel over in an arena of its own.
[[maybe_unused]] static tmesh_dispatch_added_t bench_add(bench_t *bench, uint8_t number,
                                                         uint32_t run, const char *callable)
{
    tmesh_arena_t *arena = tmesh_arena_new();
    tmesh_parcel_t parcel = {
        .fence = bench_fence(number, run),
        .offer = tmesh_credit_take(bench->board, "shop", callable),
        .namespace_name = "shop",
        .callable = tmesh_arena_text(arena, callable),
    };
    tmesh_hold_t *hold = tmesh_hold_new(&arena);
    tmesh_run_t replaced;
    tmesh_dispatch_added_t result = tmesh_dispatch_add(bench->dispatch, &parcel, hold, &replaced);
    tmesh_hold_destroy(&hold);
    tmesh_dispatch_check(bench->dispatch);
    return result;
}

// Gives out and sends what can be, and says how many.
[[maybe_unused]] static int bench_send_all(bench_t *bench)
{
    int count = 0;
    tmesh_run_t *run = NULL;
    while ((run = tmesh_dispatch_next(bench->dispatch, bench->now_ms))) {
        tmesh_dispatch_sent(bench->dispatch, run, bench->now_ms, bench->now_ms + 100);
        count++;
    }
    tmesh_dispatch_check(bench->dispatch);
    return count;
}

[[maybe_unused]] static tmesh_run_t *bench_find(bench_t *bench, uint8_t number)
{
    return tmesh_dispatch_find(bench->dispatch, bench_step(number), 0);
}

[[maybe_unused]] static void bench_end(bench_t *bench, uint8_t number)
{
    tmesh_run_t *run = bench_find(bench, number);
    assert_non_null(run);
    tmesh_dispatch_end(bench->dispatch, &run);
    tmesh_dispatch_check(bench->dispatch);
}

#endif
