// services/store/postgres/statements.h - those of this backend alone, and all texts.
// Each connection prepares all of them once, when it is opened. Arrays hold a batch, so that how many
// statements it costs does not depend on its size.
#ifndef TMESH_SERVICES_STORE_POSTGRES_STATEMENTS_H
#define TMESH_SERVICES_STORE_POSTGRES_STATEMENTS_H

#include "services/store/sql/statements.h"

enum {
    // transactions
    TMESH_STATEMENT_BEGIN = TMESH_STATEMENT_SHARED_COUNT,
    TMESH_STATEMENT_COMMIT,
    TMESH_STATEMENT_ROLLBACK,
    TMESH_STATEMENT_STAMP,
    // settle.c
    TMESH_STATEMENT_MARK,
    TMESH_STATEMENT_CLOSE_CONNECTION,
    TMESH_STATEMENT_TERMINATE,
    // load.c
    TMESH_STATEMENT_QUEUES_WITH_CLAIMABLE,
    TMESH_STATEMENT_LOCK_IDENTITIES,
    TMESH_STATEMENT_LOCK_TASKS,
    TMESH_STATEMENT_FIND_TASKS,
    TMESH_STATEMENT_LOCK_DLQ,
    TMESH_STATEMENT_STEPS,
    TMESH_STATEMENT_STEPS_OF_TASKS,
    TMESH_STATEMENT_RESULTS_OF_RUNS,
    TMESH_STATEMENT_CHILDREN,
    TMESH_STATEMENT_BATCHES,
    TMESH_STATEMENT_IDENTITIES,
    TMESH_STATEMENT_IDENTITIES_OF_TASKS,
    TMESH_STATEMENT_STEPS_DUE,
    TMESH_STATEMENT_CLAIMABLE_STEPS,
    // claims.c
    TMESH_STATEMENT_CONTEXTS,
    TMESH_STATEMENT_INPUTS,
    TMESH_STATEMENT_ANCESTORS,
    TMESH_STATEMENT_STEP_INPUTS,
    TMESH_STATEMENT_LAST_CHECKPOINTS,
    TMESH_STATEMENT_DLQ_WRITTEN,
    // nodes.c
    TMESH_STATEMENT_JOIN,
    TMESH_STATEMENT_LEAVE,
    TMESH_STATEMENT_BEAT,
    TMESH_STATEMENT_LOCK_TASKS_OF_NODE,
    TMESH_STATEMENT_TAKE_OVER_STEPS,
    // bell.c
    TMESH_STATEMENT_RING,
    TMESH_STATEMENT_COUNT
};

// The SQL text.
const char *tmesh_postgres_statement_text(int statement);

// Where the texts stand: each has those of its own, NULL for the others.
extern const char *const tmesh_postgres_texts_of_loading[TMESH_STATEMENT_COUNT];
extern const char *const tmesh_postgres_texts_of_saving[TMESH_STATEMENT_COUNT];
extern const char *const tmesh_postgres_texts_of_reading[TMESH_STATEMENT_COUNT];
extern const char *const tmesh_postgres_texts_of_nodes[TMESH_STATEMENT_COUNT];

#endif
