// Actors start in order and stop in reverse; a start that fails is undone. With threads and without.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "runtime/registry.h"

enum { ACTORS = 4, JOURNAL_BYTES = 256 };

// One after the other the actors write here: starts and stops never run at once.
typedef struct {
    char text[JOURNAL_BYTES];
} journal_t;

typedef struct {
    journal_t *journal;
    const char *name;
    tmesh_err_t started_says;
    tmesh_err_t stopped_says;
    bool with_fault;
} script_t;

static void write_down(const script_t *script, const char *event)
{
    size_t used = strlen(script->journal->text);
    snprintf(script->journal->text + used, JOURNAL_BYTES - used, "%s%s ", event, script->name);
}

static void *create(tmesh_context_t *context, void *services)
{
    assert_non_null(context);
    script_t **self = tmesh_alloc(sizeof *self);
    *self = services;
    return self;
}

static tmesh_err_t started(void *self, tmesh_fault_t **fault_p)
{
    const script_t *script = *(script_t **)self;
    write_down(script, "+");
    if (script->started_says && script->with_fault) {
        *fault_p = tmesh_fault_new(script->started_says, "no_disk", NULL, "the disk is missing");
    }
    return script->started_says;
}

static tmesh_err_t stopped(void *self)
{
    const script_t *script = *(script_t **)self;
    write_down(script, "-");
    return script->stopped_says;
}

#define A_CLASS(word)                                                                              \
    {                                                                                              \
        .name = word, .create = create, .destroy = tmesh_free, .started = started,                 \
        .stopped = stopped                                                                         \
    }
static const tmesh_actor_class_t classes[ACTORS] = {A_CLASS("first"), A_CLASS("second"),
                                                    A_CLASS("third"), A_CLASS("fourth")};

typedef struct {
    bool threads;
    tmesh_clock_t *clock;
    char *log_text;
    size_t log_size;
    FILE *log_stream;
    tmesh_log_t *log;
    journal_t journal;
    script_t scripts[ACTORS];
    tmesh_registry_t *registry;
} fixture_t;

static int setup(void **state, bool threads)
{
    fixture_t *self = *state = tmesh_alloc(sizeof *self);
    self->threads = threads;
    self->clock = tmesh_clock_new_system();
    self->log_stream = open_memstream(&self->log_text, &self->log_size);
    self->log = tmesh_log_new(self->log_stream, TMESH_LOG_DEBUG, false);
    tmesh_registry_config_t config = {
        .clock = self->clock, .log = self->log, .random_seed = 1, .threads = threads};
    assert_int_equal(tmesh_registry_open(&self->registry, &config), TMESH_OK);
    for (int i = 0; i < ACTORS; i++) {
        self->scripts[i] = (script_t){.journal = &self->journal, .name = classes[i].name};
        tmesh_registry_add(self->registry, &classes[i], &self->scripts[i]);
    }
    return 0;
}

static int setup_threads(void **state)
{
    return setup(state, true);
}

static int setup_single(void **state)
{
    return setup(state, false);
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    tmesh_registry_destroy(&self->registry);
    assert_null(self->registry);
    tmesh_log_destroy(&self->log);
    fclose(self->log_stream);
    free(self->log_text);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

static void start(fixture_t *self)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_OK);
    assert_null(fault);
}

static void they_start_in_order_and_stop_in_reverse(void **state)
{
    fixture_t *self = *state;
    start(self);
    assert_string_equal(self->journal.text, "+first +second +third +fourth ");
    self->journal.text[0] = '\0';
    tmesh_registry_stop(self->registry, 0);
    assert_string_equal(self->journal.text, "-fourth -third -second -first ");
    tmesh_registry_stop(self->registry, 0); // nothing is left to stop
    assert_string_equal(self->journal.text, "-fourth -third -second -first ");
    assert_int_equal(self->log_size, 0);
}

static void some_can_be_stopped_before_the_others(void **state)
{
    fixture_t *self = *state;
    start(self);
    self->journal.text[0] = '\0';
    tmesh_registry_stop(self->registry, 2);
    assert_string_equal(self->journal.text, "-fourth -third ");
    tmesh_registry_stop(self->registry, 0);
    assert_string_equal(self->journal.text, "-fourth -third -second -first ");
}

