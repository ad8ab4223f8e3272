// Of save.c, checkpoints.c, dlq.c, definitions.c and due_times.c. Each parameter is a column: the rows
// of a batch, one below the other.
#include "services/store/postgres/me.h"
#include "services/store/postgres/row_by_row.h"
#include "services/store/postgres/statements.h"
#include "services/store/sql/column_names.h"

// An update of rows by their keys, all of which must be there. It counts them; fewer than wanted is a
// division by zero, which fails the transaction before its commit.
#define ALL_OF(update) \
    "WITH changed AS (" update " RETURNING 1) " \
    "SELECT count(*) / (count(*) = cardinality($1::uuid[]))::int FROM changed"

#define TASK_COLUMNS \
    GIVEN("$1::uuid[]", ", $2::int8[], $3::int2[], $4::int4[], $5::int8[], $6::int8[], " \
    "$7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], " \
    "$14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::int8[]")
#define STEP_COLUMNS \
    GIVEN("$1::uuid[]", ", $2::int4[], $3::int8[], $4::int2[], $5::int8[], $6::int8[], $7::bool[], " \
    "$8::int8[], $9::int8[], $10::uuid[], $11::bool[], $12::bool[], $13::int8[], $14::int8[], " \
    "$15::int8[], $16::int8[], $17::int8[], $18::int2[], $19::int8[], $20::text[], $21::bool[], " \
    "$22::text[], $23::int4[], $24::bool[], $25::bool[], $26::int4[], $27::int4[], $28::int8[]")
// Who claims a run has it, and after that whoever speaks for the worker that it was sent to.
#define NODE                                                                                       \
    "CASE WHEN u.claimed AND s.claimed AND s.run = u.run THEN coalesce(s.node_id, " ME ") "        \
    "WHEN u.claimed OR u.state = 3 AND NOT u.handed_over THEN " ME " END"
#define DLQ_COLUMNS \
    GIVEN("$1::uuid[]", ", $2::uuid[], $3::int4[], $4::int2[], $5::int2[], $6::int8[], $7::int8[], " \
    "$8::int8[], $9::text[], $10::text[], $11::json[], $12::json[]")

#define BOUNDS GIVEN("$1::uuid[]", ", $2::uuid[]") " AS b (task_id, last)"
#define BETWEEN(step) step " > b.task_id AND " step " <= b.last"
#define PRUNE(table, where) \
    "DELETE FROM " table " WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM " BOUNDS \
    EACH("SELECT ctid FROM " table " WHERE " where, "x") "))"
#define PRUNABLE_TASKS \
    "tasks t WHERE t.completed_ms > 0 " \
    "AND NOT " IS_THERE("SELECT 1 FROM dlq d WHERE d.task_id = t.task_id AND d.status = 1")

#define RUNS(s) "(" s "claimed OR " s "state = 3 AND NOT " s "handed_over)"

