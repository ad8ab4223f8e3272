// Bodies: written, read with their types and bounds, and errors there and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/wire/codec.h"
#include "services/wire/status.h"

typedef struct {
    tmesh_arena_t *arena;
    tmesh_fault_t *fault;
    tmesh_body_t body;
} reading_t;

static tmesh_err_t open_text(reading_t *r, const char *text)
{
    *r = (reading_t){.arena = tmesh_arena_new()};
    return tmesh_codec_open_bytes(tmesh_bytes_of_text(text), r->arena, &r->fault, &r->body);
}

static void close_reading(reading_t *r)
{
    tmesh_fault_destroy(&r->fault);
    tmesh_arena_destroy(&r->arena);
}

static void assert_objection(reading_t *r, const char *code, const char *where)
{
    assert_non_null(r->fault);
    assert_string_equal(r->fault->code, code);
    assert_string_equal(r->fault->where, where);
    tmesh_fault_destroy(&r->fault);
}

static void a_writer_sets_the_commas(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_writer_t w = tmesh_writer(out);
    const uint8_t id[16] = {0xab, 1};
    tmesh_writer_open_object(&w, NULL);
    tmesh_writer_text(&w, "text", "a\"b\n");
    tmesh_writer_text(&w, "none", NULL);
    tmesh_writer_integer(&w, "number", INT64_MIN);
    tmesh_writer_open_array(&w, "items");
    tmesh_writer_bool(&w, NULL, true);
    tmesh_writer_open_object(&w, NULL);
    tmesh_writer_close_object(&w);
    tmesh_writer_null(&w, NULL);
    tmesh_writer_close_array(&w);
    tmesh_writer_frame(&w, "context", 7);
    tmesh_writer_json(&w, "raw", tmesh_bytes_of_text("[0.1]"));
    tmesh_writer_json(&w, "absent", TMESH_BYTES_NONE);
    tmesh_writer_key(&w, "k\"");
    tmesh_writer_integer(&w, NULL, 1);
    tmesh_writer_uuid(&w, "id", id);
    tmesh_writer_token(&w, "token", id);
    tmesh_writer_close_object(&w);
    assert_string_equal(
        tmesh_buffer_text(out),
        "{\"text\":\"a\\\"b\\n\",\"none\":null,\"number\":-9223372036854775808,"
        "\"items\":[true,{},null],\"context\":{\"frame\":7},\"raw\":[0.1],\"absent\":null,"
        "\"k\\\"\":1,\"id\":\"ab010000-0000-0000-0000-000000000000\","
        "\"token\":\"ab010000000000000000000000000000\"}");
}

static void bodies_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
    } rows[] = {
        {"{", "invalid_json"},
        {"nonsense", "invalid_json"},
        {"{\"a\":1,\"a\":2}", "invalid_json"},
        {"{} {}", "invalid_json"},
        {"[]", "not_an_object"},
        {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "too_deep"},
    };
    reading_t r;
    for (size_t i = 0; i < TMESH_COUNT_OF(rows); i++) {
        assert_int_equal(open_text(&r, rows[i].text), TMESH_ERR_INVALID);
        assert_string_equal(r.fault->code, rows[i].code);
        close_reading(&r);
    }
    assert_int_equal(open_text(&r, ""), TMESH_OK);
    assert_false(tmesh_body_has(&r.body, "a"));
    close_reading(&r);
    assert_int_equal(open_text(&r, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}"),
                     TMESH_OK);
    close_reading(&r);
}

