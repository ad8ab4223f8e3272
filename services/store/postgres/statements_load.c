// Of load.c and claims.c. Tasks are locked by the first that gives rows; what stands behind it sees
// everything that was committed before.
#include "services/store/postgres/claimable.h"
#include "services/store/postgres/me.h"
#include "services/store/postgres/row_by_row.h"
#include "services/store/postgres/statements.h"
#include "services/store/sql/column_names.h"

#define HELD_BY(identity)                                                                          \
    "SELECT t.task_id, t.state, h.auto_idempotency_key FROM identities i"                          \
    EACH("SELECT task_id, state FROM tasks WHERE task_id = i.task_id", "t")                        \
    EACH("SELECT auto_idempotency_key FROM task_requests WHERE task_id = i.task_id", "h")          \
    " WHERE i.identity = " identity
// An edge is of one task, whichever of its two indexes is taken.
#define IN_TASK_OF(step, other)                                                                    \
    step " > task_of(" other ") AND " step " <= step_of(task_of(" other "), 65535)"
#define LOCK "ORDER BY t.task_id FOR NO KEY UPDATE"

// Nobody's, and this node's own: the due times of others are their business.
#define DUE_STEPS(columns, until, limit)                                                           \
    "(SELECT " columns " FROM steps WHERE node_id IS NULL AND due_ms <= " until                    \
    " ORDER BY due_ms LIMIT " limit ") UNION ALL "                                                 \
    "(SELECT " columns " FROM steps WHERE node_id = " ME " AND due_ms <= " until                   \
    " ORDER BY due_ms LIMIT " limit ")"

