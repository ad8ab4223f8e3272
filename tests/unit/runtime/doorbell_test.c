// The doorbell: silent while its owner is awake, and no ring is lost while it falls asleep.
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/doorbell.h"
#include "runtime/linger.h"

enum { RINGERS = 3, RINGS = 3000, PATIENCE_MS = 20000 };

static int setup(void **state)
{
    return tmesh_doorbell_open((tmesh_doorbell_t **)state) == TMESH_OK ? 0 : -1;
}

static int teardown(void **state)
{
    tmesh_doorbell_t *bell = *state;
    for (int i = 0; i < 2; i++) tmesh_doorbell_destroy(&bell); // the second time it is NULL
    return 0;
}

static bool rings(const tmesh_doorbell_t *bell, int timeout_ms)
{
    struct pollfd item = {.fd = tmesh_doorbell_fd(bell), .events = POLLIN};
    return poll(&item, 1, timeout_ms) == 1;
}

static void awake_it_is_silent(void **state)
{
    tmesh_doorbell_t *bell = *state;
    tmesh_doorbell_ring(bell);
    assert_false(rings(bell, 0));
    tmesh_doorbell_arm(bell);
    tmesh_doorbell_disarm(bell, false);
    tmesh_doorbell_ring(bell);
    assert_false(rings(bell, 0));
}

static void armed_it_rings_once(void **state)
{
    tmesh_doorbell_t *bell = *state;
    for (int i = 0; i < 3; i++) {
        tmesh_doorbell_arm(bell);
        assert_false(rings(bell, 0));
        tmesh_doorbell_ring(bell);
        tmesh_doorbell_ring(bell);
        assert_true(rings(bell, 0));
        tmesh_doorbell_disarm(bell, true);
        assert_false(rings(bell, 0));
    }
}

typedef struct {
    tmesh_doorbell_t *bell;
    _Atomic int brought;
} house_t;

static void *bring_many(void *argument)
{
    house_t *self = argument;
    for (int i = 0; i < RINGS; i++) {
        self->brought++;
        tmesh_doorbell_ring(self->bell);
    }
    return NULL;
}

static void no_ring_is_lost(void **state)
{
    house_t self = {.bell = *state};
    pthread_t threads[RINGERS];
    for (int i = 0; i < RINGERS; i++) pthread_create(&threads[i], NULL, bring_many, &self);
    for (int seen = 0; seen < RINGERS * RINGS;) {
        tmesh_doorbell_arm(self.bell);
        bool woken = false;
        if (self.brought == seen) {
            woken = rings(self.bell, PATIENCE_MS);
            assert_true(woken); // nobody has to wait for somebody else's ring
        }
        tmesh_doorbell_disarm(self.bell, woken);
        seen = self.brought;
    }
    for (int i = 0; i < RINGERS; i++) pthread_join(threads[i], NULL);
}

static bool is_there_the_third_time(const void *looks)
{
    return ++*(int *)looks == 3;
}

static bool never_is_there(const void *looks)
{
    ++*(int *)looks;
    return false;
}

static void lingering_looks_again_and_gives_up(void **state)
{
    (void)state;
    int looks = 0;
    while (looks < 3) { // a busy machine may leave time for two looks only
        looks = 0;
        if (tmesh_linger(is_there_the_third_time, &looks)) assert_int_equal(looks, 3);
    }
    looks = 0;
    assert_false(tmesh_linger(never_is_there, &looks));
    assert_true(looks >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(awake_it_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(armed_it_rings_once, setup, teardown),
        cmocka_unit_test_setup_teardown(no_ring_is_lost, setup, teardown),
        cmocka_unit_test(lingering_looks_again_and_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
