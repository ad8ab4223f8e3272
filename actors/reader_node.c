#include "actors/reader_node.h"

#include "actors/health.h"
#include "actors/reader_doctor.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

static void write_type(tmesh_writer_t *writer, const tmesh_type_counters_t *counters)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "type", counters->type->name);
    tmesh_writer_integer(writer, "count", (int64_t)counters->messages);
    tmesh_writer_integer(writer, "errors", (int64_t)counters->errors);
    tmesh_writer_integer(writer, "batches", (int64_t)counters->batches);
    tmesh_writer_integer(writer, "batch_size_max", (int64_t)counters->batch_size_max);
    tmesh_writer_integer(writer, "handling_us", (int64_t)(counters->handling_ns / 1000));
    tmesh_writer_close_object(writer);
}

static void write_actor(tmesh_writer_t *writer, const tmesh_actor_view_t *view)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "name", view->name);
    tmesh_writer_integer(writer, "queue_depth", view->depth);
    tmesh_writer_integer(writer, "queue_depth_max", view->depth_max);
    tmesh_writer_integer(writer, "restarts", (int64_t)view->counters->restarts);
    tmesh_writer_integer(writer, "lost_tells", (int64_t)view->counters->lost_tells);
    tmesh_writer_integer(writer, "wakeups", (int64_t)view->counters->wakeups);
    tmesh_writer_integer(writer, "allocations", (int64_t)view->allocations);
    tmesh_writer_open_array(writer, "messages");
    for (int i = 0; i < TMESH_COUNTED_TYPES_MAX && view->counters->types[i].type; i++) {
        write_type(writer, &view->counters->types[i]);
    }
    tmesh_writer_close_array(writer);
    tmesh_writer_close_object(writer);
}

static void write_statistics(const tmesh_reader_services_t *services, tmesh_writer_t *writer)
{
    tmesh_store_stats_t stats = tmesh_store_stats(services->store);
    tmesh_writer_open_object(writer, "store");
    tmesh_writer_text(writer, "backend", services->store->backend->name);
    tmesh_writer_integer(writer, "commits", (int64_t)stats.commits);
    tmesh_writer_integer(writer, "rollbacks", (int64_t)stats.rollbacks);
    tmesh_writer_integer(writer, "statements", (int64_t)stats.statements);
    tmesh_writer_integer(writer, "writer_wait_us", (int64_t)stats.writer_wait_us);
    tmesh_writer_integer(writer, "round_trips", (int64_t)stats.round_trips);
    tmesh_writer_integer(writer, "calls", (int64_t)stats.calls);
    tmesh_writer_close_object(writer);
    tmesh_writer_open_array(writer, "actors");
    for (size_t i = 0; i < tmesh_registry_count(services->registry); i++) {
        tmesh_actor_view_t view = tmesh_registry_view(services->registry, i);
        write_actor(writer, &view);
    }
    tmesh_writer_close_array(writer);
}

tmesh_err_t tmesh_reader_node_answer(const tmesh_reader_services_t *services,
                                     const tmesh_query_node_request_t *request,
                                     tmesh_query_node_reply_t *reply)
{
    tmesh_auto(tmesh_buffer) members = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(members);
    reply->healthy = true;
    if (request->health) {
        reply->healthy = tmesh_health_write(&writer, services->store, services->registry,
                                            services->clock);
    } else {
        write_statistics(services, &writer);
    }
    if (request->doctor) {
        size_t problems = 0;
        tmesh_err_t err = tmesh_reader_doctor_count(services, &problems);
        if (err) return err;
        tmesh_writer_integer(&writer, "doctor_problems", (int64_t)problems);
    }
    reply->arena = tmesh_arena_new();
    reply->members = tmesh_arena_text(reply->arena, tmesh_buffer_text(members));
    return TMESH_OK;
}
