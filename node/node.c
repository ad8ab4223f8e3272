#include "node/node.h"

#include <poll.h>
#include <unistd.h>

#include "node/node_private.h"
#include "node/stores.h"
#include "node/templates.h"
#include "runtime/base/memory.h"
#include "services/config/redact.h"
#include "services/wire/contract.h"

enum {
    CALL_TIMEOUT_MS = 1000, // for an actor that may be in the middle of a commit
    LOOK_EVERY_MS = 50,     // whether runs are still out
};

// ---- Start --------------------------------------------------------------------------------------

// What an earlier life left claimed or sent is waited for as long as for a lost worker: those who
// hold it come back with HELLO.
static tmesh_err_t take_over(tmesh_node_t *self, tmesh_fault_t **fault_p)
{
    uint32_t count = 0;
    int64_t due_ms = tmesh_clock_now_ms(self->clock) + self->settings.adoption_ms;
    tmesh_err_t err = tmesh_store_take_over(self->store, due_ms, &count);
    if (err) {
        tmesh_auto_free char *shown = tmesh_config_redact(self->config->store);
        *fault_p = tmesh_fault_new(err, "take_over_failed", shown,
                                   "what an earlier life left could not be taken over: %s",
                                   tmesh_err_sentence(err));
        return err;
    }
    if (count > 0) tmesh_log_info(self->log, "node.took_over", "steps=%u", count);
    return TMESH_OK;
}

// What is counted from now on is a difference to what was there.
static tmesh_err_t count_open_tasks(tmesh_node_t *self)
{
    uint64_t open = 0;
    tmesh_err_t err = tmesh_reader_open_tasks(self->reader, &open);
    if (!err) tmesh_metrics_set_open_tasks(self->metrics, open);
    return err;
}

static tmesh_err_t count_pending_dlq(tmesh_node_t *self)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_dlq_stat_t *stats = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_dlq_stats(self->reader, arena, &stats, &count);
    for (size_t i = 0; i < count; i++) {
        if (stats[i].status != TMESH_DLQ_STATUS_PENDING) continue;
        tmesh_metrics_set_pending_dlq(self->metrics, stats[i].reason, stats[i].count);
    }
    return err;
}

static tmesh_err_t open_registry(tmesh_node_t *self)
{
    tmesh_registry_config_t config = {
        .clock = self->clock,
        .log = self->log,
        .mailbox_limit = (uint32_t)self->config->mailbox_limit,
        .restarts = {.restarts_max = (uint32_t)self->config->restarts_max,
                     .window_ms = self->config->restart_window_ms},
        .threads = true,
        .stuck_after_ms = self->config->stuck_after_ms,
    };
    return tmesh_registry_open(&self->registry, &config);
}

static void register_templates(tmesh_node_t *self)
{
    if (!*self->config->templates) return;
    tmesh_auto(tmesh_tools) tools = tmesh_tools_new(self->store, self->clock, self->random,
                                                    self->credit, &self->settings);
    tmesh_templates_register(self->config->templates, tools, self->log);
}

static tmesh_err_t open_parts(tmesh_node_t *self, const char *version, tmesh_fault_t **fault_p)
{
    tmesh_err_t err = tmesh_endpoints_parse(&self->endpoints, "bind", self->config->bind,
                                            self->config->allow_insecure_bind, fault_p);
    if (!err) {
        err = tmesh_endpoints_parse(&self->event_endpoints, "publish", self->config->publish,
                                    self->config->allow_insecure_bind, fault_p);
    }
    if (err) return err;
    tmesh_endpoints_add(self->endpoints, TMESH_NODE_DOOR);
    tmesh_endpoints_add(self->event_endpoints, TMESH_NODE_EVENTS);
    self->node_id = tmesh_node_id_new(self->random, tmesh_clock_now_ms(self->clock));
    err = tmesh_stores_open(self->config, &self->node_id, self->clock, self->log, &self->store,
                            &self->reader, fault_p);
    if (!err) err = open_registry(self);
    if (err) return err;
    tmesh_node_wire(self, version);
    err = take_over(self, fault_p);
    if (!err) err = count_open_tasks(self);
    if (!err) err = count_pending_dlq(self);
    if (err) return err;
    register_templates(self); // before the door opens, so that nobody meets a half-known world
    return tmesh_node_start_actors(self, fault_p);
}

