// services/store/sql/doctor.h - looks for what must never be found (services/store/problems.h).
#ifndef TMESH_SERVICES_STORE_SQL_DOCTOR_H
#define TMESH_SERVICES_STORE_SQL_DOCTOR_H

#include "services/store/reader.h"
#include "services/store/sql/statements.h"

// Several statements that want to see the same state: within a transaction, or in the writer.
tmesh_err_t tmesh_sql_doctor_look(tmesh_sql_connection_t *connection, int64_t now_ms,
                                  uint32_t limit, tmesh_arena_t *arena,
                                  tmesh_problem_t **problems_p, size_t *count_p);

#endif
