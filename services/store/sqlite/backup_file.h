// services/store/sqlite/backup_file.h - where a backup is written: under a temporary name beside its
// final one, which it gets when everything is on disk. One thread.
#ifndef TMESH_SERVICES_STORE_SQLITE_BACKUP_FILE_H
#define TMESH_SERVICES_STORE_SQLITE_BACKUP_FILE_H

#include <stdint.h>

#include "runtime/base/error.h"

typedef struct tmesh_backup_file tmesh_backup_file_t;

// Makes the temporary file, empty. `store_path` is what may not be written over; NULL: nothing.
// Faults as in tmesh_store_open_backup.
tmesh_err_t tmesh_backup_file_open(tmesh_backup_file_t **self_p, const char *path, bool replace,
                                   const char *store_path, tmesh_fault_t **fault_p);
// Removes the temporary file, unless it was finished.
void tmesh_backup_file_destroy(tmesh_backup_file_t **self_p);

// The name under which it is to be written.
const char *tmesh_backup_file_temporary(const tmesh_backup_file_t *self);
// Waits until what was written so far is on disk.
tmesh_err_t tmesh_backup_file_sync(tmesh_backup_file_t *self, tmesh_fault_t **fault_p);
// The same, then gives it its final name, on disk as well. Whoever wrote it has closed it.
tmesh_err_t tmesh_backup_file_finish(tmesh_backup_file_t *self, uint64_t *bytes_p,
                                     tmesh_fault_t **fault_p);
// For a write that the system refused with this errno; sets *fault_p.
tmesh_err_t tmesh_backup_file_refuse(const tmesh_backup_file_t *self, int error,
                                     tmesh_fault_t **fault_p);

#endif
