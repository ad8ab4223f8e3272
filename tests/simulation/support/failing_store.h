// tests/simulation/support/failing_store.h - a store that refuses chosen calls, and is otherwise the
// one behind it. A commit that it refuses was not made, as the contract of store.h says.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_FAILING_STORE_H
#define TMESH_TESTS_SIMULATION_SUPPORT_FAILING_STORE_H

#include "services/store/store.h"

typedef enum {
    TMESH_FAILING_BEGIN,
    TMESH_FAILING_COMMIT,
    TMESH_FAILING_CALLS, // how many there are
} tmesh_failing_call_t;

typedef struct {
    tmesh_store_t base; // first
    tmesh_store_t *inner;
    uint32_t calls[TMESH_FAILING_CALLS]; // made, of each kind
    tmesh_failing_call_t call;           // which kind is refused,
    uint32_t first;                      // from this one on, counted from 1; 0: none
    uint32_t times;                      // so many of them
    tmesh_err_t err;
    uint32_t refused;
    bool has_corrupt; // this step's row can't be read: no begin that loads it succeeds
    tmesh_step_id_t corrupt;
} tmesh_failing_store_t;

// A value to lend: tmesh_sim_config_t.wrap with the failing store as wrap_self. Checks the invariants
// of every work that is committed through it.
tmesh_store_t *tmesh_failing_store_wrap(void *self, tmesh_store_t *store);

#endif
