// runtime/kin.h - who else begins again when an actor breaks.
// Children of a registry stand in groups, in the order in which they start. In a group of
// TMESH_REST_FOR_ONE those behind the broken one hold what its life told them, so theirs end too.
// Private to runtime/, but for the strategies.
#ifndef TMESH_RUNTIME_KIN_H
#define TMESH_RUNTIME_KIN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    TMESH_ONE_FOR_ONE,  // nobody else
    TMESH_REST_FOR_ONE, // those of the group that start after it
} tmesh_restart_strategy_t;

// What one actor sees of its group: numbers that the registry owns, each raised once for every life
// that ended before its reader in the order of starting. A plain value; zeroed, it has no kin.
typedef struct {
    const _Atomic uint32_t *called; // how often those before me have called me
    _Atomic uint32_t *after;        // the numbers of those behind me, in a row
    size_t after_count;
} tmesh_kin_t;

// By the thread of the broken actor, before its next life begins: so whoever hears from that life
// also sees the call.
void tmesh_kin_call(const tmesh_kin_t *self);
uint32_t tmesh_kin_called(const tmesh_kin_t *self);

#endif
