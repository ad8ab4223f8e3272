// services/store/sqlite/lock_file.h - PATH.lock: one process owns the store.
// The lock is the kernel's and goes with the process, however it ends; the file stays, with the pid
// of the last owner in it, for the message.
#ifndef TMESH_SERVICES_STORE_SQLITE_LOCK_FILE_H
#define TMESH_SERVICES_STORE_SQLITE_LOCK_FILE_H

#include "runtime/base/error.h"

typedef struct tmesh_lock_file tmesh_lock_file_t;

// *fault_p: BUSY "store_locked", IO "store_unreadable".
tmesh_err_t tmesh_lock_file_open(tmesh_lock_file_t **self_p, const char *store_path,
                                 tmesh_fault_t **fault_p);
void tmesh_lock_file_destroy(tmesh_lock_file_t **self_p);

#endif
