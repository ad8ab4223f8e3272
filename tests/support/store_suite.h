// tests/support/store_suite.h - what every store must do, whatever is behind it.
#ifndef TMESH_TESTS_SUPPORT_STORE_SUITE_H
#define TMESH_TESTS_SUPPORT_STORE_SUITE_H

#include "tests/support/store_fixture.h"

// Runs all of it; the number of tests that failed.
int tmesh_store_suite_run(const tmesh_store_factory_t *factory);

// Its parts.
int tmesh_store_suite_run_works(const tmesh_store_factory_t *factory);
int tmesh_store_suite_run_wants(const tmesh_store_factory_t *factory);
int tmesh_store_suite_run_definitions(const tmesh_store_factory_t *factory);
int tmesh_store_suite_run_reading(const tmesh_store_factory_t *factory);
int tmesh_store_suite_run_ended(const tmesh_store_factory_t *factory);

// Setup and teardown of one test: the state is a factory before, a fixture within.
int tmesh_store_suite_setup(void **state);
int tmesh_store_suite_teardown(void **state);

// Bytes that a parser would alter or refuse.
#define HARD_JSON                                                                                  \
    "{\"a\" : 0.1,\n\t\"n\":123456789012345678901234567890,\"z\":\"\\u0000\",\"s\":\"\\ud800\","    \
    "\"a\":1e400,\"u\":\"\xc3\xa4\"}"

#define STORE_TEST(test, factory)                                                                  \
    cmocka_unit_test_prestate_setup_teardown(test, tmesh_store_suite_setup,                        \
                                             tmesh_store_suite_teardown, (void *)(factory))

#endif
