// services/store/sqlite/backup.h - copies of the store, page by page. One thread each.
#ifndef TMESH_SERVICES_STORE_SQLITE_BACKUP_H
#define TMESH_SERVICES_STORE_SQLITE_BACKUP_H

#include "services/store/store.h"

// tmesh_store_open_backup of this backend.
tmesh_err_t tmesh_sqlite_backup_open(tmesh_store_t *store, const char *file, bool replace,
                                     tmesh_backup_t **backup_p, tmesh_fault_t **fault_p);

#endif