static void fields_have_types_and_bounds(void **state)
{
    (void)state;
    reading_t r;
    assert_int_equal(open_text(&r, "{\"t\":\"\xc3\xa4\xc3\xb6\",\"n\":5,\"b\":true,\"null\":null,"
                                   "\"w\":\"two\",\"z\":\"a\\u0000b\",\"real\":1.5,"
                                   "\"u\":\"AB010000-0000-0000-0000-000000000000\","
                                   "\"k\":\"ab010000000000000000000000000000\"}"),
                     TMESH_OK);
    tmesh_body_t *b = &r.body;
    assert_string_equal(tmesh_body_text(b, "t", TMESH_BODY_NEEDED, 2, 2), "\xc3\xa4\xc3\xb6");
    assert_int_equal(tmesh_body_integer(b, "n", 5, 5, 0), 5);
    assert_int_equal(tmesh_body_integer(b, "missing", 0, 9, 7), 7);
    assert_int_equal(tmesh_body_integer(b, "null", 0, 9, 7), 7);
    assert_true(tmesh_body_bool(b, "b", false));
    static const char *const words[] = {"one", "two"};
    assert_int_equal(tmesh_body_word(b, "w", words, 2, 0), 1);
    uint8_t id[16];
    assert_true(tmesh_body_uuid(b, "u", TMESH_BODY_NEEDED, id));
    assert_int_equal(id[0], 0xab);
    assert_true(tmesh_body_token(b, "k", TMESH_BODY_NEEDED, id));
    assert_int_equal(id[1], 1);
    assert_null(r.fault);

    assert_null(tmesh_body_text(b, "t", TMESH_BODY_OPTIONAL, 0, 1));
    assert_objection(&r, "too_long", "/t");
    assert_null(tmesh_body_text(b, "t", TMESH_BODY_OPTIONAL, 3, 9));
    assert_objection(&r, "too_short", "/t");
    assert_null(tmesh_body_text(b, "n", TMESH_BODY_OPTIONAL, 0, 9));
    assert_objection(&r, "wrong_type", "/n");
    assert_null(tmesh_body_text(b, "z", TMESH_BODY_OPTIONAL, 0, 9));
    assert_objection(&r, "zero_byte", "/z");
    assert_null(tmesh_body_text(b, "null", TMESH_BODY_NEEDED, 0, 9));
    assert_objection(&r, "missing_field", "/null");
    assert_int_equal(tmesh_body_integer(b, "n", 0, 4, 3), 3);
    assert_objection(&r, "out_of_range", "/n");
    assert_int_equal(tmesh_body_integer(b, "real", 0, 4, 3), 3);
    assert_objection(&r, "wrong_type", "/real");
    assert_int_equal(tmesh_body_word(b, "t", words, 2, 1), 1);
    assert_objection(&r, "unknown_value", "/t");
    assert_false(tmesh_body_uuid(b, "t", TMESH_BODY_NEEDED, id));
    assert_objection(&r, "not_a_uuid", "/t");
    assert_false(tmesh_body_token(b, "u", TMESH_BODY_NEEDED, id));
    assert_objection(&r, "not_a_token", "/u");
    tmesh_body_object_to(b, NULL, "first", "one");
    tmesh_body_object_to(b, "k", "second", "two");
    assert_objection(&r, "first", "");
    close_reading(&r);
}

static void nested_values_keep_their_place(void **state)
{
    (void)state;
    reading_t r;
    assert_int_equal(open_text(&r, "{\"tasks\":[{\"tags\":[0.1, 1e3],\"o\":{\"x\":\"\"}},7,"
                                   "{\"tags\":\"no\"}],\"names\":[\"a\",3,\"ccc\"]}"),
                     TMESH_OK);
    tmesh_items_t items;
    tmesh_body_items(&r.body, "tasks", TMESH_BODY_NEEDED, 1, 3, &items);
    assert_int_equal(items.count, 3);
    tmesh_body_t item;
    assert_true(tmesh_items_next(&items, NULL, &item));
    tmesh_bytes_t tags = tmesh_body_json(&item, "tags", TMESH_BODY_NEEDED, 1u << TMESH_JSON_ARRAY);
    assert_true(tmesh_bytes_equal_text(tags, "[0.1, 1e3]"));
    tmesh_body_t object;
    assert_true(tmesh_body_object(&item, "o", TMESH_BODY_NEEDED, &object));
    assert_null(tmesh_body_text(&object, "x", TMESH_BODY_NEEDED, 1, 5));
    assert_objection(&r, "too_short", "/tasks/0/o/x");
    tmesh_fault_t *alone = NULL;
    assert_true(tmesh_items_next(&items, &alone, &item));
    assert_string_equal(alone->where, "/tasks/1");
    assert_null(r.fault);
    assert_null(tmesh_body_text(&item, "x", TMESH_BODY_OPTIONAL, 1, 5));
    tmesh_fault_destroy(&alone);
    assert_true(tmesh_items_next(&items, NULL, &item));
    (void)tmesh_body_json(&item, "tags", TMESH_BODY_NEEDED, 1u << TMESH_JSON_ARRAY);
    assert_objection(&r, "wrong_type", "/tasks/2/tags");
    assert_false(tmesh_items_next(&items, NULL, &item));

    const char *text;
    tmesh_body_items(&r.body, "names", TMESH_BODY_NEEDED, 0, 9, &items);
    assert_true(tmesh_items_next_text(&items, 1, 2, &text));
    assert_string_equal(text, "a");
    assert_true(tmesh_items_next_text(&items, 1, 2, &text));
    assert_objection(&r, "wrong_type", "/names/1");
    assert_true(tmesh_items_next_text(&items, 1, 2, &text));
    assert_objection(&r, "too_long", "/names/2");
    assert_false(tmesh_items_next_text(&items, 1, 2, &text));
    tmesh_body_items(&r.body, "names", TMESH_BODY_NEEDED, 0, 2, &items);
    assert_objection(&r, "too_many", "/names");
    assert_false(tmesh_items_next_text(&items, 1, 2, &text));
    close_reading(&r);
}

