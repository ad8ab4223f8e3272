#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/ids.h"

static void a_task_id_is_a_sorted_uuid(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(1);
    tmesh_task_id_t early = tmesh_task_id_new(random, 1000);
    tmesh_task_id_t late = tmesh_task_id_new(random, 1001);
    assert_true(tmesh_task_id_compare(early, late) < 0);
    assert_int_equal(tmesh_task_id_compare(early, early), 0);
    assert_int_equal(early.bytes[6] >> 4, 7);
    assert_int_equal(early.bytes[8] >> 6, 2);
    assert_int_equal(early.bytes[14] | early.bytes[15], 0);
}

static void steps_carry_their_task(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(2);
    tmesh_task_id_t task = tmesh_task_id_new(random, 1763800000000);
    static const uint16_t numbers[] = {1, 2, 255, 256, 65535};
    tmesh_step_id_t before = tmesh_step_id_of(task, 1);
    for (size_t i = 0; i < TMESH_COUNT_OF(numbers); i++) {
        tmesh_step_id_t step = tmesh_step_id_of(task, numbers[i]);
        assert_int_equal(tmesh_step_number(step), numbers[i]);
        assert_int_equal(tmesh_task_id_compare(tmesh_task_id_of_step(step), task), 0);
        assert_true(tmesh_step_id_compare(before, step) <= 0);
        before = step;
    }
}

static void text_and_bytes_are_one(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(3);
    for (int i = 0; i < 100; i++) {
        tmesh_node_id_t node = tmesh_node_id_new(random, i * 100000);
        tmesh_uuid_text_t text;
        uint8_t parsed[16];
        assert_ptr_equal(tmesh_uuid_format(node.bytes, text), text);
        assert_int_equal(strlen(text), 36);
        assert_true(tmesh_uuid_parse(text, parsed));
        assert_memory_equal(parsed, node.bytes, 16);
        for (char *c = text; *c; c++) *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
        assert_true(tmesh_uuid_parse(text, parsed));
        assert_memory_equal(parsed, node.bytes, 16);
    }
}

static void other_texts_are_no_ids(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "0190a5e0", "0190a5e0-0000-7000-8000-00000000000",
        "0190a5e0-0000-7000-8000-0000000000000",
        "0190a5e000000-7000-8000-000000000000", "g190a5e0-0000-7000-8000-000000000000",
        "0190a5e0-0000-7000-8000-00000000000 "};
    uint8_t out[16] = {42};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        assert_false(tmesh_uuid_parse(texts[i], out));
        assert_int_equal(out[0], 42);
    }
}

static void a_step_is_no_task_and_no_task_a_step(void **state)
{
    (void)state;
    tmesh_task_id_t task;
    tmesh_step_id_t step;
    const char *task_text = "0190a5e0-0000-7000-8000-000000000000";
    const char *step_text = "0190a5e0-0000-7000-8000-000000000100";
    assert_true(tmesh_task_id_parse(task_text, &task));
    assert_false(tmesh_step_id_parse(task_text, &step));
    assert_true(tmesh_step_id_parse(step_text, &step));
    assert_false(tmesh_task_id_parse(step_text, &task));
    assert_int_equal(tmesh_step_number(step), 256);
}

static void tokens_and_nodes_compare(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(4);
    tmesh_run_token_t token = tmesh_run_token_new(random);
    assert_true(tmesh_run_token_equal(token, token));
    assert_false(tmesh_run_token_equal(token, tmesh_run_token_new(random)));
    tmesh_node_id_t node = tmesh_node_id_new(random, 5);
    assert_true(tmesh_node_id_equal(node, node));
    assert_false(tmesh_node_id_equal(node, tmesh_node_id_new(random, 5)));
    tmesh_session_id_t session = tmesh_session_id_new(random);
    assert_int_equal(session.bytes[6] >> 4, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_id_is_a_sorted_uuid),
        cmocka_unit_test(steps_carry_their_task),
        cmocka_unit_test(text_and_bytes_are_one),
        cmocka_unit_test(other_texts_are_no_ids),
        cmocka_unit_test(a_step_is_no_task_and_no_task_a_step),
        cmocka_unit_test(tokens_and_nodes_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
