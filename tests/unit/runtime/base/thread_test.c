// Threads of ours leave the signals to whoever lives here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/thread.h"

typedef struct {
    sigset_t blocked;
} seen_t;

static void *look(void *argument)
{
    seen_t *seen = argument;
    pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    return NULL;
}

static void a_thread_takes_no_signals_but_its_own_faults(void **state)
{
    (void)state;
    sigset_t before;
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    seen_t seen;
    pthread_t thread;
    assert_int_equal(tmesh_thread_start(&thread, "a name that is too long", look, &seen), TMESH_OK);
    pthread_join(thread, NULL);
    static const int others[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE, SIGALRM};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_true(sigismember(&seen.blocked, others[i]));
    }
    assert_false(sigismember(&seen.blocked, SIGSEGV));
    assert_false(sigismember(&seen.blocked, SIGABRT));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int i = 1; i < SIGRTMIN; i++) {
        assert_int_equal(sigismember(&before, i), sigismember(&after, i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_takes_no_signals_but_its_own_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
