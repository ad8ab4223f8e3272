#include "services/store/postgres/queues.h"

#include "runtime/base/memory.h"
#include "services/store/sql/rows_list.h"

tmesh_err_t tmesh_postgres_queues_find(tmesh_postgres_queues_t *self,
                                       tmesh_postgres_connection_t *connection,
                                       const tmesh_wants_t *wants, tmesh_arena_t *arena)
{
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_postgres_queue_t)};
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_QUEUES_WITH_CLAIMABLE);
    while (tmesh_sql_next(sql)) {
        int64_t id = tmesh_sql_read_within(sql, 1, INT64_MAX);
        const char *namespace_name = tmesh_sql_read_text(sql, arena);
        const char *callable = tmesh_sql_read_text(sql, arena);
        if (sql->err) break;
        if (!namespace_name || !callable) return TMESH_ERR_CORRUPT;
        uint32_t room = wants->claim_room(wants->claim_room_self, namespace_name, callable);
        if (room == 0) continue;
        *(tmesh_postgres_queue_t *)tmesh_rows_list_add(&list) =
            (tmesh_postgres_queue_t){id, room};
    }
    if (sql->err) return sql->err;
    self->queues = list.rows;
    self->count = list.count;
    return TMESH_OK;
}

void tmesh_postgres_queues_bind(const tmesh_postgres_queues_t *self, tmesh_sql_t *sql, int index)
{
    for (uint32_t i = 0; i < self->count; i++) {
        tmesh_postgres_sql_at(sql, index);
        tmesh_sql_bind_int(sql, self->queues[i].id);
        tmesh_postgres_sql_at(sql, index + 1);
        tmesh_sql_bind_int(sql, self->queues[i].room);
    }
}
