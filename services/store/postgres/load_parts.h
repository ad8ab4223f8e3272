// services/store/postgres/load_parts.h - what load.c is made of: the questions of a round trip
// (load_ask.c), and what their answers become (load_take.c).
#ifndef TMESH_SERVICES_STORE_POSTGRES_LOAD_PARTS_H
#define TMESH_SERVICES_STORE_POSTGRES_LOAD_PARTS_H

#include "services/store/postgres/queues.h"
#include "services/store/sql/places.h"

// At hand in every function below.
typedef struct {
    tmesh_postgres_connection_t *connection;
    const tmesh_wants_t *wants;
    tmesh_work_t *work;
    const tmesh_postgres_queues_t *queues; // that may be claimed from
    tmesh_map_t *locked;                   // task id -> its row, which is in the work's arena
    tmesh_places_t places;
} tmesh_postgres_load_t;

// Statements that were sent, in this order; NULL: nothing is wanted of it.
typedef struct {
    tmesh_sql_t *locks;
    tmesh_sql_t *found; // tasks, locked like those that were named
    tmesh_sql_t *stamp;
    tmesh_sql_t *steps_of_tasks;
    tmesh_sql_t *identities_of_tasks;
    tmesh_sql_t *steps;
    tmesh_sql_t *results;
    tmesh_sql_t *children;
    tmesh_sql_t *batches;
    tmesh_sql_t *identities;
    tmesh_sql_t *dlq;
    tmesh_sql_t *due_steps;
    tmesh_sql_t *claimable;
} tmesh_postgres_answers_t;

// begins: the transaction begins with it, too.
void tmesh_postgres_load_ask(tmesh_postgres_load_t *self, bool begins,
                             tmesh_postgres_answers_t *answers);
tmesh_err_t tmesh_postgres_load_take(tmesh_postgres_load_t *self,
                                     tmesh_postgres_answers_t *answers);
void tmesh_postgres_load_clear(tmesh_postgres_answers_t *answers);

#endif
