#include "tests/support/store_suite.h"

int tmesh_store_suite_setup(void **state)
{
    *state = tmesh_store_fixture_new(*state);
    return 0;
}

int tmesh_store_suite_teardown(void **state)
{
    tmesh_store_fixture_t *fixture = *state;
    tmesh_store_fixture_destroy(&fixture);
    return 0;
}

int tmesh_store_suite_run(const tmesh_store_factory_t *factory)
{
    return tmesh_store_suite_run_works(factory) + tmesh_store_suite_run_wants(factory) +
           tmesh_store_suite_run_definitions(factory) + tmesh_store_suite_run_reading(factory) +
           tmesh_store_suite_run_ended(factory);
}
