// services/workers/sessions.h - the workers that said HELLO here.
// Plain state of the gateway's thread; time is handed in. A session is found by its id, which only
// its worker knows, or by the connection that it came on, which proves nothing.
#ifndef TMESH_SERVICES_WORKERS_SESSIONS_H
#define TMESH_SERVICES_WORKERS_SESSIONS_H

#include "services/domain/ids.h"
#include "services/workers/runs.h"

enum {
    TMESH_ROUTING_BYTES_MAX = 255,
    TMESH_WORKER_NAME_BYTES_MAX = 128 * 4, // 128 characters
};

// What a worker says of itself in HELLO. Texts are copied.
typedef struct {
    tmesh_session_id_t id;
    tmesh_bytes_t routing; // its connection
    bool through_req;      // it speaks with a leading empty frame
    const char *name;      // for people
    const char *const *namespaces;
    size_t namespace_count;
    const char *const *callables; // glob patterns; none: every callable
    size_t callable_count;
    uint32_t capacity;
    int64_t heartbeat_ms;
    int64_t lost_after_ms;
    bool extends_time_limit; // by STEP.HEARTBEAT
    bool parents_only;       // it wants no results of further ancestors
} tmesh_session_terms_t;

struct tmesh_session {
    tmesh_session_id_t id;
    uint8_t routing[TMESH_ROUTING_BYTES_MAX];
    size_t routing_size;
    bool through_req;
    char *name;
    char **namespaces;
    size_t namespace_count;
    char **callables;
    size_t callable_count;
    int offer; // index on the credit board
    uint32_t capacity;
    int64_t heartbeat_ms;
    int64_t lost_after_ms;
    bool extends_time_limit;
    bool parents_only;
    int64_t connected_at_ms; // since 1970
    int64_t seen_ms;         // monotonic
    bool draining;            // it wants no new runs
    bool gone;                // its connection is: lost without waiting any longer
    bool being_served;        // it was given runs that are not written yet
    int64_t blocked_until_ms; // monotonic: gets nothing until then
    uint32_t running;         // runs assigned or sent to it
    uint64_t served;          // when it was given its last run, counted in assignments
    tmesh_run_list_t runs;    // assigned or sent to it, in this order
    TAILQ_ENTRY(tmesh_session) in_offer;
};

typedef struct tmesh_sessions tmesh_sessions_t;

tmesh_sessions_t *tmesh_sessions_new(void);
void tmesh_sessions_destroy(tmesh_sessions_t **self_p);

// The id and the connection must be new.
tmesh_session_t *tmesh_sessions_add(tmesh_sessions_t *self, const tmesh_session_terms_t *terms,
                                    int64_t now_ms, int64_t monotonic_ms);
// It must have no runs any more.
void tmesh_sessions_remove(tmesh_sessions_t *self, tmesh_session_t **session_p);
tmesh_session_t *tmesh_sessions_find(const tmesh_sessions_t *self, tmesh_session_id_t id);
tmesh_session_t *tmesh_sessions_at(const tmesh_sessions_t *self, tmesh_bytes_t routing);
size_t tmesh_sessions_count(const tmesh_sessions_t *self);
// Walks all in no order: start with *position = 0; NULL at the end. No change meanwhile.
tmesh_session_t *tmesh_sessions_next(const tmesh_sessions_t *self, size_t *position);

// A session that is gone or has not been heard for its time limit, or NULL; then *due_ms says when to look
// again (monotonic; INT64_MAX: there are no sessions).
tmesh_session_t *tmesh_sessions_find_lost(const tmesh_sessions_t *self, int64_t monotonic_ms,
                                          int64_t *due_ms);

// How many more runs it may be given.
uint32_t tmesh_session_free_slots(const tmesh_session_t *session, int64_t monotonic_ms);

#endif
