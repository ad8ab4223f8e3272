// Random workflows with random lives, judged by a model that was written from the rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/property/support/story.h"

enum { CASES_DEFAULT = 2000 };

static uint64_t first_seed(void)
{
    const char *given = getenv("TMESH_PROPERTY_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    return seed ? seed : 1;
}

static int cases_of_this_run(void)
{
    const char *given = getenv("TMESH_PROPERTY_CASES");
    int cases = given ? atoi(given) : CASES_DEFAULT;
    return cases > 0 ? cases : CASES_DEFAULT;
}

// An assert of the mesh ends the process: what it was doing is said before.
static char now_telling[64];
static void say_seed(int signal_number)
{
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, now_telling, sizeof now_telling);
    (void)written;
}

static void histories_obey_the_rules(void **state)
{
    (void)state;
    tmesh_story_counts_t counts = {0};
    int cases = cases_of_this_run();
    signal(SIGABRT, say_seed);
    print_message("TMESH_PROPERTY_SEED=%llu, %d cases\n", (unsigned long long)first_seed(), cases);
    for (int i = 0; i < cases; i++) {
        uint64_t seed = first_seed() + (uint64_t)i;
        snprintf(now_telling, sizeof now_telling, "TMESH_PROPERTY_SEED=%llu\n",
                 (unsigned long long)seed);
        tmesh_story_tell(seed, &counts);
    }
    print_message("%u complete, %u ended otherwise, %u resets, %u crashes, %u timeouts, "
                  "%u poisoned, %u branches, %u decisions refused\n",
                  counts.ends_complete, counts.ends_other, counts.resets, counts.crashes,
                  counts.timeouts, counts.poisoned, counts.branches, counts.refused_decisions);
    if (cases < CASES_DEFAULT) return;
    assert_true(counts.ends_complete > 0 && counts.ends_other > 0 && counts.resets > 0);
    assert_true(counts.crashes > 0 && counts.timeouts > 0 && counts.poisoned > 0);
    assert_true(counts.branches > 0 && counts.refused_decisions > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_obey_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
