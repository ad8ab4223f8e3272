#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/domain/turns.h"

// Names are those of the namespace and a digit, which is also the step's id.
static tmesh_turn_t turn(const char *name, uint64_t served, int64_t order_key)
{
    return (tmesh_turn_t){
        .namespace_key = (uint64_t)name[0],
        .served = served,
        .order_key = order_key,
        .step_id = {.bytes = {(uint8_t)name[1]}},
        .step = (void *)(uintptr_t)name,
    };
}

static void expect_order(tmesh_turn_t *turns, size_t count, const char *expected)
{
    char found[128] = "";
    tmesh_turns_order(turns, count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) strcat(found, " ");
        strcat(found, turns[i].step);
    }
    assert_string_equal(found, expected);
}

#define EXPECT_ORDER(turns, expected)                                                              \
    expect_order(turns, sizeof(turns) / sizeof(turns)[0], expected)

static void nobody_and_one(void **state)
{
    (void)state;
    tmesh_turns_order(NULL, 0);
    tmesh_turn_t alone[] = {turn("a1", 3, 10)};
    EXPECT_ORDER(alone, "a1");
}

static void within_a_namespace_by_key_and_then_by_id(void **state)
{
    (void)state;
    tmesh_turn_t turns[] = {turn("a3", 0, 20), turn("a2", 0, 10), turn("a1", 0, 20),
                            turn("a4", 0, -60000)};
    EXPECT_ORDER(turns, "a4 a2 a1 a3");
}

static void namespaces_take_turns(void **state)
{
    (void)state;
    tmesh_turn_t turns[] = {turn("a1", 1, 1), turn("a2", 1, 2), turn("a3", 1, 3),
                            turn("b1", 2, 0), turn("b2", 2, 9), turn("c1", 3, -9)};
    EXPECT_ORDER(turns, "a1 b1 c1 a2 b2 a3");
}

static void whoever_was_served_longest_ago_begins(void **state)
{
    (void)state;
    tmesh_turn_t turns[] = {turn("a1", 9, 1), turn("a2", 9, 2), turn("b1", 0, 5),
                            turn("c1", 4, 0), turn("c2", 4, 1)};
    EXPECT_ORDER(turns, "b1 c1 a1 c2 a2");
}

// Two that were never served, or that share the number by chance.
static void among_equals_the_eldest_step_decides(void **state)
{
    (void)state;
    tmesh_turn_t turns[] = {turn("a1", 7, 50), turn("a2", 7, 60), turn("b1", 7, 40),
                            turn("b2", 7, 80), turn("c1", 7, 50)};
    EXPECT_ORDER(turns, "b1 a1 c1 b2 a2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_and_one),
        cmocka_unit_test(within_a_namespace_by_key_and_then_by_id),
        cmocka_unit_test(namespaces_take_turns),
        cmocka_unit_test(whoever_was_served_longest_ago_begins),
        cmocka_unit_test(among_equals_the_eldest_step_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
