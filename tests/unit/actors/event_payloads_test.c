#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/event_payloads.h"

static tmesh_bytes_t hundred(void)
{
    static char text[100];
    memset(text, '7', sizeof text);
    return tmesh_bytes(text, sizeof text);
}

static void it_counts_until_the_last_copy_is_gone(void **state)
{
    (void)state;
    tmesh_event_payloads_t *payloads = tmesh_event_payloads_new(1000);
    zmq_msg_t first, second;
    assert_true(tmesh_event_payloads_load(payloads, hundred(), &first));
    assert_int_equal(zmq_msg_size(&first), 100);
    assert_memory_equal(zmq_msg_data(&first), hundred().data, 100);
    zmq_msg_init(&second);
    assert_int_equal(zmq_msg_copy(&second, &first), 0);
    assert_ptr_equal(zmq_msg_data(&second), zmq_msg_data(&first)); // the bytes are shared
    assert_int_equal(tmesh_event_payloads_under_way(payloads), 100);
    zmq_msg_close(&first);
    assert_int_equal(tmesh_event_payloads_under_way(payloads), 100);
    zmq_msg_close(&second);
    assert_int_equal(tmesh_event_payloads_under_way(payloads), 0);
    tmesh_event_payloads_destroy(&payloads);
    assert_null(payloads);
    tmesh_event_payloads_destroy(&payloads);
}

static void too_much_is_left_out_until_there_is_room(void **state)
{
    (void)state;
    tmesh_event_payloads_t *payloads = tmesh_event_payloads_new(250);
    zmq_msg_t held[2], refused;
    for (int i = 0; i < 2; i++) {
        assert_true(tmesh_event_payloads_load(payloads, hundred(), &held[i]));
    }
    assert_false(tmesh_event_payloads_load(payloads, hundred(), &refused));
    assert_int_equal(zmq_msg_size(&refused), 0);
    assert_int_equal(tmesh_event_payloads_under_way(payloads), 200);
    zmq_msg_close(&held[0]);
    assert_true(tmesh_event_payloads_load(payloads, hundred(), &held[0]));
    for (int i = 0; i < 2; i++) zmq_msg_close(&held[i]);
    tmesh_event_payloads_destroy(&payloads);

    payloads = tmesh_event_payloads_new(99);
    assert_false(tmesh_event_payloads_load(payloads, hundred(), &refused));
    tmesh_event_payloads_destroy(&payloads);
}

// A socket sends on for a while after its actor is gone.
static void what_is_under_way_outlives_its_owner(void **state)
{
    (void)state;
    tmesh_event_payloads_t *payloads = tmesh_event_payloads_new(1000);
    zmq_msg_t message;
    assert_true(tmesh_event_payloads_load(payloads, hundred(), &message));
    tmesh_event_payloads_destroy(&payloads);
    assert_memory_equal(zmq_msg_data(&message), hundred().data, 100);
    zmq_msg_close(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts_until_the_last_copy_is_gone),
        cmocka_unit_test(too_much_is_left_out_until_there_is_room),
        cmocka_unit_test(what_is_under_way_outlives_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
