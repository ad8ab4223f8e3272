// actors/reader_metrics_node.h - what METRICS tells of the node: queues, workers, messages, store, mesh.
#ifndef TMESH_ACTORS_READER_METRICS_NODE_H
#define TMESH_ACTORS_READER_METRICS_NODE_H

#include "actors/metrics_page.h"
#include "actors/reader.h"
#include "services/wire/messages.h"

// What waits in the store is read, into the arena, if the store can be read.
void tmesh_reader_metrics_add_node(tmesh_metrics_page_t *page,
                                   const tmesh_reader_services_t *services,
                                   const tmesh_gateway_numbers_t *gateway, tmesh_arena_t *arena);

#endif
