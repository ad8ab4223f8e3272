#include "services/store/sqlite/schema_texts.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/store/rows.h"

// State codes are the values of the enums, which are therefore frozen: new states are appended,
// and get their words in the views by a migration. (A test compares every code with its word.)
static_assert(TMESH_TASK_PENDING == 1 && TMESH_TASK_RESOLVED_MANUALLY == 12, "stored codes");
static_assert(TMESH_STEP_PENDING == 1 && TMESH_STEP_RESOLVED_MANUALLY == 10, "stored codes");
static_assert(TMESH_STEP_ENQUEUED == 2, "written out in steps_claimable");
static_assert(TMESH_DLQ_STATUS_PENDING == 1, "written out in dlq_pending");

// Ids are 16 bytes: a step's is its task's with the step's number at the end (domain/ids.h).
// Times are milliseconds since 1970, 0 when it has not happened. Payloads are TEXT, as they came.
static const char version_1[] =
    "CREATE TABLE tasks ("
    " task_id BLOB PRIMARY KEY, definition_id INTEGER NOT NULL, state INTEGER NOT NULL,"
    " priority INTEGER NOT NULL, steps_total INTEGER NOT NULL, steps_done INTEGER NOT NULL,"
    " steps_failed INTEGER NOT NULL, steps_in_flight INTEGER NOT NULL,"
    " steps_waiting INTEGER NOT NULL, steps_cancelled INTEGER NOT NULL,"
    " last_number INTEGER NOT NULL, due_ms INTEGER, created_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, completed_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tasks_due ON tasks (due_ms) WHERE due_ms IS NOT NULL;"

    "CREATE TABLE task_requests ("
    " task_id BLOB PRIMARY KEY, initiator TEXT, source_system TEXT, reason TEXT,"
    " correlation_id TEXT, parent_correlation_id TEXT, idempotency_key TEXT,"
    " auto_idempotency_key TEXT, identity BLOB, tags TEXT, options TEXT, context TEXT) STRICT;"
    "CREATE TABLE identities ("
    " identity BLOB PRIMARY KEY, task_id BLOB NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE steps ("
    " step_id BLOB PRIMARY KEY, template_index INTEGER NOT NULL, queue_id INTEGER NOT NULL,"
    " state INTEGER NOT NULL, attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL,"
    " retryable INTEGER NOT NULL, parents_open INTEGER NOT NULL, run INTEGER NOT NULL,"
    " token BLOB, claimed INTEGER NOT NULL, held INTEGER NOT NULL, order_key INTEGER NOT NULL,"
    " enqueued_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL, completed_ms INTEGER NOT NULL,"
    " due_ms INTEGER, due_for INTEGER NOT NULL, workers_lost INTEGER NOT NULL, worker TEXT"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX steps_claimable ON steps (queue_id, order_key, step_id)"
    " WHERE state = 2 AND claimed = 0 AND held = 0;"
    "CREATE INDEX steps_due ON steps (due_ms) WHERE due_ms IS NOT NULL;"

    "CREATE TABLE edges ("
    " parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY (parent, child)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX edges_by_child ON edges (child, parent);"

    "CREATE TABLE results ("
    " step_id BLOB NOT NULL, run INTEGER NOT NULL, success INTEGER NOT NULL,"
    " received_ms INTEGER NOT NULL, worker TEXT, answer INTEGER NOT NULL,"
    " retryable INTEGER NOT NULL, error_code TEXT, error_message TEXT, error TEXT,"
    " metadata TEXT, body TEXT, PRIMARY KEY (step_id, run)) STRICT;"

    "CREATE TABLE transitions ("
    " task_id BLOB NOT NULL, number INTEGER NOT NULL, step_number INTEGER NOT NULL,"
    " from_state TEXT, to_state TEXT NOT NULL, event TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " run INTEGER NOT NULL, worker TEXT, metadata TEXT, PRIMARY KEY (task_id, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE definitions ("
    " definition_id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL,"
    " version TEXT NOT NULL, hash BLOB NOT NULL, step_count INTEGER NOT NULL, description TEXT,"
    " created_ms INTEGER NOT NULL, json TEXT NOT NULL,"
    " UNIQUE (namespace, name, version, hash)) STRICT;"
    "CREATE TABLE templates (" // the current definition of each version
    " namespace TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,"
    " definition_id INTEGER NOT NULL, PRIMARY KEY (namespace, name, version)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE queues ("
    " queue_id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, callable TEXT NOT NULL) STRICT;"

    // For people with the sqlite3 shell.
    "CREATE VIEW task_overview AS SELECT"
    " lower(substr(hex(task_id), 1, 8) || '-' || substr(hex(task_id), 9, 4) || '-' ||"
    " substr(hex(task_id), 13, 4) || '-' || substr(hex(task_id), 17, 4) || '-' ||"
    " substr(hex(task_id), 21)) AS task, d.namespace, d.name, d.version,"
    " CASE state WHEN 1 THEN 'pending' WHEN 2 THEN 'initializing' WHEN 3 THEN 'enqueuing_steps'"
    " WHEN 4 THEN 'steps_in_process' WHEN 5 THEN 'evaluating_results'"
    " WHEN 6 THEN 'waiting_for_dependencies' WHEN 7 THEN 'waiting_for_retry'"
    " WHEN 8 THEN 'blocked_by_failures' WHEN 9 THEN 'complete' WHEN 10 THEN 'error'"
    " WHEN 11 THEN 'cancelled' WHEN 12 THEN 'resolved_manually' ELSE state END AS state,"
    " priority, steps_total, steps_done, steps_failed, steps_in_flight, steps_waiting,"
    " steps_cancelled, last_number,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', due_ms / 1000.0, 'unixepoch') AS due,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', t.created_ms / 1000.0, 'unixepoch') AS created,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(completed_ms, 0) / 1000.0, 'unixepoch')"
    " AS completed, task_id"
    " FROM tasks t LEFT JOIN definitions d ON d.definition_id = t.definition_id;"
    "CREATE VIEW step_overview AS SELECT"
    " lower(substr(hex(step_id), 1, 8) || '-' || substr(hex(step_id), 9, 4) || '-' ||"
    " substr(hex(step_id), 13, 4) || '-' || substr(hex(step_id), 17, 4) || '-' ||"
    " substr(hex(step_id), 21)) AS step, q.namespace, q.callable,"
    " CASE state WHEN 1 THEN 'pending' WHEN 2 THEN 'enqueued' WHEN 3 THEN 'in_progress'"
    " WHEN 4 THEN 'enqueued_for_orchestration'"
    " WHEN 5 THEN 'enqueued_as_error_for_orchestration' WHEN 6 THEN 'waiting_for_retry'"
    " WHEN 7 THEN 'complete' WHEN 8 THEN 'error' WHEN 9 THEN 'cancelled'"
    " WHEN 10 THEN 'resolved_manually' ELSE state END AS state,"
    " attempts, max_attempts, parents_open, run, claimed, held, worker,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(enqueued_ms, 0) / 1000.0, 'unixepoch') AS enqueued,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(sent_ms, 0) / 1000.0, 'unixepoch') AS sent,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(completed_ms, 0) / 1000.0, 'unixepoch')"
    " AS completed,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', due_ms / 1000.0, 'unixepoch') AS due,"
    " CASE due_for WHEN 0 THEN NULL WHEN 1 THEN 'enqueue' WHEN 2 THEN 'hand_off'"
    " WHEN 3 THEN 'timeout' WHEN 4 THEN 'adoption' WHEN 5 THEN 'unclaimed' ELSE due_for END"
    " AS due_for, step_id"
    " FROM steps s LEFT JOIN queues q ON q.queue_id = s.queue_id;";

// Tasks may be paused.
static const char version_2[] =
    "ALTER TABLE tasks ADD COLUMN paused_ms INTEGER NOT NULL DEFAULT 0;";

// Batches (their workers have names and inputs of their own), runs that were handed over,
// checkpoints, the dead letter queue, limits of a task's life, pauses of queues, pruning.
static const char version_3[] =
    "ALTER TABLE tasks ADD COLUMN steps_tolerated INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tasks ADD COLUMN deadline_ms INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX tasks_ended ON tasks (completed_ms) WHERE completed_ms > 0;"

    "ALTER TABLE steps ADD COLUMN handed_over INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN name TEXT;"
    "ALTER TABLE steps ADD COLUMN batch_of INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN awaits_slot INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN tolerated INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN batch_first INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN batch_last INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE steps ADD COLUMN batch_free INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX steps_awaiting_slot ON steps (step_id) WHERE awaits_slot = 1;"
    "CREATE TABLE step_inputs ("
    " step_id BLOB PRIMARY KEY, inputs TEXT NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE checkpoints ("
    " step_id BLOB NOT NULL, number INTEGER NOT NULL, run INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, items_processed INTEGER NOT NULL, cursor TEXT NOT NULL,"
    " accumulated TEXT, PRIMARY KEY (step_id, number)) STRICT;"

    "CREATE TABLE dlq ("
    " entry_id BLOB PRIMARY KEY, task_id BLOB NOT NULL, step_number INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, status INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, resolved_ms INTEGER NOT NULL, resolved_by TEXT, notes TEXT,"
    " metadata TEXT, snapshot TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX dlq_pending ON dlq (task_id, step_number, reason) WHERE status = 1;"
    "CREATE INDEX dlq_by_task ON dlq (task_id, entry_id);"

    "CREATE TABLE pauses ("
    " namespace TEXT NOT NULL, callable TEXT NOT NULL, since_ms INTEGER NOT NULL, by TEXT,"
    " reason TEXT, PRIMARY KEY (namespace, callable)) STRICT, WITHOUT ROWID;"

    "ALTER TABLE transitions ADD COLUMN node TEXT;"

    "DROP VIEW task_overview;"
    "CREATE VIEW task_overview AS SELECT"
    " lower(substr(hex(task_id), 1, 8) || '-' || substr(hex(task_id), 9, 4) || '-' ||"
    " substr(hex(task_id), 13, 4) || '-' || substr(hex(task_id), 17, 4) || '-' ||"
    " substr(hex(task_id), 21)) AS task, d.namespace, d.name, d.version,"
    " CASE state WHEN 1 THEN 'pending' WHEN 2 THEN 'initializing' WHEN 3 THEN 'enqueuing_steps'"
    " WHEN 4 THEN 'steps_in_process' WHEN 5 THEN 'evaluating_results'"
    " WHEN 6 THEN 'waiting_for_dependencies' WHEN 7 THEN 'waiting_for_retry'"
    " WHEN 8 THEN 'blocked_by_failures' WHEN 9 THEN 'complete' WHEN 10 THEN 'error'"
    " WHEN 11 THEN 'cancelled' WHEN 12 THEN 'resolved_manually' ELSE state END AS state,"
    " priority, steps_total, steps_done, steps_failed, steps_in_flight, steps_waiting,"
    " steps_tolerated, steps_cancelled, last_number,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', due_ms / 1000.0, 'unixepoch') AS due,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', t.created_ms / 1000.0, 'unixepoch') AS created,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(completed_ms, 0) / 1000.0, 'unixepoch')"
    " AS completed,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(paused_ms, 0) / 1000.0, 'unixepoch') AS paused,"
    " task_id"
    " FROM tasks t LEFT JOIN definitions d ON d.definition_id = t.definition_id;"
    "DROP VIEW step_overview;"
    "CREATE VIEW step_overview AS SELECT"
    " lower(substr(hex(step_id), 1, 8) || '-' || substr(hex(step_id), 9, 4) || '-' ||"
    " substr(hex(step_id), 13, 4) || '-' || substr(hex(step_id), 17, 4) || '-' ||"
    " substr(hex(step_id), 21)) AS step, q.namespace, q.callable,"
    " CASE state WHEN 1 THEN 'pending' WHEN 2 THEN 'enqueued' WHEN 3 THEN 'in_progress'"
    " WHEN 4 THEN 'enqueued_for_orchestration'"
    " WHEN 5 THEN 'enqueued_as_error_for_orchestration' WHEN 6 THEN 'waiting_for_retry'"
    " WHEN 7 THEN 'complete' WHEN 8 THEN 'error' WHEN 9 THEN 'cancelled'"
    " WHEN 10 THEN 'resolved_manually' ELSE state END AS state,"
    " s.name, attempts, max_attempts, parents_open, run, claimed, held, tolerated, handed_over,"
    " worker,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(enqueued_ms, 0) / 1000.0, 'unixepoch') AS enqueued,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(sent_ms, 0) / 1000.0, 'unixepoch') AS sent,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', nullif(completed_ms, 0) / 1000.0, 'unixepoch')"
    " AS completed,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', due_ms / 1000.0, 'unixepoch') AS due,"
    " CASE due_for WHEN 0 THEN NULL WHEN 1 THEN 'enqueue' WHEN 2 THEN 'hand_off'"
    " WHEN 3 THEN 'timeout' WHEN 4 THEN 'adoption' WHEN 5 THEN 'unclaimed' ELSE due_for END"
    " AS due_for, step_id"
    " FROM steps s LEFT JOIN queues q ON q.queue_id = s.queue_id;";


const char *const tmesh_schema_texts[] = {version_1, version_2, version_3};
const int tmesh_schema_text_count = TMESH_COUNT_OF(tmesh_schema_texts);
