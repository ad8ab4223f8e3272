// Memory of messages: used again by whoever gave it, and by others through the depot.
#include <pthread.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/pool.h"

enum { STACK = 64, THREADS = 4, ROUNDS = 2000, LARGE = 100000 };

typedef struct {
    tmesh_depot_t *depot;
    tmesh_pool_t *pool;
    tmesh_pool_t *other;
} fixture_t;

static fixture_t fixture;

static int setup(void **state)
{
    fixture.depot = tmesh_depot_new();
    fixture.pool = tmesh_pool_new(fixture.depot);
    fixture.other = tmesh_pool_new(fixture.depot);
    *state = &fixture;
    return 0;
}

// The depot asserts that every block is back.
static int teardown(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 2; i++) { // the second time they are NULL
        tmesh_pool_destroy(&self->pool);
        tmesh_pool_destroy(&self->other);
        tmesh_depot_destroy(&self->depot);
    }
    return 0;
}

static void what_was_given_is_taken_again(void **state)
{
    fixture_t *self = *state;
    void *first = tmesh_pool_take(self->pool, 100);
    assert_int_equal((uintptr_t)first % alignof(max_align_t), 0);
    memset(first, 0xff, 100);
    tmesh_pool_give(self->pool, first);
    for (int i = 0; i < ROUNDS; i++) {
        void *again = tmesh_pool_take(self->pool, 90);
        assert_ptr_equal(again, first);
        tmesh_pool_give(self->pool, again);
    }
    assert_int_equal(tmesh_pool_allocations(self->pool), 1);
}

static void each_size_has_blocks_of_its_own(void **state)
{
    fixture_t *self = *state;
    static const size_t sizes[] = {0, 1, 112, 113, 240, 241, 1000, 4080, 4081, LARGE};
    for (int round = 0; round < 2; round++) {
        void *blocks[sizeof sizes / sizeof *sizes];
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            blocks[i] = tmesh_pool_take(self->pool, sizes[i]);
            memset(blocks[i], (int)i, sizes[i]);
        }
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            if (sizes[i] > 0) assert_int_equal(((char *)blocks[i])[sizes[i] - 1], i);
            tmesh_pool_give(self->pool, blocks[i]);
        }
    }
    // Two are larger than what is kept, and come from the heap each time.
    assert_int_equal(tmesh_pool_allocations(self->pool), 8 + 2 * 2);
}

static void one_way_traffic_goes_round_through_the_depot(void **state)
{
    fixture_t *self = *state;
    void *under_way[STACK];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < STACK; i++) under_way[i] = tmesh_pool_take(self->pool, 50);
        for (int i = 0; i < STACK; i++) tmesh_pool_give(self->other, under_way[i]);
    }
    // What is under way, and two stacks on the other side.
    assert_true(tmesh_pool_allocations(self->pool) <= 3 * STACK);
    assert_int_equal(tmesh_pool_allocations(self->other), 0);
}

static void without_a_pool_it_finds_its_way_back(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_pool_give(NULL, tmesh_pool_take(self->pool, 50));
        tmesh_pool_give(self->pool, tmesh_pool_take(NULL, 50)); // the heap's goes to the heap
        tmesh_pool_give(NULL, tmesh_pool_take(NULL, 50));
    }
    assert_int_equal(tmesh_pool_allocations(self->pool), 1);
}

static void *take_and_give(void *shared)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *block = tmesh_pool_take(shared, 100);
        memset(block, i, 100);
        tmesh_pool_give(i % 2 ? shared : NULL, block);
    }
    return NULL;
}

static void many_threads_share_one(void **state)
{
    fixture_t *self = *state;
    tmesh_pool_t *shared = tmesh_pool_new_shared(self->depot);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, take_and_give, shared);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    // One block per thread is under way, a few lie in lanes that were passed by.
    assert_true(tmesh_pool_allocations(shared) < ROUNDS);
    tmesh_pool_destroy(&shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_given_is_taken_again, setup, teardown),
        cmocka_unit_test_setup_teardown(each_size_has_blocks_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(one_way_traffic_goes_round_through_the_depot, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_pool_it_finds_its_way_back, setup, teardown),
        cmocka_unit_test_setup_teardown(many_threads_share_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