const char *const tmesh_postgres_texts_of_saving[TMESH_STATEMENT_COUNT] = {
    [TMESH_STATEMENT_FREE_IDENTITY] =
        "DELETE FROM identities WHERE task_id = ANY ($1::uuid[]) AND identity = ANY (ARRAY("
        "SELECT identity FROM task_requests WHERE task_id = ANY ($1::uuid[])))",
    [TMESH_STATEMENT_INSERT_TASK] =
        "INSERT INTO tasks (" TASK("") ") SELECT * FROM " TASK_COLUMNS " AS u",
    [TMESH_STATEMENT_INSERT_REQUEST] =
        "INSERT INTO task_requests (task_id, " REQUEST("") ", context) SELECT * FROM "
        "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
        "$7::text[], $8::text[], $9::bytea[], $10::json[], $11::json[], $12::json[])",
    // In their order, so that two transactions wait for each other's in one direction only.
    [TMESH_STATEMENT_INSERT_IDENTITY] =
        "INSERT INTO identities (identity, task_id) "
        "SELECT * FROM unnest($1::bytea[], $2::uuid[]) AS u (identity, task_id) ORDER BY 1",
    [TMESH_STATEMENT_REPLACE_IDENTITY] =
        "INSERT INTO identities (identity, task_id) "
        "SELECT * FROM unnest($1::bytea[], $2::uuid[]) AS u (identity, task_id) ORDER BY 1 "
        "ON CONFLICT (identity) DO UPDATE SET task_id = excluded.task_id",
    [TMESH_STATEMENT_UPDATE_TASK] = ALL_OF(
        "UPDATE tasks t SET state = u.state, priority = u.priority, steps_total = u.steps_total, "
        "steps_done = u.steps_done, steps_failed = u.steps_failed, "
        "steps_in_flight = u.steps_in_flight, steps_waiting = u.steps_waiting, "
        "steps_cancelled = u.steps_cancelled, last_number = u.last_number, due_ms = u.due_ms, "
        "updated_ms = u.updated_ms, completed_ms = u.completed_ms, paused_ms = u.paused_ms, "
        "steps_tolerated = u.steps_tolerated, deadline_ms = u.deadline_ms "
        "FROM " PLACED(TASK_COLUMNS, TASK(""), "tasks", "task_id = u.task_id") " WHERE t.ctid = u.place"),
    [TMESH_STATEMENT_TAKE_IDENTITY] =
        "INSERT INTO identities (identity, task_id) SELECT identity, task_id FROM task_requests "
        "WHERE task_id = ANY ($1::uuid[]) AND identity IS NOT NULL ORDER BY 1",
    [TMESH_STATEMENT_INSERT_STEP] =
        "INSERT INTO steps (" STEP("") ", node_id) SELECT u.*, "
        "CASE WHEN claimed OR state = 3 THEN " ME " END "
        "FROM " STEP_COLUMNS " AS u (" STEP("") ")",
    [TMESH_STATEMENT_UPDATE_STEP] = ALL_OF(
        "UPDATE steps s SET state = u.state, attempts = u.attempts, "
        "max_attempts = u.max_attempts, retryable = u.retryable, parents_open = u.parents_open, "
        "run = u.run, token = u.token, claimed = u.claimed, held = u.held, "
        "order_key = u.order_key, enqueued_ms = u.enqueued_ms, sent_ms = u.sent_ms, "
        "completed_ms = u.completed_ms, due_ms = u.due_ms, due_for = u.due_for, "
        "workers_lost = u.workers_lost, worker = u.worker, handed_over = u.handed_over, "
        "awaits_slot = u.awaits_slot, batch_first = u.batch_first, batch_last = u.batch_last, "
        "batch_free = u.batch_free, node_id = " NODE " "
        "FROM " PLACED(STEP_COLUMNS, STEP(""), "steps", "step_id = u.step_id") " WHERE s.ctid = u.place"),
    [TMESH_STATEMENT_INSERT_STEP_INPUTS] =
        "INSERT INTO step_inputs (step_id, inputs) SELECT * FROM unnest($1::uuid[], $2::json[])",
    [TMESH_STATEMENT_INSERT_EDGE] =
        "INSERT INTO edges (parent, child) SELECT * FROM unnest($1::uuid[], $2::uuid[])",
    [TMESH_STATEMENT_INSERT_RESULT] =
        "INSERT INTO results (" RESULT("") ") SELECT * FROM "
        "unnest($1::uuid[], $2::int8[], $3::bool[], $4::int8[], $5::text[], $6::int2[], "
        "$7::bool[], $8::text[], $9::text[], $10::json[], $11::json[], $12::json[])",
    [TMESH_STATEMENT_INSERT_TRANSITION] =
        "INSERT INTO transitions (" TRANSITION ") SELECT * FROM "
        "unnest($1::uuid[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::text[], "
        "$7::int8[], $8::int8[], $9::text[], $10::json[], $11::text[])",
    // Numbered when they are written: what the rows say is not looked at.
    [TMESH_STATEMENT_INSERT_CHECKPOINT] =
        "INSERT INTO checkpoints (" CHECKPOINT("") ") SELECT u.step_id, "
        "coalesce((SELECT max(k.number) FROM checkpoints k WHERE k.step_id = u.step_id), 0) + "
        "row_number() OVER (PARTITION BY u.step_id ORDER BY u.place), "
        "u.run, u.at_ms, u.items_processed, u.cursor, u.accumulated FROM "
        "unnest($1::uuid[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::json[], "
        "$7::json[]) WITH ORDINALITY AS u (" CHECKPOINT("") ", place)",
    [TMESH_STATEMENT_STRIP_CHECKPOINTS] =
        "UPDATE checkpoints c SET accumulated = NULL WHERE c.step_id = ANY ($1::uuid[]) "
        "AND c.accumulated IS NOT NULL "
        "AND c.number < (SELECT max(k.number) FROM checkpoints k WHERE k.step_id = c.step_id)",
    [TMESH_STATEMENT_FORGET_CHECKPOINTS] =
        "DELETE FROM checkpoints WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM "
        GIVEN("$1::uuid[]", ", $2::int8[]") " AS u (step_id, kept)"
        EACH("SELECT ctid FROM checkpoints WHERE step_id = u.step_id AND number <= "
             "(SELECT max(k.number) FROM checkpoints k WHERE k.step_id = u.step_id) - u.kept", "c")
        "))",
    [TMESH_STATEMENT_INSERT_DLQ] =
        "INSERT INTO dlq (" DLQ ") SELECT * FROM " DLQ_COLUMNS " AS u ON CONFLICT DO NOTHING",
    [TMESH_STATEMENT_UPDATE_DLQ] =
        "UPDATE dlq d SET status = u.status, updated_ms = u.updated_ms, "
        "resolved_ms = u.resolved_ms, resolved_by = u.resolved_by, notes = u.notes, "
        "metadata = u.metadata, snapshot = u.snapshot "
        "FROM " PLACED(DLQ_COLUMNS, DLQ, "dlq", "entry_id = u.entry_id") " WHERE d.ctid = u.place "
        "AND (u.status <> 1 OR NOT " IS_THERE("SELECT 1 FROM dlq o WHERE o.task_id = u.task_id "
        "AND o.step_number = u.step_number AND o.reason = u.reason AND o.status = 1 "
        "AND o.entry_id <> u.entry_id") ")",
    // Those of the work that were written by it, and not left out.
    [TMESH_STATEMENT_DLQ_WRITTEN] =
        "SELECT d.entry_id FROM " GIVEN("$1::uuid[]", ", $2::int2[]") " AS u (entry_id, status)"
        EACH("SELECT entry_id FROM dlq WHERE entry_id = u.entry_id AND status = u.status", "d"),
    [TMESH_STATEMENT_PUT_OFF] =
        "UPDATE steps s SET due_ms = u.due_ms "
        "FROM " PLACED(GIVEN("$1::int8[]", ", $2::uuid[]"), "due_ms, step_id", "steps",
                       "step_id = u.step_id") " WHERE s.ctid = u.place",
    [TMESH_STATEMENT_HOLD_STEPS] =
        "UPDATE steps s SET held = true, claimed = false, due_ms = NULL, due_for = 0, "
        "node_id = NULL "
        "FROM " BOUNDS " "
        "WHERE s.step_id > b.task_id AND s.step_id <= b.last AND s.state = 2 AND s.sent_ms = 0",
    [TMESH_STATEMENT_HOLD_RETRIES] =
        "UPDATE steps s SET due_ms = NULL, due_for = 0 "
        "FROM " BOUNDS " "
        "WHERE s.step_id > b.task_id AND s.step_id <= b.last AND s.state IN (1, 6) "
        "AND s.due_ms IS NOT NULL",

    [TMESH_STATEMENT_TAKE_OVER] =
        "UPDATE steps SET due_ms = $1::int8, due_for = $2::int2, node_id = " ME " "
        "WHERE step_id = ANY (ARRAY(SELECT s.step_id FROM steps s"
        EACH("SELECT state FROM tasks WHERE task_id = task_of(s.step_id)", "t")
        " WHERE s.node_id IS NULL AND " RUNS("s.") " AND t.state < 9)) "
        // Once more of the row as it is now: somebody who had it locked may have ended its run.
        "AND " JUDGED("node_id IS NULL AND " RUNS("")),
    // Locked, so that nobody reopens one meanwhile; one that somebody works on is left for the next time.
    [TMESH_STATEMENT_PRUNABLE] =
        "SELECT t.task_id, t.steps_total FROM " PRUNABLE_TASKS " AND t.completed_ms <= $1::int8 "
        "ORDER BY t.completed_ms LIMIT $2::int8 FOR UPDATE SKIP LOCKED",
    [TMESH_STATEMENT_NEXT_PRUNABLE] =
        "SELECT t.completed_ms FROM " PRUNABLE_TASKS " ORDER BY t.completed_ms LIMIT 1",
    [TMESH_STATEMENT_PRUNE_CHECKPOINTS] =
        PRUNE("checkpoints", BETWEEN("step_id")),
    [TMESH_STATEMENT_PRUNE_RESULTS] =
        PRUNE("results", BETWEEN("step_id")),
    [TMESH_STATEMENT_PRUNE_STEP_INPUTS] =
        PRUNE("step_inputs", BETWEEN("step_id")),
    [TMESH_STATEMENT_PRUNE_EDGES] =
        PRUNE("edges", BETWEEN("parent") " AND " BETWEEN("child")),
    [TMESH_STATEMENT_PRUNE_STEPS] =
        PRUNE("steps", BETWEEN("step_id")),
    [TMESH_STATEMENT_PRUNE_TRANSITIONS] =
        "DELETE FROM transitions WHERE task_id = ANY ($1::uuid[])",
    [TMESH_STATEMENT_PRUNE_DLQ] = "DELETE FROM dlq WHERE task_id = ANY ($1::uuid[])",
    [TMESH_STATEMENT_PRUNE_REQUEST] = "DELETE FROM task_requests WHERE task_id = ANY ($1::uuid[])",
    [TMESH_STATEMENT_PRUNE_TASK] = "DELETE FROM tasks WHERE task_id = ANY ($1::uuid[])",

    [TMESH_STATEMENT_INSERT_DEFINITION] =
        "INSERT INTO definitions (namespace, name, version, hash, step_count, description, "
        "created_ms, json) VALUES ($1::text, $2::text, $3::text, $4::bytea, $5::int8, $6::text, "
        "$7::int8, $8::json) ON CONFLICT DO NOTHING",
    [TMESH_STATEMENT_SET_CURRENT_DEFINITION] =
        "INSERT INTO templates (namespace, name, version, definition_id) "
        "VALUES ($1::text, $2::text, $3::text, $4::int8) "
        "ON CONFLICT (namespace, name, version) DO UPDATE SET "
        "definition_id = excluded.definition_id "
        "WHERE templates.definition_id <> excluded.definition_id",
    [TMESH_STATEMENT_INSERT_PAUSE] =
        "INSERT INTO pauses (namespace, callable, since_ms, by, reason) "
        "VALUES ($1::text, $2::text, $3::int8, $4::text, $5::text) ON CONFLICT DO NOTHING",
    [TMESH_STATEMENT_DELETE_PAUSE] =
        "DELETE FROM pauses WHERE namespace = $1::text AND callable = $2::text",
    [TMESH_STATEMENT_INSERT_QUEUE] =
        "INSERT INTO queues (queue_id, namespace, callable) "
        "SELECT * FROM unnest($1::int8[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
};
