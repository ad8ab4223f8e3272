// What jansson can not hold is replaced, and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "runtime/base/memory.h"
#include "services/wire/jansson_text.h"

static void assert_written(const char *json, const char *expected)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_jansson_text_write(tmesh_bytes_of_text(json), out);
    assert_string_equal(tmesh_buffer_text(out), expected);
    json_t *loaded = json_loadb(out->data, out->size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    assert_non_null(loaded);
    json_decref(loaded);
}

static void what_fits_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "[]", "null", " [ true , false ]\n", "\"\"", "\"a\\\"b\\\\\"", "\"\\u0000\"",
        "\"\\ud83d\\ude00\"", "{\"a\\u0041\": -0.0}", "9223372036854775807",
        "-9223372036854775808", "[1e308,1E-400,0]", "\"12345678901234567890123\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_written(texts[i], texts[i]);
}

static void numbers_that_are_too_large_are_no_integers(void **state)
{
    (void)state;
    assert_written("9223372036854775808", "0.5");
    assert_written("[-9223372036854775809,1]", "[0.5,1]");
    assert_written("{\"a\":1E400,\"b\":-1e999}", "{\"a\":0.5,\"b\":0.5}");
}

static void lone_surrogates_are_replaced(void **state)
{
    (void)state;
    assert_written("\"\\ud800\"", "\"\\ufffd\"");
    assert_written("\"\\udc00\\ud800\"", "\"\\ufffd\\ufffd\"");
    assert_written("\"\\uD800\\uD800\\uDC00\"", "\"\\ufffd\\uD800\\uDC00\"");
    assert_written("\"\\ud800\\u0041\\\\ud800\"", "\"\\ufffd\\u0041\\\\ud800\"");
}

static void a_nul_is_replaced_in_keys_alone(void **state)
{
    (void)state;
    assert_written("{\"a\\u0000\" : \"\\u0000\"}", "{\"a\\ufffd\" : \"\\u0000\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_stays),
        cmocka_unit_test(numbers_that_are_too_large_are_no_integers),
        cmocka_unit_test(lone_surrogates_are_replaced),
        cmocka_unit_test(a_nul_is_replaced_in_keys_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
