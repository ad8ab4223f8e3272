// Of what reads only: due_times.c, definitions.c, checkpoints.c, dlq.c, views.c, doctor.c, totals.c.
#include "services/store/postgres/claimable.h"
#include "services/store/postgres/first_due.h"
#include "services/store/postgres/row_by_row.h"
#include "services/store/postgres/statements.h"
#include "services/store/sql/column_names.h"

#define VIEW_OF_TASK                                                                               \
    "SELECT " TASK("t.") ", " REQUEST("r.") ", d.namespace, d.name, d.version FROM tasks t "       \
    "JOIN task_requests r ON r.task_id = t.task_id "                                               \
    "JOIN definitions d ON d.definition_id = t.definition_id "
#define DLQ_WANTED                                                                                 \
    "entry_id < $1::uuid AND ($2::int4 = 0 OR status = $2) "                                       \
    "AND ($3::uuid IS NULL OR task_id = $3) AND ($4::int4 = 0 OR reason = $4)"
// From which row to which, as values that the planner does not look at: by old statistics the newest task is
// half of a table.
#define BOUNDS "(SELECT $1::uuid AS task_id, $2::uuid AS last OFFSET 0) b"
#define STEPS_WITH_TASKS "FROM steps s JOIN tasks t ON t.task_id = task_of(s.step_id) "

