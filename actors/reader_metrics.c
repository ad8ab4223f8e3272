// What becomes of tasks and steps, in numbers; reader_metrics_node.c has those of the node itself.
// Every metric stands once in one of the two, and docs/METRICS.md lists them: a test compares.
// Names are the model's where it has them. A name, once released, keeps its meaning.
#include "actors/reader_metrics.h"

#include "actors/metrics_page.h"
#include "actors/reader_metrics_node.h"
#include "runtime/base/memory.h"

#define COUNTER TMESH_FAMILY_COUNTER
#define GAUGE TMESH_FAMILY_GAUGE
#define HISTOGRAM TMESH_FAMILY_HISTOGRAM

static double count_of(const tmesh_metrics_t *metrics, tmesh_count_t what)
{
    return (double)tmesh_metrics_count(metrics, what);
}

static void add_durations(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics,
                          tmesh_duration_t what)
{
    for (int i = 0; i <= TMESH_METRICS_NAMESPACES_MAX; i++) {
        const char *name = tmesh_metrics_namespace(metrics, i);
        if (!name) continue;
        tmesh_durations_t durations = tmesh_metrics_durations(metrics, what, i);
        if (durations.count == 0) continue;
        const tmesh_label_t labels[] = {{"namespace", name}, {0}};
        tmesh_metrics_page_histogram(page, labels, &durations);
    }
}

static void add_move(tmesh_metrics_page_t *page, const char *from, const char *to, uint64_t count)
{
    const tmesh_label_t labels[] = {{"from_state", from}, {"to_state", to}, {0}};
    tmesh_metrics_page_sample(page, labels, (double)count);
}

// Moves that never happened are left out, or most of the page would be zeros.
static void add_task_moves(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    tmesh_metrics_page_family(
        page, COUNTER, "taskmesh_task_state_transitions_total", "transitions",
        "Moves of tasks from one state to another that are on disk; created tasks come from none.");
    for (int from = 0; from < TMESH_TASK_STATE_COUNT; from++) {
        for (int to = 0; to < TMESH_TASK_STATE_COUNT; to++) {
            uint64_t count =
                tmesh_metrics_task_moves(metrics, (tmesh_task_state_t)from, (tmesh_task_state_t)to);
            if (count == 0) continue;
            add_move(page, tmesh_task_state_word((tmesh_task_state_t)from),
                     tmesh_task_state_word((tmesh_task_state_t)to), count);
        }
    }
}

static void add_step_moves(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    tmesh_metrics_page_family(
        page, COUNTER, "taskmesh_step_state_transitions_total", "transitions",
        "Moves of steps from one state to another that are on disk; created steps come from none.");
    for (int from = 0; from < TMESH_STEP_STATE_COUNT; from++) {
        for (int to = 0; to < TMESH_STEP_STATE_COUNT; to++) {
            uint64_t count =
                tmesh_metrics_step_moves(metrics, (tmesh_step_state_t)from, (tmesh_step_state_t)to);
            if (count == 0) continue;
            add_move(page, tmesh_step_state_word((tmesh_step_state_t)from),
                     tmesh_step_state_word((tmesh_step_state_t)to), count);
        }
    }
}

