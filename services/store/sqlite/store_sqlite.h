// services/store/sqlite/store_sqlite.h - the embedded store. Seen only by bin and tests.
#ifndef TMESH_SERVICES_STORE_SQLITE_STORE_SQLITE_H
#define TMESH_SERVICES_STORE_SQLITE_STORE_SQLITE_H

#include "services/store/reader.h"
#include "services/store/store.h"

typedef struct {
    const char *path;    // a file, or ":memory:"
    tmesh_clock_t *clock; // lent
    uint32_t checkpoint_pages; // of the write-ahead log; 0: 8,192
    int64_t busy_wait_ms;      // for another process that reads; 0: 5,000
    const char *node;          // written with each transition; copied; NULL: none
} tmesh_store_sqlite_config_t;

// Opens or creates the file, takes its lock, brings the schema up to date. Errors, with *fault_p
// set (yours): BUSY "store_locked" (another process owns the file), UNSUPPORTED "store_too_new",
// IO "store_unreadable", CORRUPT "store_corrupt".
tmesh_err_t tmesh_store_sqlite_open(tmesh_store_t **self_p,
                                    const tmesh_store_sqlite_config_t *config,
                                    tmesh_fault_t **fault_p);
// A read-only connection to the same file; ":memory:" reads through the writer instead. Destroy it
// before the store.
tmesh_err_t tmesh_store_sqlite_open_reader(tmesh_store_t *store, tmesh_reader_t **reader_p);

// What is to be logged once at the start about the SQLite that we run with, or NULL.
const char *tmesh_store_sqlite_warning(void);

#endif