const char *const tmesh_postgres_texts_of_reading[TMESH_STATEMENT_COUNT] = {
    [TMESH_STATEMENT_NEXT_DUE] =
        "SELECT " DUE_TASK ", " DUE_STEP,

    [TMESH_STATEMENT_FIND_DEFINITION] =
        "SELECT definition_id FROM definitions WHERE namespace = $1::text AND name = $2::text "
        "AND version = $3::text AND hash = $4::bytea",
    [TMESH_STATEMENT_DEFINITION] =
        "SELECT " DEFINITION("") ", json FROM definitions WHERE definition_id = $1::int8",
    [TMESH_STATEMENT_CURRENT_VERSIONS] =
        "SELECT " DEFINITION("d.") " FROM templates t "
        "JOIN definitions d ON d.definition_id = t.definition_id "
        "WHERE t.namespace = $1::text AND t.name = $2::text",
    [TMESH_STATEMENT_CURRENT_DEFINITIONS] =
        "SELECT " DEFINITION("d.") " FROM templates t "
        "JOIN definitions d ON d.definition_id = t.definition_id "
        "WHERE ($1::text IS NULL OR t.namespace = $1) AND ($2::text IS NULL OR t.name = $2) "
        "ORDER BY t.namespace COLLATE \"C\", t.name COLLATE \"C\", t.version COLLATE \"C\"",

    [TMESH_STATEMENT_PAUSES] =
        "SELECT namespace, callable, since_ms, by, reason FROM pauses "
        "ORDER BY namespace COLLATE \"C\", callable COLLATE \"C\"",
    [TMESH_STATEMENT_CHECKPOINTS] =
        "SELECT " CHECKPOINT("") " FROM checkpoints WHERE step_id = $1::uuid ORDER BY number",
    [TMESH_STATEMENT_DLQ_ENTRY] = "SELECT " DLQ " FROM dlq WHERE entry_id = $1::uuid",
    [TMESH_STATEMENT_DLQ_LIST] =
        "SELECT " DLQ " FROM dlq WHERE " DLQ_WANTED " ORDER BY entry_id DESC LIMIT $5::int8",
    [TMESH_STATEMENT_DLQ_LIST_OLDEST] =
        "SELECT " DLQ " FROM dlq WHERE " DLQ_WANTED " ORDER BY entry_id LIMIT $5::int8",
    [TMESH_STATEMENT_DLQ_STATS] =
        "SELECT reason, status, count(*), min(created_ms), max(created_ms) FROM dlq "
        "GROUP BY reason, status ORDER BY reason, status",

    [TMESH_STATEMENT_TASK_VIEW] = VIEW_OF_TASK "WHERE t.task_id = $1::uuid",
    [TMESH_STATEMENT_CONTEXT] =
        "SELECT correlation_id, context FROM task_requests WHERE task_id = $1::uuid",
    [TMESH_STATEMENT_TASK_LIST] = VIEW_OF_TASK
        "WHERE t.task_id < $1::uuid AND ($2::int4 = 0 OR t.state = $2) "
        "AND ($3::text IS NULL OR d.namespace = $3) AND ($4::text IS NULL OR d.name = $4) "
        "AND ($5::text IS NULL OR d.version = $5) "
        "AND ($6::text IS NULL OR r.correlation_id = $6) AND t.created_ms >= $7::int8 "
        "AND ($8::int8 = 0 OR t.created_ms < $8) ORDER BY t.task_id DESC LIMIT $9::int8",
    [TMESH_STATEMENT_STEPS_OF_TASK] =
        "SELECT " STEP("s.") " FROM " BOUNDS
        EACH("SELECT * FROM steps WHERE step_id > b.task_id AND step_id <= b.last", "s")
        " ORDER BY s.step_id",
    [TMESH_STATEMENT_EDGES_OF_TASK] =
        "SELECT e.child, e.parent FROM " BOUNDS
        EACH("SELECT * FROM edges WHERE child > b.task_id AND child <= b.last", "e")
        " ORDER BY e.child, e.parent",
    [TMESH_STATEMENT_RESULTS_OF_TASK] =
        "SELECT " RESULT("r.") " FROM " BOUNDS
        EACH("SELECT * FROM results WHERE step_id > b.task_id AND step_id <= b.last", "r")
        " ORDER BY r.step_id, r.run",
    [TMESH_STATEMENT_STARTS_OF_TASK] =
        "SELECT step_number, max(at_ms) FROM transitions WHERE task_id = $1::uuid "
        "AND step_number > 0 AND to_state = $2::text GROUP BY step_number ORDER BY step_number",
    [TMESH_STATEMENT_TRANSITIONS] =
        "SELECT " TRANSITION " FROM transitions WHERE task_id = $1::uuid AND number > $2::int8 "
        "ORDER BY number LIMIT $3::int8",

    [TMESH_STATEMENT_PROBLEM_TASK_COUNTERS] =
        "WITH counted AS (SELECT task_of(s.step_id) AS task_id, count(*) AS total,"
        " count(*) FILTER (WHERE s.state IN (7, 10)) AS done,"
        " count(*) FILTER (WHERE s.state = 8 AND NOT s.tolerated) AS failed,"
        " count(*) FILTER (WHERE s.state = 8 AND s.tolerated) AS tolerated,"
        " count(*) FILTER (WHERE s.state BETWEEN 2 AND 5) AS in_flight,"
        " count(*) FILTER (WHERE s.state = 6) AS waiting,"
        " count(*) FILTER (WHERE s.state = 9) AS cancelled FROM steps s GROUP BY 1) "
        "SELECT t.task_id FROM tasks t LEFT JOIN counted c ON c.task_id = t.task_id "
        "WHERE (t.steps_total, t.steps_done, t.steps_failed, t.steps_tolerated,"
        " t.steps_in_flight, t.steps_waiting, t.steps_cancelled) IS DISTINCT FROM (c.total,"
        " c.done, c.failed, c.tolerated, c.in_flight, c.waiting, c.cancelled) LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_TASK_NUMBERS] =
        "WITH numbers AS (SELECT task_id, count(*) AS total, min(number) AS first,"
        " max(number) AS last FROM transitions GROUP BY task_id) "
        "SELECT t.task_id FROM tasks t LEFT JOIN numbers n ON n.task_id = t.task_id "
        "WHERE (t.last_number, t.last_number, 1) IS DISTINCT FROM (n.total, n.last, n.first) "
        "LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_TASK_PASSING] =
        "SELECT task_id FROM tasks WHERE state IN (2, 3, 5) LIMIT $1::int8",
    // A step in flight moves it, or a retry; a task that has not begun: a step with a due time.
    [TMESH_STATEMENT_PROBLEM_TASK_STUCK] =
        "SELECT t.task_id FROM tasks t WHERE t.state IN (4, 6) AND t.steps_in_flight = 0 "
        "OR t.state = 7 AND t.steps_waiting = 0 OR t.state = 8 AND t.steps_failed = 0 "
        "OR t.state = 1 AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.step_id > t.task_id "
        "AND s.step_id <= step_of(t.task_id, 65535) AND s.due_ms IS NOT NULL) LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_TASK_OVERDUE] =
        "SELECT task_id FROM tasks WHERE due_ms < $2::int8 ORDER BY due_ms LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_STEP_PARENTS] =
        "SELECT s.step_id FROM steps s WHERE s.parents_open <> s.awaits_slot::int + "
        "(SELECT count(*) FROM edges e JOIN steps p ON p.step_id = e.parent "
        "WHERE e.child = s.step_id AND p.state NOT IN (7, 10) "
        "AND NOT (p.state = 8 AND p.tolerated)) LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_BATCH_SLOTS] =
        "SELECT b.step_id FROM steps b WHERE b.batch_free > 0 AND EXISTS (SELECT 1 FROM steps s "
        "WHERE s.awaits_slot AND s.step_id > b.step_id "
        "AND s.step_id <= step_of(b.step_id, 65535) AND s.batch_of = b.template_index + 1) "
        "LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_STEP_PASSING] =
        "SELECT step_id FROM steps WHERE state IN (4, 5) LIMIT $1::int8",
    // What runs may have no time limit; what a blocked task holds waits for a person.
    [TMESH_STATEMENT_PROBLEM_STEP_WITHOUT_DUE] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE s.due_ms IS NULL AND NOT s.held "
        "AND t.state < 8 AND (s.state IN (2, 6) OR s.state = 1 AND s.parents_open = 0) "
        "LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_STEP_HELD] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE s.held AND t.state <> 8 "
        "AND t.paused_ms = 0 LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_STEP_OF_ENDED_TASK] =
        "SELECT s.step_id " STEPS_WITH_TASKS "WHERE t.state > 8 AND s.state < 7 LIMIT $1::int8",
    [TMESH_STATEMENT_PROBLEM_STEP_OVERDUE] =
        "SELECT step_id FROM steps WHERE due_ms < $2::int8 ORDER BY due_ms LIMIT $1::int8",

    [TMESH_STATEMENT_OPEN_TASKS] = "SELECT count(*) FROM tasks WHERE state < 9",
    // From queue to queue by the index; of each, as many steps as are asked for.
    [TMESH_STATEMENT_BACKLOG] =
        "WITH RECURSIVE busy (id) AS ("
        "(SELECT queue_id FROM steps WHERE " CLAIMABLE " ORDER BY queue_id LIMIT 1) UNION ALL "
        "SELECT (SELECT queue_id FROM steps WHERE " CLAIMABLE " AND queue_id > busy.id "
        "ORDER BY queue_id LIMIT 1) FROM busy WHERE id IS NOT NULL) "
        "SELECT q.namespace, sum((SELECT count(*) FROM (SELECT 1 FROM steps "
        "WHERE queue_id = busy.id AND " CLAIMABLE " ORDER BY order_key LIMIT $1::int8) s))::int8 "
        "FROM busy JOIN queues q ON q.queue_id = busy.id GROUP BY q.namespace",
};