static void what_may_not_stand_there_is_named(void **state)
{
    (void)state;
    static const char *const known[] = {"name", "status"};
    reading_t r;
    assert_int_equal(open_text(&r, "{\"filter\":{\"status\":1,\"statos\":2}}"), TMESH_OK);
    tmesh_body_t filter;
    assert_true(tmesh_body_object(&r.body, "filter", TMESH_BODY_NEEDED, &filter));
    tmesh_body_only(&filter, known, TMESH_COUNT_OF(known));
    assert_non_null(strstr(r.fault->message, "name, status"));
    assert_objection(&r, "unknown_field", "/filter/statos");
    tmesh_body_only(&filter, (const char *const[]){"status", "statos"}, 2);
    assert_null(r.fault);
    close_reading(&r);
    assert_int_equal(open_text(&r, "{\"a/b\":1}"), TMESH_OK);
    tmesh_body_only(&r.body, known, TMESH_COUNT_OF(known));
    assert_objection(&r, "unknown_field", ""); // no pointer is made of anything
    close_reading(&r);
}

static void an_empty_body_is_an_object_without_fields(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{}", " { } "};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        reading_t r;
        assert_int_equal(open_text(&r, texts[i]), TMESH_OK);
        assert_false(tmesh_body_has(&r.body, "a"));
        assert_true(tmesh_body_bool(&r.body, "a", true));
        assert_null(tmesh_body_json(&r.body, "a", TMESH_BODY_OPTIONAL, 1u << TMESH_JSON_NULL).data);
        tmesh_items_t items;
        tmesh_body_items(&r.body, "a", TMESH_BODY_OPTIONAL, 1, 2, &items);
        assert_int_equal(items.count, 0);
        tmesh_body_only(&r.body, NULL, 0);
        assert_null(r.fault);
        assert_int_equal(tmesh_body_integer_needed(&r.body, "a", 3, 4), 3);
        assert_objection(&r, "missing_field", "/a");
        close_reading(&r);
    }
}

static void frames_are_referred_to_by_index(void **state)
{
    (void)state;
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_request("X", TMESH_BYTES_NONE);
    tmesh_frames_set_body(frames, tmesh_bytes_of_text("{\"a\":{\"frame\":1},\"b\":{\"frame\":2},"
                                                      "\"c\":7,\"d\":{\"frame\":-1},\"e\":null}"));
    (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text("zero"));
    (void)tmesh_frames_add_payload(frames, tmesh_bytes_of_text("one"));
    reading_t r = {0};
    assert_int_equal(tmesh_codec_open(frames, arena, &r.fault, &r.body), TMESH_OK);
    assert_true(tmesh_bytes_equal_text(tmesh_body_frame(&r.body, "a", TMESH_BODY_NEEDED), "one"));
    assert_null(tmesh_body_frame(&r.body, "e", TMESH_BODY_OPTIONAL).data);
    assert_null(r.fault);
    assert_null(tmesh_body_frame(&r.body, "b", TMESH_BODY_OPTIONAL).data);
    assert_objection(&r, "frame_out_of_range", "/b");
    assert_null(tmesh_body_frame(&r.body, "c", TMESH_BODY_OPTIONAL).data);
    assert_objection(&r, "wrong_type", "/c");
    assert_null(tmesh_body_frame(&r.body, "d", TMESH_BODY_OPTIONAL).data);
    assert_objection(&r, "frame_out_of_range", "/d");
    assert_null(tmesh_body_frame(&r.body, "e", TMESH_BODY_NEEDED).data);
    assert_objection(&r, "missing_field", "/e");
}

