#include "services/workers/sessions.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

struct tmesh_sessions {
    tmesh_map_t *by_id;
    tmesh_map_t *by_routing;
};

tmesh_sessions_t *tmesh_sessions_new(void)
{
    tmesh_sessions_t *self = tmesh_alloc(sizeof *self);
    self->by_id = tmesh_map_new();
    self->by_routing = tmesh_map_new();
    return self;
}

static char **copy_texts(const char *const *texts, size_t count)
{
    char **copy = tmesh_alloc_array(count, sizeof *copy);
    for (size_t i = 0; i < count; i++) copy[i] = tmesh_strdup(texts[i]);
    return copy;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) tmesh_free(texts[i]);
    tmesh_free(texts);
}

static void free_session(tmesh_session_t *session)
{
    free_texts(session->namespaces, session->namespace_count);
    free_texts(session->callables, session->callable_count);
    tmesh_free(session->name);
    tmesh_free(session);
}

void tmesh_sessions_destroy(tmesh_sessions_t **self_p)
{
    tmesh_sessions_t *self = *self_p;
    if (!self) return;
    size_t position = 0;
    tmesh_session_t *session = NULL;
    while ((session = tmesh_map_next(self->by_id, &position))) free_session(session);
    tmesh_map_destroy(&self->by_id);
    tmesh_map_destroy(&self->by_routing);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_session_t *tmesh_sessions_add(tmesh_sessions_t *self, const tmesh_session_terms_t *terms,
                                    int64_t now_ms, int64_t monotonic_ms)
{
    assert(terms->routing.size <= TMESH_ROUTING_BYTES_MAX);
    tmesh_session_t *session = tmesh_alloc(sizeof *session);
    session->id = terms->id;
    memcpy(session->routing, terms->routing.data, terms->routing.size);
    session->routing_size = terms->routing.size;
    session->through_req = terms->through_req;
    session->name = tmesh_strdup(terms->name);
    session->namespaces = copy_texts(terms->namespaces, terms->namespace_count);
    session->namespace_count = terms->namespace_count;
    session->callables = copy_texts(terms->callables, terms->callable_count);
    session->callable_count = terms->callable_count;
    session->capacity = terms->capacity;
    session->heartbeat_ms = terms->heartbeat_ms;
    session->lost_after_ms = terms->lost_after_ms;
    session->extends_time_limit = terms->extends_time_limit;
    session->parents_only = terms->parents_only;
    session->connected_at_ms = now_ms;
    session->seen_ms = monotonic_ms;
    TAILQ_INIT(&session->runs);
    void *before = tmesh_map_put(self->by_id, session->id.bytes, sizeof session->id.bytes, session);
    assert(!before);
    before = tmesh_map_put(self->by_routing, session->routing, session->routing_size, session);
    assert(!before);
    return session;
}

void tmesh_sessions_remove(tmesh_sessions_t *self, tmesh_session_t **session_p)
{
    tmesh_session_t *session = *session_p;
    assert(TAILQ_EMPTY(&session->runs) && session->running == 0);
    void *removed = tmesh_map_remove(self->by_id, session->id.bytes, sizeof session->id.bytes);
    assert(removed == session);
    removed = tmesh_map_remove(self->by_routing, session->routing, session->routing_size);
    assert(removed == session);
    free_session(session);
    *session_p = NULL;
}

tmesh_session_t *tmesh_sessions_find(const tmesh_sessions_t *self, tmesh_session_id_t id)
{
    return tmesh_map_get(self->by_id, id.bytes, sizeof id.bytes);
}

tmesh_session_t *tmesh_sessions_at(const tmesh_sessions_t *self, tmesh_bytes_t routing)
{
    return tmesh_map_get(self->by_routing, routing.data, routing.size);
}

size_t tmesh_sessions_count(const tmesh_sessions_t *self)
{
    return tmesh_map_count(self->by_id);
}

tmesh_session_t *tmesh_sessions_next(const tmesh_sessions_t *self, size_t *position)
{
    return tmesh_map_next(self->by_id, position);
}

tmesh_session_t *tmesh_sessions_find_lost(const tmesh_sessions_t *self, int64_t monotonic_ms,
                                          int64_t *due_ms)
{
    int64_t earliest = INT64_MAX;
    size_t position = 0;
    tmesh_session_t *session = NULL;
    while ((session = tmesh_sessions_next(self, &position))) {
        int64_t lost_at_ms = session->seen_ms + session->lost_after_ms;
        if (session->gone || lost_at_ms <= monotonic_ms) return session;
        if (lost_at_ms < earliest) earliest = lost_at_ms;
    }
    *due_ms = earliest;
    return NULL;
}

uint32_t tmesh_session_free_slots(const tmesh_session_t *session, int64_t monotonic_ms)
{
    if (session->draining || session->gone || session->blocked_until_ms > monotonic_ms) return 0;
    return session->running < session->capacity ? session->capacity - session->running : 0;
}
