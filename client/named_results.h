// client/named_results.h - {"name": {"frame": N}} as names beside results.
#ifndef TMESH_CLIENT_NAMED_RESULTS_H
#define TMESH_CLIENT_NAMED_RESULTS_H

#include "services/wire/codec.h"
#include "taskmesh/client.h"

// How many there are at `key`, in the order of the message; both lists live as long as the arena.
size_t tmesh_named_results_read(tmesh_body_t *body, const char *key, tmesh_arena_t *arena,
                                const char *const **names_p, const tmesh_view_t **results_p);
// One of them, or absent.
tmesh_view_t tmesh_named_results_payload(tmesh_body_t *body, const char *key,
                                         tmesh_arena_t *arena);

#endif
