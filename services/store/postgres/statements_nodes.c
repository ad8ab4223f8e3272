// Of nodes.c and bell.c: each is one round trip.
#include "services/store/postgres/claimable.h"
#include "services/store/postgres/first_due.h"
#include "services/store/postgres/me.h"
#include "services/store/postgres/row_by_row.h"
#include "services/store/postgres/statements.h"

#define CLOCK(parameter)                                                                           \
    "clock AS MATERIALIZED (SELECT coalesce(" parameter                                            \
    "::int8, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8) AS now_ms)"
// What is found by an index, one value after the other: costs as much as there are values.
#define WALK(name, column, where)                                                                  \
    name " (id) AS ((SELECT " column " FROM steps WHERE " where " ORDER BY " column " LIMIT 1) "   \
    "UNION ALL SELECT (SELECT " column " FROM steps WHERE " where " AND " column " > " name ".id " \
    "ORDER BY " column " LIMIT 1) FROM " name " WHERE id IS NOT NULL)"

const char *const tmesh_postgres_texts_of_nodes[TMESH_STATEMENT_COUNT] = {
    // A node that comes back under its name takes the place of its former life.
    [TMESH_STATEMENT_JOIN] =
        "WITH " CLOCK("$2") ", replaced AS (UPDATE nodes SET is_dead = true "
        "WHERE name = $1::text AND NOT is_dead AND node_id <> " ME "), "
        "forgotten AS (DELETE FROM nodes n USING clock "
        "WHERE n.is_dead AND n.beat_ms < now_ms - 86400000), "
        "disused AS (DELETE FROM connections WHERE at_ms < "
        "extract(epoch FROM clock_timestamp() - interval '1 day') * 1000) "
        "INSERT INTO nodes (node_id, name, joined_ms, beat_ms, since_ms, is_dead) "
        "SELECT " ME ", $1::text, now_ms, now_ms, now_ms, false FROM clock "
        "ON CONFLICT DO NOTHING",
    [TMESH_STATEMENT_LEAVE] = "UPDATE nodes SET is_dead = true WHERE node_id = " ME,

    // $1: the period; $2: now, or NULL; $3: watched tasks; $4, $5: held runs; $6: how many periods.
    // Since when this node beats without a gap is remembered: a silence that it did not listen to, for
    // it was away itself or nobody could reach the database, says nothing about others. Processes of dead
    // nodes are ended, since they may hold locks: for the rest of a request they wait without any limit.
    [TMESH_STATEMENT_BEAT] =
        "WITH RECURSIVE " CLOCK("$2") ", "
        "me AS (UPDATE nodes n SET beat_ms = now_ms, since_ms = "
        "CASE WHEN now_ms - n.beat_ms > 2 * $1::int8 THEN now_ms ELSE n.since_ms END "
        "FROM clock WHERE n.node_id = " ME " AND NOT n.is_dead RETURNING n.since_ms, now_ms), "
        "judged AS (UPDATE nodes SET is_dead = true WHERE node_id IN (SELECT o.node_id "
        "FROM nodes o CROSS JOIN me WHERE NOT o.is_dead AND o.node_id <> " ME " "
        "AND greatest(o.beat_ms, me.since_ms) < me.now_ms - $6::int8 * $1::int8 "
        "FOR UPDATE OF o SKIP LOCKED) RETURNING node_id), "
        WALK("owners", "node_id", "node_id IS NOT NULL") ", "
        WALK("busy", "queue_id", CLAIMABLE) " "
        "SELECT 1, NULL::uuid, now_ms, NULL::text, NULL::text FROM me UNION ALL "
        "SELECT 2, id, NULL, NULL, NULL FROM owners WHERE id <> " ME " AND NOT EXISTS ("
        "SELECT 1 FROM nodes n WHERE n.node_id = owners.id AND NOT n.is_dead "
        "AND n.node_id NOT IN (SELECT node_id FROM judged)) UNION ALL "
        "SELECT 3, NULL, least(" DUE_TASK ", " DUE_STEP "), NULL, NULL UNION ALL "
        "SELECT 4, NULL, NULL, q.namespace, q.callable FROM busy b "
        "JOIN queues q ON q.queue_id = b.id UNION ALL "
        "SELECT 5, t.task_id, t.state, NULL, NULL FROM " GIVEN("$3::uuid[]", "") " AS w (id)"
        EACH("SELECT task_id, state FROM tasks WHERE task_id = w.id", "t") " UNION ALL "
        "SELECT 6, h.id, h.run, NULL, NULL FROM unnest($4::uuid[], $5::int8[]) AS h (id, run) "
        "WHERE NOT " IS_THERE("SELECT 1 FROM steps s WHERE s.step_id = h.id AND s.run = h.run "
        "AND (s.claimed OR s.state = 3) AND " JUDGED("s.node_id = " ME)) " UNION ALL "
        "SELECT 7, NULL, number, NULL, NULL FROM generation UNION ALL "
        "SELECT 8, NULL, count(*), NULL, NULL FROM nodes WHERE NOT is_dead AND node_id <> " ME
        " UNION ALL SELECT 9, p.node_id, NULL, NULL, NULL FROM me"
        EACH("SELECT pid, CASE WHEN application_name ~ '^taskmesh [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' "
             "THEN substr(application_name, 10)::uuid END AS node_id FROM pg_stat_get_activity(NULL) "
             "WHERE usesysid = quote_ident(current_user)::regrole::oid", "p")
        EACH("SELECT pg_terminate_backend(p.pid) FROM nodes WHERE node_id = p.node_id AND is_dead", "ended"),

    // Some of what a dead node has, as far as nobody else holds the tasks.
    [TMESH_STATEMENT_LOCK_TASKS_OF_NODE] =
        "SELECT t.task_id FROM tasks t WHERE t.task_id = ANY (ARRAY("
        "SELECT task_of(step_id) FROM (SELECT step_id FROM steps WHERE node_id = $1::uuid "
        "LIMIT $2::int8) s)) ORDER BY t.task_id FOR NO KEY UPDATE SKIP LOCKED",
    [TMESH_STATEMENT_TAKE_OVER_STEPS] =
        "UPDATE steps SET node_id = " ME ", due_ms = $2::int8, due_for = $3::int2 "
        "WHERE step_id = ANY (ARRAY(SELECT s.step_id FROM " GIVEN("$4::uuid[]", "") " AS w (id)"
        EACH("SELECT step_id FROM steps WHERE step_id > w.id AND step_id <= step_of(w.id, 65535) "
             "AND " JUDGED("node_id = $1::uuid"), "s") "))",

    [TMESH_STATEMENT_RING] = "SELECT pg_notify('taskmesh', " ME "::text)",
};
