#include "tests/simulation/support/people.h"

#include <assert.h>
#include <stdio.h>

#include "tests/simulation/support/player.h"

static void note(void *object, tmesh_err_t err, const tmesh_fault_t *fault)
{
    tmesh_stage_t *stage = tmesh_player_stage(object);
    stage->acts_answered++;
    if (err) stage->acts_refused++;
    assert(!err || fault); // every refusal says why
    snprintf(stage->act_code, sizeof stage->act_code, "%s", fault ? fault->code : "");
}

static void on_step(void *object, const tmesh_act_on_step_answer_t *answer)
{
    note(object, answer->err, answer->fault);
}

static void on_task(void *object, const tmesh_act_on_task_answer_t *answer)
{
    note(object, answer->err, answer->fault);
}

static void on_cancelled(void *object, const tmesh_cancel_task_answer_t *answer)
{
    note(object, answer->err, answer->fault);
}

static void tell_step(tmesh_sim_t *sim, tmesh_step_id_t id, tmesh_step_action_t action,
                      const char *result_json)
{
    tmesh_act_on_step_request_t request = {
        .arena = tmesh_arena_new(),
        .step_id = id,
        .action = action,
        .reason = "the data was \"wrong\"",
        .by = "sim",
    };
    if (result_json) {
        request.result = tmesh_arena_bytes(request.arena, tmesh_bytes_of_text(result_json));
    }
    tmesh_err_t err =
        tmesh_ask_act_on_step(tmesh_player_context(tmesh_sim_stage(sim)), &request, on_step, 0);
    assert(!err);
}

// What came of the one thing that was said since there were so many answers.
static const char *hear(tmesh_sim_t *sim, uint32_t answers)
{
    tmesh_sim_settle(sim);
    assert(tmesh_people_answers(sim) == answers + 1);
    return tmesh_sim_stage(sim)->act_code;
}

const char *tmesh_people_act_on_step(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number,
                                     tmesh_step_action_t action, const char *result_json)
{
    uint32_t answers = tmesh_people_answers(sim);
    tell_step(sim, tmesh_step_id_of(id, number), action, result_json);
    return hear(sim, answers);
}

static void tell_task(tmesh_sim_t *sim, tmesh_act_on_task_request_t request)
{
    request.reason = "asked to";
    request.by = "sim";
    tmesh_err_t err =
        tmesh_ask_act_on_task(tmesh_player_context(tmesh_sim_stage(sim)), &request, on_task, 0);
    assert(!err);
}

const char *tmesh_people_act_on_task(tmesh_sim_t *sim, tmesh_task_id_t id,
                                     tmesh_task_action_t action)
{
    uint32_t answers = tmesh_people_answers(sim);
    tmesh_people_tell_task(sim, id, action);
    return hear(sim, answers);
}

const char *tmesh_people_try_on_task(tmesh_sim_t *sim, tmesh_task_id_t id,
                                     tmesh_task_action_t action)
{
    uint32_t answers = tmesh_people_answers(sim);
    tmesh_people_tell_trial(sim, id, action);
    return hear(sim, answers);
}

const char *tmesh_people_try_to_cancel(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    uint32_t answers = tmesh_people_answers(sim);
    tmesh_cancel_task_request_t request = {.task_id = id, .dry_run = true};
    tmesh_err_t err = tmesh_ask_cancel_task(tmesh_player_context(tmesh_sim_stage(sim)), &request,
                                            on_cancelled, 0);
    assert(!err);
    return hear(sim, answers);
}

void tmesh_people_tell_step(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number,
                            tmesh_step_action_t action)
{
    tell_step(sim, tmesh_step_id_of(id, number), action, NULL);
}

void tmesh_people_tell_task(tmesh_sim_t *sim, tmesh_task_id_t id, tmesh_task_action_t action)
{
    tell_task(sim, (tmesh_act_on_task_request_t){.task_id = id, .action = action});
}

void tmesh_people_tell_trial(tmesh_sim_t *sim, tmesh_task_id_t id, tmesh_task_action_t action)
{
    tell_task(sim,
              (tmesh_act_on_task_request_t){.task_id = id, .action = action, .dry_run = true});
}

void tmesh_people_tell_cancel(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_player_cancel(tmesh_sim_stage(sim), id);
}

void tmesh_people_tell_finalize(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_player_finalize(tmesh_sim_stage(sim), id);
}

uint32_t tmesh_people_answers(tmesh_sim_t *sim)
{
    return tmesh_sim_stage(sim)->acts_answered;
}

uint32_t tmesh_people_refusals(tmesh_sim_t *sim)
{
    return tmesh_sim_stage(sim)->acts_refused;
}

uint32_t tmesh_people_runs_cancelled(tmesh_sim_t *sim)
{
    return tmesh_sim_stage(sim)->runs_cancelled;
}
