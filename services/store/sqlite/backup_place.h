// services/store/sqlite/backup_place.h - may a backup be written there? Pure but for looking.
#ifndef TMESH_SERVICES_STORE_SQLITE_BACKUP_PLACE_H
#define TMESH_SERVICES_STORE_SQLITE_BACKUP_PLACE_H

#include <stdbool.h>

#include "runtime/base/error.h"

// Refuses what would do harm: another file, the store itself, a store that somebody has open. Faults
// as in tmesh_store_open_backup. `store_path` NULL: it has no file.
tmesh_err_t tmesh_backup_place_check(const char *path, bool replace, const char *store_path,
                                     tmesh_fault_t **fault_p);
// The folder that a path lies in, with the slash behind it; yours.
char *tmesh_backup_place_folder(const char *path);
// The fault for what the system said.
tmesh_err_t tmesh_backup_place_refuse(const char *path, int error, tmesh_fault_t **fault_p);

#endif
