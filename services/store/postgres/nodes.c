#include "services/store/postgres/nodes.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sql/rows_list.h"

static tmesh_sql_t *use(tmesh_postgres_connection_t *connection, int statement)
{
    return tmesh_postgres_connection_use(connection, statement);
}

static void bind_now(tmesh_sql_t *sql, int64_t now_ms)
{
    if (now_ms == TMESH_POSTGRES_NOW) tmesh_sql_bind_null(sql);
    else tmesh_sql_bind_int(sql, now_ms);
}

tmesh_err_t tmesh_postgres_nodes_join(tmesh_postgres_connection_t *connection, const char *name,
                                      int64_t now_ms)
{
    tmesh_auto(tmesh_sql) sql = use(connection, TMESH_STATEMENT_JOIN);
    tmesh_sql_bind_text(sql, name);
    bind_now(sql, now_ms);
    return tmesh_sql_run(sql);
}

tmesh_err_t tmesh_postgres_nodes_leave(tmesh_postgres_connection_t *connection)
{
    tmesh_auto(tmesh_sql) sql = use(connection, TMESH_STATEMENT_LEAVE);
    return tmesh_sql_run(sql);
}

// ---- The beat -----------------------------------------------------------------------------------

typedef enum { ALIVE = 1, DEAD, DUE, QUEUE, WATCHED, GONE, GENERATION, OTHERS, ENDED } kind_t;

typedef struct {
    tmesh_rows_list_t dead;
    tmesh_rows_list_t queues;
    tmesh_rows_list_t settled;
    tmesh_rows_list_t gone;
} lists_t;

static void bind_request(tmesh_sql_t *sql, int64_t now_ms, const tmesh_beat_request_t *request)
{
    tmesh_sql_bind_int(sql, request->period_ms);
    bind_now(sql, now_ms);
    for (size_t i = 0; i < request->watched_count; i++) {
        tmesh_postgres_sql_at(sql, 2);
        tmesh_sql_bind_blob(sql, request->watched[i].bytes, sizeof request->watched[i].bytes);
    }
    for (size_t i = 0; i < request->held_count; i++) {
        tmesh_postgres_sql_at(sql, 3);
        tmesh_sql_bind_blob(sql, request->held[i].step_id.bytes,
                            sizeof request->held[i].step_id.bytes);
        tmesh_sql_bind_int(sql, request->held[i].run);
    }
    tmesh_postgres_sql_at(sql, 5);
    tmesh_sql_bind_int(sql, TMESH_BEATS_UNTIL_DEAD);
}

static void add_watched(lists_t *lists, tmesh_task_id_t id, int64_t state)
{
    if (!tmesh_task_state_is_settled((tmesh_task_state_t)state)) return;
    *(tmesh_watched_task_t *)tmesh_rows_list_add(&lists->settled) =
        (tmesh_watched_task_t){id, (tmesh_task_state_t)state};
}

static void take_row(tmesh_sql_t *sql, tmesh_arena_t *arena, lists_t *lists,
                     tmesh_beat_reply_t *reply)
{
    kind_t kind = (kind_t)tmesh_sql_read_within(sql, ALIVE, ENDED);
    uint8_t id[16] = {0};
    (void)tmesh_sql_read_blob_or_null(sql, id, sizeof id);
    int64_t number = tmesh_sql_read_due(sql);
    const char *first = tmesh_sql_read_text(sql, arena);
    const char *second = tmesh_sql_read_text(sql, arena);
    if (sql->err) return;
    tmesh_node_id_t node = {0};
    tmesh_task_id_t task = {0};
    tmesh_held_run_t run = {.run = (uint32_t)number};
    memcpy(node.bytes, id, sizeof id);
    memcpy(task.bytes, id, sizeof id);
    memcpy(run.step_id.bytes, id, sizeof id);
    switch (kind) {
    case ALIVE: reply->now_ms = number; break;
    case DEAD: *(tmesh_node_id_t *)tmesh_rows_list_add(&lists->dead) = node; break;
    case DUE: reply->due_ms = number; break;
    case QUEUE:
        *(tmesh_queue_row_t *)tmesh_rows_list_add(&lists->queues) =
            (tmesh_queue_row_t){.namespace_name = first, .callable = second};
        break;
    case WATCHED: add_watched(lists, task, number); break;
    case GONE: *(tmesh_held_run_t *)tmesh_rows_list_add(&lists->gone) = run; break;
    case GENERATION: reply->generation = number; break;
    case OTHERS: reply->others = (uint32_t)number; break;
    case ENDED: break; // a process that it had left at the server
    }
}

tmesh_err_t tmesh_postgres_nodes_beat(tmesh_postgres_connection_t *connection, int64_t now_ms,
                                      const tmesh_beat_request_t *request, tmesh_arena_t *arena,
                                      tmesh_beat_reply_t *reply)
{
    lists_t lists = {
        .dead = {.arena = arena, .size = sizeof(tmesh_node_id_t)},
        .queues = {.arena = arena, .size = sizeof(tmesh_queue_row_t)},
        .settled = {.arena = arena, .size = sizeof(tmesh_watched_task_t)},
        .gone = {.arena = arena, .size = sizeof(tmesh_held_run_t)},
    };
    tmesh_beat_reply_t found = {.due_ms = TMESH_DUE_NONE};
    tmesh_auto(tmesh_sql) sql = use(connection, TMESH_STATEMENT_BEAT);
    bind_request(sql, now_ms, request);
    while (tmesh_sql_next(sql)) take_row(sql, arena, &lists, &found);
    if (sql->err) return sql->err;
    if (!found.now_ms) return TMESH_ERR_NOT_FOUND; // no row is alive and ours
    found.dead = lists.dead.rows;
    found.dead_count = lists.dead.count;
    found.queues = lists.queues.rows;
    found.queue_count = lists.queues.count;
    found.settled = lists.settled.rows;
    found.settled_count = lists.settled.count;
    found.gone = lists.gone.rows;
    found.gone_count = lists.gone.count;
    *reply = found;
    return TMESH_OK;
}

// ---- Take-over ----------------------------------------------------------------------------------

tmesh_err_t tmesh_postgres_nodes_take_over(tmesh_postgres_connection_t *connection,
                                           tmesh_node_id_t dead, int64_t due_ms, uint32_t limit,
                                           uint32_t *count_p)
{
    tmesh_auto(tmesh_sql) locks = use(connection, TMESH_STATEMENT_LOCK_TASKS_OF_NODE);
    tmesh_sql_bind_blob(locks, dead.bytes, sizeof dead.bytes);
    tmesh_sql_bind_int(locks, limit);
    tmesh_auto(tmesh_sql) steps = use(connection, TMESH_STATEMENT_TAKE_OVER_STEPS);
    tmesh_sql_bind_blob(steps, dead.bytes, sizeof dead.bytes);
    tmesh_sql_bind_int(steps, due_ms);
    tmesh_sql_bind_int(steps, TMESH_STEP_DUE_ADOPTION);
    while (tmesh_sql_next(locks)) {
        tmesh_task_id_t id = {0};
        tmesh_sql_read_blob(locks, id.bytes, sizeof id.bytes);
        tmesh_postgres_sql_at(steps, 3);
        tmesh_sql_bind_blob(steps, id.bytes, sizeof id.bytes);
    }
    if (locks->err) return locks->err;
    tmesh_err_t err = tmesh_sql_run(steps);
    if (!err) *count_p = tmesh_sql_changes(steps);
    return err;
}
