// tests/simulation/support/reports.h - what a test says of single runs, as the gateway does, and what
// it is answered. For runs that the script keeps (TMESH_SIM_KEEP).
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_REPORTS_H
#define TMESH_TESTS_SIMULATION_SUPPORT_REPORTS_H

#include "tests/simulation/support/sim.h"

enum { TMESH_HEARD_MAX = 300 };
typedef struct {
    tmesh_err_t err;
    char code[48]; // of the fault, or empty
    tmesh_step_state_t state;
    bool repeated;
} tmesh_heard_t;

// The fence of the step's last run, as its worker has it.
tmesh_fence_t tmesh_reports_fence(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number);

// Said, and not waited for: what is said before the next tmesh_reports_hear is one batch. Texts are
// copied.
void tmesh_reports_say(tmesh_sim_t *sim, const tmesh_process_step_result_request_t *report);
void tmesh_reports_say_sent(tmesh_sim_t *sim, tmesh_fence_t fence, bool adopted);
// Its worker is still at it: the time limit begins anew.
void tmesh_reports_say_extends(tmesh_sim_t *sim, tmesh_fence_t fence, bool adopted);
// A checkpoint with this cursor (JSON), which also is the only one of its accumulated results.
void tmesh_reports_say_checkpoint(tmesh_sim_t *sim, tmesh_fence_t fence, const char *cursor);
// The cursor of the checkpoint that the last run came with, at most 15 bytes; "" when there was none.
const char *tmesh_reports_last_checkpoint(tmesh_sim_t *sim);
// Settles. The answers in the order in which it was said; asserts that all are there.
const tmesh_heard_t *tmesh_reports_hear(tmesh_sim_t *sim);

#endif
