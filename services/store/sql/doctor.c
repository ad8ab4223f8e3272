#include "services/store/sql/doctor.h"

#include "runtime/base/memory.h"
#include "services/store/sql/rows_list.h"

// Each gives the ids of what it finds; ?1: how many at most.
static const int statements[TMESH_PROBLEM_COUNT] = {
    [TMESH_PROBLEM_TASK_COUNTERS] = TMESH_STATEMENT_PROBLEM_TASK_COUNTERS,
    [TMESH_PROBLEM_TASK_NUMBERS] = TMESH_STATEMENT_PROBLEM_TASK_NUMBERS,
    [TMESH_PROBLEM_TASK_PASSING] = TMESH_STATEMENT_PROBLEM_TASK_PASSING,
    [TMESH_PROBLEM_TASK_STUCK] = TMESH_STATEMENT_PROBLEM_TASK_STUCK,
    [TMESH_PROBLEM_TASK_OVERDUE] = TMESH_STATEMENT_PROBLEM_TASK_OVERDUE,
    [TMESH_PROBLEM_STEP_PARENTS] = TMESH_STATEMENT_PROBLEM_STEP_PARENTS,
    [TMESH_PROBLEM_BATCH_SLOTS] = TMESH_STATEMENT_PROBLEM_BATCH_SLOTS,
    [TMESH_PROBLEM_STEP_PASSING] = TMESH_STATEMENT_PROBLEM_STEP_PASSING,
    [TMESH_PROBLEM_STEP_WITHOUT_DUE] = TMESH_STATEMENT_PROBLEM_STEP_WITHOUT_DUE,
    [TMESH_PROBLEM_STEP_HELD] = TMESH_STATEMENT_PROBLEM_STEP_HELD,
    [TMESH_PROBLEM_STEP_OF_ENDED_TASK] = TMESH_STATEMENT_PROBLEM_STEP_OF_ENDED_TASK,
    [TMESH_PROBLEM_STEP_OVERDUE] = TMESH_STATEMENT_PROBLEM_STEP_OVERDUE,
};

static bool needs_time(tmesh_problem_kind_t kind)
{
    return kind == TMESH_PROBLEM_TASK_OVERDUE || kind == TMESH_PROBLEM_STEP_OVERDUE;
}

static tmesh_err_t look_for(tmesh_sql_connection_t *connection, tmesh_problem_kind_t kind,
                            int64_t now_ms, uint32_t limit, tmesh_rows_list_t *list)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, statements[kind]);
    tmesh_sql_bind_int(sql, limit);
    if (needs_time(kind)) tmesh_sql_bind_int(sql, now_ms - TMESH_PROBLEM_OVERDUE_MS);
    while (tmesh_sql_next(sql)) {
        tmesh_problem_t *problem = tmesh_rows_list_add(list);
        problem->kind = kind;
        tmesh_sql_read_blob(sql, problem->id, sizeof problem->id);
    }
    return sql->err;
}

tmesh_err_t tmesh_sql_doctor_look(tmesh_sql_connection_t *connection, int64_t now_ms,
                                  uint32_t limit, tmesh_arena_t *arena,
                                  tmesh_problem_t **problems_p, size_t *count_p)
{
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_problem_t)};
    for (int kind = 0; kind < TMESH_PROBLEM_COUNT; kind++) {
        tmesh_err_t err =
            look_for(connection, (tmesh_problem_kind_t)kind, now_ms, limit, &list);
        if (err) return err;
    }
    *problems_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
