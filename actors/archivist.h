// actors/archivist.h - makes backups of the store, one at a time, beside everything that goes on.
#ifndef TMESH_ACTORS_ARCHIVIST_H
#define TMESH_ACTORS_ARCHIVIST_H

#include "services/store/store.h"

// Lent for the actor's life.
typedef struct {
    tmesh_store_t *store;
    const tmesh_clock_t *clock;
} tmesh_archivist_services_t;

// The class itself, tmesh_archivist_class, is declared by services/wire/contract.h.

#endif
