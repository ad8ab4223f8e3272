"""The rules of both state machines, written once more from SPEC 3.1 and 3.2, so that a mistake in the
tables of the daemon is not repeated by those who judge it."""

# from: event -> to. The first line of each machine makes the thing; what has no line ends.
TASK_MOVES = """
none:                     Create -> pending
pending:                  Start -> initializing
initializing:             ReadyStepsFound -> enqueuing_steps
initializing:             NoDependenciesReady -> waiting_for_dependencies
enqueuing_steps:          StepsEnqueued -> steps_in_process, EnqueueFailed -> error
steps_in_process:         StepCompleted -> evaluating_results, AllStepsCompleted -> evaluating_results
steps_in_process:         StepFailed -> waiting_for_retry, Fail -> error, Complete -> complete
evaluating_results:       AllStepsSuccessful -> complete, ReadyStepsFound -> enqueuing_steps
evaluating_results:       NoDependenciesReady -> waiting_for_dependencies
evaluating_results:       StepsRunning -> steps_in_process, RetriesPending -> waiting_for_retry
evaluating_results:       PermanentFailure -> blocked_by_failures
waiting_for_dependencies: DependenciesReady -> evaluating_results
waiting_for_retry:        RetryReady -> enqueuing_steps, ManualIntervention -> evaluating_results
blocked_by_failures:      GiveUp -> error, ManualResolution -> resolved_manually
blocked_by_failures:      ManualIntervention -> evaluating_results
error:                    Reset -> pending
"""
OPEN_TASK = """pending initializing enqueuing_steps steps_in_process evaluating_results
waiting_for_dependencies waiting_for_retry blocked_by_failures""".split()
EVERY_OPEN_TASK = {"Cancel": "cancelled", "ResolveManually": "resolved_manually", "Timeout": "error"}
TASK_STATES = [*OPEN_TASK, "complete", "error", "cancelled", "resolved_manually"]  # stored as 1 ...
NEVER_RESTED_IN = {"initializing", "enqueuing_steps", "evaluating_results"}  # SPEC 3.2

STEP_MOVES = """
none:                       Create -> pending
pending:                    Enqueue -> enqueued, Start -> in_progress
pending:                    Fail -> error, WaitForRetry -> waiting_for_retry
enqueued:                   Start -> in_progress, Fail -> error, WaitForRetry -> waiting_for_retry
in_progress:                EnqueueForOrchestration -> enqueued_for_orchestration
in_progress:                EnqueueAsErrorForOrchestration -> enqueued_as_error_for_orchestration
in_progress:                Complete -> complete, Fail -> error, WaitForRetry -> waiting_for_retry
enqueued_for_orchestration: Complete -> complete, Fail -> error
enqueued_as_error_for_orchestration: Fail -> error, Complete -> complete
enqueued_as_error_for_orchestration: WaitForRetry -> waiting_for_retry
waiting_for_retry:          Retry -> pending
error:                      Retry -> pending, ResetForRetry -> pending
cancelled:                  ResetForRetry -> pending
"""
STEP_STATES = """pending enqueued in_progress enqueued_for_orchestration
enqueued_as_error_for_orchestration waiting_for_retry complete error cancelled
resolved_manually""".split()
EVERY_STEP = {"CompleteManually": "complete", "ResolveManually": "resolved_manually"}
CANCELLABLE = set(STEP_STATES) - {"complete", "cancelled", "resolved_manually"}
DONE = {"complete", "resolved_manually"}
IN_FLIGHT = {"enqueued", "in_progress", "enqueued_for_orchestration",
             "enqueued_as_error_for_orchestration"}


def _read_moves(text):
    moves = set()
    for line in text.strip().splitlines():
        before, rest = line.split(":")
        for move in rest.split(","):
            event, after = move.split("->")
            moves.add((before.strip(), event.strip(), after.strip()))
    return moves


ALLOWED_TASK = _read_moves(TASK_MOVES) | {
    (state, event, to) for state in OPEN_TASK for event, to in EVERY_OPEN_TASK.items()}
ALLOWED_STEP = _read_moves(STEP_MOVES) | {
    (state, event, to) for state in STEP_STATES for event, to in EVERY_STEP.items()} | {
    (state, "Cancel", "cancelled") for state in CANCELLABLE}
