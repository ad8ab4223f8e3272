#include "services/store/sqlite/statements.h"

#include <assert.h>

#include "services/store/sql/column_names.h"

#define DLQ_WANTED                                                                                 \
    "entry_id < ?1 AND (?2 = 0 OR status = ?2) AND (?3 IS NULL OR task_id = ?3) "                  \
    "AND (?4 = 0 OR reason = ?4)"
// What the partial index steps_claimable covers, word for word.
#define CLAIMABLE "state = 2 AND claimed = 0 AND held = 0"
// Steps beside their tasks, whose ids are those of the steps with a zero number.
#define TASK_OF_STEP "CAST(substr(s.step_id, 1, 14) || x'0000' AS BLOB)"
#define STEPS_WITH_TASKS "FROM steps s CROSS JOIN tasks t ON t.task_id = " TASK_OF_STEP " "
// Ended, and nobody still has to look into it.
#define PRUNABLE_TASKS                                                                             \
    "tasks t INDEXED BY tasks_ended WHERE t.completed_ms > 0 AND NOT EXISTS "                      \
    "(SELECT 1 FROM dlq d WHERE d.task_id = t.task_id AND d.status = 1)"
#define VIEW_OF_TASK                                                                               \
    "SELECT " TASK("t.") ", " REQUEST("r.") ", d.namespace, d.name, d.version FROM tasks t "       \
    "CROSS JOIN task_requests r ON r.task_id = t.task_id "                                         \
    "CROSS JOIN definitions d ON d.definition_id = t.definition_id "

