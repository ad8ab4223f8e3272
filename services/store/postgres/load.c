#include "services/store/postgres/load.h"

#include "runtime/base/memory.h"
#include "services/store/postgres/load_parts.h"

static tmesh_err_t take_stamp(tmesh_sql_t *sql, tmesh_postgres_stamp_t *stamp)
{
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    stamp->now_ms = tmesh_sql_read_int(sql);
    stamp->work++;
    return sql->err;
}

static tmesh_err_t ask_and_take(tmesh_postgres_load_t *load, tmesh_postgres_stamp_t *stamp)
{
    tmesh_postgres_answers_t answers = {0};
    tmesh_postgres_load_ask(load, stamp != NULL, &answers);
    tmesh_err_t err = TMESH_OK;
    if (tmesh_postgres_connection_has_queued(load->connection)) {
        err = tmesh_postgres_connection_sync(load->connection); // the round trip
    }
    if (!err && stamp) err = take_stamp(answers.stamp, stamp);
    if (!err) err = tmesh_postgres_load_take(load, &answers);
    tmesh_postgres_load_clear(&answers);
    return err;
}

static tmesh_err_t load_all(tmesh_postgres_connection_t *connection, const tmesh_wants_t *wants,
                            tmesh_work_t *work, tmesh_postgres_stamp_t *stamp)
{
    tmesh_postgres_queues_t queues = {0};
    tmesh_err_t err = TMESH_OK;
    if (wants->claim_room) {
        err = tmesh_postgres_queues_find(&queues, connection, wants, work->arena);
    }
    if (err) return err;
    tmesh_postgres_load_t load = {
        .connection = connection, .wants = wants, .work = work, .queues = &queues};
    load.locked = tmesh_map_new();
    err = ask_and_take(&load, stamp);
    tmesh_map_destroy(&load.locked);
    tmesh_places_clear(&load.places);
    return err;
}

tmesh_err_t tmesh_postgres_load_begin(tmesh_postgres_connection_t *connection,
                                      const tmesh_wants_t *wants, tmesh_work_t *work,
                                      tmesh_postgres_stamp_t *stamp)
{
    return load_all(connection, wants, work, stamp);
}

tmesh_err_t tmesh_postgres_load_more(tmesh_postgres_connection_t *connection,
                                     const tmesh_wants_t *wants, tmesh_work_t *work)
{
    return load_all(connection, wants, work, NULL);
}