void tmesh_node_name(tmesh_config_t *config)
{
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    tmesh_auto(tmesh_fault) fault = NULL;
    if (!*config->node_name) (void)!tmesh_config_set(config, "", "node_name", host, &fault);
}

tmesh_err_t tmesh_node_open(tmesh_node_t **self_p, const tmesh_config_t *config, tmesh_log_t *log,
                            const char *version, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_node) self = tmesh_alloc(sizeof *self);
    self->config = config;
    self->log = log;
    self->clock = tmesh_clock_new_system();
    self->random = tmesh_random_new_system();
    self->credit = tmesh_credit_new();
    self->audience = tmesh_audience_new();
    self->metrics = tmesh_metrics_new();
    tmesh_err_t err = open_parts(self, version, fault_p);
    if (err) {
        if (!*fault_p) {
            *fault_p =
                tmesh_fault_new(err, tmesh_err_word(err), NULL, "%s", tmesh_err_sentence(err));
        }
        return err;
    }
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_node_destroy(tmesh_node_t **self_p)
{
    tmesh_node_t *self = *self_p;
    if (!self) return;
    tmesh_registry_destroy(&self->registry); // flushes the gateway's last answers
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->store);
    tmesh_credit_destroy(&self->credit);
    tmesh_audience_destroy(&self->audience);
    tmesh_metrics_destroy(&self->metrics);
    tmesh_endpoints_destroy(&self->endpoints);
    tmesh_endpoints_destroy(&self->event_endpoints);
    tmesh_random_destroy(&self->random);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    *self_p = NULL;
}

// ---- Stop ---------------------------------------------------------------------------------------

// The runs that are out, or that nobody was told of yet; none when the gateway does not answer.
static uint32_t close_door(tmesh_node_t *self)
{
    tmesh_close_door_request_t request = {0};
    tmesh_close_door_reply_t reply = {0};
    tmesh_err_t err = tmesh_call_close_door(tmesh_registry_context(self->registry), &request,
                                            &reply, NULL, CALL_TIMEOUT_MS);
    if (err) return 0;
    tmesh_arena_destroy(&reply.arena);
    return reply.runs_out;
}

void tmesh_node_stop(tmesh_node_t *self)
{
    const int64_t until_ms =
        tmesh_clock_monotonic_ms(self->clock) + self->config->stop_timeout_ms;
    uint32_t runs_out = close_door(self);
    tmesh_log_info(self->log, "node.door_closed", "runs_out=%u", runs_out);
    while (runs_out > 0 && tmesh_clock_monotonic_ms(self->clock) < until_ms) {
        poll(NULL, 0, LOOK_EVERY_MS); // results come to the gateway, nothing comes here
        runs_out = close_door(self);
    }
    int64_t left_ms = until_ms - tmesh_clock_monotonic_ms(self->clock);
    if (left_ms < CALL_TIMEOUT_MS) left_ms = CALL_TIMEOUT_MS;
    if (!tmesh_registry_failed(self->registry)) {
        tmesh_err_t err =
            tmesh_registry_drain(self->registry, tmesh_registry_count(self->registry), left_ms);
        if (err) {
            tmesh_log_warning(self->log, "node.not_drained", "error=%s", tmesh_err_word(err));
        }
    }
    tmesh_registry_stop(self->registry, 0);
    tmesh_log_info(self->log, "node.stopped", "runs_out=%u", runs_out);
}

tmesh_context_t *tmesh_node_context(const tmesh_node_t *self)
{
    return tmesh_registry_context(self->registry);
}

int tmesh_node_failure_fd(const tmesh_node_t *self)
{
    return tmesh_registry_failure_fd(self->registry);
}

const char *tmesh_node_failed(const tmesh_node_t *self)
{
    return tmesh_registry_failed(self->registry);
}