static void errors_go_there_and_back(void **state)
{
    (void)state;
    tmesh_auto(tmesh_fault) fault =
        tmesh_fault_new(TMESH_ERR_BUSY, "store_busy", "/a/0", "say \"x\"");
    tmesh_fault_set_details(fault, "{\"n\":0.1}");
    tmesh_frames_address_t to = {.routing_id_size = 1, .request_id_size = 1, .request_id = "r"};
    tmesh_auto(tmesh_frames) answer = tmesh_codec_error_answer(&to, fault);
    assert_int_equal(tmesh_frames_status(answer), 503);

    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_fault) objection = NULL;
    tmesh_body_t body;
    assert_int_equal(tmesh_codec_open(answer, arena, &objection, &body), TMESH_OK);
    int64_t retry_after_ms;
    tmesh_auto(tmesh_fault) read = tmesh_codec_read_error(&body, 503, &retry_after_ms);
    assert_int_equal(read->err, TMESH_ERR_BUSY);
    assert_string_equal(read->code, "store_busy");
    assert_string_equal(read->where, "/a/0");
    assert_string_equal(read->message, "say \"x\"");
    assert_string_equal(read->details, "{\"n\":0.1}");
    assert_int_equal(retry_after_ms, TMESH_CODEC_RETRY_AFTER_MS);
}

static void a_badly_written_error_is_still_one(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"error\":7}",
                                        "{\"error\":{\"code\":7,\"retry_after_ms\":\"x\"}}"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        reading_t r;
        assert_int_equal(open_text(&r, texts[i]), TMESH_OK);
        tmesh_auto(tmesh_fault) fault = tmesh_codec_read_error(&r.body, 404, NULL);
        assert_int_equal(fault->err, TMESH_ERR_NOT_FOUND);
        assert_string_equal(fault->code, "no_code");
        close_reading(&r);
    }
}

static void statuses_tell_what_kind(void **state)
{
    (void)state;
    static const int expected[TMESH_ERR_COUNT] = {
        [TMESH_ERR_NONE] = 200,          [TMESH_ERR_INVALID] = 400, [TMESH_ERR_NOT_FOUND] = 404,
        [TMESH_ERR_CONFLICT] = 409,      [TMESH_ERR_FULL] = 503,    [TMESH_ERR_CLOSED] = 503,
        [TMESH_ERR_TIMEOUT] = 503,       [TMESH_ERR_BUSY] = 503,    [TMESH_ERR_CONNECTION] = 503,
        [TMESH_ERR_SERIALIZATION] = 503, [TMESH_ERR_IO] = 503,      [TMESH_ERR_CORRUPT] = 500,
        [TMESH_ERR_UNSUPPORTED] = 500,   [TMESH_ERR_FATAL] = 500,
    };
    for (int err = 0; err < TMESH_ERR_COUNT; err++) {
        int status = tmesh_status_of_error((tmesh_err_t)err);
        assert_int_equal(status, expected[err]);
        assert_int_equal(tmesh_err_may_retry(tmesh_status_error(status)),
                         tmesh_err_may_retry((tmesh_err_t)err));
        assert_int_equal(tmesh_status_error(status) == TMESH_OK, err == TMESH_ERR_NONE);
    }
    tmesh_auto(tmesh_fault) fault = tmesh_fault_new(TMESH_ERR_INVALID, "too_large", NULL, "x");
    assert_int_equal(tmesh_status_of_fault(fault), 413);
    assert_int_equal(tmesh_status_error(413), TMESH_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_sets_the_commas),
        cmocka_unit_test(bodies_that_are_none),
        cmocka_unit_test(fields_have_types_and_bounds),
        cmocka_unit_test(nested_values_keep_their_place),
        cmocka_unit_test(what_may_not_stand_there_is_named),
        cmocka_unit_test(an_empty_body_is_an_object_without_fields),
        cmocka_unit_test(frames_are_referred_to_by_index),
        cmocka_unit_test(errors_go_there_and_back),
        cmocka_unit_test(a_badly_written_error_is_still_one),
        cmocka_unit_test(statuses_tell_what_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
