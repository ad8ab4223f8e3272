// The archivist: one backup at a time, a little at each question, and none for ever.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/archivist.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"
#include "services/wire/contract.h"

enum { PATIENCE_MS = 5000, TURNS = 3, TRIES_MAX = 10 };

// A store that can do nothing but this. Its backups are done at the third turn.
static struct {
    _Atomic int opened;
    _Atomic int destroyed;
    _Atomic bool fails_to_open;
    _Atomic bool fails_to_go_on;
} seen;

typedef struct {
    tmesh_backup_t base;
    int turns;
} fake_backup_t;

static void fake_destroy(tmesh_backup_t **self_p)
{
    seen.destroyed++;
    tmesh_free(*self_p);
    *self_p = NULL;
}

static tmesh_err_t fake_go_on(tmesh_backup_t *backup, int64_t for_ms, bool *done_p,
                              tmesh_fault_t **fault_p)
{
    assert_true(for_ms > 0 && for_ms < 1000); // its actor is never away for long
    if (seen.fails_to_go_on) {
        *fault_p = tmesh_fault_new(TMESH_ERR_CONFLICT, "no_space", "/file", "full");
        return TMESH_ERR_CONFLICT;
    }
    fake_backup_t *self = (fake_backup_t *)backup;
    *done_p = ++self->turns == TURNS;
    self->base.totals = (tmesh_backup_totals_t){.bytes = 8192, .pages = 2, .tasks = 7};
    return TMESH_OK;
}

static const tmesh_backup_backend_t fake_backup = {.destroy = fake_destroy, .go_on = fake_go_on};

static tmesh_err_t fake_open(tmesh_store_t *store, const char *file, bool replace,
                             tmesh_backup_t **backup_p, tmesh_fault_t **fault_p)
{
    (void)store;
    assert_non_null(file);
    assert_false(replace);
    if (seen.fails_to_open) {
        *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "relative_path", "/file", "relative");
        return TMESH_ERR_INVALID;
    }
    fake_backup_t *self = tmesh_alloc(sizeof *self);
    self->base.backend = &fake_backup;
    seen.opened++;
    *backup_p = &self->base;
    return TMESH_OK;
}

static const tmesh_store_backend_t fake_store = {.name = "fake", .open_backup = fake_open};

typedef struct {
    tmesh_clock_t *clock; // fake
    tmesh_store_t store;
    tmesh_archivist_services_t services;
    tmesh_registry_t *registry;
} bench_t;

static int setup(void **state)
{
    memset(&seen, 0, sizeof seen);
    bench_t *self = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_fake(1000);
    self->store.backend = &fake_store;
    self->services = (tmesh_archivist_services_t){.store = &self->store, .clock = self->clock};
    tmesh_registry_config_t config = {.clock = self->clock, .threads = true};
    assert_int_equal(tmesh_registry_open(&self->registry, &config), TMESH_OK);
    tmesh_registry_add(self->registry, &tmesh_archivist_class, &self->services);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_OK);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    bench_t *self = *state;
    tmesh_registry_stop(self->registry, 0);
    tmesh_registry_destroy(&self->registry);
    assert_int_equal(seen.opened, seen.destroyed); // also of one that was under way
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

// Its error's code, or "" when it went well.
static const char *ask(bench_t *self, uint64_t ticket, tmesh_back_up_reply_t *reply)
{
    static char code[48];
    tmesh_back_up_request_t request = {.ticket = ticket, .file = "/copies/one.db"};
    *reply = (tmesh_back_up_reply_t){0};
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_call_back_up(tmesh_registry_context(self->registry), &request, reply,
                                         &fault, PATIENCE_MS);
    assert_int_equal(err != TMESH_OK, fault != NULL);
    strcpy(code, fault ? fault->code : "");
    return code;
}

static uint64_t begin(bench_t *self)
{
    tmesh_back_up_reply_t reply;
    assert_string_equal(ask(self, 0, &reply), "");
    assert_false(reply.done);
    assert_true(reply.ticket != 0);
    return reply.ticket;
}

static void goes_on_until_it_is_done(void **state)
{
    bench_t *self = *state;
    tmesh_back_up_reply_t reply;
    uint64_t ticket = begin(self);
    tmesh_clock_advance_ms(self->clock, 40);
    assert_string_equal(ask(self, ticket, &reply), "");
    assert_false(reply.done);
    assert_true(reply.ticket == ticket);
    assert_string_equal(ask(self, ticket, &reply), "");
    assert_true(reply.done);
    assert_string_equal(reply.file, "/copies/one.db");
    assert_int_equal(reply.bytes, 8192);
    assert_int_equal(reply.pages, 2);
    assert_int_equal(reply.tasks, 7);
    assert_int_equal(reply.duration_ms, 40);
    tmesh_arena_destroy(&reply.arena);
    assert_int_equal(seen.destroyed, 1);
    assert_string_equal(ask(self, ticket, &reply), "backup_lost"); // it is over
}

static void makes_one_at_a_time(void **state)
{
    bench_t *self = *state;
    tmesh_back_up_reply_t reply;
    uint64_t ticket = begin(self);
    assert_string_equal(ask(self, 0, &reply), "backup_running");
    assert_string_equal(ask(self, ticket + 1, &reply), "backup_lost");
    assert_string_equal(ask(self, ticket, &reply), ""); // neither has disturbed it
    assert_int_equal(seen.opened, 1);
}

static void says_what_failed_and_is_free_for_the_next(void **state)
{
    bench_t *self = *state;
    tmesh_back_up_reply_t reply;
    seen.fails_to_open = true;
    assert_string_equal(ask(self, 0, &reply), "relative_path");
    seen.fails_to_open = false;
    uint64_t ticket = begin(self);
    seen.fails_to_go_on = true;
    assert_string_equal(ask(self, ticket, &reply), "no_space");
    assert_int_equal(seen.destroyed, 1);
    seen.fails_to_go_on = false;
    assert_true(begin(self) != ticket);
}

static void gives_up_what_nobody_asks_for(void **state)
{
    bench_t *self = *state;
    tmesh_back_up_reply_t reply;
    begin(self);
    tmesh_clock_advance_ms(self->clock, 60000);
    // The first question wakes it, and it then finds that time has passed.
    int tries = 1;
    while (strcmp(ask(self, 0, &reply), "backup_running") == 0 && tries < TRIES_MAX) tries++;
    assert_int_equal(seen.opened, 2);
    assert_int_equal(seen.destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_until_it_is_done, setup, teardown),
        cmocka_unit_test_setup_teardown(makes_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_failed_and_is_free_for_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_up_what_nobody_asks_for, setup, teardown),
    };
    return cmocka_run_group_tests_name("archivist", tests, NULL, NULL);
}
