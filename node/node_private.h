// node/node_private.h - what node.c and wiring.c share.
#ifndef TMESH_NODE_NODE_PRIVATE_H
#define TMESH_NODE_NODE_PRIVATE_H

#include "actors/archivist.h"
#include "actors/effects.h"
#include "actors/gateway.h"
#include "actors/keeper.h"
#include "actors/publisher.h"
#include "actors/reader.h"
#include "node/endpoints.h"
#include "node/node.h"
#include "runtime/registry.h"

struct tmesh_node {
    const tmesh_config_t *config; // lent
    tmesh_log_t *log;             // lent
    tmesh_clock_t *clock;
    tmesh_random_t *random;
    tmesh_node_id_t node_id; // of this start
    tmesh_store_t *store;
    tmesh_reader_t *reader;
    tmesh_credit_t *credit;
    tmesh_registry_t *registry;
    tmesh_endpoints_t *endpoints;
    tmesh_endpoints_t *event_endpoints;
    tmesh_audience_t *audience;
    tmesh_metrics_t *metrics;
    tmesh_settings_t settings;
    tmesh_actor_services_t services; // of the four
    tmesh_reader_services_t reader_services;
    tmesh_archivist_services_t archivist_services;
    tmesh_publisher_services_t publisher_services;
    tmesh_keeper_services_t keeper_services;
    tmesh_gateway_services_t gateway_services;
};

// Once all parts are open: what each actor is handed.
void tmesh_node_wire(tmesh_node_t *self, const char *version);
// As tmesh_registry_start.
tmesh_err_t tmesh_node_start_actors(tmesh_node_t *self, tmesh_fault_t **fault_p);

#endif
