#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/templates/parse.h"

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void versions_are_in_order(void **state)
{
    (void)state;
    // Each comes before all that follow: first what is no semantic version, in byte order.
    static const char *const texts[] = {
        "", "01.0.0", "1", "1.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0.0", "1.0.a", "latest",
        "v1.0.0",
        "0.0.0-0", "0.0.0", "0.0.9", "0.0.10", "0.9.0", "0.10.0", "1.0.0-1", "1.0.0-2",
        "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
        "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0-rc-1", "1.0.0", "1.0.1-a", "1.0.1",
        "2.0.0", "10.0.0", "99999999999999999999.0.0", "100000000000000000000.0.0"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        for (size_t j = 0; j < TMESH_COUNT_OF(texts); j++) {
            int order = sign(tmesh_template_version_compare(texts[i], texts[j]));
            if (order != (i > j) - (i < j)) print_error("%s and %s\n", texts[i], texts[j]);
            assert_int_equal(order, (i > j) - (i < j));
        }
    }
}

static void build_metadata_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(tmesh_template_version_compare("1.0.0+a", "1.0.0+b"), 0);
    assert_int_equal(tmesh_template_version_compare("1.0.0-x+001", "1.0.0-x"), 0);
    assert_true(tmesh_template_version_compare("1.0.0+", "0.0.1") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_in_order),
        cmocka_unit_test(build_metadata_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
