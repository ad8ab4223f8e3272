// The ring: order, the exact limit, reserved places, the close; with one thread and with many.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "runtime/ring.h"

enum { LIMIT = 5, MANY_LIMIT = 24, PUTTERS = 4, PUTS = 20000, TAKEN_AT_ONCE = 7 };

// Items are numbers from 1, as pointers.
static void *item(uintptr_t number)
{
    return (void *)number;
}

static int setup(void **state)
{
    *state = tmesh_ring_new(LIMIT);
    return 0;
}

static int teardown(void **state)
{
    tmesh_ring_t *ring = *state;
    for (int i = 0; i < 2; i++) tmesh_ring_destroy(&ring); // the second time it is NULL
    return 0;
}

static uintptr_t take(tmesh_ring_t *ring)
{
    void *taken = NULL;
    return tmesh_ring_take(ring, &taken, 1) == 1 ? (uintptr_t)taken : 0;
}

static void keeps_order_many_times_around(void **state)
{
    tmesh_ring_t *ring = *state;
    uintptr_t put = 0, taken = 0;
    assert_int_equal(take(ring), 0);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i <= round % LIMIT; i++) {
            assert_int_equal(tmesh_ring_put(ring, item(++put)), TMESH_OK);
        }
        assert_true(tmesh_ring_holds_any(ring));
        while (taken < put) assert_int_equal(take(ring), ++taken);
        assert_false(tmesh_ring_holds_any(ring));
        assert_int_equal(tmesh_ring_arrivals(ring), put);
    }
}

static void takes_as_many_as_wanted(void **state)
{
    tmesh_ring_t *ring = *state;
    for (uintptr_t i = 1; i <= LIMIT; i++) assert_int_equal(tmesh_ring_put(ring, item(i)), TMESH_OK);
    void *items[LIMIT + 1] = {0};
    assert_int_equal(tmesh_ring_take(ring, items, 0), 0);
    assert_int_equal(tmesh_ring_take(ring, items, 2), 2);
    assert_ptr_equal(items[1], item(2));
    assert_null(items[2]);
    assert_int_equal(tmesh_ring_depth(ring), LIMIT - 2);
    assert_int_equal(tmesh_ring_take(ring, items, LIMIT + 1), LIMIT - 2);
    assert_ptr_equal(items[0], item(3));
    assert_int_equal(tmesh_ring_depth(ring), 0);
}

static void full_is_exact_and_reserved_places_count(void **state)
{
    tmesh_ring_t *ring = *state;
    assert_int_equal(tmesh_ring_reserve(ring), TMESH_OK);
    for (uintptr_t i = 1; i < LIMIT; i++) assert_int_equal(tmesh_ring_put(ring, item(i)), TMESH_OK);
    assert_int_equal(tmesh_ring_depth(ring), LIMIT);
    assert_int_equal(tmesh_ring_put(ring, item(99)), TMESH_ERR_FULL);
    assert_int_equal(tmesh_ring_reserve(ring), TMESH_ERR_FULL);
    assert_int_equal(take(ring), 1);
    assert_int_equal(tmesh_ring_put(ring, item(LIMIT)), TMESH_OK);
    assert_int_equal(tmesh_ring_put(ring, item(99)), TMESH_ERR_FULL);
    tmesh_ring_unreserve(ring);
    assert_int_equal(tmesh_ring_reserve(ring), TMESH_OK);
    tmesh_ring_put_reserved(ring, item(LIMIT + 1));
    for (uintptr_t i = 2; i <= LIMIT + 1; i++) assert_int_equal(take(ring), i);
    assert_int_equal(tmesh_ring_depth(ring), 0);
    assert_int_equal(tmesh_ring_depth_max(ring), LIMIT);
}

