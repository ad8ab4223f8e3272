// services/store/sql/column_names.h - the columns of whole rows, in the order of columns.c.
// Each takes the alias of its table with a dot behind it, or "".
#ifndef TMESH_SERVICES_STORE_SQL_COLUMN_NAMES_H
#define TMESH_SERVICES_STORE_SQL_COLUMN_NAMES_H

#include <assert.h>

#include "services/domain/step_state.h"
#include "services/domain/task_state.h"

// State codes are stored, and written out in the texts of the statements and of the tables. The
// order of both enums is therefore frozen: new states are appended.
static_assert(TMESH_STEP_PENDING == 1, "stored code");
static_assert(TMESH_STEP_ENQUEUED == 2, "stored code");
static_assert(TMESH_STEP_IN_PROGRESS == 3, "stored code");
static_assert(TMESH_STEP_WAITING_FOR_RETRY == 6, "stored code");
static_assert(TMESH_STEP_COMPLETE == 7 && TMESH_STEP_RESOLVED_MANUALLY == 10, "stored codes");
static_assert(TMESH_TASK_BLOCKED_BY_FAILURES == 8 && TMESH_TASK_COMPLETE == 9, "stored codes");

#define TASK(t)                                                                                    \
    t "task_id, " t "definition_id, " t "state, " t "priority, " t "steps_total, " t               \
      "steps_done, " t "steps_failed, " t "steps_in_flight, " t "steps_waiting, " t                \
      "steps_cancelled, " t "last_number, " t "due_ms, " t "created_ms, " t "updated_ms, " t       \
      "completed_ms, " t "paused_ms, " t "steps_tolerated, " t "deadline_ms"
#define STEP(s)                                                                                    \
    s "step_id, " s "template_index, " s "queue_id, " s "state, " s "attempts, " s                 \
      "max_attempts, " s "retryable, " s "parents_open, " s "run, " s "token, " s "claimed, " s    \
      "held, " s "order_key, " s "enqueued_ms, " s "sent_ms, " s "completed_ms, " s "due_ms, " s   \
      "due_for, " s "workers_lost, " s "worker, " s "handed_over, " s "name, " s "batch_of, " s    \
      "awaits_slot, " s "tolerated, " s "batch_first, " s "batch_last, " s "batch_free"
#define REQUEST(r)                                                                                 \
    r "initiator, " r "source_system, " r "reason, " r "correlation_id, " r                        \
      "parent_correlation_id, " r "idempotency_key, " r "auto_idempotency_key, " r "identity, " r  \
      "tags, " r "options"
#define RESULT(r)                                                                                  \
    r "step_id, " r "run, " r "success, " r "received_ms, " r "worker, " r "answer, " r            \
      "retryable, " r "error_code, " r "error_message, " r "error, " r "metadata, " r "body"
#define TRANSITION                                                                                 \
    "task_id, number, step_number, from_state, to_state, event, at_ms, run, worker, metadata, "    \
    "node"
#define DLQ                                                                                        \
    "entry_id, task_id, step_number, reason, status, created_ms, updated_ms, resolved_ms, "        \
    "resolved_by, notes, metadata, snapshot"
#define CHECKPOINT(c)                                                                              \
    c "step_id, " c "number, " c "run, " c "at_ms, " c "items_processed, " c "cursor, " c          \
      "accumulated"
#define DEFINITION(d)                                                                              \
    d "definition_id, " d "namespace, " d "name, " d "version, " d "hash, " d "step_count, " d     \
      "description, " d "created_ms"

#endif
