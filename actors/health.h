// actors/health.h - the checks of HEALTH, for whoever answers it.
#ifndef TMESH_ACTORS_HEALTH_H
#define TMESH_ACTORS_HEALTH_H

#include "runtime/registry.h"
#include "services/store/store.h"
#include "services/wire/writer.h"

// Writes the member "checks" into the object that is open; true: all is well. Waits for nothing when
// the store is one whose absence is remembered.
bool tmesh_health_write(tmesh_writer_t *writer, tmesh_store_t *store,
                        const tmesh_registry_t *registry, const tmesh_clock_t *clock);

#endif