static void closed_it_takes_what_was_promised(void **state)
{
    tmesh_ring_t *ring = *state;
    assert_int_equal(tmesh_ring_reserve(ring), TMESH_OK);
    assert_false(tmesh_ring_is_closed(ring));
    tmesh_ring_close(ring);
    assert_true(tmesh_ring_is_closed(ring));
    assert_int_equal(tmesh_ring_put(ring, item(1)), TMESH_ERR_CLOSED);
    assert_int_equal(tmesh_ring_reserve(ring), TMESH_ERR_CLOSED);
    assert_int_equal(tmesh_ring_depth(ring), 1);
    tmesh_ring_put_reserved(ring, item(2));
    assert_int_equal(take(ring), 2);
    assert_int_equal(tmesh_ring_depth(ring), 0);
}

typedef struct {
    tmesh_ring_t *ring;
    uintptr_t putter;
    _Atomic uint64_t accepted;
    bool until_closed;
} putter_t;

// Every third one goes by way of a reserved place.
static void *put_many(void *argument)
{
    putter_t *self = argument;
    for (uintptr_t i = 0; self->until_closed || i < PUTS;) {
        void *number = item(1 + i * PUTTERS + self->putter);
        bool reserve = i % 3 == 0;
        tmesh_err_t err =
            reserve ? tmesh_ring_reserve(self->ring) : tmesh_ring_put(self->ring, number);
        if (err == TMESH_ERR_CLOSED) break;
        if (err) {
            sched_yield();
            continue;
        }
        if (reserve) tmesh_ring_put_reserved(self->ring, number);
        self->accepted++;
        i++;
    }
    return NULL;
}

typedef struct {
    tmesh_ring_t *ring;
    putter_t putters[PUTTERS];
    pthread_t threads[PUTTERS];
    uintptr_t next[PUTTERS];
    uint64_t taken;
} crowd_t;

static void crowd_start(crowd_t *self, bool until_closed)
{
    self->ring = tmesh_ring_new(MANY_LIMIT);
    for (uintptr_t i = 0; i < PUTTERS; i++) {
        self->putters[i] = (putter_t){.ring = self->ring, .putter = i, .until_closed = until_closed};
        pthread_create(&self->threads[i], NULL, put_many, &self->putters[i]);
    }
}

// Each thread's numbers come in its order.
static size_t crowd_take(crowd_t *self)
{
    void *items[TAKEN_AT_ONCE];
    assert_true(tmesh_ring_depth(self->ring) <= MANY_LIMIT);
    size_t count = tmesh_ring_take(self->ring, items, TAKEN_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        uintptr_t number = (uintptr_t)items[i] - 1;
        assert_int_equal(number / PUTTERS, self->next[number % PUTTERS]++);
    }
    self->taken += count;
    if (count == 0) sched_yield();
    return count;
}

static uint64_t crowd_join(crowd_t *self)
{
    uint64_t accepted = 0;
    for (int i = 0; i < PUTTERS; i++) {
        pthread_join(self->threads[i], NULL);
        accepted += self->putters[i].accepted;
    }
    return accepted;
}

static void many_threads_keep_their_order(void **state)
{
    (void)state;
    crowd_t self = {0};
    crowd_start(&self, false);
    while (self.taken < (uint64_t)PUTTERS * PUTS) crowd_take(&self);
    assert_int_equal(crowd_join(&self), self.taken);
    assert_int_equal(tmesh_ring_depth(self.ring), 0);
    assert_int_equal(tmesh_ring_depth_max(self.ring), MANY_LIMIT);
    tmesh_ring_destroy(&self.ring);
}

static void after_the_close_comes_what_was_accepted_and_no_more(void **state)
{
    (void)state;
    crowd_t self = {0};
    crowd_start(&self, true);
    while (self.taken < 100 * MANY_LIMIT) crowd_take(&self);
    tmesh_ring_close(self.ring);
    while (tmesh_ring_depth(self.ring) > 0) crowd_take(&self);
    assert_int_equal(crowd_join(&self), self.taken);
    assert_false(tmesh_ring_holds_any(self.ring));
    tmesh_ring_destroy(&self.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_order_many_times_around, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_as_many_as_wanted, setup, teardown),
        cmocka_unit_test_setup_teardown(full_is_exact_and_reserved_places_count, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_it_takes_what_was_promised, setup, teardown),
        cmocka_unit_test(many_threads_keep_their_order),
        cmocka_unit_test(after_the_close_comes_what_was_accepted_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
