// Counters add up per message type; the histogram's bucket i holds handling times below 2^i us.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "runtime/counters.h"

static const tmesh_message_type_t one_type = {.name = "one"};
static const tmesh_message_type_t other_type = {.name = "other"};

static int setup(void **state)
{
    *state = tmesh_alloc(sizeof(tmesh_counters_t));
    return 0;
}

static int teardown(void **state)
{
    tmesh_free(*state);
    return 0;
}

static void batches_add_up(void **state)
{
    tmesh_counters_t *counters = *state;
    tmesh_counters_add_batch(counters, &one_type, 10, 1, 5000);
    tmesh_counters_add_batch(counters, &one_type, 3, 0, 7000);
    const tmesh_type_counters_t *counted = &counters->types[0];
    assert_ptr_equal(counted->type, &one_type);
    assert_int_equal(counted->messages, 13);
    assert_int_equal(counted->errors, 1);
    assert_int_equal(counted->batches, 2);
    assert_int_equal(counted->batch_size_max, 10);
    assert_int_equal(counted->handling_ns, 12000);
}

static void types_are_counted_apart(void **state)
{
    tmesh_counters_t *counters = *state;
    tmesh_counters_add_batch(counters, &one_type, 1, 0, 0);
    tmesh_counters_add_batch(counters, &other_type, 2, 2, 0);
    tmesh_counters_add_batch(counters, &one_type, 4, 0, 0);
    assert_int_equal(counters->types[0].messages, 5);
    assert_ptr_equal(counters->types[1].type, &other_type);
    assert_int_equal(counters->types[1].messages, 2);
    assert_int_equal(counters->types[1].errors, 2);
    assert_null(counters->types[2].type);
}

static void every_place_can_be_used(void **state)
{
    tmesh_counters_t *counters = *state;
    static const tmesh_message_type_t types[TMESH_COUNTED_TYPES_MAX] = {{.name = "first"}};
    for (int i = 0; i < TMESH_COUNTED_TYPES_MAX; i++) {
        tmesh_counters_add_batch(counters, &types[i], 1, 0, 0);
    }
    for (int i = 0; i < TMESH_COUNTED_TYPES_MAX; i++) {
        assert_ptr_equal(counters->types[i].type, &types[i]);
        assert_int_equal(counters->types[i].messages, 1);
    }
}

static void times_fall_into_their_buckets(void **state)
{
    tmesh_counters_t *counters = *state;
    static const struct {
        uint64_t ns;
        int bucket;
    } cases[] = {
        {0, 0},    {999, 0},  {1000, 1}, {1999, 1}, {2000, 2}, {3999, 2}, {4000, 3},
        {1000000, 10}, // 1 ms: below 1024 us
        {1024000, 11}, {UINT64_MAX, TMESH_HISTOGRAM_BUCKETS - 1},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        const _Atomic uint64_t *bucket =
            &counters->types[0].handling_us_histogram[cases[i].bucket];
        uint64_t before = *bucket;
        tmesh_counters_add_batch(counters, &one_type, 1, 0, cases[i].ns);
        assert_int_equal(*bucket, before + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batches_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(types_are_counted_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(every_place_can_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(times_fall_into_their_buckets, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
