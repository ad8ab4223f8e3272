#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/memory.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    for (size_t size = 0; size < 5000; size += 7) {
        unsigned char *memory = tmesh_arena_alloc(arena, size);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(memory[i], 0);
        memset(memory, 0xaa, size);
    }
}

static void copies_stay_when_the_original_goes(void **state)
{
    (void)state;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    char original[] = "payload";
    char *text = tmesh_arena_text(arena, original);
    tmesh_bytes_t bytes = tmesh_arena_bytes(arena, tmesh_bytes(original, 3));
    const int *number = tmesh_arena_copy(arena, &(int){42}, sizeof(int));
    memset(original, 'x', sizeof original - 1);
    assert_string_equal(text, "payload");
    assert_true(tmesh_bytes_equal_text(bytes, "pay"));
    assert_int_equal(bytes.data[3], 0);
    assert_int_equal(*number, 42);
    assert_string_equal(tmesh_arena_printf(arena, "%s-%d", "step", 7), "step-7");
}

static void absent_stays_absent(void **state)
{
    (void)state;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    assert_null(tmesh_arena_text(arena, NULL));
    assert_null(tmesh_arena_bytes(arena, TMESH_BYTES_NONE).data);
    tmesh_bytes_t empty = tmesh_arena_bytes(arena, tmesh_bytes("", 0));
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
}

static char released[3];
static size_t released_count;

static void release(void *object)
{
    released[released_count++] = *(char *)object;
}

static void adopted_objects_are_released_newest_first(void **state)
{
    (void)state;
    static char names[] = "ab";
    tmesh_arena_t *arena = tmesh_arena_new();
    tmesh_arena_adopt(arena, &names[0], release);
    tmesh_arena_adopt(arena, &names[1], release);
    assert_int_equal(released_count, 0);
    tmesh_arena_destroy(&arena);
    assert_null(arena);
    assert_string_equal(released, "ba");
    tmesh_arena_destroy(&arena); // nothing twice
    assert_int_equal(released_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(copies_stay_when_the_original_goes),
        cmocka_unit_test(absent_stays_absent),
        cmocka_unit_test(adopted_objects_are_released_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
