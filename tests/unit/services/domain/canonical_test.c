#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/canonical.h"

static void assert_canonical(const char *json, const char *expected)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_canonical_json(tmesh_bytes_of_text(json), out);
    assert_string_equal(tmesh_buffer_text(out), expected);
}

static void white_space_and_order_do_not_matter(void **state)
{
    (void)state;
    assert_canonical(" { \"b\" : [ 1 , true , null ] ,\n\"a\":{\"d\":2,\"c\":1}}",
                     "{\"a\":{\"c\":1,\"d\":2},\"b\":[1,true,null]}");
    assert_canonical("{}", "{}");
    assert_canonical("[ ]", "[]");
    assert_canonical(" false ", "false");
    assert_canonical("{\"10\":1,\"9\":2,\"\":3}", "{\"\":3,\"10\":1,\"9\":2}");
    assert_canonical("{\"ab\":1,\"a\":2}", "{\"a\":2,\"ab\":1}");
}

static void keys_are_sorted_by_code_point(void **state)
{
    (void)state;
    // By UTF-16 units the second one would come first.
    assert_canonical("{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbd\":2}",
                     "{\"\xef\xbf\xbd\":2,\"\xf0\x9f\x98\x80\":1}");
    assert_canonical("{\"\\u00e9\":1,\"z\":2}", "{\"z\":2,\"\xc3\xa9\":1}");
}

static void texts_have_one_form(void **state)
{
    (void)state;
    assert_canonical("\"\\u0041\\/\\u00e9\"", "\"A/\xc3\xa9\"");
    assert_canonical("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
    assert_canonical("\"\\\"\\\\\\n\\u0000\"", "\"\\\"\\\\\\u000a\\u0000\"");
    assert_canonical("{\"\\u0061\":1}", "{\"a\":1}");
}

static void integers_keep_their_digits(void **state)
{
    (void)state;
    assert_canonical("123456789012345678901234567890", "123456789012345678901234567890");
    assert_canonical("-7", "-7");
    assert_canonical("-0", "0");
    assert_canonical("0", "0");
}

static void other_numbers_are_the_shortest_text_of_their_double(void **state)
{
    (void)state;
    assert_canonical("[0.10, 1e-1, 0.1000000000000000055]", "[0.1,0.1,0.1]");
    assert_canonical("[2.0, 2e0, 20e-1]", "[2,2,2]");
    assert_canonical("[0.30000000000000004]", "[0.30000000000000004]");
    assert_canonical("1e999", "1e999"); // no double holds it
    assert_canonical("[-0.0, -1.50, 0e5]", "[0,-1.5,0]");
}

// The examples of RFC 8785, appendix B.
static void they_are_laid_out_as_ecmascript_does(void **state)
{
    (void)state;
    assert_canonical("[5e-324, -5e-324]", "[5e-324,-5e-324]");
    assert_canonical("1.7976931348623157e308", "1.7976931348623157e+308");
    assert_canonical("9007199254740992.0", "9007199254740992");
    assert_canonical("295147905179352830000.0", "295147905179352830000");
    assert_canonical("9.999999999999997e22", "9.999999999999997e+22");
    assert_canonical("1e+23", "1e+23");
    assert_canonical("999999999999999700000.0", "999999999999999700000");
    assert_canonical("1e21", "1e+21");
    assert_canonical("9.999999999999997e-7", "9.999999999999997e-7");
    assert_canonical("0.000001", "0.000001");
    assert_canonical("0.0000123", "0.0000123");
    assert_canonical("333333333.3333332", "333333333.3333332");
    assert_canonical("1424953923781206.2", "1424953923781206.2");
}

// 1.0 and 1 are the same JSON number (RFC 8785), however large.
static void an_integral_double_equals_its_integer(void **state)
{
    (void)state;
    assert_canonical("[1e2, 100, 100.0]", "[100,100,100]");
    assert_canonical("[1e15, 1000000000000000]", "[1000000000000000,1000000000000000]");
    assert_canonical("[1e20, 10.0, 1E1]", "[100000000000000000000,10,10]");
}

static void canonical_text_is_its_own_canonical_form(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":[1.5e300,\"\\u0001\",{\"\":null}],\"b\":-3}", "[[],[[]],{}]", "\"\"",
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        tmesh_auto(tmesh_buffer) once = tmesh_buffer_new();
        tmesh_canonical_json(tmesh_bytes_of_text(texts[i]), once);
        assert_canonical(tmesh_buffer_text(once), tmesh_buffer_text(once));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_and_order_do_not_matter),
        cmocka_unit_test(keys_are_sorted_by_code_point),
        cmocka_unit_test(texts_have_one_form),
        cmocka_unit_test(integers_keep_their_digits),
        cmocka_unit_test(other_numbers_are_the_shortest_text_of_their_double),
        cmocka_unit_test(they_are_laid_out_as_ecmascript_does),
        cmocka_unit_test(an_integral_double_equals_its_integer),
        cmocka_unit_test(canonical_text_is_its_own_canonical_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
