#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "runtime/base/random.h"

enum { KEYS = 500, ROUNDS = 200000 };

static void values_are_found_replaced_and_removed(void **state)
{
    (void)state;
    tmesh_auto(tmesh_map) map = tmesh_map_new();
    int one = 1;
    int two = 2;
    assert_null(tmesh_map_get(map, "a", 1));
    assert_null(tmesh_map_remove(map, "a", 1));
    assert_null(tmesh_map_put(map, "a", 1, &one));
    assert_ptr_equal(tmesh_map_put(map, "a", 1, &two), &one);
    assert_ptr_equal(tmesh_map_get(map, "a", 1), &two);
    assert_int_equal(tmesh_map_count(map), 1);
    assert_ptr_equal(tmesh_map_remove(map, "a", 1), &two);
    assert_int_equal(tmesh_map_count(map), 0);
}

static void keys_are_bytes_and_copied(void **state)
{
    (void)state;
    tmesh_auto(tmesh_map) map = tmesh_map_new();
    int values[4];
    char key[] = "a\0b";
    tmesh_map_put(map, key, 3, &values[0]);
    tmesh_map_put(map, key, 1, &values[1]);
    tmesh_map_put(map, "", 0, &values[2]);
    key[2] = 'c';
    assert_ptr_equal(tmesh_map_get(map, "a\0b", 3), &values[0]);
    assert_ptr_equal(tmesh_map_get(map, "a", 1), &values[1]);
    assert_ptr_equal(tmesh_map_get(map, "", 0), &values[2]);
    assert_null(tmesh_map_get(map, key, 3));
}

// Removing closes the gap in a run of slots; doing it wrong loses keys sooner or later.
static void it_agrees_with_an_array(void **state)
{
    (void)state;
    tmesh_auto(tmesh_map) map = tmesh_map_new();
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(11);
    static char values[KEYS];
    bool present[KEYS] = {0};
    size_t count = 0;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t key = (uint32_t)tmesh_random_below(random, KEYS);
        void *expected = present[key] ? &values[key] : NULL;
        if (tmesh_random_below(random, 2) == 0) {
            assert_ptr_equal(tmesh_map_put(map, &key, sizeof key, &values[key]), expected);
            count += !present[key];
            present[key] = true;
        } else {
            assert_ptr_equal(tmesh_map_remove(map, &key, sizeof key), expected);
            count -= present[key];
            present[key] = false;
        }
        assert_int_equal(tmesh_map_count(map), count);
        uint32_t other = (uint32_t)tmesh_random_below(random, KEYS);
        assert_ptr_equal(tmesh_map_get(map, &other, sizeof other),
                         present[other] ? &values[other] : NULL);
    }
}

static void a_walk_meets_every_value_once(void **state)
{
    (void)state;
    tmesh_auto(tmesh_map) map = tmesh_map_new();
    static char met[KEYS];
    for (uint32_t i = 0; i < KEYS; i++) tmesh_map_put(map, &i, sizeof i, &met[i]);
    size_t position = 0;
    char *value = NULL;
    while ((value = tmesh_map_next(map, &position)) != NULL) (*value)++;
    for (int i = 0; i < KEYS; i++) assert_int_equal(met[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_replaced_and_removed),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(it_agrees_with_an_array),
        cmocka_unit_test(a_walk_meets_every_value_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
