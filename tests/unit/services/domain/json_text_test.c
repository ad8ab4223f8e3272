#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

static const tmesh_json_limits_t small = {
    .bytes_max = 100, .depth_max = 3, .members_max = 4, .string_chars_max = 5};

static void expect_good(const char *text)
{
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err = tmesh_json_check(tmesh_bytes_of_text(text), &tmesh_json_limits_context,
                                       "", &fault);
    if (err) print_error("%s: %s %s\n", text, fault->code, fault->message);
    assert_int_equal(err, TMESH_OK);
    assert_null(fault);
}

static void expect_bad(tmesh_bytes_t json, const tmesh_json_limits_t *limits, const char *code,
                       const char *where)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_json_check(json, limits, "/context", &fault);
    if (!err) print_error("accepted: %.*s\n", (int)json.size, json.data);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_int_equal(fault->err, TMESH_ERR_INVALID);
    assert_string_equal(fault->code, code);
    assert_string_equal(fault->where, where);
}

static void all_of_json_is_accepted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null", "true", "false", "0", "-0", "-0.0e+00", "0.1", "1e400", "1E-400",
        "123456789012345678901234567890", "\"\"", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"",
        "\"\x7f\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "[]", "{}", " [ ] ",
        "\t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } }\n", "[[[[[[[[[1]]]]]]]]]",
        "{\"a\":{\"a\":1},\"b\":{\"a\":1}}"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) expect_good(texts[i]);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "nul", "nulll", "True", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "NaN",
        "Infinity", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"",
        "'a'", "[1,]", "[,1]", "[1 2]", "[", "[1", "]", "1 2", "\xef\xbb\xbf{}", "\"\xff\"",
        "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"", "// c\n1", "[1}"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        expect_bad(tmesh_bytes_of_text(texts[i]), &tmesh_json_limits_context, "invalid_json",
                   texts[i][0] == '[' && texts[i][1] == ',' ? "/context/0"
                   : strcmp(texts[i], "[1,]") == 0         ? "/context/1"
                   : strcmp(texts[i], "[") == 0            ? "/context/0"
                                                           : "/context");
    }
    expect_bad(tmesh_bytes("\"a\0b\"", 5), &tmesh_json_limits_context, "invalid_json", "/context");
    expect_bad(tmesh_bytes("1\0", 2), &tmesh_json_limits_context, "invalid_json", "/context");
    expect_bad(TMESH_BYTES_NONE, &tmesh_json_limits_context, "invalid_json", "/context");
}

static void objects_have_their_own_mistakes(void **state)
{
    (void)state;
    static const char *const texts[] = {"{", "{1:2}", "{a:1}", "{\"a\":1,}", "{\"a\":1 \"b\":2}",
                                        "{,}"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        expect_bad(tmesh_bytes_of_text(texts[i]), &tmesh_json_limits_context, "invalid_json",
                   "/context");
    }
    expect_bad(tmesh_bytes_of_text("{\"a\" 1}"), &tmesh_json_limits_context, "invalid_json",
               "/context/a");
    expect_bad(tmesh_bytes_of_text("{\"a\":}"), &tmesh_json_limits_context, "invalid_json",
               "/context/a");
}

static void limits_are_kept(void **state)
{
    (void)state;
    tmesh_auto_free char *large = tmesh_alloc(102);
    memset(large, ' ', 101);
    expect_bad(tmesh_bytes(large, 101), &small, "too_large", "/context");
    expect_bad(tmesh_bytes_of_text("[[[1]]]"), &small, "too_deep", "/context/0/0/0");
    expect_bad(tmesh_bytes_of_text("{\"a\":[{\"b\":1}]}"), &small, "too_deep", "/context/a/0/b");
    expect_bad(tmesh_bytes_of_text("[1,2,3,4,5]"), &small, "too_many_members", "/context");
    expect_bad(tmesh_bytes_of_text("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}"), &small,
               "too_many_members", "/context");
    expect_bad(tmesh_bytes_of_text("[\"123456\"]"), &small, "string_too_long", "/context/0");
    expect_bad(tmesh_bytes_of_text("{\"123456\":1}"), &small, "string_too_long", "/context");
    tmesh_fault_t *fault = NULL;
    static const char *const texts[] = {"[[[]]]", "[[1]]", "[1,2,3,4]",
                                        "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\""};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        assert_int_equal(tmesh_json_check(tmesh_bytes_of_text(texts[i]), &small, "", &fault),
                         TMESH_OK);
    }
    expect_bad(tmesh_bytes_of_text("\"\\u0041\""), &small, "string_too_long", "/context");
}

