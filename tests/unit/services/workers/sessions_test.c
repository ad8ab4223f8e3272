// Sessions: found by id and by connection, lost in time.
#include "tests/unit/services/workers/bench.h"

static void found_by_id_and_by_connection(void **state)
{
    bench_t *bench = *state;
    const tmesh_sessions_t *sessions = tmesh_dispatch_sessions(bench->dispatch);
    tmesh_session_t *session = bench_join(bench, 7, "charge_*", 3);
    assert_int_equal(tmesh_sessions_count(sessions), 1);
    assert_ptr_equal(tmesh_sessions_find(sessions, session->id), session);
    assert_ptr_equal(tmesh_sessions_at(sessions, tmesh_bytes("w\7", 2)), session);
    assert_null(tmesh_sessions_at(sessions, tmesh_bytes("w\6", 2)));
    assert_string_equal(session->callables[0], "charge_*");
    assert_int_equal(tmesh_session_free_slots(session, 0), 3);
    tmesh_dispatch_leave(bench->dispatch, &session);
    assert_null(tmesh_sessions_at(sessions, tmesh_bytes("w\7", 2)));
}

static void lost_when_not_heard_for_its_own_time(void **state)
{
    bench_t *bench = *state;
    const tmesh_sessions_t *sessions = tmesh_dispatch_sessions(bench->dispatch);
    int64_t due_ms = 0;
    assert_null(tmesh_sessions_find_lost(sessions, bench->now_ms, &due_ms));
    assert_true(due_ms == INT64_MAX);
    tmesh_session_t *quick = bench_join(bench, 1, NULL, 1);
    tmesh_session_t *slow = bench_join(bench, 2, NULL, 1);
    slow->lost_after_ms = 10000;
    assert_null(tmesh_sessions_find_lost(sessions, bench->now_ms + 2999, &due_ms));
    assert_int_equal(due_ms, bench->now_ms + 3000);
    assert_ptr_equal(tmesh_sessions_find_lost(sessions, bench->now_ms + 3000, &due_ms), quick);
    quick->seen_ms += 8000;
    assert_ptr_equal(tmesh_sessions_find_lost(sessions, bench->now_ms + 10000, &due_ms), slow);
}

static void lost_at_once_when_its_connection_is_gone(void **state)
{
    bench_t *bench = *state;
    int64_t due_ms = 0;
    tmesh_session_t *session = bench_join(bench, 1, NULL, 1);
    session->gone = true;
    assert_int_equal(tmesh_session_free_slots(session, 0), 0);
    assert_ptr_equal(tmesh_sessions_find_lost(tmesh_dispatch_sessions(bench->dispatch),
                                              bench->now_ms, &due_ms),
                     session);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(found_by_id_and_by_connection),
        TEST(lost_when_not_heard_for_its_own_time),
        TEST(lost_at_once_when_its_connection_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