static void destroying_stops_what_runs(void **state)
{
    fixture_t *self = *state;
    start(self);
    self->journal.text[0] = '\0';
    tmesh_registry_destroy(&self->registry);
    assert_string_equal(self->journal.text, "-fourth -third -second -first ");
    tmesh_registry_destroy(&self->registry); // NULL is accepted
}

static void a_failed_start_is_undone(void **state)
{
    fixture_t *self = *state;
    self->scripts[2].started_says = TMESH_ERR_IO;
    self->scripts[2].with_fault = true;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_ERR_IO);
    assert_string_equal(self->journal.text, "+first +second +third -second -first ");
    assert_non_null(fault);
    assert_int_equal(fault->err, TMESH_ERR_IO);
    assert_string_equal(fault->code, "actor_not_started");
    assert_string_equal(fault->where, "third");
    assert_string_equal(fault->message, "third did not start: the disk is missing");
}

static void without_a_fault_the_error_says_why(void **state)
{
    fixture_t *self = *state;
    self->scripts[0].started_says = TMESH_ERR_BUSY;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_ERR_BUSY);
    assert_string_equal(self->journal.text, "+first ");
    assert_string_equal(fault->message, "first did not start: another owner holds it");
}

static void a_failing_stopped_stops_nobody(void **state)
{
    fixture_t *self = *state;
    self->scripts[1].stopped_says = TMESH_ERR_IO;
    self->scripts[3].stopped_says = TMESH_ERR_CORRUPT;
    start(self);
    self->journal.text[0] = '\0';
    tmesh_registry_stop(self->registry, 0);
    assert_string_equal(self->journal.text, "-fourth -third -second -first ");
    fflush(self->log_stream);
    assert_non_null(strstr(self->log_text, "actor.stop_failed actor=second error=io"));
    assert_non_null(strstr(self->log_text, "actor.stop_failed actor=fourth error=corrupt"));
}

static void it_can_be_seen_at_any_time(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_registry_count(self->registry), ACTORS);
    for (int i = 0; i < ACTORS; i++) {
        tmesh_actor_view_t view = tmesh_registry_view(self->registry, i); // before it starts
        assert_string_equal(view.name, classes[i].name);
        assert_int_equal(view.depth, 0);
    }
    start(self);
    assert_false(tmesh_registry_view(self->registry, 3).stuck);
    assert_null(tmesh_registry_failed(self->registry));
    assert_int_equal(tmesh_registry_failure_fd(self->registry) >= 0, self->threads);
    assert_int_equal(tmesh_registry_drain(self->registry, ACTORS, 10000), TMESH_OK);
    tmesh_registry_stop(self->registry, 0);
    assert_int_equal(tmesh_registry_view(self->registry, 3).depth, 0); // and after it stops
}

static void an_empty_one_starts_and_stops(void **state)
{
    fixture_t *self = *state;
    tmesh_registry_config_t config = {.clock = self->clock, .threads = self->threads};
    tmesh_auto(tmesh_registry) empty = NULL;
    assert_int_equal(tmesh_registry_open(&empty, &config), TMESH_OK);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(empty, &fault), TMESH_OK);
    assert_int_equal(tmesh_registry_drain(empty, 0, 1000), TMESH_OK);
}

#define WITH_AND_WITHOUT_THREADS(test)                                                             \
    {"threads: " #test, test, setup_threads, teardown, NULL},                                      \
    {"by hand: " #test, test, setup_single, teardown, NULL}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_AND_WITHOUT_THREADS(they_start_in_order_and_stop_in_reverse),
        WITH_AND_WITHOUT_THREADS(some_can_be_stopped_before_the_others),
        WITH_AND_WITHOUT_THREADS(destroying_stops_what_runs),
        WITH_AND_WITHOUT_THREADS(a_failed_start_is_undone),
        WITH_AND_WITHOUT_THREADS(without_a_fault_the_error_says_why),
        WITH_AND_WITHOUT_THREADS(a_failing_stopped_stops_nobody),
        WITH_AND_WITHOUT_THREADS(it_can_be_seen_at_any_time),
        WITH_AND_WITHOUT_THREADS(an_empty_one_starts_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
