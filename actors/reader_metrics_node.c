#include "actors/reader_metrics_node.h"

#include "runtime/base/memory.h"

enum { BACKLOG_COUNTED_MAX = 1000 }; // steps of one queue

#define COUNTER TMESH_FAMILY_COUNTER
#define GAUGE TMESH_FAMILY_GAUGE

// Left out while the store is away: all else on the page is what somebody wants to see then.
static void add_backlog(tmesh_metrics_page_t *page, tmesh_reader_t *reader, tmesh_arena_t *arena)
{
    tmesh_backlog_t *rows = NULL;
    size_t count = 0;
    if (tmesh_reader_backlog(reader, BACKLOG_COUNTED_MAX, arena, &rows, &count)) return;
    tmesh_metrics_page_family(
        page, GAUGE, "taskmesh_queue_depth", "steps",
        "Steps that are ready and not claimed, up to 1000 for each callable.");
    for (size_t i = 0; i < count; i++) {
        tmesh_metrics_page_labelled(page, "namespace", rows[i].namespace_name,
                                    (double)rows[i].steps);
    }
}

static void add_workers(tmesh_metrics_page_t *page, const tmesh_gateway_numbers_t *gateway)
{
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_runs_waiting", "runs", gateway->waiting_runs,
                           "Claimed runs that wait for a free slot of a worker.");
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_workers_connected", "workers", gateway->workers,
                           "Workers with a session.");
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_workers_capacity", "slots", gateway->capacity,
                           "How many runs all connected workers take at a time.");
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_workers_busy", "slots", gateway->running,
                           "How many of their slots have a run.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_api_requests_total", "messages",
                           gateway->received, "Messages that came in, of clients and workers.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_api_requests_rejected_total", "messages",
                           gateway->refused, "Answers with a status of 400 or more.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_api_messages_sent_total", "messages",
                           gateway->sent, "Messages that went out, answers and steps for workers.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_api_answers_dropped_total", "messages",
                           gateway->dropped, "Answers that a slow or vanished peer did not get.");
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_api_clients_waiting", "requests",
                           gateway->waiting_clients,
                           "Requests that wait for something to happen to a task.");
}

static void add_store(tmesh_metrics_page_t *page, const tmesh_store_t *store)
{
    const tmesh_store_stats_t stats = tmesh_store_stats(store);
    tmesh_absence_t absence = {0};
    (void)tmesh_store_absence(store, &absence);
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_db_reachable", "none", !absence.is_away,
                           "1 while the store answers, 0 while it is out of reach.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_db_commits_total", "transactions",
                           stats.commits, "Transactions that wrote something.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_db_rollbacks_total", "transactions",
                           stats.rollbacks, "Transactions that were taken back.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_sql_statements_total", "statements",
                           stats.statements,
                           "Statements of the writer, begin and commit included.");
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_db_writer_wait_seconds_total", "seconds",
                              "How long actors have waited for the writer, all together.");
    tmesh_metrics_page_sample(page, NULL, (double)stats.writer_wait_us / 1e6);
}

// One family over all actors and the messages that they answer.
static void add_messages(tmesh_metrics_page_t *page, const tmesh_registry_t *registry,
                         double (*value)(const tmesh_type_counters_t *counters))
{
    for (size_t i = 0; i < tmesh_registry_count(registry); i++) {
        tmesh_actor_view_t view = tmesh_registry_view(registry, i);
        for (int k = 0; k < TMESH_COUNTED_TYPES_MAX && view.counters->types[k].type; k++) {
            const tmesh_type_counters_t *counters = &view.counters->types[k];
            const tmesh_label_t labels[] = {
                {"actor", view.name}, {"message", counters->type->name}, {0}};
            tmesh_metrics_page_sample(page, labels, value(counters));
        }
    }
}

static double messages_of(const tmesh_type_counters_t *counters)
{
    return (double)counters->messages;
}

static double errors_of(const tmesh_type_counters_t *counters)
{
    return (double)counters->errors;
}

static double batches_of(const tmesh_type_counters_t *counters)
{
    return (double)counters->batches;
}

static double handling_of(const tmesh_type_counters_t *counters)
{
    return (double)counters->handling_ns / 1e9;
}

static void add_actors(tmesh_metrics_page_t *page, const tmesh_registry_t *registry,
                       double (*value)(const tmesh_actor_view_t *view))
{
    for (size_t i = 0; i < tmesh_registry_count(registry); i++) {
        tmesh_actor_view_t view = tmesh_registry_view(registry, i);
        tmesh_metrics_page_labelled(page, "actor", view.name, value(&view));
    }
}

static double depth_of(const tmesh_actor_view_t *view)
{
    return view->depth;
}

static double depth_max_of(const tmesh_actor_view_t *view)
{
    return view->depth_max;
}

static double restarts_of(const tmesh_actor_view_t *view)
{
    return (double)view->counters->restarts;
}

static void add_mesh(tmesh_metrics_page_t *page, const tmesh_registry_t *registry)
{
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_messages_total", "messages",
                              "Messages that an actor has handled, by type.");
    add_messages(page, registry, messages_of);
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_messages_errors_total", "messages",
                              "Messages that were answered with an error.");
    add_messages(page, registry, errors_of);
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_messages_batches_total", "batches",
                              "Batches in which they were handled.");
    add_messages(page, registry, batches_of);
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_messages_handling_seconds_total", "seconds",
                              "How long the handlers took, all together.");
    add_messages(page, registry, handling_of);
    tmesh_metrics_page_family(page, GAUGE, "taskmesh_mailbox_depth", "messages",
                              "Messages that wait in the mailbox of an actor.");
    add_actors(page, registry, depth_of);
    tmesh_metrics_page_family(page, GAUGE, "taskmesh_mailbox_depth_max", "messages",
                              "The most that have waited there at once since the start.");
    add_actors(page, registry, depth_max_of);
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_actor_restarts_total", "restarts",
                              "Lives of an actor that ended by an error.");
    add_actors(page, registry, restarts_of);
}

void tmesh_reader_metrics_add_node(tmesh_metrics_page_t *page,
                                   const tmesh_reader_services_t *services,
                                   const tmesh_gateway_numbers_t *gateway, tmesh_arena_t *arena)
{
    add_backlog(page, services->reader, arena);
    add_workers(page, gateway);
    add_store(page, services->store);
    add_mesh(page, services->registry);
    tmesh_metrics_page_family(page, GAUGE, "taskmesh_info", "none",
                              "Always 1; the version of the program is its label.");
    tmesh_metrics_page_labelled(page, "version", services->version, 1);
    tmesh_metrics_page_family(page, GAUGE, "taskmesh_uptime_seconds", "seconds",
                              "Time since the program started.");
    tmesh_metrics_page_sample(page, NULL, (double)gateway->uptime_ms / 1000);
}
