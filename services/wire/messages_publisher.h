// services/wire/messages_publisher.h - messages that publisher answers: events.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_PUBLISHER_H
#define TMESH_SERVICES_WIRE_MESSAGES_PUBLISHER_H

#include <stdbool.h>

#include "runtime/base/arena.h"

typedef struct {
    const char *topic;
    const char *body; // JSON
    bool has_payload; // a third frame follows: of those events that templates declare
    tmesh_bytes_t payload; // JSON, or absent: an empty frame. Events of one result share its bytes
} tmesh_publication_t;

// What one commit has brought about, in its order. Told only while somebody listens.
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_publication_t *events;
} tmesh_publish_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_publish_reply_t;

// Takes the subscriptions that have come in: when the reply is there, every later commit is told to
// whoever was connected before.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_take_subscriptions_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_take_subscriptions_reply_t;

#endif
