#include "actors/effects.h"

#include "actors/publication.h"

// Said once for all: the receiver's mailbox was full or closed, or the message was lost.
static void sent(tmesh_context_t *context, const char *message, tmesh_err_t err,
                 tmesh_arena_t **arena)
{
    tmesh_arena_destroy(arena); // NULL when it was taken
    if (!err) return;
    tmesh_log_debug(tmesh_context_log(context), "effect.dropped", "message=%s error=%s", message,
                    tmesh_err_word(err));
}

static void dispatch(tmesh_context_t *context, tmesh_credit_t *credit, tmesh_outcome_t *outcome)
{
    if (outcome->parcel_count == 0) return;
    tmesh_dispatch_steps_request_t request = {
        .arena = outcome->arena,
        .count = outcome->parcel_count,
        .parcels = outcome->parcels,
    };
    outcome->arena = NULL;
    tmesh_err_t err = tmesh_tell_dispatch_steps(context, &request);
    if (err) { // the gateway will not give this credit back
        for (size_t i = 0; i < outcome->parcel_count; i++) {
            tmesh_credit_give_back(credit, outcome->parcels[i].offer);
        }
    }
    sent(context, "dispatch_steps", err, &request.arena);
}

static void cancel(tmesh_context_t *context, const tmesh_outcome_t *outcome)
{
    if (outcome->cancelled_count == 0) return;
    tmesh_cancel_runs_request_t request = {
        .arena = tmesh_arena_new(),
        .count = outcome->cancelled_count,
    };
    request.runs = tmesh_arena_copy(request.arena, outcome->cancelled,
                                    outcome->cancelled_count * sizeof *outcome->cancelled);
    sent(context, "cancel_runs", tmesh_tell_cancel_runs(context, &request), &request.arena);
}

// Before the arena goes away with the parcels.
static void publish(tmesh_context_t *context, tmesh_metrics_t *metrics,
                    const tmesh_outcome_t *outcome)
{
    tmesh_publish_request_t request = tmesh_publication_of(outcome);
    if (request.count == 0) return;
    const size_t count = request.count;
    tmesh_err_t err = tmesh_tell_publish(context, &request);
    if (err) tmesh_metrics_add(metrics, TMESH_COUNT_EVENTS_DROPPED, count);
    sent(context, "publish", err, &request.arena);
}

// What another node may have the worker, the client or the run for.
static bool concerns_others(const tmesh_outcome_t *outcome)
{
    return outcome->left_unclaimed || outcome->settled_count > 0 || outcome->cancelled_count > 0;
}

void tmesh_effects_send(tmesh_context_t *context, const tmesh_tools_t *tools,
                        tmesh_outcome_t *outcome)
{
    tmesh_credit_t *credit = tools->credit;
    if (concerns_others(outcome)) tmesh_credit_note_news(credit);
    publish(context, tools->metrics, outcome);
    cancel(context, outcome);
    dispatch(context, credit, outcome);
    for (size_t i = 0; i < outcome->settled_count; i++) {
        tmesh_task_settled_request_t request = {
            .task_id = outcome->settled[i].task_id,
            .state = outcome->settled[i].state,
        };
        tmesh_log_info(tmesh_context_log(context), "task.settled", "task=%s state=%s",
                       tmesh_uuid_format(request.task_id.bytes, (tmesh_uuid_text_t){0}),
                       tmesh_task_state_word(request.state));
        sent(context, "task_settled", tmesh_tell_task_settled(context, &request), &request.arena);
    }
    if (outcome->due_ms != TMESH_DUE_NONE && tmesh_credit_note_due(credit, outcome->due_ms)) {
        tmesh_wake_at_request_t request = {.due_at_ms = outcome->due_ms};
        sent(context, "wake_at", tmesh_tell_wake_at(context, &request), &request.arena);
    }
    if (!outcome->left_unclaimed) return;
    tmesh_credit_note_backlog(credit);
    // Credit that came back before the flag was up would otherwise go unnoticed.
    if (!tmesh_credit_has_room(credit)) return;
    tmesh_credit_changed_request_t request = {0};
    sent(context, "credit_changed", tmesh_tell_credit_changed(context, &request), &request.arena);
}

tmesh_tools_t *tmesh_effects_tools(tmesh_context_t *context,
                                   const tmesh_actor_services_t *services)
{
    tmesh_tools_t *tools =
        tmesh_tools_new(services->store, tmesh_context_clock(context),
                        tmesh_context_random(context), services->credit, services->settings);
    tools->audience = services->audience;
    tools->metrics = services->metrics;
    tools->node_id = services->node_id;
    return tools;
}
