// A password is never shown.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/config/redact.h"

static void shows_no_password(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"sqlite:/var/lib/a:b@c.db", "sqlite:/var/lib/a:b@c.db"},
        {"postgresql://ann:secret@host:5432/db", "postgresql://ann:***@host:5432/db"},
        {"postgresql://ann:se:c@ret@host/db?x=1", "postgresql://ann:***@host/db?x=1"},
        {"postgresql://ann@host:5432/db", "postgresql://ann@host:5432/db"},
        {"postgresql:///db?host=/run&password=secret&user=ann",
         "postgresql:///db?host=/run&password=***&user=ann"},
        {"host=/run PASSWORD=secret dbname=a", "host=/run PASSWORD=*** dbname=a"},
        {"", ""},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_auto_free char *shown = tmesh_config_redact(cases[i][0]);
        assert_string_equal(shown, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shows_no_password)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
