// tests/simulation/support/player.h - stands where the gateway stands, and plays one worker.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_PLAYER_H
#define TMESH_TESTS_SIMULATION_SUPPORT_PLAYER_H

#include "services/wire/contract.h"
#include "tests/simulation/support/reports.h"

// A run that the player's worker holds. Outlives the player, as a worker outlives a daemon.
typedef struct tmesh_played_run {
    struct tmesh_played_run *next;
    tmesh_fence_t fence;
    char step_name[64];
    int offer;
    int64_t sent_ms;
    int64_t finish_ms; // monotonic
    tmesh_sim_deed_t deed;
    bool reported; // an answer is awaited
} tmesh_played_run_t;

// What player and simulation share.
typedef struct tmesh_stage {
    const tmesh_sim_config_t *config;
    tmesh_credit_t *credit;
    int offer;
    tmesh_random_t *random;
    tmesh_played_run_t *runs;
    uint32_t runs_begun;
    char last_cursor[16]; // of the checkpoint of the run that was begun last
    uint32_t results_accepted;
    tmesh_gateway_t *player; // the living one
    // The last answers to what the simulation asked for.
    tmesh_err_t submission_err;
    tmesh_submission_answer_t submission;
    tmesh_fault_t *submission_fault;
    tmesh_err_t cancel_err;
    uint32_t acts_answered; // what people did
    uint32_t acts_refused;
    char act_code[64]; // of the last refusal, or empty
    uint32_t runs_cancelled;
    tmesh_err_t template_err;
    tmesh_fault_t *template_fault;
    tmesh_finalize_action_t finalize_action;
    uint32_t finalized_in[TMESH_TASK_STATE_COUNT]; // how often it was answered with this state
    uint32_t tasks_settled; // how often it was told that one has
    tmesh_heard_t heard[TMESH_HEARD_MAX]; // TIMEOUT: not yet
    size_t heard_count;
} tmesh_stage_t;

// Whose answers come to which stage.
tmesh_context_t *tmesh_player_context(const tmesh_stage_t *stage);
tmesh_stage_t *tmesh_player_stage(const tmesh_gateway_t *self);

void tmesh_player_submit(tmesh_stage_t *stage, const tmesh_submission_t *submission);
void tmesh_player_put_template(tmesh_stage_t *stage, const char *yaml);
void tmesh_player_cancel(tmesh_stage_t *stage, tmesh_task_id_t id);
void tmesh_player_finalize(tmesh_stage_t *stage, tmesh_task_id_t id);
// A result is about to be told: the run's credit goes ahead of it, as from the gateway.
void tmesh_player_free_credit(tmesh_stage_t *stage, const tmesh_fence_t *fence);
// The worker has nothing more to do with this run, if it holds it: its credit is free.
void tmesh_player_end_run(tmesh_stage_t *stage, const tmesh_fence_t *fence);
// After a restart: the worker says which runs it holds.
void tmesh_player_come_back(tmesh_stage_t *stage);

#endif
