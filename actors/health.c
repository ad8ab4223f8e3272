#include "actors/health.h"

#include <stdio.h>

enum { TEXT_BYTES = TMESH_ABSENCE_TEXT_BYTES + 64 };

// The object is left open.
static void begin_check(tmesh_writer_t *writer, const char *name, const char *complaint)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "name", name);
    tmesh_writer_text(writer, "status", complaint ? "unhealthy" : "healthy");
    tmesh_writer_text(writer, "message", complaint);
}

static bool write_absence(tmesh_writer_t *writer, const tmesh_absence_t *absence,
                          const tmesh_clock_t *clock)
{
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "out of reach for %lld ms: %s", (long long)absence->for_ms,
             absence->message);
    begin_check(writer, "store", absence->is_away ? text : NULL);
    if (absence->is_away) {
        tmesh_writer_integer(writer, "since_at", tmesh_clock_now_ms(clock) - absence->for_ms);
    }
    tmesh_writer_close_object(writer);
    return !absence->is_away;
}

static bool write_store(tmesh_writer_t *writer, tmesh_store_t *store, const tmesh_clock_t *clock)
{
    tmesh_absence_t absence;
    if (tmesh_store_absence(store, &absence)) return write_absence(writer, &absence, clock);
    tmesh_err_t err = tmesh_store_ping(store);
    begin_check(writer, "store", err ? tmesh_err_sentence(err) : NULL);
    tmesh_writer_close_object(writer);
    return !err;
}

bool tmesh_health_write(tmesh_writer_t *writer, tmesh_store_t *store,
                        const tmesh_registry_t *registry, const tmesh_clock_t *clock)
{
    tmesh_writer_open_array(writer, "checks");
    bool is_healthy = write_store(writer, store, clock);
    for (size_t i = 0; i < tmesh_registry_count(registry); i++) {
        tmesh_actor_view_t view = tmesh_registry_view(registry, i);
        char text[TEXT_BYTES];
        snprintf(text, sizeof text, "stuck in %s", view.stuck ? view.stuck_in : "");
        begin_check(writer, view.name, view.stuck ? text : NULL);
        tmesh_writer_close_object(writer);
        is_healthy = is_healthy && !view.stuck;
    }
    tmesh_writer_close_array(writer);
    return is_healthy;
}
