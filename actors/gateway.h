// actors/gateway.h - the command processor behind the ROUTER: routing only, no rule of
// orchestration. What clients and workers say is checked at the door and told to the actor that
// answers it; steps go to workers by credit. The protocol: docs/PROTOCOL.md.
#ifndef TMESH_ACTORS_GATEWAY_H
#define TMESH_ACTORS_GATEWAY_H

#include "runtime/registry.h"
#include "services/domain/credit.h"
#include "services/domain/ids.h"
#include "services/store/store.h"

// Lent for the actor's life.
typedef struct {
    const char *const *endpoints; // to bind, at least one
    size_t endpoint_count;
    tmesh_credit_t *credit;
    tmesh_node_id_t node_id;
    const char *version; // of the program
    int64_t heartbeat_ms; // what a worker gets that asks for nothing else
    int64_t lost_after_ms;
    int64_t note_sent_after_ms;
    int64_t message_bytes_max;
    int64_t result_bytes_max;
    int64_t mailbox_limit;
    int64_t mailbox_bytes_max; // of all commands under way
    int64_t peer_unread_messages_max;
    int64_t peer_queue_messages_max;
    int64_t peer_queue_bytes_max;
    const struct tmesh_config *config; // shown by CONFIG; NULL: nothing is
    tmesh_store_t *store; // only asked whether it is away, which waits for nothing; NULL: nobody asks
    const tmesh_registry_t *registry; // the same
} tmesh_gateway_services_t;

// The class itself, tmesh_gateway_class, is declared by services/wire/contract.h.

#endif
