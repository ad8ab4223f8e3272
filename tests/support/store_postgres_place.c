#include "tests/support/store_postgres_place.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "runtime/base/memory.h"
#include "tests/support/postgres_cluster.h"

static void *new_database(void)
{
    return tmesh_postgres_cluster_new_database();
}

static void destroy_database(void *place)
{
    tmesh_free(place); // it goes with the cluster
}

static tmesh_err_t open_place(void *place, tmesh_clock_t *clock, tmesh_store_t **store_p)
{
    tmesh_store_postgres_config_t config = {.url = place, .clock = clock};
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_store_postgres_open(store_p, &config, &fault);
    if (err) fprintf(stderr, "%s: %s\n", fault->code, fault->message);
    return err;
}

const tmesh_store_factory_t tmesh_store_postgres_database = {
    .name = "postgres",
    .new_place = new_database,
    .destroy_place = destroy_database,
    .open = open_place,
    .open_reader = tmesh_store_postgres_open_reader,
    .is_durable = true,
    .reads_beside = true,
    // begin; tasks, stamp, step, result, children, batches; task, steps, result, passages; context,
    // inputs; mark, commit
    .statements_per_result = 15,
};

char *tmesh_store_postgres_place_query(const char *url, const char *sql)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_good) fprintf(stderr, "%s", PQerrorMessage(connection));
    assert(is_good);
    char *value = tmesh_strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(connection);
    return value;
}

void tmesh_store_postgres_place_run(const char *url, const char *sql)
{
    tmesh_free(tmesh_store_postgres_place_query(url, sql));
}