static void deep_nesting_is_refused_not_followed(void **state)
{
    (void)state;
    size_t size = 1000 * 1000;
    tmesh_auto_free char *text = tmesh_alloc(size + 1);
    memset(text, '[', size);
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_json_check(tmesh_bytes(text, size), &tmesh_json_limits_result, "",
                                       &fault);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "too_deep");
}

static void equal_keys_are_refused(void **state)
{
    (void)state;
    expect_bad(tmesh_bytes_of_text("{\"x\":{\"a\":1,\"b\":2,\"a\":3}}"),
               &tmesh_json_limits_context, "duplicate_key", "/context/x");
    expect_bad(tmesh_bytes_of_text("{\"a\":1,\"\\u0061\":2}"), &tmesh_json_limits_context,
               "duplicate_key", "/context");
    expect_bad(tmesh_bytes_of_text("{\"\":1,\"\":2}"), &tmesh_json_limits_context,
               "duplicate_key", "/context");
    expect_bad(tmesh_bytes_of_text("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"),
               &tmesh_json_limits_context, "duplicate_key", "/context");
    expect_good("{\"\\ud800\":1,\"\\ud801\":2,\"\\ufffd\":3}");
    expect_good("{\"a\":1,\"A\":2,\"a\\u0000\":3}");
}

static void many_keys_are_compared_quickly(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, "{");
    for (int i = 0; i < 60000; i++) tmesh_buffer_printf(text, "\"k%d\":%d,", i, i);
    size_t before_last = text->size;
    tmesh_buffer_add_text(text, "\"last\":0}");
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_json_check(tmesh_buffer_bytes(text), &tmesh_json_limits_result, "",
                                      &fault), TMESH_OK);
    memcpy(text->data + before_last, "\"k77\" :0}", 9);
    assert_int_equal(tmesh_json_check(tmesh_buffer_bytes(text), &tmesh_json_limits_result, "",
                                      &fault), TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "duplicate_key");
}

static void pointers_escape_and_messages_count_bytes(void **state)
{
    (void)state;
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_json_check(tmesh_bytes_of_text("{\"a/b~\\u00e9\": [0, !]}"),
                                       &tmesh_json_limits_context, "/in", &fault);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_string_equal(fault->where, "/in/a~1b~0\xc3\xa9/1");
    assert_non_null(strstr(fault->message, "(byte 19)"));
}

static void members_are_found_by_their_unescaped_key(void **state)
{
    (void)state;
    tmesh_bytes_t json = tmesh_bytes_of_text(
        " { \"a\" : {\"b\":\"},]\"} , \"\\u0062\" : [1, 2] ,\"c\":0.10,\"d\":\"\\\"\" } ");
    assert_true(tmesh_bytes_equal_text(tmesh_json_member(json, "a"), "{\"b\":\"},]\"}"));
    assert_true(tmesh_bytes_equal_text(tmesh_json_member(json, "b"), "[1, 2]"));
    assert_true(tmesh_bytes_equal_text(tmesh_json_member(json, "c"), "0.10"));
    assert_true(tmesh_bytes_equal_text(tmesh_json_member(json, "d"), "\"\\\"\""));
    assert_null(tmesh_json_member(json, "e").data);
    assert_null(tmesh_json_member(tmesh_bytes_of_text("[1]"), "a").data);
    assert_null(tmesh_json_member(TMESH_BYTES_NONE, "a").data);
}

