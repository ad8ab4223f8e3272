#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

static void views_are_equal_by_contents(void **state)
{
    (void)state;
    assert_true(tmesh_bytes_equal(tmesh_bytes("abc", 3), tmesh_bytes_of_text("abc")));
    assert_false(tmesh_bytes_equal(tmesh_bytes("abc", 2), tmesh_bytes_of_text("abc")));
    assert_false(tmesh_bytes_equal_text(tmesh_bytes("a\0c", 3), "a"));
    assert_true(tmesh_bytes_equal_text(tmesh_bytes("", 0), ""));
    assert_true(tmesh_bytes_equal(TMESH_BYTES_NONE, tmesh_bytes("", 0)));
    assert_null(tmesh_bytes_of_text(NULL).data);
}

static void a_buffer_grows_and_keeps_its_zero_byte(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
    assert_string_equal(tmesh_buffer_text(buffer), "");
    for (int i = 0; i < 10000; i++) {
        tmesh_buffer_add(buffer, "x", 1);
        assert_int_equal(buffer->data[buffer->size], 0);
    }
    assert_int_equal(tmesh_buffer_bytes(buffer).size, 10000);
    tmesh_buffer_clear(buffer);
    assert_string_equal(buffer->data, "");
    tmesh_buffer_add(buffer, NULL, 0);
    tmesh_buffer_add_text(buffer, "step ");
    tmesh_buffer_printf(buffer, "%d of %s", 3, "9");
    tmesh_buffer_add(buffer, "\0!", 2);
    assert_int_equal(buffer->size, 13);
    assert_memory_equal(buffer->data, "step 3 of 9\0!", 14);
}

static void long_formats_fit(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
    tmesh_buffer_printf(buffer, "%*d", 100000, 7);
    assert_int_equal(buffer->size, 100000);
    assert_int_equal(buffer->data[99999], '7');
}

static void extending_and_cutting(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
    tmesh_buffer_add_text(buffer, "kept");
    memset(tmesh_buffer_extend(buffer, 1000), 'x', 1000);
    assert_int_equal(buffer->size, 1004);
    assert_int_equal(buffer->data[1004], 0);
    assert_int_equal(buffer->data[1003], 'x');
    tmesh_buffer_cut(buffer, 4);
    assert_string_equal(buffer->data, "kept");
    assert_int_equal(buffer->size, 4);
}

// At every distance from the end of the memory that the buffer has.
static void formats_fit_to_the_byte(void **state)
{
    (void)state;
    for (int before = 240; before < 260; before++) {
        tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
        memset(tmesh_buffer_extend(buffer, (size_t)before), 'x', (size_t)before);
        tmesh_buffer_printf(buffer, "%s", "123456");
        assert_int_equal(buffer->size, before + 6);
        assert_string_equal(buffer->data + before, "123456");
    }
}

static void taking_leaves_the_buffer_empty(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
    tmesh_buffer_add_text(buffer, "mine");
    tmesh_auto_free char *text = tmesh_buffer_take(buffer);
    assert_string_equal(text, "mine");
    assert_int_equal(buffer->size, 0);
    tmesh_buffer_add_text(buffer, "again");
    assert_string_equal(buffer->data, "again");
    assert_string_equal(text, "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_equal_by_contents),
        cmocka_unit_test(a_buffer_grows_and_keeps_its_zero_byte),
        cmocka_unit_test(long_formats_fit),
        cmocka_unit_test(extending_and_cutting),
        cmocka_unit_test(formats_fit_to_the_byte),
        cmocka_unit_test(taking_leaves_the_buffer_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
