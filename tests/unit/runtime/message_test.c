// A message takes the request's arena, gives it back when it is recalled, and frees all it owns.
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/envelope.h"
#include "tests/unit/runtime/toy_actors.h"

static tmesh_toy_double_request_t a_request(void)
{
    tmesh_toy_double_request_t request = {.arena = tmesh_arena_new(), .number = 21};
    request.label = tmesh_arena_text(request.arena, "a label");
    return request;
}

static void takes_the_arena_and_frees_it(void **state)
{
    (void)state;
    tmesh_toy_double_request_t request = a_request();
    tmesh_message_t *message = tmesh_message_new(NULL, &tmesh_message_toy_double, &request);
    assert_null(request.arena);
    const tmesh_toy_double_request_t *inside = tmesh_message_request(message);
    assert_int_equal(inside->number, 21);
    assert_string_equal(inside->label, "a label");
    tmesh_message_destroy(&message);
    assert_null(message);
    tmesh_message_destroy(&message); // NULL is accepted
}

static void recalled_it_gives_the_arena_back(void **state)
{
    (void)state;
    tmesh_toy_double_request_t request = a_request();
    tmesh_arena_t *arena = request.arena;
    tmesh_message_t *message = tmesh_message_new(NULL, &tmesh_message_toy_double, &request);
    tmesh_message_recall(&message, NULL, &request);
    assert_null(message);
    assert_ptr_equal(request.arena, arena);
    assert_string_equal(request.label, "a label");
    tmesh_arena_destroy(&request.arena);
}

static void request_and_reply_do_not_overlap(void **state)
{
    (void)state;
    tmesh_toy_double_request_t request = {.number = 1};
    tmesh_message_t *message = tmesh_message_new(NULL, &tmesh_message_toy_double, &request);
    char *inside = tmesh_message_request(message);
    char *reply = tmesh_message_reply(message);
    assert_int_equal((uintptr_t)inside % alignof(max_align_t), 0);
    assert_int_equal((uintptr_t)reply % alignof(max_align_t), 0);
    assert_true(inside >= (char *)(message + 1));
    assert_true(reply >= inside + sizeof request);
    memset(reply, 0xff, sizeof(tmesh_toy_double_reply_t));
    assert_memory_equal(inside, &request, sizeof request);
    memset(reply, 0, sizeof(tmesh_toy_double_reply_t));
    tmesh_message_destroy(&message);
}

static void a_second_try_begins_clean(void **state)
{
    (void)state;
    tmesh_toy_double_request_t request = a_request();
    tmesh_message_t *message = tmesh_message_new(NULL, &tmesh_message_toy_double, &request);
    tmesh_toy_double_reply_t *reply = tmesh_message_reply(message);
    reply->arena = tmesh_arena_new();
    reply->doubled = 42;
    message->err = TMESH_ERR_IO;
    message->fault = tmesh_fault_new(TMESH_ERR_IO, "first_try", NULL, "it failed");
    tmesh_message_reset_reply(message);
    assert_null(reply->arena);
    assert_int_equal(reply->doubled, 0);
    assert_int_equal(message->err, TMESH_OK);
    assert_null(message->fault);
    const tmesh_toy_double_request_t *inside = tmesh_message_request(message);
    assert_string_equal(inside->label, "a label"); // the request stays
    tmesh_message_destroy(&message);
}

static void an_item_keeps_its_last_fault(void **state)
{
    (void)state;
    tmesh_item_t item = {0};
    tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_IO, "first", NULL, "one");
    tmesh_item_fail(&item, TMESH_ERR_IO, &fault);
    assert_null(fault);
    fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "second", NULL, "two");
    tmesh_item_fail(&item, TMESH_ERR_CONFLICT, &fault);
    assert_int_equal(item.err, TMESH_ERR_CONFLICT);
    assert_string_equal(item.fault->code, "second");
    tmesh_item_fail(&item, TMESH_ERR_NOT_FOUND, NULL);
    assert_int_equal(item.err, TMESH_ERR_NOT_FOUND);
    assert_null(item.fault);
}

static void a_type_knows_who_answers(void **state)
{
    (void)state;
    assert_string_equal(tmesh_message_toy_double.name, "toy_double");
    assert_ptr_equal(tmesh_message_toy_double.actor, &tmesh_toy_worker_class);
    assert_int_equal(tmesh_message_toy_double.request_size, sizeof(tmesh_toy_double_request_t));
    assert_int_equal(tmesh_message_toy_double.reply_size, sizeof(tmesh_toy_double_reply_t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_arena_and_frees_it),
        cmocka_unit_test(recalled_it_gives_the_arena_back),
        cmocka_unit_test(request_and_reply_do_not_overlap),
        cmocka_unit_test(a_second_try_begins_clean),
        cmocka_unit_test(an_item_keeps_its_last_fault),
        cmocka_unit_test(a_type_knows_who_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