static void containers_are_walked_in_order(void **state)
{
    (void)state;
    size_t position = 0;
    tmesh_bytes_t key;
    tmesh_bytes_t value;
    tmesh_bytes_t list = tmesh_bytes_of_text(" [ 1,[2,\"]\"] ,{} , null ]");
    static const char *const items[] = {"1", "[2,\"]\"]", "{}", "null"};
    for (size_t i = 0; i < TMESH_COUNT_OF(items); i++) {
        assert_true(tmesh_json_next(list, &position, &key, &value));
        assert_null(key.data);
        assert_true(tmesh_bytes_equal_text(value, items[i]));
    }
    assert_false(tmesh_json_next(list, &position, &key, &value));
    position = 0;
    assert_false(tmesh_json_next(tmesh_bytes_of_text("{ }"), &position, NULL, &value));
    position = 0;
    tmesh_bytes_t map = tmesh_bytes_of_text("{\"x\\n\":true}");
    assert_true(tmesh_json_next(map, &position, &key, &value));
    assert_true(tmesh_bytes_equal_text(key, "\"x\\n\""));
    assert_true(tmesh_bytes_equal_text(value, "true"));
    assert_false(tmesh_json_next(map, &position, &key, &value));
}

static void kinds_are_told_by_the_first_byte(void **state)
{
    (void)state;
    assert_int_equal(tmesh_json_kind(TMESH_BYTES_NONE), TMESH_JSON_ABSENT);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text("null")), TMESH_JSON_NULL);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text("false")), TMESH_JSON_BOOL);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text("-1")), TMESH_JSON_NUMBER);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text("\"\"")), TMESH_JSON_STRING);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text("[]")), TMESH_JSON_ARRAY);
    assert_int_equal(tmesh_json_kind(tmesh_bytes_of_text(" {}")), TMESH_JSON_OBJECT);
}

static void compacting_leaves_strings_and_numbers_alone(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_json_compact(
        tmesh_bytes_of_text(" { \"a b\" : [ 0.10 , 1e400 , \" \\\" \" ] ,\n\"c\":\tnull } "), out);
    assert_string_equal(out->data, "{\"a b\":[0.10,1e400,\" \\\" \"],\"c\":null}");
}

static void strings_are_escaped_and_unescaped(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_json_add_string(out, "a\"\\\b\f\n\r\t\x01\x7f/\xc3\xa9");
    assert_string_equal(out->data,
                        "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/\xc3\xa9\"");
    tmesh_buffer_clear(out);
    tmesh_json_add_string(out, "\xff" "a\xc3");
    assert_string_equal(out->data, "\"\xef\xbf\xbd" "a\xef\xbf\xbd\"");
    tmesh_buffer_clear(out);
    tmesh_json_unescape(
        tmesh_bytes_of_text("\"\\u00e9\\ud83d\\ude00\\ud800\\n\\/\\uDC00x\""), out);
    assert_string_equal(out->data,
                        "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\n/\xef\xbf\xbdx");
    tmesh_buffer_clear(out);
    tmesh_json_unescape(tmesh_bytes_of_text("\"a\\u0000b\""), out);
    assert_int_equal(out->size, 3);
    assert_memory_equal(out->data, "a\0b", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_json_is_accepted),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(objects_have_their_own_mistakes),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(deep_nesting_is_refused_not_followed),
        cmocka_unit_test(equal_keys_are_refused),
        cmocka_unit_test(many_keys_are_compared_quickly),
        cmocka_unit_test(pointers_escape_and_messages_count_bytes),
        cmocka_unit_test(members_are_found_by_their_unescaped_key),
        cmocka_unit_test(containers_are_walked_in_order),
        cmocka_unit_test(kinds_are_told_by_the_first_byte),
        cmocka_unit_test(compacting_leaves_strings_and_numbers_alone),
        cmocka_unit_test(strings_are_escaped_and_unescaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
