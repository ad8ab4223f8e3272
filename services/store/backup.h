// services/store/backup.h - a copy of everything that was committed, made while work goes on.
// One that is being made belongs to one thread; tmesh_store_open_backup begins it. Nobody waits for
// it: it goes on in steps, and may be given up between any two.
#ifndef TMESH_SERVICES_STORE_BACKUP_H
#define TMESH_SERVICES_STORE_BACKUP_H

#include <stdint.h>

#include "runtime/base/error.h"

typedef struct {
    uint64_t bytes;
    uint64_t pages;
    uint64_t tasks;
} tmesh_backup_totals_t;

typedef struct tmesh_backup tmesh_backup_t;

typedef struct {
    void (*destroy)(tmesh_backup_t **self_p);
    tmesh_err_t (*go_on)(tmesh_backup_t *self, int64_t for_ms, bool *done_p,
                         tmesh_fault_t **fault_p);
} tmesh_backup_backend_t;

// The first member of every backend's own struct.
struct tmesh_backup {
    const tmesh_backup_backend_t *backend;
    tmesh_backup_totals_t totals; // once it is done
};

// NULL-safe. One that is not done leaves nothing behind.
void tmesh_backup_destroy(tmesh_backup_t **self_p);
// Copies for about for_ms, and at least a little; *done_p: it is on disk under its final name.
// After an error, or once it is done, it can only be destroyed. Errors, with *fault_p set (yours):
// CONFLICT "file_exists", "no_space"; INVALID "no_permission", "cannot_write". Without a fault: the
// store can not be read.
tmesh_err_t tmesh_backup_go_on(tmesh_backup_t *self, int64_t for_ms, bool *done_p,
                               tmesh_fault_t **fault_p);

#endif
