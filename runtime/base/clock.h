// runtime/base/clock.h - the time, always from a clock that was handed in.
// Any thread may read a clock; only a test moves a fake one.
#ifndef TMESH_RUNTIME_BASE_CLOCK_H
#define TMESH_RUNTIME_BASE_CLOCK_H

#include <stdint.h>

typedef struct tmesh_clock tmesh_clock_t;

tmesh_clock_t *tmesh_clock_new_system(void);
// Stands still until it is advanced; both times begin at start_ms.
tmesh_clock_t *tmesh_clock_new_fake(int64_t start_ms);
void tmesh_clock_destroy(tmesh_clock_t **self_p);

// Milliseconds since 1970: for what is stored and shown.
int64_t tmesh_clock_now_ms(const tmesh_clock_t *self);
// Never steps back: for time limits within this process.
int64_t tmesh_clock_monotonic_ms(const tmesh_clock_t *self);
int64_t tmesh_clock_monotonic_ns(const tmesh_clock_t *self);
// Fake clocks only.
void tmesh_clock_advance_ms(tmesh_clock_t *self, int64_t by_ms);

#endif