static void add_tasks(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    static const tmesh_task_state_t failures[] = {TMESH_TASK_ERROR, TMESH_TASK_CANCELLED,
                                                  TMESH_TASK_RESOLVED_MANUALLY};
    tmesh_metrics_page_family(
        page, COUNTER, "taskmesh_tasks_requests_total", "requests",
        "Task requests that were well-formed, by what became of them: created, duplicate of "
        "another task, or refused.");
    tmesh_metrics_page_labelled(page, "result", "created",
                                count_of(metrics, TMESH_COUNT_REQUESTS_CREATED));
    tmesh_metrics_page_labelled(page, "result", "duplicate",
                                count_of(metrics, TMESH_COUNT_REQUESTS_DUPLICATE));
    tmesh_metrics_page_labelled(page, "result", "refused",
                                count_of(metrics, TMESH_COUNT_REQUESTS_REFUSED));
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_tasks_completions_total", "tasks",
                           tmesh_metrics_tasks_into(metrics, TMESH_TASK_COMPLETE),
                           "Tasks that ended as complete.");
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_tasks_failures_total", "tasks",
                              "Tasks that ended otherwise, by the state that they ended in.");
    for (size_t i = 0; i < TMESH_COUNT_OF(failures); i++) {
        tmesh_metrics_page_labelled(page, "final_state", tmesh_task_state_word(failures[i]),
                                    (double)tmesh_metrics_tasks_into(metrics, failures[i]));
    }
    tmesh_metrics_page_one(page, GAUGE, "taskmesh_tasks_active", "tasks",
                           tmesh_metrics_open_tasks(metrics),
                           "Tasks in the store that have not ended.");
    tmesh_metrics_page_family(page, HISTOGRAM, "taskmesh_task_completion_duration_seconds",
                              "seconds", "From the creation of a task until it was complete.");
    add_durations(page, metrics, TMESH_DURATION_TASK);
    add_task_moves(page, metrics);
}

static void add_steps(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_steps_enqueued_total", "steps",
                           tmesh_metrics_steps_into(metrics, TMESH_STEP_ENQUEUED),
                           "Steps that became ready for a worker, once for each attempt.");
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_steps_claimed_total", "runs",
        tmesh_metrics_count(metrics, TMESH_COUNT_STEPS_CLAIMED),
        "Runs of steps that were claimed for workers, repeated hand-offs included.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_steps_executions_total", "attempts",
                           tmesh_metrics_steps_into(metrics, TMESH_STEP_IN_PROGRESS),
                           "Attempts that were recorded as started.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_steps_successes_total", "attempts",
                           tmesh_metrics_step_moves(metrics, TMESH_STEP_ENQUEUED_FOR_ORCHESTRATION,
                                                    TMESH_STEP_COMPLETE),
                           "Attempts whose worker's result completed the step.");
    tmesh_metrics_page_family(
        page, COUNTER, "taskmesh_steps_failures_total", "attempts",
        "Attempts that failed, by where the step went: waiting_for_retry, or error for good.");
    static const tmesh_step_state_t failed[] = {TMESH_STEP_WAITING_FOR_RETRY, TMESH_STEP_ERROR};
    for (size_t i = 0; i < TMESH_COUNT_OF(failed); i++) {
        tmesh_metrics_page_labelled(page, "to_state", tmesh_step_state_word(failed[i]),
                                    (double)tmesh_metrics_steps_into(metrics, failed[i]));
    }
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_steps_retries_total", "steps",
        tmesh_metrics_step_moves(metrics, TMESH_STEP_WAITING_FOR_RETRY, TMESH_STEP_PENDING),
        "Steps that were tried again after a wait.");
    tmesh_metrics_page_family(
        page, COUNTER, "taskmesh_steps_results_processed_total", "results",
        "Results that were recorded, by what they say; lost workers, time limits and "
        "completions by hand included.");
    tmesh_metrics_page_labelled(page, "result_type", "success",
                                count_of(metrics, TMESH_COUNT_RESULTS_SUCCESS));
    tmesh_metrics_page_labelled(page, "result_type", "failure",
                                count_of(metrics, TMESH_COUNT_RESULTS_FAILURE));
    tmesh_metrics_page_family(
        page, HISTOGRAM, "taskmesh_step_execution_duration_seconds", "seconds",
        "From sending an attempt to its worker until the worker's result was processed.");
    add_durations(page, metrics, TMESH_DURATION_STEP);
    add_step_moves(page, metrics);
}

