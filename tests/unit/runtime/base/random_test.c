#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/random.h"

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) a = tmesh_random_new_seeded(5);
    tmesh_auto(tmesh_random) b = tmesh_random_new_seeded(5);
    tmesh_auto(tmesh_random) c = tmesh_random_new_seeded(6);
    unsigned char from_a[700];
    unsigned char from_b[700];
    int equal = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t number = tmesh_random_next(a);
        assert_int_equal(number, tmesh_random_next(b));
        equal += number == tmesh_random_next(c);
    }
    assert_int_equal(equal, 0);
    tmesh_random_fill(a, from_a, sizeof from_a);
    tmesh_random_fill(b, from_b, sizeof from_b);
    assert_memory_equal(from_a, from_b, sizeof from_a);
}

static void numbers_stay_below_their_bound(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(1);
    int counts[10] = {0};
    for (int i = 0; i < 10000; i++) counts[tmesh_random_below(random, 10)]++;
    for (int i = 0; i < 10; i++) assert_in_range(counts[i], 850, 1150);
    assert_int_equal(tmesh_random_below(random, 1), 0);
}

static void the_system_s_numbers_differ(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) a = tmesh_random_new_system();
    tmesh_auto(tmesh_random) b = tmesh_random_new_system();
    unsigned char from_a[1000] = {0};
    unsigned char from_b[1000] = {0};
    tmesh_random_fill(a, from_a, sizeof from_a);
    tmesh_random_fill(b, from_b, sizeof from_b);
    assert_memory_not_equal(from_a, from_b, sizeof from_a);
    assert_memory_not_equal(from_a, from_a + 500, 500);
    assert_int_not_equal(tmesh_random_next(a), tmesh_random_next(a));
}

static void filling_is_exact(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(9);
    for (size_t size = 0; size < 600; size += 13) {
        unsigned char bytes[601];
        memset(bytes, 0x5a, sizeof bytes);
        tmesh_random_fill(random, bytes, size);
        assert_int_equal(bytes[size], 0x5a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(numbers_stay_below_their_bound),
        cmocka_unit_test(the_system_s_numbers_differ),
        cmocka_unit_test(filling_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
