#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/domain/queue_id.h"

static void namespace_and_callable_make_the_queue(void **state)
{
    (void)state;
    assert_true(tmesh_queue_id("shop", "pay") == tmesh_queue_id("shop", "pay"));
    assert_true(tmesh_queue_id("shop", "pay") != tmesh_queue_id("shop", "pack"));
    assert_true(tmesh_queue_id("shop", "pay") != tmesh_queue_id("bank", "pay"));
    assert_true(tmesh_queue_id("shop.p", "ay") != tmesh_queue_id("shop", ".pay"));
}

static void it_fits_into_a_signed_number_and_is_not_zero(void **state)
{
    (void)state;
    char name[] = "a0";
    for (char c = '!'; c < '~'; c++) {
        name[1] = c;
        uint64_t id = tmesh_queue_id("shop", name);
        assert_true(id > 0);
        assert_true(id <= INT64_MAX);
    }
}

static void it_never_changes(void **state) // steps are stored with it
{
    (void)state;
    assert_true(tmesh_queue_id("shop", "pay") == 798135833568036211u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespace_and_callable_make_the_queue),
        cmocka_unit_test(it_fits_into_a_signed_number_and_is_not_zero),
        cmocka_unit_test(it_never_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
