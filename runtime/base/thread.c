#include "runtime/base/thread.h"

#include <stdio.h>

enum { NAME_BYTES = 16 }; // the kernel's limit

void tmesh_thread_block_signals(sigset_t *before)
{
    static const int own_faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own_faults / sizeof *own_faults; i++) {
        sigdelset(&blocked, own_faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

tmesh_err_t tmesh_thread_start(pthread_t *thread_p, const char *name, void *(*function)(void *),
                               void *argument)
{
    sigset_t before;
    tmesh_thread_block_signals(&before);
    int failed = pthread_create(thread_p, NULL, function, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return TMESH_ERR_FULL;
    char short_name[NAME_BYTES];
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(*thread_p, short_name);
    return TMESH_OK;
}
