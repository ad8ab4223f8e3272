// runtime/restart_window.h - how often an actor may fail before its supervisor gives up.
#ifndef TMESH_RUNTIME_RESTART_WINDOW_H
#define TMESH_RUNTIME_RESTART_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { TMESH_RESTARTS_MAX = 16 };

typedef struct {
    uint32_t restarts_max; // within the window; at most TMESH_RESTARTS_MAX
    int64_t window_ms;
} tmesh_restart_policy_t;

// 3 restarts within 60 s.
extern const tmesh_restart_policy_t tmesh_restart_policy_default;

// The times of the last restarts. Plain state, owned by one actor.
typedef struct {
    tmesh_restart_policy_t policy;
    int64_t times_ms[TMESH_RESTARTS_MAX];
    uint32_t count;
} tmesh_restart_window_t;

// Notes a failure at `now_ms` (monotonic); false when it was one too many within the window.
bool tmesh_restart_window_allows(tmesh_restart_window_t *self, int64_t now_ms);

#endif