const char *const tmesh_postgres_texts_of_loading[TMESH_STATEMENT_COUNT] = {
    // From queue to queue by the index: the cost is that of the queues, not of what waits in them.
    [TMESH_STATEMENT_QUEUES_WITH_CLAIMABLE] =
        "WITH RECURSIVE busy (id) AS ("
        "(SELECT queue_id FROM steps WHERE " CLAIMABLE " ORDER BY queue_id LIMIT 1) UNION ALL "
        "SELECT (SELECT queue_id FROM steps WHERE " CLAIMABLE " AND queue_id > busy.id "
        "ORDER BY queue_id LIMIT 1) FROM busy WHERE id IS NOT NULL) "
        "SELECT b.id, q.namespace, q.callable FROM busy b "
        "LEFT JOIN queues q ON q.queue_id = b.id WHERE b.id IS NOT NULL ORDER BY b.id",
    // Who submits the same at the same time waits, and finds the task. Before all other locks, in the
    // order of the numbers, so that nobody waits in a circle.
    [TMESH_STATEMENT_LOCK_IDENTITIES] =
        "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT "
        "('x' || encode(substr(w.identity, 1, 8), 'hex'))::bit(64)::int8 AS number "
        "FROM unnest($1::bytea[]) AS w (identity) ORDER BY number) numbers",
    [TMESH_STATEMENT_LOCK_TASKS] =
        "SELECT " TASK("t.") " FROM tasks t WHERE t.task_id = ANY ($1::uuid[]) " LOCK,
    // What another node has locked is left to it. $1, $2: due until, how many; $3, $4: queues, how
    // many of each.
    [TMESH_STATEMENT_FIND_TASKS] =
        "SELECT " TASK("t.") " FROM tasks t WHERE t.task_id = ANY (ARRAY("
        "(SELECT task_id FROM tasks WHERE due_ms <= $1::int8 ORDER BY due_ms LIMIT $2::int8) UNION "
        "SELECT task_of(step_id) FROM (" DUE_STEPS("step_id", "$1::int8", "$2::int8") ") d UNION "
        "SELECT task_of(c.step_id) FROM unnest($3::int8[], $4::int8[]) AS q (id, room) "
        "CROSS JOIN LATERAL (SELECT step_id FROM steps WHERE " CLAIMABLE " AND queue_id = q.id "
        "ORDER BY order_key, step_id LIMIT q.room) c)) " LOCK " SKIP LOCKED",
    [TMESH_STATEMENT_LOCK_DLQ] =
        "SELECT " DLQ " FROM dlq WHERE entry_id = ANY ($1::uuid[]) "
        "ORDER BY entry_id FOR NO KEY UPDATE",
    [TMESH_STATEMENT_STEPS] =
        "SELECT " STEP("s.") " FROM (SELECT * FROM unnest($1::uuid[]) WITH ORDINALITY "
        "LIMIT cardinality($1)) AS w (id, place)"
        EACH("SELECT * FROM steps WHERE step_id = w.id", "s") " ORDER BY w.place",
    [TMESH_STATEMENT_STEPS_OF_TASKS] =
        "SELECT " STEP("s.") " FROM " GIVEN("$1::uuid[]", "") " AS w (id)"
        EACH("SELECT * FROM steps WHERE step_id > w.id AND step_id <= step_of(w.id, 65535)", "s")
        " ORDER BY s.step_id",
    [TMESH_STATEMENT_RESULTS_OF_RUNS] =
        "SELECT " RESULT("r.") " FROM " GIVEN("$1::uuid[]", "") " AS w (id)"
        EACH("SELECT step_id, run FROM steps WHERE step_id = w.id", "s")
        EACH("SELECT * FROM results WHERE step_id = s.step_id AND run = s.run", "r"),
    [TMESH_STATEMENT_CHILDREN] =
        "SELECT e.parent, " STEP("s.") " FROM " GIVEN_ONCE("$1::uuid[]") " AS w (id)"
        EACH("SELECT * FROM edges WHERE parent = w.id AND " IN_TASK_OF("child", "w.id"), "e")
        EACH("SELECT * FROM steps WHERE step_id = e.child", "s") " ORDER BY e.parent, e.child",
    // The batchables of workers, and the workers that run next: one for each that may end now, and $2 more.
    [TMESH_STATEMENT_BATCHES] =
        "WITH batchables AS MATERIALIZED (SELECT b.* FROM steps b WHERE b.step_id = ANY (ARRAY("
        "SELECT DISTINCT step_of(w.step_id, w.batch_of) FROM steps w "
        "WHERE w.step_id = ANY ($1::uuid[]) AND w.batch_of > 0))) "
        "SELECT " STEP("b.") " FROM batchables b UNION ALL "
        "SELECT " STEP("n.") " FROM batchables b CROSS JOIN LATERAL (SELECT * FROM steps s "
        "WHERE s.awaits_slot AND s.step_id >= step_of(b.step_id, b.batch_first) "
        "AND s.step_id <= step_of(b.step_id, b.batch_last) ORDER BY s.step_id "
        "LIMIT cardinality($1::uuid[]) + $2::int8) n",
    [TMESH_STATEMENT_IDENTITIES] =
        "SELECT w.identity, held.* FROM " GIVEN_ONCE("$1::bytea[]") " AS w (identity)"
        EACH(HELD_BY("w.identity"), "held"),
    [TMESH_STATEMENT_IDENTITIES_OF_TASKS] =
        "SELECT r.task_id, r.identity, held.* FROM task_requests r "
        "LEFT JOIN LATERAL (" HELD_BY("r.identity") " OFFSET 0) held ON true "
        "WHERE r.task_id = ANY ($1::uuid[]) AND r.identity IS NOT NULL",
    [TMESH_STATEMENT_STEPS_DUE] =
        "SELECT " STEP("") " FROM (" DUE_STEPS("*", "$1::int8", "$2::int8") ") d "
        "ORDER BY due_ms LIMIT $2::int8",
    [TMESH_STATEMENT_CLAIMABLE_STEPS] =
        "SELECT " STEP("c.") " FROM unnest($1::int8[], $2::int8[]) AS q (id, room) "
        "CROSS JOIN LATERAL (SELECT * FROM steps WHERE " CLAIMABLE " AND queue_id = q.id "
        "ORDER BY order_key, step_id LIMIT q.room) c ORDER BY c.queue_id, c.order_key, c.step_id",

    [TMESH_STATEMENT_CONTEXTS] =
        "SELECT task_id, correlation_id, context FROM task_requests "
        "WHERE task_id = ANY ($1::uuid[])",
    // Of each parent: its last success, or, where an error is tolerated, its last failure.
    [TMESH_STATEMENT_INPUTS] =
        "SELECT e.child, e.parent, p.template_index, p.name, "
        "CASE WHEN p.batch_last - p.batch_first < w.workers_max THEN r.body END, r.error_code, "
        "r.error_message, p.batch_last - p.batch_first >= w.workers_max, "
        IS_THERE("SELECT 1 FROM edges a WHERE a.child = e.parent") " "
        "FROM " GIVEN("$1::uuid[]", ", $2::int4[]") " AS w (id, workers_max)"
        EACH("SELECT * FROM edges WHERE child = w.id AND " IN_TASK_OF("parent", "w.id"), "e")
        EACH("SELECT * FROM steps WHERE step_id = e.parent", "p")
        " LEFT JOIN LATERAL (SELECT l.body, l.error_code, l.error_message FROM results l "
        "WHERE l.step_id = e.parent AND l.success = (p.state <> 8) ORDER BY l.run DESC LIMIT 1) r "
        "ON true ORDER BY e.child, e.parent",
    // A walk up from the claim, level by level: $3 steps at most, and of the results those before which there
    // are no more than $2 bytes. Parents come as arrays, of which the planner expects ten: by its estimate for
    // edges, a share of them all, each walk would begin by clearing megabytes for a hash table.
    [TMESH_STATEMENT_ANCESTORS] =
        "SELECT claim, step_id, template_index, name, body, looked_at FROM ("
        "SELECT c.id AS claim, a.level, a.step_id, p.template_index, p.name, r.body, a.looked_at, "
        "sum(octet_length(r.body::text)) OVER (PARTITION BY c.id ORDER BY a.level, a.step_id "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before "
        "FROM unnest($1::uuid[]) AS c (id) CROSS JOIN LATERAL ("
        "SELECT w.step_id, min(w.level) AS level, (sum(count(*)) OVER () - 1)::int8 AS looked_at FROM ("
        "WITH RECURSIVE above (step_id, level) AS ("
        "SELECT c.id, -1 UNION SELECT p.id, above.level + 1 FROM above CROSS JOIN LATERAL "
        "unnest(ARRAY(SELECT e.parent FROM edges e WHERE e.child = above.step_id)) AS p (id)) "
        "SELECT step_id, level FROM above LIMIT $3::int8 + 1) w "
        "GROUP BY w.step_id) a "
        "CROSS JOIN LATERAL (SELECT * FROM steps WHERE step_id = a.step_id OFFSET 0) p "
        "JOIN LATERAL (SELECT l.body FROM results l WHERE l.step_id = a.step_id AND l.success "
        "ORDER BY l.run DESC LIMIT 1) r ON true "
        "WHERE a.level > 0 AND p.state <> 8 AND r.body IS NOT NULL) found "
        "WHERE coalesce(before, 0) <= $2::int8 ORDER BY claim, level, step_id",
    [TMESH_STATEMENT_STEP_INPUTS] =
        "SELECT step_id, inputs FROM step_inputs WHERE step_id = ANY ($1::uuid[])",
    [TMESH_STATEMENT_LAST_CHECKPOINTS] =
        "SELECT " CHECKPOINT("k.") " FROM unnest($1::uuid[]) AS w (id) CROSS JOIN LATERAL ("
        "SELECT * FROM checkpoints c WHERE c.step_id = w.id ORDER BY c.number DESC LIMIT 1) k",
};
