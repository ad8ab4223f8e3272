#include "services/store/problems.h"

#include <assert.h>

static const struct {
    const char *word;
    const char *sentence;
    bool of_task;
} problems[TMESH_PROBLEM_COUNT] = {
#define TMESH_PROBLEM_ROW(code, word, of_task, sentence)                                           \
    [TMESH_PROBLEM_##code] = {word, sentence, of_task},
    TMESH_PROBLEMS(TMESH_PROBLEM_ROW)
#undef TMESH_PROBLEM_ROW
};

const char *tmesh_problem_word(tmesh_problem_kind_t kind)
{
    assert((unsigned)kind < TMESH_PROBLEM_COUNT);
    return problems[kind].word;
}

const char *tmesh_problem_sentence(tmesh_problem_kind_t kind)
{
    assert((unsigned)kind < TMESH_PROBLEM_COUNT);
    return problems[kind].sentence;
}

bool tmesh_problem_is_of_task(tmesh_problem_kind_t kind)
{
    assert((unsigned)kind < TMESH_PROBLEM_COUNT);
    return problems[kind].of_task;
}
