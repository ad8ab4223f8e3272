// runtime/base/thread.h - threads of ours in a process that may be somebody else's.
// They take none of its signals: whoever lives there handles its own.
#ifndef TMESH_RUNTIME_BASE_THREAD_H
#define TMESH_RUNTIME_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>

#include "runtime/base/error.h"

// Blocks all signals of the calling thread, except those that a fault of its own raises; new
// threads inherit that. pthread_sigmask(SIG_SETMASK, before, NULL) undoes it.
void tmesh_thread_block_signals(sigset_t *before);

// Starts a thread with its signals blocked, to be joined with pthread_join. The name is cut at 15
// bytes. TMESH_ERR_FULL: the system gives no more threads.
tmesh_err_t tmesh_thread_start(pthread_t *thread_p, const char *name, void *(*function)(void *),
                               void *argument);

#endif
