// services/store/sqlite/statements.h - those of this backend alone, and all texts.
// Each connection prepares all of them once, when it is opened.
#ifndef TMESH_SERVICES_STORE_SQLITE_STATEMENTS_H
#define TMESH_SERVICES_STORE_SQLITE_STATEMENTS_H

#include "services/store/sql/statements.h"

enum {
    // transactions (writer.c, read.c)
    TMESH_STATEMENT_BEGIN_IMMEDIATE = TMESH_STATEMENT_SHARED_COUNT,
    TMESH_STATEMENT_BEGIN_READING,
    TMESH_STATEMENT_COMMIT,
    TMESH_STATEMENT_ROLLBACK,
    // load.c
    TMESH_STATEMENT_TASK,
    TMESH_STATEMENT_STEP,
    TMESH_STATEMENT_CHILDREN,
    TMESH_STATEMENT_RESULT_OF_RUN,
    TMESH_STATEMENT_IDENTITY,
    TMESH_STATEMENT_IDENTITY_OF_TASK,
    TMESH_STATEMENT_TASKS_DUE,
    TMESH_STATEMENT_STEPS_DUE,
    TMESH_STATEMENT_CLAIMABLE_QUEUE,
    TMESH_STATEMENT_CLAIMABLE_STEPS,
    TMESH_STATEMENT_NEXT_OF_BATCH,
    // witness.c
    TMESH_STATEMENT_TRANSITION_EXISTS,
    // claims.c
    TMESH_STATEMENT_INPUTS,
    TMESH_STATEMENT_STEP_INPUTS,
    TMESH_STATEMENT_LAST_CHECKPOINT,
    // backup.c
    TMESH_STATEMENT_COUNT_TASKS,
    TMESH_STATEMENT_COUNT
};

// The SQL text.
const char *tmesh_sqlite_statement_text(int statement);

#endif
