// Ticks come when they are due on a clock that a test moves; an own socket is read; and what an
// actor is busy with can be seen from outside.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "runtime/context_private.h"

// What the actor does, and what it has seen.
typedef struct {
    int64_t due_ms;
    int ticks;
    int reads;
    int lives;
    bool more;
    tmesh_err_t tick_says;
    tmesh_err_t readable_says;
    const tmesh_counters_t *counters;
    char busy_with[32];
    int64_t busy_since_ms;
} diary_t;

typedef struct {
    diary_t *diary;
} ticker_t;

static void *create(tmesh_context_t *context, void *services)
{
    (void)context;
    ticker_t *self = tmesh_alloc(sizeof *self);
    self->diary = services;
    self->diary->lives++;
    return self;
}

static int64_t due_ms(void *self)
{
    return ((ticker_t *)self)->diary->due_ms;
}

static void note_busy(diary_t *diary)
{
    const char *busy_with = diary->counters->busy_with;
    snprintf(diary->busy_with, sizeof diary->busy_with, "%s", busy_with ? busy_with : "nothing");
    diary->busy_since_ms = diary->counters->busy_since_ms;
}

static tmesh_err_t tick(void *self)
{
    diary_t *diary = ((ticker_t *)self)->diary;
    diary->ticks++;
    diary->due_ms += 100;
    note_busy(diary);
    return diary->tick_says;
}

static void *own_socket(void *self)
{
    (void)self;
    return NULL;
}

static tmesh_err_t readable(void *self, bool *more_p)
{
    diary_t *diary = ((ticker_t *)self)->diary;
    diary->reads++;
    *more_p = diary->more;
    note_busy(diary);
    return diary->readable_says;
}

static const tmesh_actor_class_t class = {.name = "ticker",
                                          .create = create,
                                          .destroy = tmesh_free,
                                          .due_ms = due_ms,
                                          .tick = tick,
                                          .socket = own_socket,
                                          .readable = readable};

typedef struct {
    tmesh_clock_t *clock;
    tmesh_directory_t directory;
    tmesh_counters_t counters;
    tmesh_context_t *context;
    tmesh_actor_t *actor;
    diary_t diary;
} fixture_t;

static int setup(void **state)
{
    fixture_t *self = *state = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_fake(1000);
    self->diary.due_ms = INT64_MAX;
    self->diary.counters = &self->counters;
    self->directory.count = 1;
    self->directory.entries[0].class = &class;
    assert_int_equal(tmesh_mailbox_open(&self->directory.entries[0].mailbox, "ticker", 10, NULL),
                     TMESH_OK);
    tmesh_context_config_t config = {.directory = &self->directory,
                                     .mailbox = self->directory.entries[0].mailbox,
                                     .clock = self->clock,
                                     .counters = &self->counters,
                                     .random_seed = 1};
    self->context = tmesh_context_new(&config);
    self->actor = tmesh_actor_new(&class, &self->diary, self->context,
                                  &tmesh_restart_policy_default);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_actor_start(self->actor, &fault), TMESH_OK);
    return 0;
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_actor_stop(self->actor), TMESH_OK);
    tmesh_actor_destroy(&self->actor);
    tmesh_context_destroy(&self->context);
    tmesh_mailbox_destroy(&self->directory.entries[0].mailbox);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

static tmesh_err_t turn(fixture_t *self)
{
    size_t taken = 0;
    return tmesh_actor_turn(self->actor, &taken);
}

static void a_tick_comes_when_it_is_due(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_actor_due_ms(self->actor), INT64_MAX);
    assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.ticks, 0);
    self->diary.due_ms = 1050;
    assert_int_equal(tmesh_actor_due_ms(self->actor), 1050);
    tmesh_clock_advance_ms(self->clock, 49);
    assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.ticks, 0);
    tmesh_clock_advance_ms(self->clock, 1);
    assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.ticks, 1);
    assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.ticks, 1);
    assert_int_equal(tmesh_actor_due_ms(self->actor), 1150);
}

static void late_it_ticks_once_a_turn(void **state)
{
    fixture_t *self = *state;
    self->diary.due_ms = 1000;
    tmesh_clock_advance_ms(self->clock, 250);
    for (int turns = 1; turns <= 3; turns++) {
        assert_int_equal(turn(self), TMESH_OK);
        assert_int_equal(self->diary.ticks, turns);
    }
    assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.ticks, 3); // due again at 1300
}

static void an_error_of_a_tick_changes_nothing(void **state)
{
    fixture_t *self = *state;
    self->diary.due_ms = 0;
    self->diary.tick_says = TMESH_ERR_IO;
    for (int i = 0; i < 10; i++) assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.lives, 1);
}

static void a_fatal_tick_ends_the_life(void **state)
{
    fixture_t *self = *state;
    self->diary.due_ms = 0;
    self->diary.tick_says = TMESH_ERR_FATAL;
    for (int i = 0; i < 3; i++) assert_int_equal(turn(self), TMESH_OK);
    assert_int_equal(self->diary.lives, 4);
    assert_int_equal(turn(self), TMESH_ERR_FATAL);
    assert_int_equal(self->diary.lives, 4);
    assert_null(tmesh_actor_object(self->actor));
    assert_int_equal(tmesh_actor_due_ms(self->actor), INT64_MAX);
}

static void its_own_socket_is_read(void **state)
{
    fixture_t *self = *state;
    bool more = false;
    self->diary.more = true;
    assert_int_equal(tmesh_actor_read(self->actor, &more), TMESH_OK);
    assert_true(more);
    self->diary.more = false;
    self->diary.readable_says = TMESH_ERR_IO;
    assert_int_equal(tmesh_actor_read(self->actor, &more), TMESH_OK);
    assert_false(more);
    self->diary.readable_says = TMESH_ERR_FATAL;
    for (int i = 0; i < 3; i++) assert_int_equal(tmesh_actor_read(self->actor, &more), TMESH_OK);
    assert_int_equal(self->diary.lives, 4);
    assert_int_equal(tmesh_actor_read(self->actor, &more), TMESH_ERR_FATAL);
}

static void what_it_is_busy_with_can_be_seen(void **state)
{
    fixture_t *self = *state;
    self->diary.due_ms = 1000;
    assert_int_equal(turn(self), TMESH_OK);
    assert_string_equal(self->diary.busy_with, "tick");
    assert_int_equal(self->diary.busy_since_ms, 1000);
    assert_null(self->counters.busy_with);
    bool more = false;
    assert_int_equal(tmesh_actor_read(self->actor, &more), TMESH_OK);
    assert_string_equal(self->diary.busy_with, "readable");
    assert_null(self->counters.busy_with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tick_comes_when_it_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(late_it_ticks_once_a_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_of_a_tick_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fatal_tick_ends_the_life, setup, teardown),
        cmocka_unit_test_setup_teardown(its_own_socket_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_is_busy_with_can_be_seen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
