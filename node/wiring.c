// Which actors a node has, in which order they start, and what each of them is handed.
#include <assert.h>
#include <string.h>

#include "node/node_private.h"
#include "runtime/base/memory.h"
#include "services/wire/contract.h"

void tmesh_node_wire(tmesh_node_t *self, const char *version)
{
    const tmesh_config_t *config = self->config;
    const tmesh_node_id_t node_id = self->node_id;
    self->settings = (tmesh_settings_t){
        .hand_off_ms = config->hand_off_ms,
        .step_timeout_default_ms = config->step_timeout_default_ms,
        .unclaimed_warning_ms = config->unclaimed_warning_ms,
        .adoption_ms = config->lost_after_ms,
        .stale_waiting_for_dependencies_ms = config->stale_waiting_for_dependencies_ms,
        .stale_waiting_for_retry_ms = config->stale_waiting_for_retry_ms,
        .stale_steps_in_process_ms = config->stale_steps_in_process_ms,
        .staleness_dry_run = config->staleness_dry_run,
        .retention_ms = config->retention_ms,
        .retention_batch = (uint32_t)config->retention_batch,
        .ancestor_bytes_max = (size_t)config->ancestor_bytes_max,
        .retry_jitter = config->retry_jitter,
        .environment = *config->environment ? config->environment : NULL,
    };
    self->services = (tmesh_actor_services_t){
        .store = self->store, .credit = self->credit, .settings = &self->settings,
        .audience = self->audience, .metrics = self->metrics, .node_id = node_id};
    self->reader_services = (tmesh_reader_services_t){.store = self->store,
                                                      .reader = self->reader,
                                                      .credit = self->credit,
                                                      .registry = self->registry,
                                                      .metrics = self->metrics,
                                                      .version = version,
                                                      .clock = self->clock};
    self->archivist_services =
        (tmesh_archivist_services_t){.store = self->store, .clock = self->clock};
    self->keeper_services = (tmesh_keeper_services_t){.store = self->store,
                                                      .credit = self->credit,
                                                      .period_ms = TMESH_BEAT_PERIOD_MS,
                                                      .adoption_ms = config->lost_after_ms};
    self->publisher_services = (tmesh_publisher_services_t){
        .endpoints = tmesh_endpoints_texts(self->event_endpoints),
        .endpoint_count = tmesh_endpoints_count(self->event_endpoints),
        .audience = self->audience,
        .metrics = self->metrics,
    };
    self->gateway_services = (tmesh_gateway_services_t){
        .endpoints = tmesh_endpoints_texts(self->endpoints),
        .endpoint_count = tmesh_endpoints_count(self->endpoints),
        .credit = self->credit,
        .node_id = node_id,
        .version = version,
        .heartbeat_ms = config->heartbeat_ms,
        .lost_after_ms = config->lost_after_ms,
        .note_sent_after_ms = config->note_sent_after_ms,
        .message_bytes_max = config->message_bytes_max,
        .result_bytes_max = config->result_bytes_max,
        .mailbox_limit = config->mailbox_limit,
        .mailbox_bytes_max = config->mailbox_bytes_max,
        .peer_unread_messages_max = config->peer_unread_messages_max,
        .peer_queue_messages_max = config->peer_queue_messages_max,
        .peer_queue_bytes_max = config->peer_queue_bytes_max,
        .config = config,
        .store = self->store,
        .registry = self->registry,
    };
}

// Every message of the contract: one that nobody answers does not link.
#define ANSWERED(actor_name, message) &tmesh_message_##message,
static const tmesh_message_type_t *const contract[] = {TMESH_CONTRACT(ANSWERED)};
#undef ANSWERED

// One that is answered by an actor that this node does not run would be lost.
static void check_contract(const tmesh_registry_t *registry)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(contract); i++) {
        size_t actor = 0;
        while (actor < tmesh_registry_count(registry) &&
               strcmp(tmesh_registry_view(registry, actor).name, contract[i]->actor->name) != 0) {
            actor++;
        }
        assert(actor < tmesh_registry_count(registry));
    }
}

// The order counts: nothing comes in before all who answer it are ready. Stopping goes in reverse.
tmesh_err_t tmesh_node_start_actors(tmesh_node_t *self, tmesh_fault_t **fault_p)
{
    tmesh_registry_add(self->registry, &tmesh_task_request_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_result_processor_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_step_enqueuer_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_task_finalizer_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_reader_actor_class, &self->reader_services);
    tmesh_registry_add(self->registry, &tmesh_archivist_class, &self->archivist_services);
    tmesh_registry_add(self->registry, &tmesh_publisher_class, &self->publisher_services);
    if (tmesh_store_is_shared(self->store)) {
        tmesh_registry_add(self->registry, &tmesh_keeper_class, &self->keeper_services);
    }
    tmesh_registry_add(self->registry, &tmesh_gateway_class, &self->gateway_services);
    tmesh_context_lose_tells(tmesh_registry_context(self->registry),
                             (unsigned)self->config->lose_tells_percent);
    check_contract(self->registry);
    return tmesh_registry_start(self->registry, fault_p);
}
