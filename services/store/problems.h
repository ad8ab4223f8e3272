// services/store/problems.h - what must never be found in a store (SPEC 8.2), one line each.
#ifndef TMESH_SERVICES_STORE_PROBLEMS_H
#define TMESH_SERVICES_STORE_PROBLEMS_H

#include "services/domain/ids.h"

// constant, word, is it of a task (else of a step), sentence
#define TMESH_PROBLEMS(X)                                                                          \
    X(TASK_COUNTERS, "task_counters", true, "its counters differ from the states of its steps")    \
    X(TASK_NUMBERS, "task_numbers", true, "the numbers of its transitions are not dense")          \
    X(TASK_PASSING, "task_passing", true, "it rests in a state that is only passed through")       \
    X(TASK_STUCK, "task_stuck", true, "it is open, and none of its steps can move it")             \
    X(TASK_OVERDUE, "task_overdue", true, "it was due more than ten seconds ago")                  \
    X(STEP_PARENTS, "step_parents", false, "its number of open parents differs from its edges")    \
    X(BATCH_SLOTS, "batch_slots", false, "its batch has free slots, and workers that await one")   \
    X(STEP_PASSING, "step_passing", false, "it rests in a state that is only passed through")      \
    X(STEP_WITHOUT_DUE, "step_without_due", false, "it can move, and has no due time")             \
    X(STEP_HELD, "step_held", false, "it is held, and its task is not")                            \
    X(STEP_OF_ENDED_TASK, "step_of_ended_task", false, "it is open, and its task has ended")       \
    X(STEP_OVERDUE, "step_overdue", false, "it was due more than ten seconds ago")

enum { TMESH_PROBLEM_OVERDUE_MS = 10000 };

typedef enum {
#define TMESH_PROBLEM_CODE(code, word, of_task, sentence) TMESH_PROBLEM_##code,
    TMESH_PROBLEMS(TMESH_PROBLEM_CODE)
#undef TMESH_PROBLEM_CODE
        TMESH_PROBLEM_COUNT
} tmesh_problem_kind_t;

typedef struct {
    tmesh_problem_kind_t kind;
    uint8_t id[16]; // of the task or of the step
} tmesh_problem_t;

const char *tmesh_problem_word(tmesh_problem_kind_t kind);
const char *tmesh_problem_sentence(tmesh_problem_kind_t kind);
bool tmesh_problem_is_of_task(tmesh_problem_kind_t kind);

#endif
