// The control of wrong_on_answer.c: a function for this message's reply is taken.
#include "tests/compile/whole_contract.h"

static void on_finalized(void *self, const tmesh_finalize_task_answer_t *answer)
{
    (void)self;
    (void)answer;
}

int main(int count, char **arguments)
{
    (void)arguments;
    tmesh_finalize_task_request_t request = {0};
    return count > 100 ? tmesh_ask_finalize_task(NULL, &request, on_finalized, 0) : TMESH_OK;
}
