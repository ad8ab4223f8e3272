#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/permissions.h"

static tmesh_permissions_t parsed(const char *list)
{
    tmesh_permissions_t granted = {0};
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_permissions_parse(list, &granted, &fault), TMESH_OK);
    assert_null(fault);
    return granted;
}

static size_t count_of(tmesh_permissions_t granted)
{
    size_t count = 0;
    for (int i = TMESH_PERMISSION_NONE + 1; i < TMESH_PERMISSION_COUNT; i++) {
        if (tmesh_permissions_cover(granted, (tmesh_permission_t)i)) count++;
    }
    return count;
}

static void every_name_grants_itself_alone(void **state)
{
    (void)state;
    for (int i = TMESH_PERMISSION_NONE + 1; i < TMESH_PERMISSION_COUNT; i++) {
        tmesh_permissions_t granted = parsed(tmesh_permission_word((tmesh_permission_t)i));
        assert_true(tmesh_permissions_cover(granted, (tmesh_permission_t)i));
        assert_int_equal(count_of(granted), 1);
    }
}

static void a_wildcard_grants_its_resource(void **state)
{
    (void)state;
    tmesh_permissions_t granted = parsed("tasks:*");
    assert_true(tmesh_permissions_cover(granted, TMESH_PERMISSION_TASKS_CREATE));
    assert_true(tmesh_permissions_cover(granted, TMESH_PERMISSION_TASKS_CONTEXT_READ));
    assert_true(tmesh_permissions_cover(granted, TMESH_PERMISSION_TASKS_RESOLVE));
    assert_false(tmesh_permissions_cover(granted, TMESH_PERMISSION_STEPS_READ));
    assert_int_equal(count_of(granted), 6);
    // "worker" and "workers" are two resources.
    assert_false(tmesh_permissions_cover(parsed("worker:*"), TMESH_PERMISSION_WORKERS_CONNECT));
}

static void a_list_grants_what_it_names(void **state)
{
    (void)state;
    tmesh_permissions_t granted = parsed(" tasks:read,steps:*, tasks:read\n");
    assert_true(tmesh_permissions_cover(granted, TMESH_PERMISSION_TASKS_READ));
    assert_true(tmesh_permissions_cover(granted, TMESH_PERMISSION_STEPS_RESOLVE));
    assert_int_equal(count_of(granted), 3);
    assert_int_equal(count_of(parsed("")), 0);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "*",        "*:*",         ":*",         "tasks",      "tasks:",    "tasks:fly",
        "tasks:**", "tasks:re*",   "Tasks:read", "tasks:read:", "nothing:*", "tasks;read",
        ":",        "tasks:readx", "task:*",     "tasks:read tasks:fly",
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(lists); i++) {
        tmesh_permissions_t granted = parsed("dlq:read");
        tmesh_auto(tmesh_fault) fault = NULL;
        assert_int_equal(tmesh_permissions_parse(lists[i], &granted, &fault), TMESH_ERR_INVALID);
        assert_string_equal(fault->code, "unknown_permission");
        assert_non_null(strstr(lists[i], fault->where));
        assert_int_equal(count_of(granted), 1); // as it was
    }
}

static void what_nobody_decided_is_never_covered(void **state)
{
    (void)state;
    assert_false(tmesh_permissions_cover(tmesh_permissions_all(), TMESH_PERMISSION_UNDECIDED));
    assert_true(tmesh_permissions_cover((tmesh_permissions_t){0}, TMESH_PERMISSION_NONE));
    assert_int_equal(count_of((tmesh_permissions_t){0}), 0);
    assert_int_equal(count_of(tmesh_permissions_all()),
                     TMESH_PERMISSION_COUNT - TMESH_PERMISSION_NONE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_grants_itself_alone),
        cmocka_unit_test(a_wildcard_grants_its_resource),
        cmocka_unit_test(a_list_grants_what_it_names),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(what_nobody_decided_is_never_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
