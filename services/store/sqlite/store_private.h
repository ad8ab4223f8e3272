// services/store/sqlite/store_private.h - what store_sqlite.c, read.c and backup.c share.
#ifndef TMESH_SERVICES_STORE_SQLITE_STORE_PRIVATE_H
#define TMESH_SERVICES_STORE_SQLITE_STORE_PRIVATE_H

#include "services/store/sqlite/lock_file.h"
#include "services/store/sqlite/store_sqlite.h"
#include "services/store/sqlite/writer.h"

typedef struct {
    tmesh_store_t base; // first
    char *path;
    bool is_memory;
    tmesh_lock_file_t *lock_file; // NULL in memory
    const tmesh_clock_t *clock;   // lent
    int64_t busy_wait_ms;
    char *node; // or NULL
    tmesh_sqlite_writer_t *writer;
    _Atomic uint32_t readers; // and backups, open ones: all must be gone before the store
} tmesh_store_sqlite_t;

#endif
