// What a program reads out of a run without reading JSON itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "taskmesh/worker.h"

#define VIEW(text) tmesh_view(text, strlen(text))

static void assert_view(tmesh_view_t view, const char *text)
{
    assert_int_equal(view.size, strlen(text));
    assert_memory_equal(view.data, text, view.size);
}

static void a_first_attempt_begins_at_the_beginning(void **state)
{
    (void)state;
    const tmesh_worker_run_t run = {.initialization = VIEW("{}")};
    tmesh_checkpoint_t checkpoint = {.items_processed = -7};
    assert_false(tmesh_worker_run_checkpoint(&run, &checkpoint));
    assert_int_equal(checkpoint.items_processed, -7);
}

static void a_later_one_where_the_one_before_has_stopped(void **state)
{
    (void)state;
    tmesh_worker_run_t run = {0};
    run.checkpoint = VIEW("{\"cursor\": {\"at\": [1, 2.50]}, \"items_processed\": 123456789012345678,"
                          " \"at_ms\": 5, \"number\": 2, \"accumulated_results\": \"x\\u0000\"}");
    tmesh_checkpoint_t checkpoint;
    assert_true(tmesh_worker_run_checkpoint(&run, &checkpoint));
    assert_view(checkpoint.cursor, "{\"at\": [1, 2.50]}");
    assert_int_equal(checkpoint.items_processed, 123456789012345678);
    assert_view(checkpoint.accumulated_results, "\"x\\u0000\"");

    run.checkpoint = VIEW("{\"cursor\":null,\"accumulated_results\":null}");
    assert_true(tmesh_worker_run_checkpoint(&run, &checkpoint));
    assert_view(checkpoint.cursor, "null");
    assert_int_equal(checkpoint.items_processed, 0);
    assert_null(checkpoint.accumulated_results.data);
}

static void a_worker_of_a_batch_has_a_share(void **state)
{
    (void)state;
    tmesh_worker_run_t run = {0};
    run.initialization = VIEW("{\"own\":1,\"cursor\":{\"batch_id\":\"001\",\"start_cursor\":0,"
                              "\"end_cursor\":\"m\",\"batch_size\":null},\"batch_metadata\":"
                              "{\"cursor_field\":\"id\"},\"is_no_op\":false}");
    tmesh_batch_share_t share;
    assert_true(tmesh_worker_run_share(&run, &share));
    assert_view(share.batch_id, "001");
    assert_view(share.start_cursor, "0");
    assert_view(share.end_cursor, "\"m\"");
    assert_view(share.batch_size, "null");
    assert_false(share.is_no_op);

    run.initialization = VIEW("{\"cursor\":{\"batch_id\":\"000\"},\"is_no_op\":true}");
    assert_true(tmesh_worker_run_share(&run, &share));
    assert_true(share.is_no_op);
}

static void any_other_step_has_none(void **state)
{
    (void)state;
    static const char *const initializations[] = {
        "{}", "{\"cursor\":{\"batch_id\":\"its own\"}}", "{\"is_no_op\":true}",
        "{\"cursor\":5,\"is_no_op\":false}", "{\"cursor\":{\"batch_id\":1},\"is_no_op\":false}",
    };
    for (size_t i = 0; i < sizeof initializations / sizeof *initializations; i++) {
        const tmesh_worker_run_t run = {.initialization = VIEW(initializations[i])};
        tmesh_batch_share_t share;
        assert_false(tmesh_worker_run_share(&run, &share));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_attempt_begins_at_the_beginning),
        cmocka_unit_test(a_later_one_where_the_one_before_has_stopped),
        cmocka_unit_test(a_worker_of_a_batch_has_a_share),
        cmocka_unit_test(any_other_step_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
