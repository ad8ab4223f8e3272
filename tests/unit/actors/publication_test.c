#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/publication.h"
#include "runtime/base/memory.h"

#define TASK "00000000-0000-0000-0000-00000000"

// A step's result with two events, as an outcome has them.
typedef struct {
    tmesh_transition_row_t row;
    tmesh_happening_t passage;
    tmesh_result_row_t result;
    tmesh_step_row_t step;
    tmesh_announcement_t announcements[2];
    tmesh_outcome_t outcome;
} said_t;

static void say(said_t *self)
{
    *self = (said_t){
        .row = {.number = 7, .step_number = 2, .from = "enqueued_for_orchestration",
                .to = "complete", .event = "Complete", .at_ms = 1000, .run = 3, .worker = "w"},
        .result = {.run = 3, .success = true, .body = tmesh_bytes_of_text("[0.10]"),
                   .answer = TMESH_STEP_COMPLETE},
        .step = {.attempts = 1, .max_attempts = 3},
    };
    self->result.step_id = tmesh_step_id_of(self->row.task_id, 2);
    self->passage = (tmesh_happening_t){.row = &self->row, .namespace_name = "shop",
                                        .task_name = "order", .task_version = "1.0.0",
                                        .step_name = "ship"};
    static const char *const names[] = {"order.shipped", "order.tried"};
    for (size_t i = 0; i < TMESH_COUNT_OF(names); i++) {
        self->announcements[i] =
            (tmesh_announcement_t){.event_name = names[i], .fired_by = "w",
                                   .passage = &self->passage, .result = &self->result,
                                   .step = &self->step};
    }
    self->outcome = (tmesh_outcome_t){.happenings = &self->passage, .happening_count = 1,
                                      .announcements = self->announcements,
                                      .announcement_count = 2};
}

static void nothing_has_no_arena(void **state)
{
    (void)state;
    tmesh_publish_request_t request = tmesh_publication_of(&(tmesh_outcome_t){0});
    assert_int_equal(request.count, 0);
    assert_null(request.arena);
}

static void a_success_in_full(void **state)
{
    (void)state;
    said_t said;
    say(&said);
    tmesh_publish_request_t request = tmesh_publication_of(&said.outcome);
    assert_int_equal(request.count, 3);
    assert_string_equal(request.events[0].topic, "step.shop.order.ship.Complete");
    assert_false(request.events[0].has_payload);
    const tmesh_publication_t *event = &request.events[1];
    assert_string_equal(event->topic, "event.shop.order.shipped");
    assert_string_equal(
        event->body + strlen("{\"event_id\":\"" TASK "0000\","),
        "\"event_name\":\"order.shipped\",\"event_version\":\"1.0\",\"payload\":{"
        "\"task_uuid\":\"" TASK "0000\",\"namespace\":\"shop\",\"name\":\"order\","
        "\"version\":\"1.0.0\",\"step_uuid\":\"" TASK "0002\",\"step\":\"ship\",\"run\":3,"
        "\"attempts\":1,\"max_attempts\":3,\"state\":\"complete\",\"success\":true,"
        "\"result\":{\"frame\":0},\"error\":null},\"metadata\":{\"task_uuid\":\"" TASK "0000\","
        "\"step_uuid\":\"" TASK "0002\",\"step_name\":\"ship\",\"namespace\":\"shop\","
        "\"number\":7,\"fired_at\":1000,\"fired_by\":\"w\"}}");
    assert_true(event->has_payload);
    assert_true(tmesh_bytes_equal_text(event->payload, "[0.10]"));
    assert_ptr_equal(request.events[2].payload.data, event->payload.data); // one copy for both
    tmesh_arena_destroy(&request.arena);
}

static void assert_says(const tmesh_publication_t *event, const char *part)
{
    if (!strstr(event->body, part)) print_message("%s\n", event->body);
    assert_non_null(strstr(event->body, part));
}

static void a_failure_with_what_its_worker_sent(void **state)
{
    (void)state;
    said_t said;
    say(&said);
    said.result.success = false;
    said.result.answer = TMESH_STEP_WAITING_FOR_RETRY;
    said.result.error_code = "no_stock";
    said.result.error_message = "a \"quoted\" one";
    said.result.retryable = true;
    said.result.error = tmesh_bytes_of_text("{\"code\": \"no_stock\", \"left\": 0.0}");
    tmesh_publish_request_t request = tmesh_publication_of(&said.outcome);
    assert_says(&request.events[1],
                "\"state\":\"waiting_for_retry\",\"success\":false,\"result\":null,\"error\":{"
                "\"code\":\"no_stock\",\"message\":\"a \\\"quoted\\\" one\",\"retryable\":true,"
                "\"as_sent\":{\"frame\":0}}");
    assert_true(tmesh_bytes_equal_text(request.events[1].payload,
                                       "{\"code\": \"no_stock\", \"left\": 0.0}"));
    tmesh_arena_destroy(&request.arena);

    said.result.error = TMESH_BYTES_NONE; // concluded from silence
    request = tmesh_publication_of(&said.outcome);
    assert_says(&request.events[1], "\"as_sent\":null");
    assert_true(request.events[1].has_payload); // the number of frames is always the same
    assert_null(request.events[1].payload.data);
    tmesh_arena_destroy(&request.arena);
}

static void read_id(const said_t *said, size_t index, char id[64])
{
    tmesh_publish_request_t request = tmesh_publication_of(&said->outcome);
    assert_int_equal(sscanf(request.events[index].body, "{\"event_id\":\"%36[0-9a-f-]\"", id), 1);
    tmesh_arena_destroy(&request.arena);
}

// So that whoever hears it twice can tell, and whoever hears another one too.
static void the_id_follows_from_step_run_and_name(void **state)
{
    (void)state;
    said_t said;
    say(&said);
    char first[64], again[64], other[64];
    read_id(&said, 1, first);
    assert_int_equal(strlen(first), 36);
    assert_int_equal(first[14], '8'); // the version
    assert_non_null(strchr("89ab", first[19]));
    said.row.number = 9;
    said.row.at_ms = 5000;
    read_id(&said, 1, again);
    assert_string_equal(again, first);
    read_id(&said, 2, other);
    assert_string_not_equal(other, first);
    said.result.run = 4;
    read_id(&said, 1, other);
    assert_string_not_equal(other, first);
    said.result.run = 3;
    said.result.step_id = tmesh_step_id_of(said.row.task_id, 3);
    read_id(&said, 1, other);
    assert_string_not_equal(other, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_arena),
        cmocka_unit_test(a_success_in_full),
        cmocka_unit_test(a_failure_with_what_its_worker_sent),
        cmocka_unit_test(the_id_follows_from_step_run_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