static void add_decisions_and_events(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_decision_points_outcomes_processed_total",
                           "outcomes", tmesh_metrics_count(metrics, TMESH_COUNT_DECISIONS),
                           "Outcomes of decision steps that were applied.");
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_decision_points_steps_created_total", "steps",
        tmesh_metrics_count(metrics, TMESH_COUNT_DECISION_STEPS),
        "Steps that came to exist while their task ran: branches, and convergences behind branches "
        "and batches; the workers of batches are not counted.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_decision_points_validation_errors_total",
                           "outcomes", tmesh_metrics_count(metrics, TMESH_COUNT_DECISION_ERRORS),
                           "Outcomes of decision steps that could not be applied.");
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_events_published_total", "events",
        tmesh_metrics_count(metrics, TMESH_COUNT_EVENTS_PUBLISHED),
        "Events that were given to the events socket; none are while nobody subscribes.");
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_events_dropped_total", "events",
        tmesh_metrics_count(metrics, TMESH_COUNT_EVENTS_DROPPED),
        "Events that did not reach the events socket because its queue was full.");
}

static void add_dlq(tmesh_metrics_page_t *page, const tmesh_metrics_t *metrics)
{
    tmesh_metrics_page_family(page, COUNTER, "taskmesh_dlq_entries_created_total", "entries",
                              "Entries that were made in the dead letter queue, by their reason.");
    for (int i = 1; i < TMESH_DLQ_REASON_COUNT; i++) {
        tmesh_dlq_reason_t reason = (tmesh_dlq_reason_t)i;
        tmesh_metrics_page_labelled(page, "dlq_reason", tmesh_dlq_reason_word(reason),
                                    (double)tmesh_metrics_created_dlq(metrics, reason));
    }
    tmesh_metrics_page_family(page, GAUGE, "taskmesh_dlq_pending_investigations", "entries",
                              "Entries in the dead letter queue that are pending.");
    for (int i = 1; i < TMESH_DLQ_REASON_COUNT; i++) {
        tmesh_dlq_reason_t reason = (tmesh_dlq_reason_t)i;
        tmesh_metrics_page_labelled(page, "dlq_reason", tmesh_dlq_reason_word(reason),
                                    (double)tmesh_metrics_pending_dlq(metrics, reason));
    }
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_staleness_detection_runs_total", "tasks",
                           tmesh_metrics_count(metrics, TMESH_COUNT_STALENESS_LOOKS),
                           "Looks at single tasks whose time had come.");
    tmesh_metrics_page_one(
        page, COUNTER, "taskmesh_staleness_tasks_detected_total", "tasks",
        tmesh_metrics_count(metrics, TMESH_COUNT_STALENESS_DETECTED),
        "Looks that found a stale task, dry runs included; one that stays stale is found again.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_staleness_tasks_transitioned_to_error_total",
                           "tasks", tmesh_metrics_count(metrics, TMESH_COUNT_STALENESS_ENDED),
                           "Stale tasks that were ended in error.");
    tmesh_metrics_page_one(page, COUNTER, "taskmesh_tasks_pruned_total", "tasks",
                           tmesh_metrics_count(metrics, TMESH_COUNT_TASKS_PRUNED),
                           "Ended tasks that retention has removed from the store.");
}

tmesh_err_t tmesh_reader_metrics_answer(const tmesh_reader_services_t *services,
                                        const tmesh_query_metrics_request_t *request,
                                        tmesh_query_metrics_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_metrics_page_t page = tmesh_metrics_page(text, request->as_json);
    add_tasks(&page, services->metrics);
    add_steps(&page, services->metrics);
    add_decisions_and_events(&page, services->metrics);
    add_dlq(&page, services->metrics);
    tmesh_reader_metrics_add_node(&page, services, &request->gateway, reply->arena);
    tmesh_metrics_page_end(&page);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    if (!request->as_json) { // a text within the body
        tmesh_writer_t writer = tmesh_writer(body);
        tmesh_writer_open_object(&writer, NULL);
        tmesh_writer_text(&writer, "content_type", "text/plain; version=0.0.4; charset=utf-8");
        tmesh_writer_text(&writer, "text", tmesh_buffer_text(text));
        tmesh_writer_close_object(&writer);
    }
    reply->encoded.body =
        tmesh_arena_text(reply->arena, tmesh_buffer_text(request->as_json ? text : body));
    return TMESH_OK;
}
