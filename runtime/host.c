#include "runtime/host.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM_STATE_BYTES = 128 };

// What we guard belongs to the process, so this does too.
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char random_state[RANDOM_STATE_BYTES]; // CZMQ's, while the host's is put aside
static bool czmq_is_up;

// A signal during a handshake of CZMQ would end it early, and threads of a library must not take
// the signals of its host: new threads inherit this mask.
static void block_signals(sigset_t *before)
{
    static const int own_faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own_faults / sizeof *own_faults; i++) {
        sigdelset(&blocked, own_faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static void bring_up_czmq(void)
{
    struct sigaction on_int, on_term;
    sigaction(SIGINT, NULL, &on_int);
    sigaction(SIGTERM, NULL, &on_term);
    char seeded[RANDOM_STATE_BYTES];
    memcpy(seeded, random_state, sizeof seeded);
    zsys_init();
    sigaction(SIGINT, &on_int, NULL);
    sigaction(SIGTERM, &on_term, NULL);
    // It has seeded random(), so this was its first time and nobody else has chosen its stream.
    if (memcmp(seeded, random_state, sizeof seeded) != 0) zsys_set_logstream(stderr);
}

zactor_t *tmesh_host_zactor_new(zactor_fn *function, void *argument)
{
    sigset_t before;
    block_signals(&before);
    pthread_mutex_lock(&guard);
    char *host_state = czmq_is_up ? setstate(random_state)
                                  : initstate(1, random_state, sizeof random_state);
    if (!czmq_is_up) bring_up_czmq();
    czmq_is_up = true;
    zactor_t *self = zactor_new(function, argument);
    setstate(host_state);
    pthread_mutex_unlock(&guard);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return self;
}

void tmesh_host_zactor_destroy(zactor_t **self_p)
{
    sigset_t before;
    block_signals(&before);
    zactor_destroy(self_p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