static const char *const texts[TMESH_STATEMENT_COUNT] = {
    [TMESH_STATEMENT_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [TMESH_STATEMENT_BEGIN_READING] = "BEGIN",
    [TMESH_STATEMENT_COMMIT] = "COMMIT",
    [TMESH_STATEMENT_ROLLBACK] = "ROLLBACK",

    [TMESH_STATEMENT_TASK] = "SELECT " TASK("") " FROM tasks WHERE task_id = ?",
    [TMESH_STATEMENT_STEP] = "SELECT " STEP("") " FROM steps WHERE step_id = ?",
    [TMESH_STATEMENT_STEPS_OF_TASK] =
        "SELECT " STEP("") " FROM steps WHERE step_id > ? AND step_id <= ? ORDER BY step_id",
    [TMESH_STATEMENT_CHILDREN] =
        "SELECT " STEP("s.") " FROM edges e CROSS JOIN steps s ON s.step_id = e.child "
        "WHERE e.parent = ? ORDER BY e.child",
    [TMESH_STATEMENT_RESULT_OF_RUN] =
        "SELECT " RESULT("") " FROM results WHERE step_id = ? AND run = ?",
    [TMESH_STATEMENT_IDENTITY] =
        "SELECT i.task_id, t.state, r.auto_idempotency_key FROM identities i "
        "CROSS JOIN tasks t ON t.task_id = i.task_id "
        "CROSS JOIN task_requests r ON r.task_id = i.task_id WHERE i.identity = ?",
    [TMESH_STATEMENT_IDENTITY_OF_TASK] =
        "SELECT identity FROM task_requests WHERE task_id = ? AND identity IS NOT NULL",
    [TMESH_STATEMENT_TASKS_DUE] =
        "SELECT " TASK("") " FROM tasks WHERE due_ms <= ? ORDER BY due_ms LIMIT ?",
    [TMESH_STATEMENT_STEPS_DUE] =
        "SELECT " STEP("") " FROM steps WHERE due_ms <= ? ORDER BY due_ms LIMIT ?",
    [TMESH_STATEMENT_CLAIMABLE_QUEUE] =
        "SELECT s.queue_id, q.namespace, q.callable FROM steps s INDEXED BY steps_claimable "
        "LEFT JOIN queues q ON q.queue_id = s.queue_id "
        "WHERE s.state = 2 AND s.claimed = 0 AND s.held = 0 AND s.queue_id > ? "
        "ORDER BY s.queue_id LIMIT 1",
    [TMESH_STATEMENT_CLAIMABLE_STEPS] =
        "SELECT " STEP("") " FROM steps INDEXED BY steps_claimable "
        "WHERE " CLAIMABLE " AND queue_id = ? ORDER BY order_key, step_id LIMIT ?",

    [TMESH_STATEMENT_NEXT_OF_BATCH] =
        "SELECT " STEP("") " FROM steps INDEXED BY steps_awaiting_slot "
        "WHERE awaits_slot = 1 AND step_id >= ? AND step_id <= ? ORDER BY step_id LIMIT ?",
    [TMESH_STATEMENT_DLQ_ENTRY] = "SELECT " DLQ " FROM dlq WHERE entry_id = ?",

    [TMESH_STATEMENT_INSERT_TASK] =
        "INSERT INTO tasks (" TASK("") ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    // Numbered as the insert, so that the same code binds both.
    [TMESH_STATEMENT_UPDATE_TASK] =
        "UPDATE tasks SET state = ?3, priority = ?4, steps_total = ?5, steps_done = ?6, "
        "steps_failed = ?7, steps_in_flight = ?8, steps_waiting = ?9, steps_cancelled = ?10, "
        "last_number = ?11, due_ms = ?12, updated_ms = ?14, completed_ms = ?15, paused_ms = ?16, "
        "steps_tolerated = ?17, deadline_ms = ?18 "
        "WHERE task_id = ?1",
    [TMESH_STATEMENT_INSERT_REQUEST] =
        "INSERT INTO task_requests (task_id, " REQUEST("") ", context) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
    [TMESH_STATEMENT_INSERT_IDENTITY] = "INSERT INTO identities (identity, task_id) VALUES (?,?)",
    [TMESH_STATEMENT_REPLACE_IDENTITY] =
        "INSERT OR REPLACE INTO identities (identity, task_id) VALUES (?,?)",
    [TMESH_STATEMENT_FREE_IDENTITY] =
        "DELETE FROM identities WHERE identity = "
        "(SELECT identity FROM task_requests WHERE task_id = ?1) AND task_id = ?1",
    [TMESH_STATEMENT_TAKE_IDENTITY] =
        "INSERT INTO identities (identity, task_id) SELECT identity, task_id "
        "FROM task_requests WHERE task_id = ? AND identity IS NOT NULL",
    [TMESH_STATEMENT_INSERT_STEP] =
        "INSERT INTO steps (" STEP("") ") "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [TMESH_STATEMENT_UPDATE_STEP] =
        "UPDATE steps SET state = ?4, attempts = ?5, max_attempts = ?6, retryable = ?7, "
        "parents_open = ?8, run = ?9, token = ?10, claimed = ?11, held = ?12, order_key = ?13, "
        "enqueued_ms = ?14, sent_ms = ?15, completed_ms = ?16, due_ms = ?17, due_for = ?18, "
        "workers_lost = ?19, worker = ?20, handed_over = ?21, awaits_slot = ?24, "
        "batch_first = ?26, batch_last = ?27, batch_free = ?28 WHERE step_id = ?1",
    [TMESH_STATEMENT_INSERT_EDGE] = "INSERT INTO edges (parent, child) VALUES (?,?)",
    [TMESH_STATEMENT_INSERT_RESULT] =
        "INSERT INTO results (" RESULT("") ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
    [TMESH_STATEMENT_INSERT_TRANSITION] =
        "INSERT INTO transitions (" TRANSITION ") VALUES (?,?,?,?,?,?,?,?,?,?,?)",
    [TMESH_STATEMENT_INSERT_STEP_INPUTS] =
        "INSERT INTO step_inputs (step_id, inputs) VALUES (?,?)",
    // Numbered when it is written: ?2, what the row says, is not looked at.
    [TMESH_STATEMENT_INSERT_CHECKPOINT] =
        "INSERT INTO checkpoints (" CHECKPOINT("") ") SELECT ?1, ifnull(max(number), 0) + 1, "
        "?3, ?4, ?5, ?6, ?7 FROM checkpoints WHERE step_id = ?1",
    [TMESH_STATEMENT_STRIP_CHECKPOINTS] =
        "UPDATE checkpoints SET accumulated = NULL WHERE step_id = ?1 AND accumulated IS NOT NULL "
        "AND number < (SELECT max(number) FROM checkpoints WHERE step_id = ?1)",
    [TMESH_STATEMENT_FORGET_CHECKPOINTS] =
        "DELETE FROM checkpoints WHERE step_id = ?1 "
        "AND number <= (SELECT max(number) FROM checkpoints WHERE step_id = ?1) - ?2",
    [TMESH_STATEMENT_PUT_OFF] = "UPDATE steps SET due_ms = ? WHERE step_id = ?",
    [TMESH_STATEMENT_INSERT_DLQ] =
        "INSERT INTO dlq (" DLQ ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
    [TMESH_STATEMENT_UPDATE_DLQ] =
        "UPDATE dlq SET status = ?5, updated_ms = ?7, resolved_ms = ?8, resolved_by = ?9, "
        "notes = ?10, metadata = ?11, snapshot = ?12 WHERE entry_id = ?1 AND (?5 <> 1 OR NOT EXISTS "
        "(SELECT 1 FROM dlq o WHERE o.task_id = ?2 AND o.step_number = ?3 AND o.reason = ?4 "
        "AND o.status = 1 AND o.entry_id <> ?1))",
    [TMESH_STATEMENT_HOLD_STEPS] =
        "UPDATE steps SET held = 1, claimed = 0, due_ms = NULL, due_for = 0 "
        "WHERE step_id > ? AND step_id <= ? AND state = 2 AND sent_ms = 0",
    [TMESH_STATEMENT_HOLD_RETRIES] =
        "UPDATE steps SET due_ms = NULL, due_for = 0 "
        "WHERE step_id > ? AND step_id <= ? AND state IN (1, 6) AND due_ms IS NOT NULL",

    [TMESH_STATEMENT_TRANSITION_EXISTS] =
        "SELECT 1 FROM transitions WHERE task_id = ? AND number = ?",

    [TMESH_STATEMENT_CONTEXT] =
        "SELECT correlation_id, context FROM task_requests WHERE task_id = ?",
    // Runs only rise: the newest success is the one of the parent's last run, if that succeeded.
    // Of each parent: its last success, or, where an error is tolerated, its last failure.
    [TMESH_STATEMENT_INPUTS] =
        "SELECT e.parent, p.template_index, p.name, p.batch_last - p.batch_first >= ?2, "
        "CASE WHEN p.batch_last - p.batch_first < ?2 THEN r.body END, r.error_code, "
        "r.error_message, EXISTS (SELECT 1 FROM edges a WHERE a.child = e.parent) FROM edges e "
        "CROSS JOIN steps p ON p.step_id = e.parent "
        "LEFT JOIN results r ON r.step_id = e.parent AND r.run = (SELECT max(l.run) "
        "FROM results l WHERE l.step_id = e.parent AND l.success = (p.state <> 8)) "
        "WHERE e.child = ?1 ORDER BY e.parent",
    [TMESH_STATEMENT_STEP_INPUTS] = "SELECT inputs FROM step_inputs WHERE step_id = ?",
    [TMESH_STATEMENT_CHECKPOINTS] =
        "SELECT " CHECKPOINT("") " FROM checkpoints WHERE step_id = ? ORDER BY number",
    [TMESH_STATEMENT_DLQ_LIST] =
        "SELECT " DLQ " FROM dlq WHERE " DLQ_WANTED " ORDER BY entry_id DESC LIMIT ?5",
    [TMESH_STATEMENT_DLQ_LIST_OLDEST] =
        "SELECT " DLQ " FROM dlq WHERE " DLQ_WANTED " ORDER BY entry_id LIMIT ?5",
    [TMESH_STATEMENT_DLQ_STATS] =
        "SELECT reason, status, count(*), min(created_ms), max(created_ms) FROM dlq "
        "GROUP BY reason, status ORDER BY reason, status",
    [TMESH_STATEMENT_LAST_CHECKPOINT] =
        "SELECT " CHECKPOINT("") " FROM checkpoints WHERE step_id = ? ORDER BY number DESC LIMIT 1",

    // Only open tasks have steps in flight, so the steps of the many that have ended are not read.
    [TMESH_STATEMENT_TAKE_OVER] =
        "UPDATE steps SET due_ms = ?, due_for = ? WHERE step_id IN ("
        "SELECT s.step_id FROM tasks t CROSS JOIN steps s ON s.step_id > t.task_id "
        "AND s.step_id <= CAST(substr(t.task_id, 1, 14) || x'ffff' AS BLOB) "
        "WHERE t.steps_in_flight > 0 "
        "AND (s.claimed = 1 OR s.state = 3 AND s.handed_over = 0))",
    [TMESH_STATEMENT_NEXT_DUE] =
        "SELECT (SELECT min(due_ms) FROM tasks WHERE due_ms IS NOT NULL), "
        "(SELECT min(due_ms) FROM steps WHERE due_ms IS NOT NULL)",

    [TMESH_STATEMENT_PRUNABLE] =
        "SELECT t.task_id, t.steps_total FROM " PRUNABLE_TASKS " AND t.completed_ms <= ? "
        "ORDER BY t.completed_ms LIMIT ?",
    [TMESH_STATEMENT_NEXT_PRUNABLE] =
        "SELECT t.completed_ms FROM " PRUNABLE_TASKS " ORDER BY t.completed_ms LIMIT 1",
    [TMESH_STATEMENT_PRUNE_CHECKPOINTS] =
        "DELETE FROM checkpoints WHERE step_id > ? AND step_id <= ?",
    [TMESH_STATEMENT_PRUNE_RESULTS] = "DELETE FROM results WHERE step_id > ? AND step_id <= ?",
    [TMESH_STATEMENT_PRUNE_STEP_INPUTS] =
        "DELETE FROM step_inputs WHERE step_id > ? AND step_id <= ?",
    [TMESH_STATEMENT_PRUNE_EDGES] = "DELETE FROM edges WHERE parent > ? AND parent <= ?",
    [TMESH_STATEMENT_PRUNE_STEPS] = "DELETE FROM steps WHERE step_id > ? AND step_id <= ?",
    [TMESH_STATEMENT_PRUNE_TRANSITIONS] = "DELETE FROM transitions WHERE task_id = ?",
    [TMESH_STATEMENT_PRUNE_DLQ] = "DELETE FROM dlq WHERE task_id = ?",
    [TMESH_STATEMENT_PRUNE_REQUEST] = "DELETE FROM task_requests WHERE task_id = ?",
    [TMESH_STATEMENT_PRUNE_TASK] = "DELETE FROM tasks WHERE task_id = ?",

    [TMESH_STATEMENT_FIND_DEFINITION] =
        "SELECT definition_id FROM definitions "
        "WHERE namespace = ? AND name = ? AND version = ? AND hash = ?",
    [TMESH_STATEMENT_INSERT_DEFINITION] =
        "INSERT INTO definitions (namespace, name, version, hash, step_count, description, "
        "created_ms, json) VALUES (?,?,?,?,?,?,?,?)",
    [TMESH_STATEMENT_SET_CURRENT_DEFINITION] =
        "INSERT INTO templates (namespace, name, version, definition_id) VALUES (?,?,?,?) "
        "ON CONFLICT (namespace, name, version) DO UPDATE SET "
        "definition_id = excluded.definition_id WHERE definition_id <> excluded.definition_id",
    [TMESH_STATEMENT_INSERT_QUEUE] =
        "INSERT INTO queues (queue_id, namespace, callable) VALUES (?,?,?) "
        "ON CONFLICT (queue_id) DO NOTHING",
    [TMESH_STATEMENT_DEFINITION] =
        "SELECT " DEFINITION("") ", json FROM definitions WHERE definition_id = ?",
    [TMESH_STATEMENT_CURRENT_VERSIONS] =
        "SELECT " DEFINITION("d.") " FROM templates t "
        "CROSS JOIN definitions d ON d.definition_id = t.definition_id "
        "WHERE t.namespace = ? AND t.name = ?",
    [TMESH_STATEMENT_CURRENT_DEFINITIONS] =
        "SELECT " DEFINITION("d.") " FROM templates t "
        "CROSS JOIN definitions d ON d.definition_id = t.definition_id "
        "WHERE (?1 IS NULL OR t.namespace = ?1) AND (?2 IS NULL OR t.name = ?2) "
        "ORDER BY t.namespace, t.name, t.version",

    [TMESH_STATEMENT_INSERT_PAUSE] =
        "INSERT INTO pauses (namespace, callable, since_ms, by, reason) VALUES (?,?,?,?,?) "
        "ON CONFLICT (namespace, callable) DO NOTHING",
    [TMESH_STATEMENT_DELETE_PAUSE] = "DELETE FROM pauses WHERE namespace = ? AND callable = ?",
    [TMESH_STATEMENT_PAUSES] =
        "SELECT namespace, callable, since_ms, by, reason FROM pauses "
        "ORDER BY namespace, callable",

    [TMESH_STATEMENT_TASK_VIEW] = VIEW_OF_TASK "WHERE t.task_id = ?",
    [TMESH_STATEMENT_TASK_LIST] = VIEW_OF_TASK
        "WHERE t.task_id < ?1 AND (?2 = 0 OR t.state = ?2) AND (?3 IS NULL OR d.namespace = ?3) "
        "AND (?4 IS NULL OR d.name = ?4) AND (?5 IS NULL OR d.version = ?5) "
        "AND (?6 IS NULL OR r.correlation_id = ?6) AND t.created_ms >= ?7 "
        "AND (?8 = 0 OR t.created_ms < ?8) ORDER BY t.task_id DESC LIMIT ?9",
    [TMESH_STATEMENT_EDGES_OF_TASK] =
        "SELECT child, parent FROM edges WHERE child > ? AND child <= ? ORDER BY child, parent",
    [TMESH_STATEMENT_RESULTS_OF_TASK] =
        "SELECT " RESULT("") " FROM results WHERE step_id > ? AND step_id <= ? "
        "ORDER BY step_id, run",
    [TMESH_STATEMENT_STARTS_OF_TASK] =
        "SELECT step_number, max(at_ms) FROM transitions "
        "WHERE task_id = ? AND step_number > 0 AND to_state = ? GROUP BY step_number "
        "ORDER BY step_number",
    [TMESH_STATEMENT_TRANSITIONS] =
        "SELECT " TRANSITION " FROM transitions WHERE task_id = ? AND number > ? "
        "ORDER BY number LIMIT ?",

    [TMESH_STATEMENT_COUNT_TASKS] = "SELECT count(*) FROM tasks",

    [TMESH_STATEMENT_PROBLEM_TASK_COUNTERS] =
        "WITH counted AS (SELECT " TASK_OF_STEP " AS task_id, count(*) AS total,"
        " sum(s.state IN (7, 10)) AS done, sum(s.state = 8 AND s.tolerated = 0) AS failed,"
        " sum(s.state = 8 AND s.tolerated = 1) AS tolerated,"
        " sum(s.state BETWEEN 2 AND 5) AS in_flight, sum(s.state = 6) AS waiting,"
        " sum(s.state = 9) AS cancelled FROM steps s GROUP BY 1) "
        "SELECT t.task_id FROM tasks t LEFT JOIN counted c ON c.task_id = t.task_id "
        "WHERE (t.steps_total, t.steps_done, t.steps_failed, t.steps_tolerated,"
        " t.steps_in_flight, t.steps_waiting, t.steps_cancelled) IS NOT (c.total, c.done,"
        " c.failed, c.tolerated, c.in_flight, c.waiting, c.cancelled) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_TASK_NUMBERS] =
        "WITH numbers AS (SELECT task_id, count(*) AS total, min(number) AS first,"
        " max(number) AS last FROM transitions GROUP BY task_id) "
        "SELECT t.task_id FROM tasks t LEFT JOIN numbers n ON n.task_id = t.task_id "
        "WHERE (t.last_number, t.last_number, 1) IS NOT (n.total, n.last, n.first) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_TASK_PASSING] =
        "SELECT task_id FROM tasks WHERE state IN (2, 3, 5) LIMIT ?",
    // A step in flight moves it, or a retry; a task that has not begun: a step with a due time.
    [TMESH_STATEMENT_PROBLEM_TASK_STUCK] =
        "SELECT t.task_id FROM tasks t WHERE t.state IN (4, 6) AND t.steps_in_flight = 0 "
        "OR t.state = 7 AND t.steps_waiting = 0 OR t.state = 8 AND t.steps_failed = 0 "
        "OR t.state = 1 AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.step_id > t.task_id "
        "AND s.step_id <= CAST(substr(t.task_id, 1, 14) || x'ffff' AS BLOB) "
        "AND s.due_ms IS NOT NULL) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_TASK_OVERDUE] =
        "SELECT task_id FROM tasks WHERE due_ms < ?2 ORDER BY due_ms LIMIT ?1",
    [TMESH_STATEMENT_PROBLEM_STEP_PARENTS] =
        "SELECT s.step_id FROM steps s WHERE s.parents_open <> s.awaits_slot + "
        "(SELECT count(*) FROM edges e CROSS JOIN steps p ON p.step_id = e.parent "
        "WHERE e.child = s.step_id AND p.state NOT IN (7, 10) "
        "AND NOT (p.state = 8 AND p.tolerated = 1)) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_BATCH_SLOTS] =
        "SELECT b.step_id FROM steps b WHERE b.batch_free > 0 AND EXISTS (SELECT 1 FROM steps s "
        "INDEXED BY steps_awaiting_slot WHERE s.awaits_slot = 1 AND s.step_id > b.step_id "
        "AND s.step_id <= CAST(substr(b.step_id, 1, 14) || x'ffff' AS BLOB) "
        "AND s.batch_of = b.template_index + 1) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_STEP_PASSING] =
        "SELECT step_id FROM steps WHERE state IN (4, 5) LIMIT ?",
    // What runs may have no time limit; what a blocked task holds waits for a person.
    [TMESH_STATEMENT_PROBLEM_STEP_WITHOUT_DUE] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE s.due_ms IS NULL AND s.held = 0 "
        "AND t.state < 8 AND (s.state IN (2, 6) OR s.state = 1 AND s.parents_open = 0) LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_STEP_HELD] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE s.held = 1 AND t.state <> 8 "
        "AND t.paused_ms = 0 LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_STEP_OF_ENDED_TASK] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE t.state > 8 AND s.state < 7 LIMIT ?",
    [TMESH_STATEMENT_PROBLEM_STEP_OVERDUE] =
        "SELECT step_id FROM steps WHERE due_ms < ?2 ORDER BY due_ms LIMIT ?1",

    [TMESH_STATEMENT_OPEN_TASKS] = "SELECT count(*) FROM tasks WHERE state < 9",
    // From queue to queue by the index; of each, as many steps as are asked for.
    [TMESH_STATEMENT_BACKLOG] =
        "WITH RECURSIVE busy (id) AS (SELECT min(queue_id) FROM steps WHERE " CLAIMABLE " "
        "UNION ALL SELECT (SELECT min(queue_id) FROM steps WHERE queue_id > busy.id "
        "AND " CLAIMABLE ") FROM busy WHERE id IS NOT NULL) "
        "SELECT q.namespace, sum((SELECT count(*) FROM (SELECT 1 FROM steps "
        "WHERE queue_id = busy.id AND " CLAIMABLE " LIMIT ?))) "
        "FROM busy JOIN queues q ON q.queue_id = busy.id GROUP BY q.namespace",
};

const char *tmesh_sqlite_statement_text(int statement)
{
    assert(statement >= 0 && statement < TMESH_STATEMENT_COUNT);
    assert(texts[statement]);
    return texts[statement];
}
