// services/wire/messages_archivist.h - messages that archivist answers.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_ARCHIVIST_H
#define TMESH_SERVICES_WIRE_MESSAGES_ARCHIVIST_H

#include <stdint.h>

#include "runtime/base/arena.h"

// Begins a backup, or goes on with the one that this ticket stands for. Each answer comes within
// moments, so that its actor can stop at any time: ask again until it is done. One that nobody asks
// for is given up. Errors: as tmesh_store_open_backup and tmesh_backup_go_on, "backup_running",
// "backup_lost".
typedef struct {
    tmesh_arena_t *arena;
    uint64_t ticket;  // 0: begin
    const char *file; // to begin with
    bool replace;
} tmesh_back_up_request_t;
typedef struct {
    tmesh_arena_t *arena;
    uint64_t ticket;
    bool done; // what follows counts
    const char *file;
    uint64_t bytes;
    uint64_t pages;
    uint64_t tasks;
    int64_t duration_ms;
} tmesh_back_up_reply_t;

#endif
