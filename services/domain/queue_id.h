// services/domain/queue_id.h - where a step waits for a worker: one number per namespace and callable.
// A 63-bit hash, so that no table has to be asked; the store keeps the names beside it.
#ifndef TMESH_SERVICES_DOMAIN_QUEUE_ID_H
#define TMESH_SERVICES_DOMAIN_QUEUE_ID_H

#include <stdint.h>

// Never 0.
uint64_t tmesh_queue_id(const char *namespace_name, const char *callable);

#endif
