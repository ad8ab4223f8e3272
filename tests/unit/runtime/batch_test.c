// One bad item must not hurt the others, and is never run a third time.
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "runtime/batch.h"

enum { COUNT = TMESH_BATCH_MAX, GUILTY = 100, NOBODY = -1 };

typedef struct {
    tmesh_arena_t *arena;
    int number;
} numbered_t;

// The object that is behind a handler, and what it has seen.
typedef struct {
    int guilty;                    // the item that breaks whatever batch it is in
    tmesh_err_t breaks_with;
    int passing_left;              // so many batches fail with a connection error first
    tmesh_err_t passing;
    int calls;
    int runs[COUNT];               // of each item
    int revivals;
    int revivals_max;
} subject_t;

static tmesh_err_t handle(void *self, tmesh_batch_t *batch)
{
    subject_t *subject = self;
    subject->calls++;
    tmesh_err_t err = TMESH_OK;
    for (size_t i = 0; i < batch->count; i++) {
        const numbered_t *request = batch->items[i].request;
        numbered_t *reply = batch->items[i].reply;
        assert_null(reply->arena); // whatever an earlier try has left is gone
        assert_int_equal(reply->number, 0);
        assert_null(batch->items[i].fault);
        subject->runs[request->number]++;
        reply->arena = tmesh_arena_new();
        reply->number = request->number + 1;
        if (request->number == subject->guilty) err = subject->breaks_with;
    }
    if (subject->passing_left > 0) {
        subject->passing_left--;
        return subject->passing;
    }
    return err;
}

static const tmesh_message_type_t type = {.name = "numbered",
                                          .request_size = sizeof(numbered_t),
                                          .reply_size = sizeof(numbered_t),
                                          .handle = handle};

static tmesh_err_t revive(void *actor, const tmesh_message_type_t *of)
{
    subject_t *subject = actor;
    assert_ptr_equal(of, &type);
    if (subject->revivals == subject->revivals_max) return TMESH_ERR_FATAL;
    subject->revivals++;
    return TMESH_OK;
}

typedef struct {
    subject_t subject;
    tmesh_message_t *messages[COUNT];
} fixture_t;

static int setup(void **state)
{
    fixture_t *self = *state = tmesh_alloc(sizeof *self);
    self->subject = (subject_t){.guilty = NOBODY, .revivals_max = 1000};
    for (int i = 0; i < COUNT; i++) {
        numbered_t request = {.arena = tmesh_arena_new(), .number = i};
        self->messages[i] = tmesh_message_new(NULL, &type, &request);
    }
    return 0;
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < COUNT; i++) tmesh_message_destroy(&self->messages[i]);
    tmesh_free(self);
    return 0;
}

static tmesh_err_t run(fixture_t *self, size_t count)
{
    void *object = &self->subject;
    return tmesh_batch_run(&type, self->messages, count, &object, revive, &self->subject);
}

static int count_with(const fixture_t *self, tmesh_err_t err)
{
    int found = 0;
    for (int i = 0; i < COUNT; i++) found += self->messages[i]->err == err;
    return found;
}

static void a_good_batch_runs_once(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(run(self, COUNT), TMESH_OK);
    assert_int_equal(self->subject.calls, 1);
    assert_int_equal(count_with(self, TMESH_OK), COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(((numbered_t *)tmesh_message_reply(self->messages[i]))->number, i + 1);
    }
}

static void only_the_guilty_gets_the_error(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = GUILTY;
    self->subject.breaks_with = TMESH_ERR_IO;
    assert_int_equal(run(self, COUNT), TMESH_OK);
    assert_int_equal(count_with(self, TMESH_OK), COUNT - 1);
    assert_int_equal(self->messages[GUILTY]->err, TMESH_ERR_IO);
    assert_int_equal(self->subject.runs[GUILTY], 2); // never a third time
    assert_int_equal(self->subject.calls, 1 + COUNT);
    assert_int_equal(self->subject.revivals, 0);
}

static void a_deadly_item_costs_two_lives(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = GUILTY;
    self->subject.breaks_with = TMESH_ERR_FATAL;
    assert_int_equal(run(self, COUNT), TMESH_OK);
    assert_int_equal(count_with(self, TMESH_OK), COUNT - 1);
    assert_int_equal(self->messages[GUILTY]->err, TMESH_ERR_FATAL);
    assert_int_equal(self->subject.runs[GUILTY], 2);
    assert_int_equal(self->subject.revivals, 2);
}

