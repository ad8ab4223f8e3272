// actors/reader.h - answers queries on a connection of its own, so that they never wait for a commit.
#ifndef TMESH_ACTORS_READER_H
#define TMESH_ACTORS_READER_H

#include "runtime/registry.h"
#include "services/domain/credit.h"
#include "services/domain/metrics.h"
#include "services/store/reader.h"
#include "services/store/store.h"

// Lent for the actor's life.
typedef struct {
    tmesh_store_t *store;             // its statistics, and whether it can be written to
    tmesh_reader_t *reader;           // used by this actor alone
    const tmesh_credit_t *credit;     // who waits for which worker
    const tmesh_registry_t *registry; // what its actors count
    const tmesh_metrics_t *metrics;   // what the services count
    const char *version;              // of the program
    const tmesh_clock_t *clock;
} tmesh_reader_services_t;

// The class itself, tmesh_reader_actor_class, is declared by services/wire/contract.h.

#endif
