// Definitions: kept by hash, one of each version is the current one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_suite.h"

static int64_t put_version(tmesh_store_fixture_t *self, const char *version, uint8_t hash,
                           bool *created_p)
{
    tmesh_definition_row_t row = {
        .namespace_name = "shop",
        .name = "refund",
        .version = version,
        .hash = {hash},
        .step_count = hash,
        .json = tmesh_bytes_of_text(HARD_JSON),
        .created_ms = 5,
    };
    assert_int_equal(tmesh_store_put_definition(self->store, &row, NULL, 0, created_p), TMESH_OK);
    assert_true(row.id > 0);
    return row.id;
}

static void keeps_definitions_by_hash(void **state)
{
    tmesh_store_fixture_t *self = *state;
    bool is_created = false;
    int64_t first = put_version(self, "1", 10, &is_created);
    assert_true(is_created);
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    assert_int_equal(put_version(self, "1", 10, &is_created), first);
    assert_false(is_created);
    assert_int_equal(tmesh_store_stats(self->store).commits, before.commits); // nothing changed
    int64_t second = put_version(self, "1", 20, &is_created);
    assert_true(is_created && second != first);
    int64_t other = put_version(self, "2", 10, &is_created);
    assert_true(is_created && other != first);

    tmesh_definition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_store_load_versions(self->store, "shop", "refund", self->arena, &rows,
                                               &count), TMESH_OK);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].id == (strcmp(rows[i].version, "1") == 0 ? second : other));
        assert_null(rows[i].json.data);
    }
    assert_int_equal(put_version(self, "1", 10, &is_created), first); // the current one again
    assert_int_equal(tmesh_store_load_versions(self->store, "shop", "nothing", self->arena, &rows,
                                               &count), TMESH_OK);
    assert_int_equal(count, 0);

    // Also within a work of this thread.
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_definition_row_t row = {0};
    assert_int_equal(tmesh_store_load_definition(self->store, second, self->arena, &row),
                     TMESH_OK);
    assert_true(row.id == second && row.hash[0] == 20 && row.step_count == 20);
    assert_null(row.description);
    assert_true(tmesh_bytes_equal_text(row.json, HARD_JSON));
    assert_int_equal(tmesh_store_load_definition(self->store, 999, self->arena, &row),
                     TMESH_ERR_NOT_FOUND);
    tmesh_store_abandon(self->store, &work);
}

static void put_pause(tmesh_store_fixture_t *self, const char *callable, bool is_new)
{
    tmesh_pause_row_t row = {
        .namespace_name = "shop", .callable = callable, .since_ms = 7, .by = "ann"};
    bool changed = !is_new;
    assert_int_equal(tmesh_store_put_pause(self->store, &row, &changed), TMESH_OK);
    assert_int_equal(changed, is_new);
}

static void remove_pause(tmesh_store_fixture_t *self, const char *callable, bool was_there)
{
    bool changed = !was_there;
    assert_int_equal(tmesh_store_remove_pause(self->store, "shop", callable, &changed), TMESH_OK);
    assert_int_equal(changed, was_there);
}

static void keeps_what_is_paused(void **state)
{
    tmesh_store_fixture_t *self = *state;
    put_pause(self, "charge", true);
    put_pause(self, NULL, true);
    put_pause(self, "charge", false);
    tmesh_pause_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_store_load_pauses(self->store, self->arena, &rows, &count), TMESH_OK);
    assert_int_equal(count, 2);
    assert_null(rows[0].callable);
    assert_string_equal(rows[1].callable, "charge");
    assert_string_equal(rows[1].namespace_name, "shop");
    assert_int_equal(rows[1].since_ms, 7);
    assert_string_equal(rows[1].by, "ann");
    assert_null(rows[1].reason);
    remove_pause(self, NULL, true);
    remove_pause(self, NULL, false);
    assert_int_equal(tmesh_reader_pauses(self->reader, self->arena, &rows, &count), TMESH_OK);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].callable, "charge");
}

int tmesh_store_suite_run_definitions(const tmesh_store_factory_t *factory)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keeps_definitions_by_hash, factory),
        STORE_TEST(keeps_what_is_paused, factory),
    };
    return cmocka_run_group_tests_name(factory->name, tests, NULL, NULL);
}