static void alone_it_is_run_once(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = 0;
    self->subject.breaks_with = TMESH_ERR_IO;
    assert_int_equal(run(self, 1), TMESH_OK);
    assert_int_equal(self->messages[0]->err, TMESH_ERR_IO);
    assert_int_equal(self->subject.runs[0], 1);
}

static void passing_errors_repeat_the_batch_whole(void **state)
{
    fixture_t *self = *state;
    static const tmesh_err_t passing[] = {TMESH_ERR_CONNECTION, TMESH_ERR_SERIALIZATION};
    for (size_t i = 0; i < TMESH_COUNT_OF(passing); i++) {
        self->subject.calls = 0;
        self->subject.passing = passing[i];
        self->subject.passing_left = TMESH_BATCH_REPEATS;
        assert_int_equal(run(self, COUNT), TMESH_OK);
        assert_int_equal(self->subject.calls, TMESH_BATCH_REPEATS + 1);
        assert_int_equal(count_with(self, TMESH_OK), COUNT);
    }
}

static void passing_errors_are_not_repeated_for_ever(void **state)
{
    fixture_t *self = *state;
    self->subject.passing = TMESH_ERR_CONNECTION;
    self->subject.passing_left = 1000;
    assert_int_equal(run(self, COUNT), TMESH_OK);
    assert_int_equal(self->subject.calls, TMESH_BATCH_REPEATS + 1);
    assert_int_equal(count_with(self, TMESH_ERR_CONNECTION), COUNT); // and never item by item
}

static void after_a_passing_error_the_guilty_is_still_found(void **state)
{
    fixture_t *self = *state;
    self->subject.passing = TMESH_ERR_SERIALIZATION;
    self->subject.passing_left = 2;
    self->subject.guilty = GUILTY;
    self->subject.breaks_with = TMESH_ERR_CORRUPT;
    assert_int_equal(run(self, COUNT), TMESH_OK);
    assert_int_equal(count_with(self, TMESH_OK), COUNT - 1);
    assert_int_equal(self->messages[GUILTY]->err, TMESH_ERR_CORRUPT);
}

static void dead_for_good_the_rest_is_unhandled(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = GUILTY;
    self->subject.breaks_with = TMESH_ERR_FATAL;
    self->subject.revivals_max = 1;
    assert_int_equal(run(self, COUNT), TMESH_ERR_FATAL);
    assert_int_equal(count_with(self, TMESH_OK), GUILTY);
    assert_int_equal(self->messages[GUILTY]->err, TMESH_ERR_FATAL);
    assert_int_equal(count_with(self, TMESH_ERR_CLOSED), COUNT - GUILTY - 1);
}

static void dead_at_once_nobody_is_blamed(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = GUILTY;
    self->subject.breaks_with = TMESH_ERR_FATAL;
    self->subject.revivals_max = 0;
    assert_int_equal(run(self, COUNT), TMESH_ERR_FATAL);
    assert_int_equal(count_with(self, TMESH_ERR_CLOSED), COUNT);
    assert_null(((numbered_t *)tmesh_message_reply(self->messages[0]))->arena);
}

static void dead_by_one_alone_it_is_blamed(void **state)
{
    fixture_t *self = *state;
    self->subject.guilty = 0;
    self->subject.breaks_with = TMESH_ERR_FATAL;
    self->subject.revivals_max = 0;
    assert_int_equal(run(self, 1), TMESH_ERR_FATAL);
    assert_int_equal(self->messages[0]->err, TMESH_ERR_FATAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_batch_runs_once, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_guilty_gets_the_error, setup, teardown),
        cmocka_unit_test_setup_teardown(a_deadly_item_costs_two_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(alone_it_is_run_once, setup, teardown),
        cmocka_unit_test_setup_teardown(passing_errors_repeat_the_batch_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(passing_errors_are_not_repeated_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_passing_error_the_guilty_is_still_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(dead_for_good_the_rest_is_unhandled, setup, teardown),
        cmocka_unit_test_setup_teardown(dead_at_once_nobody_is_blamed, setup, teardown),
        cmocka_unit_test_setup_teardown(dead_by_one_alone_it_is_blamed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
