#include "runtime/host.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/thread.h"

enum { RANDOM_STATE_BYTES = 128 };

// What we guard belongs to the process, so this does too.
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char random_state[RANDOM_STATE_BYTES]; // the libraries', while the host's is put aside
static bool has_random_state;
static bool czmq_is_up;

// Between these two nobody of ours draws from the host's random(). Returns what to put back.
static char *put_random_aside(void)
{
    pthread_mutex_lock(&guard);
    char *host_state = has_random_state ? setstate(random_state)
                                        : initstate(1, random_state, sizeof random_state);
    has_random_state = true;
    return host_state;
}

static void put_random_back(char *host_state)
{
    setstate(host_state);
    pthread_mutex_unlock(&guard);
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
    tmesh_thread_block_signals(&before); // one would end a handshake of CZMQ early
    char *host_state = put_random_aside();
    if (!czmq_is_up) bring_up_czmq();
    czmq_is_up = true;
    zactor_t *self = zactor_new(function, argument);
    put_random_back(host_state);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return self;
}

void tmesh_host_zactor_destroy(zactor_t **self_p)
{
    sigset_t before;
    tmesh_thread_block_signals(&before);
    zactor_destroy(self_p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void *tmesh_host_socket(void *zmq, int type)
{
    char *host_state = put_random_aside();
    void *socket = zmq_socket(zmq, type);
    put_random_back(host_state);
    return socket;
}
