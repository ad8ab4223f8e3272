// tests/simulation/support/people.h - what people do to steps and tasks of a simulation.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_PEOPLE_H
#define TMESH_TESTS_SIMULATION_SUPPORT_PEOPLE_H

#include "tests/simulation/support/sim.h"

// The code of the refusal, or "" when it was done; lent until the next call. result_json may be NULL.
const char *tmesh_people_act_on_step(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number,
                                     tmesh_step_action_t action, const char *result_json);
const char *tmesh_people_act_on_task(tmesh_sim_t *sim, tmesh_task_id_t id,
                                     tmesh_task_action_t action);

// What would be said to it; nothing is done.
const char *tmesh_people_try_on_task(tmesh_sim_t *sim, tmesh_task_id_t id,
                                     tmesh_task_action_t action);
const char *tmesh_people_try_to_cancel(tmesh_sim_t *sim, tmesh_task_id_t id);

// Said, and not waited for: tmesh_sim_settle lets it happen, with what else was said.
void tmesh_people_tell_step(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number,
                            tmesh_step_action_t action);
void tmesh_people_tell_task(tmesh_sim_t *sim, tmesh_task_id_t id, tmesh_task_action_t action);
void tmesh_people_tell_trial(tmesh_sim_t *sim, tmesh_task_id_t id, tmesh_task_action_t action);
void tmesh_people_tell_cancel(tmesh_sim_t *sim, tmesh_task_id_t id);
void tmesh_people_tell_finalize(tmesh_sim_t *sim, tmesh_task_id_t id);
// How many of what was said has been answered, and how many of that with a refusal.
uint32_t tmesh_people_answers(tmesh_sim_t *sim);
uint32_t tmesh_people_refusals(tmesh_sim_t *sim);
// How many runs that the player's worker held it was told to stop.
uint32_t tmesh_people_runs_cancelled(tmesh_sim_t *sim);

#endif
